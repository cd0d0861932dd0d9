# Lets each error be printed once, at the end of a run and without the command of its job, and, in a terminal,
# lines of Snakemake overwrite the progress bars of jobs.

import os
import sys

from snakemake.logging import logger

ERASE_LINE = "\r\x1b[K"
COMMAND = "set -euo pipefail"  # before the command of every job, in the message that it failed
LISTED_AT_THE_END = "ECGI_ERRORS_AT_THE_END"  # read by ecgi.core.logs


def erase_bar(record):
    """Filter of a logger that passes every message and puts it on a line of its own."""
    sys.stderr.write(ERASE_LINE)
    return True


def without_command(record):
    """Filter of a logger that drops the command of a job that failed, unless it was killed and has no log."""
    message = record.getMessage()
    return COMMAND not in message or "SIGKILL" in message or "exit status 137" in message


for handler in logger.handlers:
    handler.addFilter(without_command)
if workflow.is_main_process and sys.stderr.isatty():
    for handler in logger.handlers:
        handler.addFilter(erase_bar)
if workflow.remote_exec:  # the log of a cluster's job names its errors too
    os.environ.pop(LISTED_AT_THE_END, None)
elif workflow.modifier.is_main_snakefile():  # else its onerror is not that of the run
    os.environ[LISTED_AT_THE_END] = "1"
