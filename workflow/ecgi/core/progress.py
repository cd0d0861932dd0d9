"""Progress of a long job: a bar with the time left in a terminal, plain lines in its log."""

import sys
import time
from collections.abc import Iterable

from tqdm import tqdm

from . import logs

DRAW_EVERY_S = 0.5
LOG_EVERY_S = 10.0
BAR = "{desc} {percentage:3.0f} %|{bar}| {n_fmt} of {total_fmt} {unit}, {remaining} left" + logs.ERASE_TO_END


class Progress(tqdm):
    """Progress bar in a terminal and progress lines in a log.

    The bar disappears when all is done; lines are printed to standard output every `LOG_EVERY_S` seconds,
    unless that is the terminal. See `logs.to_file` for where the two are in a job.

    Parameters
    ----------
    what : str
        What is counted, in the plural.
    items : iterable, optional
        To iterate over; without it `update` counts.
    total : int, optional
        Number of items; by default the length of `items`.
    done : int
        How many were done before.
    """

    def __init__(
        self, what: str, items: Iterable[object] | None = None, total: int | None = None, done: int = 0
    ) -> None:
        terminal = logs.terminal or sys.stderr
        self._has_bar = terminal.isatty()
        self._last_logged = time.monotonic()
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

    def display(self, msg: str | None = None, pos: int | None = None) -> None:
        """Draw the bar, and print a line to the log if the last one is old.

        Parameters
        ----------
        msg, pos
            See ``tqdm.display``.
        """
        if self._has_bar:
            super().display(msg, pos)
        if msg is None and time.monotonic() - self._last_logged > LOG_EVERY_S:
            self._log()

    def _log(self) -> None:
        self._last_logged = time.monotonic()
        if sys.stdout.isatty():
            return
        now = self.format_dict
        words = [f"{self.unit}: {self.n} of {self.total} after {self.format_interval(now['elapsed'])}"]
        if self.n < self.total and now["rate"]:
            words.append(f"{self.format_interval((self.total - self.n) / now['rate'])} left")
        print(*words, *filter(None, [self.postfix]), sep=", ", flush=True)
