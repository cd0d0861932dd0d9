"""Files of MATLAB of any version are read, those of SCIRun and map3d too, and damaged ones refused."""

import contextlib
import struct
from pathlib import Path

import h5py
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.io import savemat

from ecgi.core.errors import InputError
from ecgi.io.matlab import Opaque, read_matlab

SHARED = Path(__file__).resolve().parents[3] / "shared/data"
VALUES = np.random.default_rng(0).normal(size=(4, 7))
LABELS = ["E1", "E10"]
CONTENTS = {
    "ts": {"potvals": VALUES, "unit": "mV", "inner": {"rate": 1000.0}},
    "whole": np.arange(6, dtype=np.int16).reshape(2, 3),
    "truths": np.array([[True, False]]),
    "names": np.array(LABELS, object),
    "lines": np.array(LABELS),
    "several": [{"label": "a"}, {"label": "b"}],
    "nothing": np.empty((0, 0)),
}


def check(found):
    np.testing.assert_array_equal(found["ts"]["potvals"], VALUES)
    assert found["ts"]["unit"] == "mV"
    assert found["ts"]["inner"]["rate"] == 1000.0
    np.testing.assert_array_equal(found["whole"], np.arange(6).reshape(2, 3))
    np.testing.assert_array_equal(found["truths"], [1, 0])
    assert found["names"] == LABELS
    assert [line.strip() for line in found["lines"]] == LABELS
    assert [value["label"] for value in found["several"]] == ["a", "b"]
    assert np.size(found["nothing"]) == 0


@pytest.mark.parametrize("compressed", [False, True])
def test_variables_come_back_from_level_5(compressed, tmp_path):
    savemat(tmp_path / "a.mat", CONTENTS, do_compression=compressed)
    check(read_matlab(tmp_path / "a.mat"))


def test_a_matrix_comes_back_from_level_4(tmp_path):
    savemat(tmp_path / "a.mat", {"x": VALUES}, format="4")
    np.testing.assert_array_equal(read_matlab(tmp_path / "a.mat")["x"], VALUES)


def text_of(group, name, text):
    codes = np.array([list(map(ord, line)) for line in np.atleast_1d(text).tolist()], np.uint16)
    group.create_dataset(name, data=codes.T).attrs["MATLAB_class"] = np.bytes_("char")


def numbers_of(group, name, values, kind="double"):
    group.create_dataset(name, data=np.atleast_2d(values).T).attrs["MATLAB_class"] = np.bytes_(kind)


def version_seven_three(path):
    """The same contents as MATLAB writes them by save(..., '-v7.3')."""
    with h5py.File(path, "w", userblock_size=512) as file:
        inside = file.create_group("#refs#")
        ts = file.create_group("ts")
        inner = ts.create_group("inner")
        several = file.create_group("several")
        for group in (ts, inner, several):
            group.attrs["MATLAB_class"] = np.bytes_("struct")
        numbers_of(ts, "potvals", VALUES)
        text_of(ts, "unit", "mV")
        numbers_of(inner, "rate", 1000.0)
        numbers_of(file, "whole", np.arange(6, dtype=np.int16).reshape(2, 3), "int16")
        numbers_of(file, "truths", np.array([[1, 0]], np.uint8), "logical")
        text_of(file, "lines", ["E1 ", "E10"])
        for number, (text, group, name) in enumerate(
            [("E1", file, "names"), ("E10", file, "names"), ("a", several, "label"), ("b", several, "label")]
        ):
            text_of(inside, f"r{number}", text)
            if number % 2 == 0:
                kept = group.create_dataset(name, (2, 1), h5py.ref_dtype)
            kept[number % 2, 0] = inside[f"r{number}"].ref
        file["names"].attrs["MATLAB_class"] = np.bytes_("cell")
        empty = file.create_dataset("nothing", data=np.zeros(2, np.uint64))
        empty.attrs["MATLAB_class"], empty.attrs["MATLAB_empty"] = np.bytes_("double"), np.uint8(1)
    head = b"MATLAB 7.3 MAT-file".ljust(124) + b"\x00\x02IM"
    with path.open("r+b") as file:
        file.write(head)


def test_variables_come_back_from_version_7_3(tmp_path):
    version_seven_three(tmp_path / "a.mat")
    check(read_matlab(tmp_path / "a.mat"))


def test_values_of_other_files_are_not_followed(tmp_path):
    with h5py.File(tmp_path / "other.h5", "w") as file:
        file["secret"] = VALUES
    with h5py.File(tmp_path / "a.mat", "w", userblock_size=512) as file:
        file["x"] = h5py.ExternalLink(str(tmp_path / "other.h5"), "secret")
    with pytest.raises(InputError, match=r"a.mat: not a MATLAB file that can be read \(x is a link\)"):
        read_matlab(tmp_path / "a.mat")


def as_scirun_writes(content):
    """Names of a file of level 5 tagged as unsigned, in small elements too."""
    changed = bytearray(content)

    def walk(first, last):
        at = first
        while at < last:
            kind, size = struct.unpack_from("<II", changed, at)
            small = kind >> 16
            if (kind & 0xFFFF) == 1:
                struct.pack_into("<H", changed, at, 2)
            if kind == 14:
                walk(at + 8, at + 8 + size)
            at += 8 if small else 8 + size + -size % 8

    walk(128, len(changed))
    return bytes(changed)


def test_names_tagged_as_unsigned_are_read(tmp_path):
    savemat(tmp_path / "a.mat", CONTENTS)
    (tmp_path / "b.mat").write_bytes(as_scirun_writes((tmp_path / "a.mat").read_bytes()))
    check(read_matlab(tmp_path / "b.mat"))


def test_files_of_scirun_and_map3d_as_brought():
    if not (SHARED / "tank/490sock.mat").is_file():
        pytest.skip("the files do not lie beside the project")
    sock = read_matlab(SHARED / "tank/490sock.mat")["geom"][0]
    points = np.loadtxt(SHARED / "tank/490sock.pts")
    np.testing.assert_allclose(np.reshape(sock["pts"], (3, 490)).T, points, atol=1e-3)


def test_objects_and_sparse_matrices_are_not_read(tmp_path):
    from scipy.sparse import eye_array

    savemat(tmp_path / "a.mat", {"s": eye_array(3).tocsc(), "c": VALUES + 1j, "x": VALUES})
    found = read_matlab(tmp_path / "a.mat")
    assert isinstance(found["s"], Opaque)
    assert isinstance(found["c"], Opaque)
    np.testing.assert_array_equal(found["x"], VALUES)


@settings(max_examples=200, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.floats(0, 1), st.integers(0, 255)), min_size=1, max_size=4), st.floats(0.5, 1))
def test_a_damaged_structure_is_read_or_refused(tmp_path_factory, edits, kept):
    folder = tmp_path_factory.getbasetemp()
    path = folder / "damaged.mat"
    savemat(path, CONTENTS)
    content = bytearray(path.read_bytes())
    for place, value in edits:
        content[128 + int(place * (len(content) - 129))] = value
    path.write_bytes(content[: int(kept * len(content))] if kept < 0.9 else content)
    with contextlib.suppress(InputError):
        read_matlab(path)
