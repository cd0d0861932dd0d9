"""Mistakes in what the user gave, as opposed to mistakes in this code."""

import reprlib

LONGEST = 300  # characters of what a message quotes

_SHORT = reprlib.Repr()
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother = 2, 80, 80


class InputError(ValueError):
    """Something given can't be used; the message says what, where, and what would be right."""


def shown(value):
    """A value as a message quotes it: short, whatever it holds."""
    try:
        return _SHORT.repr(value)
    except ValueError:  # a whole number of more digits than Python prints
        return "a number of thousands of digits"


def listed(values, most=20):
    """Values as a message lists them."""
    more = f" and {len(values) - most} more" if len(values) > most else ""
    return one_line(", ".join(map(str, values[:most]))) + more


def one_line(text):
    """What a library or a file says, on one line and in letters that a terminal can show."""
    words = " ".join(str(text).split())
    words = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in words)
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 3]}..."
