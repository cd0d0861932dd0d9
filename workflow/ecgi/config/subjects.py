"""The subjects table: several recordings to predict from, a row each."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Any

from ..core import tables
from ..core.errors import InputError, listed, one_line, shown

if TYPE_CHECKING:
    from collections.abc import Mapping


def with_subjects(settings: Mapping[str, Any]) -> dict[str, Any]:
    """Complete the settings of each of several subjects by those that they share.

    Parameters
    ----------
    settings : mapping
        Of an experiment, as read from YAML, with `subjects`: the path of a table, or settings by name.

    Returns
    -------
    dict
        With `subjects` by name, each with what it leaves out from `subject`, and without `subject`. A
        subject without `case` has its own name for it.

    Raises
    ------
    ValueError
        If the table can't be read, or a row has no name, another's, or an unknown label map.
    """
    shared = settings.get("subject") or {}
    given = settings["subjects"]
    if isinstance(given, str):
        given = _rows(given, settings.get("label_maps") or {})
    if not isinstance(given, dict) or not isinstance(shared, dict):
        return dict(settings)  # refused by their types
    complete = {
        name: {"case": name, **shared, **own} if isinstance(own, dict) else own for name, own in given.items()
    }
    return {**settings, "subject": None, "subjects": complete}


def _rows(path: str, label_maps: Mapping[str, Any]) -> dict[str, dict[str, Any]]:
    """Settings of each row of a table, by its name."""
    if not os.path.isfile(path):
        raise ValueError(f"subjects: {one_line(path)} does not exist")
    try:
        columns, rows = tables.read_table(path, "\t")
    except InputError as error:
        raise ValueError(str(error)) from None
    if "name" not in columns:
        raise ValueError(
            f"subjects: {path} has no column name, only {listed(columns)}; columns are separated by tabs"
        )
    subjects: dict[str, dict[str, Any]] = {}
    for line, cells in rows.items():
        row: dict[str, Any] = {key: value for key, value in cells.items() if value}
        name = row.pop("name", None)
        if name is None or name in subjects:
            why = "the name is missing" if name is None else f"another row has the name {shown(name)}"
            raise ValueError(f"subjects: {path}, line {line}: {why}; give each row a name of its own")
        if "label_map" in row:
            if row["label_map"] not in label_maps:
                raise ValueError(
                    f"subjects: {path}, {name}: label_map {shown(row['label_map'])} is not in label_maps: "
                    f"{listed(list(label_maps)) or 'there are none'}"
                )
            row["labels"] = label_maps[row.pop("label_map")]
        for several in ("methods", "exports"):
            if several in row:
                row[several] = row[several].replace(",", " ").split()
        subjects[name] = row
    if not subjects:
        raise ValueError(f"subjects: {path} has no rows; give one per recording")
    return subjects
