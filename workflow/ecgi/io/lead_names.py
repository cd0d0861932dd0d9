"""Match the leads of a recording with electrodes by their names, whatever the spelling."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from ..core.errors import InputError, listed

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    Keys = Callable[[Sequence[str]], list[str]]

MOST_NAMES = 5  # listed in a message
FEWEST_OF_A_HEADER = 8  # distinct whole numbers, fewer of which may be a sample

UNIT = re.compile(r"(?<=\w)[\s_/-]*(?:[\[(]\s*[muµμn]?v\s*[\])]|[\s_/-][muµμn]?v)$", re.IGNORECASE)
SEPARATORS = re.compile(r"[\s_.:#/\-]+")
WORDS = "leads?|electrodes?|channels?|chan|ch|columns?|col|var|signals?|sig|potentials?|bspm?|ecg|elec"
WORD = re.compile(rf"^(?:{WORDS})[\s_.:#/\-]+(?=.*\w)", re.IGNORECASE)
NUMBER = re.compile(rf"^(?:{WORDS}|el|e)?(\d+)$")


def match_leads(given: Sequence[str], names: Sequence[str], source: Path) -> list[int]:
    """Index of the lead of each electrode among the leads of a recording.

    Names are compared as they are, then without case, units, separators and leading zeros, then without words
    such as "lead", without a prefix of all leads, and last by number alone; the first of these by which every
    electrode has a lead decides.

    Parameters
    ----------
    given : sequence of str
        Names of the leads, in the order of the file. Leads beyond those of the electrodes are left out.
    names : sequence of str
        Names of the electrodes.
    source : Path
        Name of the file in messages.

    Returns
    -------
    list of int

    Raises
    ------
    InputError
        If an electrode has no lead, or two.
    """
    fewest_missing = list(names)
    for of_names, of_given in READINGS:
        wanted, found = of_names(names), of_given(given)
        if len(set(wanted)) < len(names):
            continue
        missing = [name for name, key in zip(names, wanted, strict=True) if not key or key not in found]
        if not missing:
            if of_given is numbers_of:
                _refuse_numbers_of_others(wanted, found, given, names, source)
            _refuse_twice(wanted, found, given, source)
            return [found.index(key) for key in wanted]
        if len(missing) < len(fewest_missing):
            fewest_missing = missing
    both = f"its leads are {listed(given, MOST_NAMES)}, the electrodes {listed(names, MOST_NAMES)}"
    if len(fewest_missing) == len(names):
        raise InputError(
            f"{source}: no lead has the name of an electrode: {both}; give them the same names, or "
            "none to the leads if they are in the order of the electrodes"
        )
    raise InputError(
        f"{source}: there is no lead {listed(fewest_missing, MOST_NAMES)}, though others have names of "
        f"electrodes: {both}; name all electrodes or none"
    )


def are_names(values: Sequence[float], names: Sequence[str], place: str) -> bool:
    """Whether numbers at the beginning of a table name the leads rather than being a sample.

    Parameters
    ----------
    values : sequence of float
        Of the first line or column; NaN where a cell is empty.
    names : sequence of str
        Names of the electrodes.
    place : str
        Where they stand, in messages.

    Returns
    -------
    bool

    Raises
    ------
    InputError
        If it may be either.
    """
    values = values[1:] if np.isnan(values[0]) else values  # above a count of the samples
    if not len(names) <= len(values) == len(set(values)) or not all(
        value >= 0 and value.is_integer() for value in values
    ):
        return False
    numbers = {str(int(value)) for value in values}
    wanted = {number for number in numbers_of(names) if number}
    shared = len(wanted & numbers)
    counted = sorted(values) == [min(values) + step for step in range(len(values))] and min(values) <= 1
    all_named = 0 < shared == len(names)
    if (counted or all_named) and len(values) >= FEWEST_OF_A_HEADER:
        return True
    if counted or all_named or 2 * shared > len(names):
        first = listed([f"{value:g}" for value in values], MOST_NAMES)
        raise InputError(
            f"{place}, {first}, may name the leads or be a sample; begin with a line of "
            f"names with letters, as {listed(names, MOST_NAMES)}"
        )
    return False


def letters_of(name: str) -> str:
    """Name in lower case without separators.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
    """
    return re.sub(r"[\W_]+", "", name.casefold())


def units_of(names: Sequence[str]) -> list[str]:
    """Units that names of leads end in, in brackets as "E1 [mV]" or, if most of them do, as "E1 mV".

    Parameters
    ----------
    names : sequence of str

    Returns
    -------
    list of str
        One per lead, empty where it has none.
    """
    found = [match[0] if (match := UNIT.search(name.strip())) else "" for name in names]
    usual = 2 * sum(map(bool, found)) > len(names)
    return [text.strip(" _/-[]()\t") if usual or text.endswith(("]", ")")) else "" for text in found]


def _as_written(names: Sequence[str]) -> list[str]:
    """Names without blanks around them."""
    return [name.strip() for name in names]


def _plain(names: Sequence[str]) -> list[str]:
    """Names without case, unit, separators and leading zeros."""
    bare = [SEPARATORS.sub("", UNIT.sub("", name.strip())).casefold() for name in names]
    return [re.sub(r"(?<!\d)0+(?=\d)", "", name) for name in bare]


def without_words(names: Sequence[str]) -> list[str]:
    """Names without case, unit, separators, leading zeros and words that say what a lead is.

    Parameters
    ----------
    names : sequence of str

    Returns
    -------
    list of str
    """
    short = [name.strip() for name in names]
    for _ in range(2):
        short = [WORD.sub("", name) for name in short]
    return _plain(short)


def _without_prefix(names: Sequence[str]) -> list[str]:
    """Plain names, without words that all of them begin with."""
    differ = (
        at for at, letters in enumerate(zip(min(names), max(names), strict=False)) if len(set(letters)) > 1
    )
    shared = names[0][: next(differ, 0)]
    length = max((found.end() for found in SEPARATORS.finditer(shared)), default=0)
    short = [name[length:] for name in names]
    return _plain(short) if all(name[:1].isalpha() for name in short) else _plain(names)


def numbers_of(names: Sequence[str]) -> list[str]:
    """Numbers of names that are a number, alone or after E or a word that says what a lead is.

    Parameters
    ----------
    names : sequence of str

    Returns
    -------
    list of str
        Empty for any other name.
    """
    return [found[1] if (found := NUMBER.match(name)) else "" for name in without_words(names)]


def _refuse_numbers_of_others(
    wanted: Sequence[str], found: Sequence[str], given: Sequence[str], names: Sequence[str], source: Path
) -> None:
    """Refuse to match by number where more leads than electrodes are numbered, as by a channel."""
    numbered = [number for number in found if number]
    if len(numbered) > len(wanted):
        raise InputError(
            f"{source}: {len(numbered)} numbered leads, {listed(given, MOST_NAMES)}, for {len(names)} "
            f"electrodes, {listed(names, MOST_NAMES)}, whose numbers may be others; name the electrodes "
            "as their leads are"
        )


def _refuse_twice(wanted: Sequence[str], found: Sequence[str], given: Sequence[str], source: Path) -> None:
    """Refuse two leads of one electrode."""
    counts = Counter(found)
    twice = [name for name, key in zip(given, found, strict=True) if counts[key] > 1 and key in set(wanted)]
    if twice:
        raise InputError(f"{source}: two leads are called {listed(twice[:1])}; rename one")


READINGS: Sequence[tuple[Keys, Keys]] = (  # of the electrodes, and of the leads
    (_as_written, _as_written),
    (_plain, _plain),
    (without_words, without_words),
    (_plain, _without_prefix),
    (numbers_of, numbers_of),
)
