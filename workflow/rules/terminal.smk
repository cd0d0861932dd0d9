# In a terminal, lets the lines of Snakemake take the place of the progress bars that jobs draw there.

import sys

from snakemake.logging import logger

ERASE_LINE = "\r\x1b[K"


def erase_bar(record):
    """Filter that lets every message through, onto a line of its own."""
    sys.stderr.write(ERASE_LINE)
    return True


if workflow.is_main_process and sys.stderr.isatty():
    for handler in logger.handlers:
        handler.addFilter(erase_bar)
