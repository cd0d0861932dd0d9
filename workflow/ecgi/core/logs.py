"""Send everything a job prints to its log, native libraries included."""

import errno
import os
import sys
import traceback
from pathlib import Path

from .errors import InputError

NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
ERASE_TO_END = "\x1b[K"  # of a line of a terminal
ERASE_LINE = "\r" + ERASE_TO_END

terminal = None  # where standard error went before `to_file`
job = ""  # what its log is called


def to_file(path):
    """Redirect standard output and error to `path`, down to the file descriptors.

    The message of an error goes to the terminal too. Its traceback goes to the log, unless the
    mistake lies in what the user gave.
    """
    global terminal, job
    job = Path(path).stem
    terminal = os.fdopen(os.dup(2), "w")
    sys.stdout.flush()
    sys.stderr.flush()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)

    def report(kind, error, trace):
        told = str(error) or kind.__name__
        if terminal.isatty():
            terminal.write(ERASE_LINE)
        if isinstance(error, InputError):
            print(told, file=terminal, flush=True)
        else:
            told = f"{kind.__name__}: {told}{_cure(error)}"
            print(f"{told} (details in {path})", file=terminal, flush=True)
            traceback.print_exception(kind, error, trace)
        print(told)

    sys.excepthook = report


def _cure(error):
    """What the user can do about an error that lies in the machine."""
    if isinstance(error, MemoryError):
        return "; run fewer jobs at once, or where there is more memory"
    if isinstance(error, OSError) and error.errno in NO_SPACE:
        return "; free some and run again, what is finished stays"
    return ""
