"""Tables that say which channel of a recording belongs to which electrode."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ...core.errors import InputError, one_line, shown
from ...core.text import read_text
from ..lead_names import match_leads

if TYPE_CHECKING:
    from collections.abc import Sequence
    from os import PathLike


def in_channels(table: str | PathLike[str], names: Sequence[str], count: int, recording: Path) -> list[int]:
    """Index of each electrode's channel in a recording.

    Parameters
    ----------
    table : path-like
        Text with a line per electrode: its number from 1 on or its name, and its channel, counted from 1; a
        first line such as "128 leads" or "lead channel" is skipped, as files of map3d (.channels) have one.
    names : sequence of str
        Names of the electrodes in their order.
    count : int
        Number of channels.
    recording : Path
        Name of the recording in messages.

    Returns
    -------
    list of int
        From 0 on.

    Raises
    ------
    InputError
        If the table can't be read, or an electrode has no channel or two.
    """
    channels: dict[str, int] = {}
    for number, line in enumerate(read_text(table).splitlines(), 1):
        cells = line.replace(",", " ").replace(";", " ").replace("\t", " ").split()
        if not cells or line.startswith("#") or (not channels and not cells[-1].isdigit()):
            continue
        where = f"{table}, line {number}"
        if len(cells) != 2 or not cells[1].isdigit():
            raise InputError(
                f"{where}: {shown(line.strip())} is not an electrode and the number of a channel"
            )
        lead, channel = cells[0], int(cells[1])
        if lead in channels or channel - 1 in channels.values():
            raise InputError(f"{where}: electrode {one_line(lead)} or channel {channel} a second time")
        if not 1 <= channel <= count:
            raise InputError(f"{where}: there is no channel {channel}; {recording} has 1 to {count}")
        channels[lead] = channel - 1
    if not channels:
        raise InputError(
            f"{table}: names no channel; give an electrode and the number of its channel per line"
        )
    leads = list(channels)
    by_order = {str(number): number - 1 for number in range(1, len(names) + 1)}
    if not all(lead in by_order for lead in leads):
        return [channels[leads[index]] for index in match_leads(leads, names, Path(table))]
    missing = [number for number in by_order if number not in channels]
    if missing:
        raise InputError(f"{table}: electrode {missing[0]} of {len(names)} has no channel")
    ordered = [channels[number] for number in by_order]
    try:
        by_name = [channels[leads[index]] for index in match_leads(leads, names, Path(table))]
    except InputError:  # electrodes without numbers in their names
        return ordered
    if by_name != ordered:
        raise InputError(
            f"{table}: its numbers may be those of lines or of names, as {one_line(names[0])}, of the "
            "electrodes; give names"
        )
    return ordered
