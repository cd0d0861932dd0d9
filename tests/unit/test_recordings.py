"""Recordings as people have them come back as they were written, and what can't be read is refused."""

import pickle
from pathlib import Path

import numpy as np
import pytest
import xarray as xr
import yaml
import zarr
from scipy.io import savemat

from ecgi.core.errors import InputError
from ecgi.io.clocks import kind_of
from ecgi.io.electrodes import from_table, read_electrode_table
from ecgi.io.recordings import UNITS_IN_MV, read_recording

NAMES = [f"L{number}" for number in range(6)]
RATE = 500.0
TIMES = np.arange(40) * 1000 / RATE


@pytest.fixture
def signals():
    """mV, shape (electrode, time)."""
    return np.random.default_rng(0).normal(size=(6, 40)).round(4)


def csv(path, table, header=None, separator=","):
    lines = [separator.join(f"{value:.9g}" for value in row) for row in table]
    path.write_text("\n".join(([separator.join(header)] if header else []) + lines) + "\n")


def structure(potentials):
    return {"potvals": potentials, "unit": "mV", "leadinfo": np.zeros((len(potentials), 1))}


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
    read, times, _ = read_recording(tmp_path / kind, NAMES, units, rate)
    np.testing.assert_allclose(read, signals, rtol=1e-6, atol=1e-9)
    np.testing.assert_allclose(times, TIMES, rtol=1e-9)


def test_samples_that_are_missing_are_nan(signals, tmp_path):
    csv(tmp_path / "bsp.csv", signals.T, NAMES)
    text = (tmp_path / "bsp.csv").read_text().splitlines()
    text[3] = "nan," + text[3].split(",", 1)[1]
    text[4] = "," + text[4].split(",", 1)[1]
    (tmp_path / "bsp.csv").write_text("\n".join(text))
    read, _, _ = read_recording(tmp_path / "bsp.csv", NAMES, "mV", RATE)
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


def several_beats(path, signals):
    xr.Dataset({"bsp": (("beat", "electrode", "time"), np.stack([signals, signals]))}).to_zarr(path)


UNUSABLE = {
    "nothing.csv": (lambda path, x: path.write_text(""), "the file is empty"),
    "header.csv": (lambda path, x: csv(path, [], NAMES), "a header and no samples below it"),
    "ragged.csv": (lambda path, x: path.write_text("1,2,3\n4,5\n"), "line 2: 2 cells, where line 1 has 3"),
    "words.csv": (lambda path, x: path.write_text("1,2\n3,loose\n"), "line 2, column 2: 'loose' is not a n"),
    "comma.csv": (lambda path, x: path.write_text("1;2\n3;0,5\n"), "write decimals with a point"),
    "picture.csv": (lambda path, x: path.write_bytes(b"\x89PNG\xff\xfe"), "not a text file"),
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
    "new.mat": (version_seven_three, r"save it by save\('new.mat', '-v7'\)"),
    "text.mat": (lambda path, x: path.write_text("no matrix here"), "not a MATLAB file"),
    "empty.zarr": (lambda path, x: path.mkdir(), "not a Zarr store"),
    "beats.zarr": (several_beats, "2 of beat, 6 of electrode, 40 of time; save one beat alone"),
    "names.zarr": (lambda path, x: xr.Dataset({"v": (("a", "b"), x)}).to_zarr(path), "no variable bsp"),
    "bsp.edf": (lambda path, x: path.write_text("0"), "not one of the formats of a recording, .csv"),
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


# Names of leads: ten electrodes, and a file in another order.

TEN = [f"E{number}" for number in range(1, 11)]
ORDER = np.random.default_rng(1).permutation(10)
SPELLINGS = {
    "lower case": "e{}",
    "units in brackets": "E{} [mV]",
    "units after a slash": "E{}/uV",
    "zeros and a separator": "E-{:03d}",
    "a word before": "lead_E{}",
    "two words before": "ECG channel E{}",
    "numbers after a word": "Lead {}",
    "numbers after letters": "EL-{:02d} (µV)",
    "a prefix of all": "vest3_E{}",
    "numbers": "{}",
}

LEADINFO = np.dtype([("label", "O"), ("gain", "O")])


@pytest.fixture
def ten():
    """mV, shape (electrode, time)."""
    return np.random.default_rng(2).normal(size=(10, 40)).round(3)


def labels_of(spelling):
    return [SPELLINGS[spelling].format(number + 1) for number in ORDER]


def zarr_of(path, x, **coordinates):
    xr.Dataset({"bsp": (("electrode", "time"), x)}, coords=coordinates).to_zarr(path, consolidated=False)


def in_lines(path, x, labels):
    path.write_text(
        "".join(f"{label},{','.join(map(str, row))}\n" for label, row in zip(labels, x, strict=True))
    )


NAMED = {
    "header.csv": lambda path, x, labels: csv(path, x.T, labels),
    "header.txt": lambda path, x, labels: csv(path, x.T, labels, "\t"),
    "with times.csv": lambda path, x, labels: csv(path, np.vstack([TIMES, x]).T, ["Time [ms]", *labels]),
    "with a count.csv": lambda path, x, labels: csv(path, np.vstack([range(40), x]).T, ["", *labels]),
    "labels.npz": lambda path, x, labels: np.savez(path, bsp=x, labels=labels),
    "bytes.npz": lambda path, x, labels: np.savez(path, bsp=x, leads=np.array([a.encode() for a in labels])),
    "transposed.npz": lambda path, x, labels: np.savez(path, bsp=x.T, channel_names=labels),
    "cell.mat": lambda path, x, labels: savemat(path, {"data": x, "names": np.array(labels, object)}),
    "characters.mat": lambda path, x, labels: savemat(path, {"data": x.T, "channels": labels}),
    "beside.mat": lambda path, x, labels: savemat(
        path, {"data": x, "info": {"labels": np.array(labels, object), "t": TIMES}}
    ),
    "series.mat": lambda path, x, labels: savemat(
        path, {"ts": {"potvals": x, "leadinfo": np.array(labels, object), "badleads": []}}
    ),
    "structures.mat": lambda path, x, labels: savemat(
        path, {"potvals": x, "leadinfo": np.array([(label, 1) for label in labels], "O,O").astype(LEADINFO)}
    ),
    "leads.mat": lambda path, x, labels: savemat(
        path, {"ts": {"potvals": x, "leadinfo": [{"label": label, "gain": 1.0} for label in labels]}}
    ),
    "name.zarr": lambda path, x, labels: zarr_of(path, x, name=("electrode", labels)),
    "index.zarr": lambda path, x, labels: zarr_of(path, x, electrode=labels),
}


@pytest.mark.filterwarnings("ignore:Consolidated", "ignore:The data type")
@pytest.mark.parametrize("spelling", SPELLINGS)
@pytest.mark.parametrize("kind", NAMED)
def test_leads_are_matched_by_name_in_any_spelling_and_file(kind, spelling, ten, tmp_path):
    NAMED[kind](tmp_path / kind, ten[ORDER], labels_of(spelling))
    read, _, notes = read_recording(tmp_path / kind, TEN, "mV", RATE)
    np.testing.assert_allclose(read, ten)
    assert notes[0] == "leads matched by name: 10 of 10"


def test_names_begin_the_lines_of_leads(ten, tmp_path):
    in_lines(tmp_path / "bsp.csv", ten[ORDER], labels_of("lower case"))
    read, _, notes = read_recording(tmp_path / "bsp.csv", TEN, "mV", RATE)
    np.testing.assert_allclose(read, ten)
    assert notes == ["leads matched by name: 10 of 10"]


def test_numbers_begin_the_lines_of_leads(ten, tmp_path):
    in_lines(tmp_path / "bsp.csv", ten[ORDER], ORDER + 1)
    read, _, notes = read_recording(tmp_path / "bsp.csv", TEN, "mV", RATE)
    np.testing.assert_allclose(read, ten)
    assert notes == ["leads matched by name: 10 of 10"]


@pytest.mark.parametrize("names", [TEN, list("ABCDEFGHIJ"), ["V1", "v1", *"ABCDEFGH"]])
def test_names_that_differ_in_case_alone_are_matched_as_they_are(names, ten, tmp_path):
    csv(tmp_path / "bsp.csv", ten[::-1].T, names[::-1])
    np.testing.assert_allclose(read_recording(tmp_path / "bsp.csv", names, "mV", RATE).signals_mv, ten)


def test_a_file_without_names_is_read_in_the_order_of_the_electrodes_and_this_is_noted(ten, tmp_path):
    np.save(tmp_path / "bsp.npy", ten)
    read, _, notes = read_recording(tmp_path / "bsp.npy", TEN, "mV", RATE)
    np.testing.assert_array_equal(read, ten)
    assert notes == ["leads taken in the order of the electrodes, as the file has no names of leads"]


def test_channels_beyond_the_electrodes_are_left_out_and_counted(ten, tmp_path):
    channels = [str(number) for number in range(101, 151)]
    others = np.random.default_rng(3).normal(size=(40, 40))
    np.savez(tmp_path / "bsp.npz", bsp=np.vstack([others, ten]), channels=np.arange(101, 151))
    read, _, notes = read_recording(tmp_path / "bsp.npz", channels[40:], "mV", RATE)
    np.testing.assert_array_equal(read, ten)
    assert notes == ["leads matched by name: 10 of 10; 40 other leads left out"]


def test_numbers_of_a_structure_that_flag_leads_name_none(ten, tmp_path):
    savemat(tmp_path / "bsp.mat", {"ts": {"potvals": ten, "leadinfo": np.array([0, 1] * 5)}})
    read, _, notes = read_recording(tmp_path / "bsp.mat", TEN, "mV", RATE)
    np.testing.assert_array_equal(read, ten)
    assert "in the order of the electrodes" in notes[0]


def test_numbers_in_order_name_electrodes_that_are_in_another(ten, tmp_path):
    np.savez(tmp_path / "bsp.npz", bsp=ten, channels=np.arange(1, 11))
    read, _, notes = read_recording(tmp_path / "bsp.npz", [TEN[index] for index in ORDER], "mV", RATE)
    np.testing.assert_array_equal(read, ten[ORDER])
    assert notes == ["leads matched by name: 10 of 10"]


def test_a_geometry_beside_the_potentials_names_no_leads(ten, tmp_path):
    geometry = {"pts": np.zeros((10, 3)), "labels": np.array(list("abc"), object), "t": np.arange(5)}
    savemat(tmp_path / "bsp.mat", {"ts": {"potvals": ten}, "torso": geometry})
    read, times, notes = read_recording(tmp_path / "bsp.mat", TEN, "mV", RATE)
    np.testing.assert_array_equal(read, ten)
    np.testing.assert_allclose(times, TIMES)
    assert "in the order of the electrodes" in notes[0]


def test_whole_numbers_of_samples_are_no_header(tmp_path):
    counts = np.random.default_rng(4).integers(-40, 40, (40, 10))
    csv(tmp_path / "bsp.csv", counts)
    read, _, notes = read_recording(tmp_path / "bsp.csv", TEN, "mV", RATE)
    np.testing.assert_array_equal(read, counts.T)
    assert "in the order of the electrodes" in notes[0]


CONFUSED = {
    "case.csv": (
        lambda path, x: csv(path, x.T, [*labels_of("lower case")[:-1], "aux"]),
        f"no lead E{ORDER[-1] + 1}, .*: its leads are e{ORDER[0] + 1}, .* and 5 more, the electrodes E1, E2",
    ),
    "from zero.csv": (
        lambda path, x: csv(path, x.T, map(str, range(10))),
        "there is no lead E10, though others",
    ),
    "half.csv": (
        lambda path, x: csv(path, x.T, map(str, [*range(1, 9), 19, 20])),
        "first line, 1, 2, 3, 4, 5 ",
    ),
    "letters.csv": (
        lambda path, x: csv(path, x.T, list("abcdefghij")),
        "no lead has the name of an electrode",
    ),
    "another array.csv": (
        lambda path, x: csv(path, x.T, [f"V{n}" for n in range(1, 11)]),
        "its leads are V1, V2",
    ),
    "twice.csv": (
        lambda path, x: csv(path, np.vstack([x, x[:1]]).T, [*labels_of("lower case"), "E1 [mV]"]),
        "two leads are called",
    ),
    "channels.npz": (
        lambda path, x: np.savez(path, bsp=np.vstack([x, x]), channels=np.arange(1, 21)),
        "20 numbered leads, 1, .* and 15 more, for 10 .*; name the electrodes as their leads",
    ),
    "few names.npz": (
        lambda path, x: np.savez(path, bsp=x, names=TEN[:9]),
        "9 names in names, for 10 or 40 leads",
    ),
    "two lists.npz": (
        lambda path, x: np.savez(path, bsp=x, names=TEN, labels=TEN[::-1]),
        "other names in names than in labels",
    ),
    "lines from zero.csv": (
        lambda path, x: in_lines(path, x, range(10)),
        "there is no lead E10, though others",
    ),
    "square.npz": (
        lambda path, x: np.savez(path, bsp=np.vstack([x] * 4), labels=[f"E{n}" for n in range(40)]),
        "40 rows and 40 columns, so that leads and samples can't be distinguished",
    ),
    "header over lines.csv": (
        lambda path, x: in_lines(path, np.vstack([TIMES, x]), ["name", *TEN]),
        "leads in lines have a header, which may be times",
    ),
}


@pytest.mark.parametrize("kind", CONFUSED)
def test_names_that_do_not_fit_are_refused_with_both_lists(kind, ten, tmp_path):
    write, message = CONFUSED[kind]
    write(tmp_path / kind, ten)
    with pytest.raises(InputError, match=message) as mistake:
        read_recording(tmp_path / kind, TEN, "mV", RATE)
    assert str(tmp_path / kind) in str(mistake.value)
    assert len(str(mistake.value).splitlines()) == 1


def test_few_whole_numbers_in_the_first_line_may_be_either(tmp_path):
    csv(tmp_path / "bsp.csv", np.random.default_rng(5).normal(size=(40, 3)), ["2", "1", "3"])
    with pytest.raises(
        InputError, match="first line, 2, 1, 3, may name the leads or be a sample; begin with a"
    ):
        read_recording(tmp_path / "bsp.csv", TEN[:3], "mV", RATE)


# What a file states of time.


@pytest.mark.parametrize(
    ("name", "kind", "unit"),
    [
        *(
            (name, "times", "ms")
            for name in ("Time_ms", "time [ms]", "t (ms)", "TimeMS", "time_in_ms", "Time, ms")
        ),
        *((name, "times", "s") for name in ("t_s", "Time(s)", "TIME_S", "t/s")),
        *((name, "times", None) for name in ("t", "Time", "timestamp")),
        ("Time [min]", "times", "min"),
        *((name, "rate", None) for name in ("samplefrequency", "sampling_rate", "fs", "SampleRate", "sfreq")),
        ("Fs [Hz]", "rate", "hz"),
        ("sampling_hz", "rate", "hz"),
        ("fs_khz", "rate", "khz"),
        ("dt", "step", None),
        ("Sampling interval (ms)", "step", "ms"),
    ],
)
def test_names_that_state_time_are_understood(name, kind, unit):
    assert kind_of(name) == (kind, unit)


@pytest.mark.parametrize(
    "name", ["E1", "T1", "V1", "F", "ts", "T wave", "sample", "TR", "bsp", "x_s", "s", ""]
)
def test_other_names_state_nothing_of_time(name):
    assert kind_of(name) is None


def zarr_time(unit):
    """A store whose times are of a unit."""
    factor = {"s": 1e-3, "milliseconds": 1.0, "us": 1e3}[unit]
    return lambda path, x: zarr_of(path, x, time=("time", TIMES * factor, {"units": unit}))


def timed(name, factor=1.0):
    return lambda path, x: csv(
        path, np.vstack([x[:2], TIMES * factor, x[2:]]).T, [*NAMES[:2], name, *NAMES[2:]]
    )


CLOCKS = {  # of 500 Hz, each
    "Time_ms.csv": timed("Time_ms"),
    "brackets.csv": timed("time [ms]"),
    "t_s.csv": timed("t_s", 1e-3),
    "t.csv": timed("t", 1e-3),
    "microseconds.csv": timed("Time [µs]", 1e3),
    "constant.csv": lambda path, x: csv(path, np.vstack([np.full(40, 500), x]).T, ["Fs", *NAMES]),
    "series.mat": lambda path, x: savemat(path, {"ts": {"potvals": x, "samplefrequency": 500.0}}),
    "beside.mat": lambda path, x: savemat(path, {"bsp": x, "fs": 500, "time": "10:15"}),
    "inside.mat": lambda path, x: savemat(path, {"bsp": x, "info": {"Sampling_Rate": "500"}}),
    "times.mat": lambda path, x: savemat(path, {"bsp": x.T, "t": TIMES / 1000, "fs": 500.0}),
    "step.mat": lambda path, x: savemat(path, {"bsp": x, "dt_ms": 2.0, "sampling_rate": []}),
    "times.npz": lambda path, x: np.savez(path, bsp=x, time_ms=TIMES),
    "column.npz": lambda path, x: np.savez(path, bsp=x, time_s=TIMES[:, None] / 1000),
    "rate.npz": lambda path, x: np.savez(path, bsp=x, fs_khz=0.5),
    "seconds.zarr": zarr_time("s"),
    "milliseconds.zarr": zarr_time("milliseconds"),
    "microseconds.zarr": zarr_time("us"),
    "attribute.zarr": lambda path, x: xr.Dataset(
        {"bsp": (("electrode", "time"), x, {"sampling_rate": 500})}
    ).to_zarr(path, consolidated=False),
}


@pytest.mark.filterwarnings("ignore:Consolidated")
@pytest.mark.parametrize("kind", CLOCKS)
def test_times_and_rates_of_a_file_are_read_and_contradictions_refused(kind, signals, tmp_path):
    CLOCKS[kind](tmp_path / kind, signals)
    for rate in (None, RATE):
        read, times, _ = read_recording(tmp_path / kind, NAMES, "mV", rate)
        np.testing.assert_allclose(read, signals, rtol=1e-6)
        np.testing.assert_allclose(times, TIMES, rtol=1e-9)
    with pytest.raises(
        InputError, match=r"2 ms apart, and sampling_hz gives 1; remove sampling_hz, or"
    ) as error:
        read_recording(tmp_path / kind, NAMES, "mV", 1000)
    assert len(str(error.value).splitlines()) == 1


def test_the_unit_of_times_without_one_is_noted(signals, tmp_path):
    timed("T", 1e-3)(tmp_path / "bsp.csv", signals)
    assert read_recording(tmp_path / "bsp.csv", NAMES, "mV").notes[1:] == [
        "column T has no unit; steps of 0.002 are plausible in s only"
    ]


def test_the_rate_of_the_settings_decides_between_units_of_times_without_one(signals, tmp_path):
    timed("t", 0.015 / 2)(tmp_path / "bsp.csv", signals)
    for rate, step_ms in ((1000 / 0.015, 0.015), (1000 / 15, 15.0)):
        _, times, notes = read_recording(tmp_path / "bsp.csv", NAMES, "mV", rate)
        np.testing.assert_allclose(np.diff(times), step_ms)
        assert len(notes) == 1


def test_an_electrode_may_be_called_as_times_are(signals, tmp_path):
    names = ["T", *NAMES[1:]]
    csv(tmp_path / "bsp.csv", signals[::-1].T, names[::-1])
    np.testing.assert_allclose(read_recording(tmp_path / "bsp.csv", names, "mV", RATE).signals_mv, signals)


UNSOUND_CLOCKS = {
    "two.mat": (
        lambda path, x: savemat(path, {"ts": {"potvals": x, "samplefrequency": 500.0}, "fs": 1000.0}),
        "by ts.samplefrequency, its samples are 2 ms apart, and fs gives 1; correct one in the file",
    ),
    "two.csv": (
        lambda path, x: csv(path, np.vstack([TIMES, TIMES / 500, x]).T, ["time_ms", "time_s", *NAMES]),
        "in column time_ms, its times are 2 ms apart, and column time_s gives 4",
    ),
    "either.csv": (
        timed("t", 0.015 / 2),
        "column t has no unit, and steps of 0.015 are plausible in ms and in s",
    ),
    "neither.csv": (timed("t", 1e5), "column t has no unit, and steps of 2e.05 are plausible in none"),
    "minutes.csv": (
        timed("time [min]"),
        "the unit of column time .min., 'min', is not understood; give times in ms",
    ),
    "unnamed.csv": (
        timed(""),
        "column 3 has no name and does not count the samples; call it time_ms or time_s",
    ),
    "samples.csv": (timed("sample", 3), "column 3 is called sample and does not count the samples"),
    "varying.csv": (timed("fs"), "fs must be one number; correct or remove it"),
    "short.npz": (lambda path, x: np.savez(path, bsp=x, t=TIMES[1:]), "t has 39 times for 40 samples"),
    "words.npz": (
        lambda path, x: np.savez(path, bsp=x, time=TIMES.astype(str)),
        "time must be the time of each",
    ),
    "zero.mat": (lambda path, x: savemat(path, {"bsp": x, "fs": 0.0}), "fs must be a number above 0"),
    "word.mat": (lambda path, x: savemat(path, {"bsp": x, "fs": "fast"}), "fs must be one number"),
    "kilohertz.mat": (
        lambda path, x: savemat(path, {"bsp": x, "fs": 0.5}),
        "0.5 samples per second, .* correct fs",
    ),
    "units.zarr": (
        lambda path, x: zarr_of(path, x, time=("time", TIMES), time_ms=("time", TIMES, {"units": "s"})),
        "time_ms has the units 's'; correct its name or them",
    ),
    "days.zarr": (
        lambda path, x: zarr_of(path, x, time=("time", TIMES, {"units": "days"})),
        "the unit of time, 'days', is not understood",
    ),
}


@pytest.mark.filterwarnings("ignore:Consolidated")
@pytest.mark.parametrize("kind", UNSOUND_CLOCKS)
def test_an_unsound_clock_is_refused_in_one_line(kind, signals, tmp_path):
    write, message = UNSOUND_CLOCKS[kind]
    write(tmp_path / kind, signals)
    with pytest.raises(InputError, match=message) as mistake:
        read_recording(tmp_path / kind, NAMES, "mV")
    assert str(tmp_path / kind) in str(mistake.value)
    assert len(str(mistake.value).splitlines()) == 1


def test_a_patient_named_in_a_file_is_in_no_note(ten, tmp_path):
    names = labels_of("numbers after a word")
    patient = {"patient": "Jane Doe", "name": "Jane Doe", "label": "Doe, 1950-01-01"}
    savemat(
        tmp_path / "bsp.mat",
        {"ts": {"potvals": ten[ORDER], "labels": names, "t": TIMES, **patient}, **patient},
    )
    read, _, notes = read_recording(tmp_path / "bsp.mat", TEN, "mV")
    np.testing.assert_array_equal(read, ten)
    assert not any(word in " ".join(notes) for word in ("Doe", "1950"))


# Files as people brought them, where they lie beside the project.

FIELD = Path(__file__).resolve().parents[3] / "shared/data/field-cases/recordings"


def brought(folder):
    """Signals of a folder by the position of their electrode, mV, and what is noted of them."""
    if not (FIELD / folder / "run.yaml").is_file():
        pytest.skip(f"{folder} does not lie beside the project")
    subject = yaml.safe_load((FIELD / folder / "run.yaml").read_text())["subject"]
    table = FIELD / folder / subject["electrodes"]
    names, positions = from_table(read_electrode_table(table), table)
    read, _, notes = read_recording(
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


def test_the_clock_of_a_file_as_brought_is_not_ignored():
    with pytest.raises(
        InputError, match=r"in column Time_ms, its times are 0.5 ms apart, and sampling_hz gives 1"
    ):
        brought("clock_of_file_ignored")
