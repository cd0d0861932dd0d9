# Lets each job be one line, with the steps that are done and the time that is left, and each error be printed
# once, at the end of a run and without the command of its job; in a terminal, lines of Snakemake overwrite the
# progress bars of jobs.

import logging
import os
import sys
import time

from snakemake.logging import LogEvent, is_quiet_about, logger

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


class JobLines(logging.Filter):
    """Filter and format of a handler that gives each job one line."""

    SILENT = (LogEvent.JOB_STARTED, LogEvent.JOB_FINISHED)
    SELECTING = "Select jobs to execute..."
    TELLING = 0.1  # share of the steps after which the time left is told

    def __init__(self):
        super().__init__()
        self.done, self.total, self.begun = 0, 0, time.monotonic()

    def filter(self, record):
        """Whether to print a message; progress is kept for the line of the next job."""
        event = getattr(record, "event", None)
        if event == LogEvent.PROGRESS:
            self.done, self.total = record.done, record.total
            return self.done == self.total
        return event not in self.SILENT and record.getMessage() != self.SELECTING

    def line(self, job):
        """Line of a job that begins: time, steps that are done, what it does."""
        told = f"{self.done} of {self.total} steps done" if self.total else ""
        if self.done > self.TELLING * self.total:
            left = (time.monotonic() - self.begun) / self.done * (self.total - self.done)
            told += f", about {max(1, round(left / 60))} min left"
        line = f"{time.strftime('%H:%M')} {job['rule_msg'] or job['rule_name']}"
        return f"{line} ({told})" if told else line


for handler in logger.handlers:
    handler.addFilter(without_command)
    if is_quiet_about(getattr(handler.formatter, "quiet", ()), "reason"):
        lines = JobLines()
        handler.addFilter(lines)
        handler.formatter.format_job_info = lines.line
if workflow.is_main_process and sys.stderr.isatty():
    for handler in logger.handlers:
        handler.addFilter(erase_bar)
if workflow.remote_exec:  # the log of a cluster's job names its errors too
    os.environ.pop(LISTED_AT_THE_END, None)
elif workflow.modifier.is_main_snakefile():  # else its onerror is not that of the run
    os.environ[LISTED_AT_THE_END] = "1"
