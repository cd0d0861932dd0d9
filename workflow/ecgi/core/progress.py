"""How far a long job has come: a bar with the time left in a terminal, plain lines in its log."""

import sys
import time

from tqdm import tqdm

from . import logs

DRAW_EVERY_S = 0.5
TELL_EVERY_S = 10.0
BAR = "{desc} {percentage:3.0f} %|{bar}| {n_fmt} of {total_fmt} {unit}, {remaining} left" + logs.ERASE_TO_END


class Progress(tqdm):
    """A count of what is done, of which `tqdm` keeps time.

    A terminal gets a bar, which goes when all is done; standard output, unless it is that terminal, a line
    now and then. See `logs.to_file` for where they are in a job.

    Parameters
    ----------
    what : str
        What is counted, in the plural.
    items : iterable, optional
        To go through; without it `update` counts.
    total : int
    done : int
        How many were done before.
    """

    def __init__(self, what, items=None, total=None, done=0):
        terminal = logs.terminal or sys.stderr
        self._watched = terminal.isatty()
        self._told = time.monotonic()
        super().__init__(
            items,
            desc=logs.job,
            unit=what,
            total=total,
            initial=done,
            file=terminal,
            bar_format=BAR,
            dynamic_ncols=True,
            mininterval=DRAW_EVERY_S,
            leave=False,
        )

    def display(self, msg=None, pos=None):
        """Draw the bar, and tell the log if it has not been told for long."""
        if self._watched:
            super().display(msg, pos)
        if msg is None and time.monotonic() - self._told > TELL_EVERY_S:
            self._tell()

    def _tell(self):
        self._told = time.monotonic()
        if sys.stdout.isatty():
            return
        now = self.format_dict
        words = [f"{self.unit}: {self.n} of {self.total} after {self.format_interval(now['elapsed'])}"]
        if self.n < self.total and now["rate"]:
            words.append(f"{self.format_interval((self.total - self.n) / now['rate'])} left")
        print(*words, *filter(None, [self.postfix]), sep=", ", flush=True)
