"""Redirect everything that a job prints to its log, native libraries included."""

import errno
import os
import sys
import traceback
from pathlib import Path
from types import TracebackType
from typing import TextIO

from .errors import InputError

NO_SPACE = (errno.ENOSPC, errno.EDQUOT)
LISTED_AT_THE_END = "ECGI_ERRORS_AT_THE_END"  # environment variable that `terminal.smk` sets
ERASE_TO_END = "\x1b[K"  # of a line in a terminal
ERASE_LINE = "\r" + ERASE_TO_END

terminal: TextIO | None = None  # where standard error went before `to_file`
job = ""  # name of its log


def to_file(path: str | os.PathLike[str]) -> None:
    """Redirect standard output and error to `path`, down to the file descriptors.

    The message of an error goes to the terminal too, unless the run lists errors at its end. Its traceback
    goes to the log, except for an `InputError`, which needs none.

    Parameters
    ----------
    path : path-like
        The log; an existing one is overwritten.
    """
    global terminal, job
    job = Path(path).stem
    terminal = screen = os.fdopen(os.dup(2), "w")
    sys.stdout.flush()
    sys.stderr.flush()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)

    def report(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        message = str(error) or kind.__name__
        where = ""
        if not isinstance(error, InputError):
            message, where = f"{kind.__name__}: {message}{_advice(error)}", f" (details in {path})"
            traceback.print_exception(kind, error, trace)
        if screen.isatty():
            screen.write(ERASE_LINE)
        if LISTED_AT_THE_END not in os.environ:
            print(f"{message}{where}", file=screen, flush=True)
        print(message)

    sys.excepthook = report


def _advice(error: BaseException) -> str:
    """Advice on an error for lack of memory or disk space, empty for others."""
    if isinstance(error, MemoryError):
        return "; run fewer jobs at once, or where there is more memory"
    if isinstance(error, OSError) and error.errno in NO_SPACE:
        return "; free some and run again, what is finished stays"
    return ""
