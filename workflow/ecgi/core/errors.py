"""Error of invalid input, as opposed to errors of this code, and helpers to word its message."""

import reprlib
from collections.abc import Sequence

LONGEST = 300  # characters of a quotation in a message

_SHORT = reprlib.Repr()
_SHORT.maxlevel, _SHORT.maxstring, _SHORT.maxother = 2, 80, 80


class InputError(ValueError):
    """Invalid input; the message names what is wrong, where, and what would be right."""


def shown(value: object) -> str:
    """Quote a value in a message, shortened.

    Parameters
    ----------
    value : object

    Returns
    -------
    str
    """
    try:
        return _SHORT.repr(value)
    except ValueError:  # a whole number of more digits than Python prints
        return "a number of thousands of digits"


def listed(values: Sequence[object], most: int = 20) -> str:
    """Join values into a list for a message.

    Parameters
    ----------
    values : sequence
    most : int
        How many to name; the others are counted.

    Returns
    -------
    str
    """
    more = f" and {len(values) - most} more" if len(values) > most else ""
    return one_line(", ".join(map(str, values[:most]))) + more


def one_line(text: object) -> str:
    """Put text of a library or a file on one line of printable characters, at most `LONGEST` of them.

    Parameters
    ----------
    text : object
        Its string is taken.

    Returns
    -------
    str
    """
    words = " ".join(str(text).split())
    words = "".join(letter if letter.isprintable() else ascii(letter)[1:-1] for letter in words)
    return words if len(words) <= LONGEST else f"{words[: LONGEST - 3]}..."
