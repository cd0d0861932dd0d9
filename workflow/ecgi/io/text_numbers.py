"""Numbers of text files without a header, as of openCARP, SCIRun and ECGSIM."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from ..anatomy.heart import AnatomyError
from ..core.errors import one_line

if TYPE_CHECKING:
    from os import PathLike

    import pandas as pd
    from numpy.typing import NDArray


def read_rows(path: str | PathLike[str], columns: int) -> pd.DataFrame:
    """Read the rows of a text file; cells are separated by blanks, and # begins a comment.

    Parameters
    ----------
    path : path-like
    columns : int
        Largest number of cells in a row.

    Returns
    -------
    pandas.DataFrame
        Numbers, or text where a column holds any; NaN beyond the end of a row.

    Raises
    ------
    AnatomyError
        If the file is no such text.
    """
    import pandas as pd

    try:
        return pd.read_csv(path, sep=r"\s+", header=None, comment="#", names=range(columns), index_col=False)
    except FileNotFoundError:
        raise AnatomyError(
            f"{path}: there is no such file; it must lie beside the other of the pair"
        ) from None
    except (ValueError, UnicodeDecodeError, OSError) as error:
        raise AnatomyError(f"{path}: not rows of at most {columns} numbers ({one_line(error)})") from None


def numbers_of(rows: pd.DataFrame, columns: int, source: str | PathLike[str], what: str) -> NDArray:
    """Take the first columns of rows as numbers.

    Parameters
    ----------
    rows : pandas.DataFrame
    columns : int
        Number of cells that each row must have.
    source : path-like
        Name of the file in messages.
    what : str
        What a row holds, for messages.

    Returns
    -------
    numpy.ndarray, shape (row, columns)

    Raises
    ------
    AnatomyError
        If a row has another number of cells, or cells that are not finite numbers.
    """
    import pandas as pd

    table = rows.apply(pd.to_numeric, errors="coerce").to_numpy(float)
    wanted, beyond = table[:, :columns], rows.iloc[:, columns:].notna().to_numpy()
    wrong = ~np.isfinite(wanted).all(1) | beyond.any(1)
    if wrong.any():
        line = int(rows.index[wrong.argmax()]) + 1
        raise AnatomyError(f"{source}: row {line} does not hold {columns} numbers, {what}")
    return wanted


def whole_number(cell: object) -> int | None:
    """Take a cell as a count.

    Parameters
    ----------
    cell : object
        A number, or text.

    Returns
    -------
    int or None
        None where it is no whole number from 0.
    """
    try:
        number = float(str(cell))
    except ValueError:
        return None
    return int(number) if number >= 0 and number.is_integer() else None


def without_count(rows: pd.DataFrame, source: str | PathLike[str]) -> pd.DataFrame:
    """Leave out a first row that states the number of the others.

    Parameters
    ----------
    rows : pandas.DataFrame
    source : path-like
        Name of the file in messages.

    Returns
    -------
    pandas.DataFrame

    Raises
    ------
    AnatomyError
        If there are fewer or more.
    """
    if len(rows) < 2 or rows.iloc[0, 1:].notna().any() or rows.iloc[1, 1:].isna().all():
        return rows
    if whole_number(rows.iloc[0, 0]) != len(rows) - 1:
        raise AnatomyError(
            f"{source}: the first row states {one_line(rows.iloc[0, 0])} rows, and {len(rows) - 1} follow; "
            "the file is cut short or damaged"
        )
    return rows.iloc[1:]
