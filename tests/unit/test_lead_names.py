"""Leads are matched by their names, in any spelling and file."""

import numpy as np
import pytest
from recorded_files import ORDER, RATE, SPELLINGS, TEN, TIMES, UNITS_IN_MV, csv, in_lines, labels_of, zarr_of
from scipy.io import savemat

from ecgi.core.errors import InputError
from ecgi.io.recordings import read_recording

LEADINFO = np.dtype([("label", "O"), ("gain", "O")])
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
    units = "uV" if SPELLINGS[spelling].endswith(("uV", "(µV)")) else "mV"
    read, _, notes, _ = read_recording(tmp_path / kind, TEN, units, RATE)
    np.testing.assert_allclose(read, ten * UNITS_IN_MV[units])
    assert notes[0] == "leads matched by name: 10 of 10"


def test_names_begin_the_lines_of_leads(ten, tmp_path):
    in_lines(tmp_path / "bsp.csv", ten[ORDER], labels_of("lower case"))
    read, _, notes, _ = read_recording(tmp_path / "bsp.csv", TEN, "mV", RATE)
    np.testing.assert_allclose(read, ten)
    assert notes == ["leads matched by name: 10 of 10"]


def test_numbers_begin_the_lines_of_leads(ten, tmp_path):
    in_lines(tmp_path / "bsp.csv", ten[ORDER], ORDER + 1)
    read, _, notes, _ = read_recording(tmp_path / "bsp.csv", TEN, "mV", RATE)
    np.testing.assert_allclose(read, ten)
    assert notes == ["leads matched by name: 10 of 10"]


@pytest.mark.parametrize("names", [TEN, list("ABCDEFGHIJ"), ["V1", "v1", *"ABCDEFGH"]])
def test_names_that_differ_in_case_alone_are_matched_as_they_are(names, ten, tmp_path):
    csv(tmp_path / "bsp.csv", ten[::-1].T, names[::-1])
    np.testing.assert_allclose(read_recording(tmp_path / "bsp.csv", names, "mV", RATE).signals_mv, ten)


def test_a_file_without_names_is_read_in_the_order_of_the_electrodes_and_this_is_noted(ten, tmp_path):
    np.save(tmp_path / "bsp.npy", ten)
    read, _, notes, _ = read_recording(tmp_path / "bsp.npy", TEN, "mV", RATE)
    np.testing.assert_array_equal(read, ten)
    assert notes == ["leads taken in the order of the electrodes, as the file has no names of leads"]


def test_channels_beyond_the_electrodes_are_left_out_and_counted(ten, tmp_path):
    channels = [str(number) for number in range(101, 151)]
    others = np.random.default_rng(3).normal(size=(40, 40))
    np.savez(tmp_path / "bsp.npz", bsp=np.vstack([others, ten]), channels=np.arange(101, 151))
    read, _, notes, _ = read_recording(tmp_path / "bsp.npz", channels[40:], "mV", RATE)
    np.testing.assert_array_equal(read, ten)
    assert notes == ["leads matched by name: 10 of 10; 40 other leads left out"]


def test_numbers_of_a_structure_that_flag_leads_name_none(ten, tmp_path):
    savemat(tmp_path / "bsp.mat", {"ts": {"potvals": ten, "leadinfo": np.array([0, 1] * 5)}})
    read, _, notes, _ = read_recording(tmp_path / "bsp.mat", TEN, "mV", RATE)
    np.testing.assert_array_equal(read[::2], ten[::2])
    assert np.isnan(read[1::2]).all()
    assert "in the order of the electrodes" in notes[0]


def test_numbers_in_order_name_electrodes_that_are_in_another(ten, tmp_path):
    np.savez(tmp_path / "bsp.npz", bsp=ten, channels=np.arange(1, 11))
    read, _, notes, _ = read_recording(tmp_path / "bsp.npz", [TEN[index] for index in ORDER], "mV", RATE)
    np.testing.assert_array_equal(read, ten[ORDER])
    assert notes == ["leads matched by name: 10 of 10"]


def test_a_geometry_beside_the_potentials_names_no_leads(ten, tmp_path):
    geometry = {"pts": np.zeros((10, 3)), "labels": np.array(list("abc"), object), "t": np.arange(5)}
    savemat(tmp_path / "bsp.mat", {"ts": {"potvals": ten}, "torso": geometry})
    read, times, notes, _ = read_recording(tmp_path / "bsp.mat", TEN, "mV", RATE)
    np.testing.assert_array_equal(read, ten)
    np.testing.assert_allclose(times, TIMES)
    assert "in the order of the electrodes" in notes[0]


def test_whole_numbers_of_samples_are_no_header(tmp_path):
    counts = np.random.default_rng(4).integers(-40, 40, (40, 10))
    csv(tmp_path / "bsp.csv", counts)
    read, _, notes, _ = read_recording(tmp_path / "bsp.csv", TEN, "mV", RATE)
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


def test_a_patient_named_in_a_file_is_in_no_note(ten, tmp_path):
    names = labels_of("numbers after a word")
    patient = {"patient": "Jane Doe", "name": "Jane Doe", "label": "Doe, 1950-01-01"}
    savemat(
        tmp_path / "bsp.mat",
        {"ts": {"potvals": ten[ORDER], "labels": names, "t": TIMES, **patient}, **patient},
    )
    read, _, notes, _ = read_recording(tmp_path / "bsp.mat", TEN, "mV")
    np.testing.assert_array_equal(read, ten)
    assert not any(word in " ".join(notes) for word in ("Doe", "1950"))
