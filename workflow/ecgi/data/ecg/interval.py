"""A time with the bounds between which it plausibly lies."""

from typing import NamedTuple


class Interval(NamedTuple):
    """A time and the bounds between which it plausibly lies.

    Attributes
    ----------
    at, low, high : float
    """

    at: float
    low: float
    high: float
