"""Basics of all other folders: errors, seeds, logs, progress bars, tables, threads and GPUs, field types."""
