# In a terminal, lets lines of Snakemake overwrite the progress bars of jobs.

import sys

from snakemake.logging import logger

ERASE_LINE = "\r\x1b[K"


def erase_bar(record):
    """Filter of a logger that passes every message and puts it on a line of its own."""
    sys.stderr.write(ERASE_LINE)
    return True


if workflow.is_main_process and sys.stderr.isatty():
    for handler in logger.handlers:
        handler.addFilter(erase_bar)
