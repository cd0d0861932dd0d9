import json

import numpy as np
import pandas as pd
import pytest

from ecgi.core.errors import InputError
from ecgi.io import checked_files

TABLE = pd.DataFrame(
    {
        "case": ["01", "rodero01", "01"],
        "name": ["NA", "V1", "2"],
        "beat": [0, 1, 2],
        "mv": [0.1, np.nan, -1e-9],
    }
)
VALUES = {"spacing_mm": 0.1, "shape": [3, 4], "notes": ["a", "ü"], "missing": None}


def damaged(content):
    """The content cut short anywhere, and with any of its bits flipped."""
    for length in range(len(content)):
        yield content[:length]
    for bit in range(8 * len(content)):
        flipped = bytearray(content)
        flipped[bit // 8] ^= 1 << bit % 8
        yield bytes(flipped)


@pytest.mark.parametrize("ending", ["csv", "tsv"])
def test_a_table_is_read_as_written_and_names_stay_text(tmp_path, ending):
    path = tmp_path / f"table.{ending}"
    checked_files.write_table(path, TABLE)
    pd.testing.assert_frame_equal(checked_files.read_table(path), TABLE)


def test_a_table_opens_elsewhere_with_its_checksum_as_a_column(tmp_path):
    checked_files.write_table(tmp_path / "table.csv", TABLE, "%.3g")
    opened = pd.read_csv(tmp_path / "table.csv")
    assert list(opened.columns) == [*TABLE.columns, "crc32c"]
    assert opened["beat"].tolist() == [0, 1, 2]
    assert opened["crc32c"].nunique() == 1


def test_json_is_read_as_written_and_stays_json(tmp_path):
    path = tmp_path / "values.json"
    checked_files.write_json(path, VALUES)
    assert checked_files.read_json(path) == VALUES
    assert json.loads(path.read_text()).keys() == {*VALUES, "crc32c"}


@pytest.mark.parametrize("name", ["table.tsv", "values.json"])
def test_each_flipped_bit_and_each_cut_is_refused_or_changes_nothing(tmp_path, name):
    path = tmp_path / name
    if name.endswith("json"):
        write, read, content = checked_files.write_json, checked_files.read_json, VALUES
    else:
        write, read, content = checked_files.write_table, checked_files.read_table, TABLE
    write(path, content)
    harmless = 0
    for spoilt in damaged(path.read_bytes()):
        path.write_bytes(spoilt)
        try:
            found = read(path)
        except InputError as error:
            message = str(error)
        else:
            assert found.equals(content) if isinstance(content, pd.DataFrame) else found == content
            harmless += 1
    assert message == f"{path}: damaged or edited, not what was written; remove it and run again"
    assert harmless < 100


def test_a_name_with_a_line_break_is_refused(tmp_path):
    with pytest.raises(InputError, match="a name with a line break"):
        checked_files.write_table(tmp_path / "table.csv", TABLE.replace("V1", "V\n1"))


def test_a_table_without_rows_is_taken_for_one_cut_short(tmp_path):
    checked_files.write_table(tmp_path / "table.csv", TABLE.iloc[:0])
    with pytest.raises(InputError, match="damaged"):
        checked_files.read_table(tmp_path / "table.csv")
