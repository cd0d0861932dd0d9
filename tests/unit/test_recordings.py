"""Recordings as people have them come back as they were written, and what can't be read is refused."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml
import zarr
from recorded_files import NAMES, RATE, TIMES, UNITS_IN_MV, csv, structure
from scipy.io import savemat

from ecgi.core.errors import InputError
from ecgi.io.electrodes import from_table, read_electrode_table
from ecgi.io.recordings import read_recording

WRITERS = {
    "samples in lines.csv": lambda path, x: csv(path, x.T),
    "leads in lines.csv": lambda path, x: csv(path, x),
    "named.csv": lambda path, x: csv(path, x.T, NAMES),
    "in another order.csv": lambda path, x: csv(path, x[::-1].T, NAMES[::-1]),
    "with a lead too many.csv": lambda path, x: csv(path, np.vstack([x, x[:1]]).T, [*NAMES, "trigger"]),
    "with times.csv": lambda path, x: csv(path, np.vstack([TIMES, x]).T, ["time_ms", *NAMES]),
    "in seconds.csv": lambda path, x: csv(path, np.vstack([TIMES / 1000, x]).T, ["time_s", *NAMES]),
    "semicolons.csv": lambda path, x: csv(path, x.T, NAMES, ";"),
    "tabs.tsv": lambda path, x: csv(path, x.T, NAMES, "\t"),
    "spaces.txt": lambda path, x: csv(path, x.T, None, " "),
    "matrix.mat": lambda path, x: savemat(path, {"data": x, "electrodes": np.zeros((5, 3))}),
    "transposed.mat": lambda path, x: savemat(path, {"data": x.T}),
    "series.mat": lambda path, x: savemat(path, {"ts": structure(x)}),
    "other series.mat": lambda path, x: savemat(path, {"beat": structure(x), "note": "paced"}),
    "array.npy": lambda path, x: np.save(path, x),
    "transposed.npy": lambda path, x: np.save(path, x.T),
    "arrays.npz": lambda path, x: np.savez(path, bsp=x, electrodes=np.zeros((5, 3))),
    "bare.zarr": lambda path, x: zarr.save_array(path, x),
    "store.zarr": lambda path, x: xr.Dataset(
        {"bsp": (("time", "electrode"), x.T)}, coords={"time": TIMES}
    ).to_zarr(path),
    "beat.zarr": lambda path, x: xr.Dataset({"bsp": (("beat", "electrode", "time"), x[None])}).to_zarr(path),
}
KNOW_THEIR_TIMES = ("with times.csv", "in seconds.csv", "store.zarr")


@pytest.mark.parametrize("kind", WRITERS)
@pytest.mark.parametrize("units", UNITS_IN_MV)
def test_signals_come_back_in_mv_whatever_file_unit_and_orientation(kind, units, signals, tmp_path):
    WRITERS[kind](tmp_path / kind, signals / UNITS_IN_MV[units])
    rate = None if kind in KNOW_THEIR_TIMES else RATE
    read, times, _, _ = read_recording(tmp_path / kind, NAMES, units, rate)
    np.testing.assert_allclose(read, signals, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(times, TIMES, rtol=1e-9)


def test_samples_that_are_missing_are_nan(signals, tmp_path):
    csv(tmp_path / "bsp.csv", signals.T, NAMES)
    text = (tmp_path / "bsp.csv").read_text().splitlines()
    text[3] = "nan," + text[3].split(",", 1)[1]
    text[4] = "," + text[4].split(",", 1)[1]
    (tmp_path / "bsp.csv").write_text("\n".join(text))
    read, _, _, _ = read_recording(tmp_path / "bsp.csv", NAMES, "mV", RATE)
    assert np.argwhere(np.isnan(read)).tolist() == [[0, 2], [0, 3]]


def a_square(path, signals):
    csv(path, np.tile(signals, 2)[:, :6])


def an_object(path, signals):
    np.save(path, np.array([{"bsp": signals}], dtype=object), allow_pickle=True)


def a_pickle(path, signals):
    path.write_bytes(pickle.dumps(signals))


def a_function(path, signals):
    """What MATLAB writes of a function handle is opaque; a cell of text stands for it."""
    savemat(path, {"handle": np.array(["@(x) system(x)"], dtype=object)})


def version_seven_three(path, signals):
    header = b"MATLAB 7.3 MAT-file, Platform: GLNXA64".ljust(116) + bytes(8) + b"\x00\x02IM"
    path.write_bytes(header.ljust(512, b"\0") + b"\x89HDF\r\n\x1a\n" + bytes(64))


def without_a_chunk(path, signals):
    """A store that lacks one of the two chunks of its signals."""
    data = xr.Dataset({"bsp": (("electrode", "time"), signals)})
    data.to_zarr(path, zarr_format=3, encoding={"bsp": {"chunks": (len(signals) // 2, signals.shape[1])}})
    (path / "bsp/c/0/0").unlink()


def several_beats(path, signals):
    xr.Dataset({"bsp": (("beat", "electrode", "time"), np.stack([signals, signals]))}).to_zarr(path)


UNUSABLE = {
    "nothing.csv": (lambda path, x: path.write_text(""), "the file is empty"),
    "header.csv": (lambda path, x: csv(path, [], NAMES), "a header and no samples below it"),
    "ragged.csv": (lambda path, x: path.write_text("1,2,3\n4,5\n"), "line 2: 2 cells, where line 1 has 3"),
    "words.csv": (lambda path, x: path.write_text("1,2\n3,loose\n"), "line 2, column 2: 'loose' is not a n"),
    "comma.csv": (lambda path, x: path.write_text("1.5;2\n3;0,5\n"), "the comma of '0,5' may stand before d"),
    "thousands.csv": (
        lambda path, x: path.write_text("1,500;2\n3;2,500\n"),
        "may stand before decimals or th",
    ),
    "picture.csv": (lambda path, x: path.write_bytes(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"), "not a text file"),
    "short.csv": (lambda path, x: csv(path, x[:4].T), "40 leads, but there are 6 electrodes"),
    "few leads.mat": (lambda path, x: savemat(path, {"ts": structure(x[:5])}), "5 leads, but there are 6"),
    "some names.csv": (lambda path, x: csv(path, x.T, [*NAMES[:4], "a", "b"]), "no lead L4, L5"),
    "other names.csv": (
        lambda path, x: csv(path, x.T, list("abcdef")),
        "a, b, c, d, e and 1 more, the electro",
    ),
    "same names.csv": (lambda path, x: csv(path, np.vstack([x, x[0]]).T, [*NAMES, "L0"]), "called L0"),
    "square.csv": (a_square, "leads and samples can't be distinguished"),
    "instant.csv": (lambda path, x: csv(path, x[:, :5].T, NAMES), "5 samples are too few for a beat"),
    "back.csv": (
        lambda path, x: csv(path, np.vstack([TIMES[::-1], x]).T, ["time_ms", *NAMES]),
        "times must be numbers that rise",
    ),
    "slow.csv": (
        lambda path, x: csv(path, np.vstack([2 * TIMES, x]).T, ["time_ms", *NAMES]),
        "times are 4 ms apart, and sampling_hz gives 2",
    ),
    "object.npy": (an_object, "holds Python objects"),
    "pickle.npy": (a_pickle, "holds Python objects|not a NumPy file"),
    "objects.npz": (lambda path, x: np.savez(path, bsp=np.array([None, x], object)), "holds Python objects"),
    "cut.npy": (lambda path, x: path.write_bytes(b"\x93NUMPY\x01\x00"), "not a NumPy file"),
    "flat.npy": (lambda path, x: np.save(path, x.ravel()), "no matrix of numbers with two dimensions"),
    "two.npz": (lambda path, x: np.savez(path, a=x, b=x), r"holds a, b; save the one of the recording alone"),
    "code.mat": (a_function, "no matrix of numbers with two dimensions"),
    "new.mat": (version_seven_three, "new.mat: not a MATLAB file that can be read"),
    "text.mat": (lambda path, x: path.write_text("no matrix here"), "not a MATLAB file"),
    "empty.zarr": (lambda path, x: path.mkdir(), "not a Zarr store"),
    "beats.zarr": (several_beats, "2 of beat, 6 of electrode, 40 of time; save one beat alone"),
    "chunk.zarr": (without_a_chunk, "1 of 2 chunks of bsp are missing; copy it anew"),
    "names.zarr": (lambda path, x: xr.Dataset({"v": (("a", "b"), x)}).to_zarr(path), "no variable bsp"),
    "bsp.edf": (lambda path, x: path.write_text("0"), "not an EDF or BDF file that can be read"),
    "bsp.hea": (lambda path, x: path.write_text("0"), "not a WFDB record that can be read"),
    "bsp.doc": (lambda path, x: path.write_text("0"), "not one of the formats of a recording, .csv"),
    "folder.csv": (lambda path, x: path.mkdir(), "no file, as a recording that ends in .csv must be"),
    "gone.csv": (lambda path, x: None, "there is no such recording"),
}


@pytest.mark.parametrize("kind", UNUSABLE)
def test_what_is_no_recording_is_refused_in_one_line_that_names_the_file(kind, signals, tmp_path):
    write, message = UNUSABLE[kind]
    write(tmp_path / kind, signals)
    with pytest.raises(InputError, match=message) as mistake:
        read_recording(tmp_path / kind, NAMES, "mV", RATE)
    assert kind in str(mistake.value)
    assert len(str(mistake.value).splitlines()) == 1


def test_a_file_without_times_needs_a_sampling_rate(signals, tmp_path):
    csv(tmp_path / "bsp.csv", signals.T, NAMES)
    with pytest.raises(InputError, match="holds no times; set sampling_hz"):
        read_recording(tmp_path / "bsp.csv", NAMES, "mV")


FIELD = Path(__file__).resolve().parents[3] / "shared/data/field-cases/recordings"


def brought(folder):
    """Signals of a folder by the position of their electrode, mV, and what is noted of them."""
    if not (FIELD / folder / "run.yaml").is_file():
        pytest.skip(f"{folder} does not lie beside the project")
    subject = yaml.safe_load((FIELD / folder / "run.yaml").read_text())["subject"]
    table = FIELD / folder / subject["electrodes"]
    names, positions = from_table(read_electrode_table(table), table)
    read, _, notes, _ = read_recording(
        FIELD / folder / subject["bsp"], names, subject["units"], subject["sampling_hz"]
    )
    return {
        tuple(place): signal for place, signal in zip(positions.round(1).tolist(), read, strict=True)
    }, notes


@pytest.mark.parametrize(
    "folder", ["lower_case_header", "name_column_capital", "numeric_header", "zarr_names_in_other_order"]
)
def test_each_electrode_of_a_file_as_brought_has_its_own_signal(folder):
    reference, _ = brought("00_reference")
    found, notes = brought(folder)
    assert notes[0] == "leads matched by name: 60 of 60"
    assert found.keys() == reference.keys()
    for place, signal in found.items():
        np.testing.assert_allclose(signal, reference[place], atol=1e-3)


def test_a_table_with_semicolons_as_brought_is_read():
    reference, _ = brought("00_reference")
    found, _ = brought("electrodes_semicolon")
    assert found.keys() == reference.keys()
    for place, signal in found.items():
        np.testing.assert_array_equal(signal, reference[place])


def test_the_clock_of_a_file_as_brought_is_not_ignored():
    with pytest.raises(
        InputError, match=r"in column Time_ms, its times are 0.5 ms apart, and sampling_hz gives 1"
    ):
        brought("clock_of_file_ignored")
