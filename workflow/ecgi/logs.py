"""Send everything a job prints to its log, native libraries included."""

import os
import sys
import traceback

from .errors import InputError


def to_file(path):
    """Redirect standard output and error to `path`, down to the file descriptors.

    The message of an error goes to the terminal too. Its traceback goes to the log, unless the
    mistake lies in what the user gave.
    """
    terminal = os.fdopen(os.dup(2), "w")
    sys.stdout.flush()
    sys.stderr.flush()
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC)
    os.dup2(descriptor, 1)
    os.dup2(descriptor, 2)
    os.close(descriptor)

    def report(kind, error, trace):
        message = str(error) or kind.__name__
        if isinstance(error, InputError):
            print(message)
        else:
            traceback.print_exception(kind, error, trace)
            message = f"{kind.__name__}: {message} (details in {path})"
        print(message, file=terminal, flush=True)

    sys.excepthook = report
