"""Send everything a job prints to its log, native libraries included."""

import os
import sys
import traceback


def to_file(path):
    """Redirect standard output and error to `path`, down to the file descriptors.

    An error ends up in the log with its traceback, and its message alone on the terminal.
    """
    terminal = os.fdopen(os.dup(2), "w")
    sys.stdout.flush()
    sys.stderr.flush()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)

    def report(kind, error, trace):
        traceback.print_exception(kind, error, trace)
        print(f"{error or kind.__name__}\n(details in {path})", file=terminal, flush=True)

    sys.excepthook = report
