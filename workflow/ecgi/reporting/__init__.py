"""Figures, tables, pages and exports."""
