"""What all other folders use: errors, seeds, logs, progress bars, tables, threads and GPUs, field types."""
