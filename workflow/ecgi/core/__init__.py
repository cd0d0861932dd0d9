"""What every room uses: errors, seeds, logs, progress, tables, a job's share of the machine, field types."""
