"""Figures, tables, 3-D views, exports and summaries."""
