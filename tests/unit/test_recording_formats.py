"""Recordings of many programs are read with their units and bad leads; 12-lead ECGs are understood."""

import re
from pathlib import Path

import edfio
import numpy as np
import pytest
import wfdb
import xarray as xr
from scipy.io import savemat

from ecgi.core.errors import InputError
from ecgi.io.recordings import read_recording

NAMES = [f"E{number}" for number in range(1, 9)]
RATE = 500.0
PATIENT = "Jane_Doe"
TANK = Path(__file__).resolve().parents[3] / "shared/data/tank"


@pytest.fixture
def eight():
    """mV in whole µV, shape (electrode, time)."""
    return np.random.default_rng(0).integers(-2000, 2000, (8, 500)) / 1000


def table(path, x, names=NAMES, separator=",", decimal=".", encoding="utf-8"):
    lines = [separator.join(f"{value:.9g}".replace(".", decimal) for value in row) for row in x.T]
    path.write_bytes("\n".join([separator.join(names), *lines]).encode(encoding))


def edf(path, x, units="uV", rates=RATE, bdf=False):
    kind = edfio.BdfSignal if bdf else edfio.EdfSignal
    factor = {"uV": 1000, "mV": 1}[units]
    rates = np.broadcast_to(rates, len(x))
    signals = [
        kind(row[: int(rate)] * factor, rate, label=f"ECG {name}", physical_dimension=units)
        for row, rate, name in zip(x[::-1], rates, NAMES[::-1], strict=True)
    ]
    other = kind(np.sin(np.arange(500.0)), RATE, label="Resp", physical_dimension="%")
    patient = edfio.Patient(name=PATIENT)
    (edfio.Bdf if bdf else edfio.Edf)([*signals, other], patient=patient).write(path)


def record(path, x, units="mV"):
    factor = {"uV": 1000, "mV": 1}[units]
    wfdb.wrsamp(
        path.stem,
        RATE,
        [units] * 8,
        NAMES,
        p_signal=x.T * factor,
        fmt=["16"] * 8,
        comments=[PATIENT],
        write_dir=str(path.parent),
    )


def in_structure(**fields):
    return lambda path, x: savemat(path, {"bspm": {"potvals": 1000 * x, "unit": "uV", **fields}})


FILES = {
    "decimal commas.csv": lambda path, x: table(path, x, separator=";", decimal=","),
    "decimal commas.txt": lambda path, x: table(path, x, separator="\t", decimal=","),
    "utf-16.csv": lambda path, x: table(path, 1000 * x, [f"{n} [µV]" for n in NAMES], encoding="utf-16"),
    "utf-16-le.csv": lambda path, x: table(path, x, encoding="utf-16-le"),
    "latin-1.csv": lambda path, x: table(path, 1000 * x, [f"{n} (µV)" for n in NAMES], encoding="latin-1"),
    "utf-8.csv": lambda path, x: table(path, 1e-3 * x, [f"{n} V" for n in NAMES]),
    "beat.edf": edf,
    "millivolt.edf": lambda path, x: edf(path, x, "mV"),
    "beat.bdf": lambda path, x: edf(path, x, bdf=True),
    "beat.hea": record,
    "microvolt.hea": lambda path, x: record(path, x, "uV"),
    "structure.mat": in_structure(),
    "transposed.mat": lambda path, x: savemat(path, {"ecg": {"potvals": x.T, "unit": "mV"}}),
    "transposed with other leads.mat": lambda path, x: savemat(
        path,
        {
            "ecg": {
                "potvals": np.vstack([x[::-1], x]).T,
                "unit": "mV",
                "leadinfo": np.array([*(f"aux{n}" for n in range(8)), *NAMES], object),
            }
        },
    ),
    "cell.mat": lambda path, x: savemat(
        path, {"ts": np.array([{"potvals": x, "unit": "millivolts"}], object)}
    ),
    "beside.npz": lambda path, x: np.savez(path, bsp=x * 1000, units="uV"),
    "store.zarr": lambda path, x: xr.Dataset(
        {"bsp": (("electrode", "time"), x / 1000, {"units": "V"})}
    ).to_zarr(path, consolidated=False),
}


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("kind", FILES)
def test_a_file_is_read_in_the_unit_that_it_states_and_names_no_patient(kind, eight, tmp_path):
    FILES[kind](tmp_path / kind, eight)
    stated = "commas" not in kind and "utf-16-le" not in kind
    rate = None if kind.endswith(("edf", "bdf", "hea")) else RATE
    read, times, notes, _ = read_recording(tmp_path / kind, NAMES, None if stated else "mV", rate)
    np.testing.assert_allclose(read, eight, atol=1e-4)
    np.testing.assert_allclose(times, np.arange(500) * 2)
    assert PATIENT not in " ".join(notes)


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(
    "kind", ["utf-16.csv", "beat.edf", "microvolt.hea", "structure.mat", "beside.npz", "store.zarr"]
)
def test_units_that_contradict_the_file_are_refused_naming_both(kind, eight, tmp_path):
    FILES[kind](tmp_path / kind, eight)
    with pytest.raises(InputError, match=r"potentials are in (µV|uV|V), and units says mV; remove units"):
        read_recording(tmp_path / kind, NAMES, "mV", None if "f" in kind.split(".")[1] else RATE)


BAD = {
    "numbers.mat": in_structure(badleads=[2.0, 5.0]),
    "flags.mat": in_structure(leadinfo=[0, 1, 0, 4, 2, 0, 0, 0]),
    "mask.mat": in_structure(bad=np.array([0, 1, 0, 0, 1, 0, 0, 0], bool)),
    "names.mat": in_structure(leads=np.array(NAMES, object), badleads=np.array(["E2", "E5"], object)),
    "mask.npz": lambda path, x: np.savez(path, bsp=x * 1000, units="uV", bad=np.isin(range(8), (1, 4))),
}


@pytest.mark.parametrize("kind", BAD)
def test_leads_that_the_file_marks_as_bad_are_emptied_and_named(kind, eight, tmp_path):
    BAD[kind](tmp_path / kind, eight)
    read, _, notes, _ = read_recording(tmp_path / kind, NAMES, None, RATE)
    assert np.flatnonzero(np.isnan(read).all(1)).tolist() == [1, 4]
    np.testing.assert_allclose(np.delete(read, [1, 4], 0), np.delete(eight, [1, 4], 0))
    assert "leads that the file marks as bad, 2, are not used: E2, E5" in notes


REFUSED = {
    "no unit.npz": (lambda path, x: np.savez(path, bsp=x), "states no unit of potentials; set units to mV"),
    "counts.mat": (in_structure(unit="adu"), "states no unit of potentials, only 'adu'; set units"),
    "two units.csv": (
        lambda path, x: table(
            path, x, [f"{n} [mV]" for n in NAMES[:4]] + [f"{n} (V)" for n in NAMES[4:7]] + ["E8"]
        ),
        "states two units, V, mV; correct one",
    ),
    "bad.npz": (
        lambda path, x: np.savez(path, bsp=x, units="mV", badleads=[2, 5]),
        "badleads must have a true or false per lead, or names",
    ),
    "bad names.mat": (
        in_structure(badleads=np.array(["F3"], object)),
        "marks 'F3' as bad, which is the name of",
    ),
    "rates.edf": (
        lambda path, x: edf(path, x, rates=[250.0, *[500.0] * 7]),
        "most signals have 500 samples per second, and ECG E8 not",
    ),
    "beats.mat": (
        lambda path, x: savemat(path, {"ts": [{"potvals": x}, {"potvals": x}]}),
        "ts holds 2 recordings; save one beat alone",
    ),
}


@pytest.mark.parametrize("kind", REFUSED)
def test_what_is_ambiguous_is_refused_in_one_line(kind, eight, tmp_path):
    write, message = REFUSED[kind]
    write(tmp_path / kind, eight)
    with pytest.raises(InputError, match=message) as mistake:
        read_recording(tmp_path / kind, NAMES, None, None if "edf" in kind else RATE)
    assert str(mistake.value).startswith(str(tmp_path / kind))
    assert len(str(mistake.value).splitlines()) == 1


def test_units_of_leads_may_differ(eight, tmp_path):
    factors = np.where(np.arange(8) < 4, 1.0, 1000.0)
    names = [f"{name} [{unit}]" for name, unit in zip(NAMES, ["mV"] * 4 + ["µV"] * 4, strict=True)]
    table(tmp_path / "bsp.csv", eight * factors[:, None], names)
    np.testing.assert_allclose(read_recording(tmp_path / "bsp.csv", NAMES, None, RATE).signals_mv, eight)


# Channels of a recording with more of them than electrodes.

MANY = np.random.default_rng(1).normal(size=(20, 60))
CHANNELS = [7, 3, 12, 20, 1, 9, 15, 4]


@pytest.mark.parametrize(
    "leads", [[str(number) for number in range(1, 9)], [f"e{number}" for number in range(1, 9)]]
)
@pytest.mark.parametrize("start", ["8 leads\n", "lead,channel\n", ""])
def test_channels_are_those_of_the_table(leads, start, tmp_path):
    np.save(tmp_path / "bsp.npy", MANY)
    lines = [f" {lead} {channel}" for lead, channel in zip(leads, CHANNELS, strict=True)]
    (tmp_path / "mine.channels").write_text(start + "\n".join(lines[::-1]) + "\n")
    read, _, notes, _ = read_recording(tmp_path / "bsp.npy", NAMES, "mV", RATE, tmp_path / "mine.channels")
    np.testing.assert_array_equal(read, MANY[np.array(CHANNELS) - 1])
    assert notes[0].startswith("leads taken from 8 of 20 channels, as ")


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        ("1 7\n2 21\n", "line 2: there is no channel 21; .* has 1 to 20"),
        ("1 7\n2 7\n", "line 2: electrode 2 or channel 7 a second time"),
        ("1 7\n2 x\n", "line 2: '2 x' is not an electrode and the number of a channel"),
        ("1 7\n2 8\n", "electrode 3 of 8 has no channel"),
        ("none\n", "names no channel"),
        ("".join(f"{lead} {lead}\n" for lead in "12345679"), "electrode 8 of 8 has no|there is no lead E8"),
    ],
)
def test_a_table_of_channels_that_does_not_fit_is_refused(lines, message, tmp_path):
    np.save(tmp_path / "bsp.npy", MANY)
    (tmp_path / "mine.channels").write_text(lines)
    with pytest.raises(InputError, match=message):
        read_recording(tmp_path / "bsp.npy", NAMES, "mV", RATE, tmp_path / "mine.channels")


def test_numbers_of_channels_that_may_be_lines_or_names_are_refused(tmp_path):
    np.save(tmp_path / "bsp.npy", MANY)
    (tmp_path / "mine.channels").write_text("".join(f"{n} {c}\n" for n, c in enumerate(CHANNELS, 1)))
    with pytest.raises(InputError, match="may be those of lines or of names"):
        read_recording(tmp_path / "bsp.npy", NAMES[::-1], "mV", RATE, tmp_path / "mine.channels")


# The 12-lead ECG.

NINE = ["RA", "LA", "LL", *(f"V{number}" for number in range(1, 7))]


def twelve_leads(unipolar):
    """Leads of nine potentials against any reference."""
    ra, la, ll = unipolar[:3]
    limbs = [la - ra, ll - ra, ll - la, ra - (la + ll) / 2, la - (ra + ll) / 2, ll - (ra + la) / 2]
    return np.vstack([limbs, unipolar[3:] - unipolar[:3].mean(0)])


TWELVE = ["I", "II", "III", "aVR", "aVL", "aVF", *NINE[3:]]


@pytest.fixture
def unipolar():
    return np.random.default_rng(2).normal(size=(9, 80))


@pytest.mark.parametrize(
    ("names", "kept"),
    [
        (TWELVE, range(12)),
        ([f"Lead {name}" for name in TWELVE], range(12)),
        ([name.upper() for name in TWELVE], range(11, -1, -1)),
        (TWELVE, [0, 1, *range(6, 12)]),
        (TWELVE, [4, 3, *range(6, 12)]),
    ],
)
@pytest.mark.parametrize("electrodes", [NINE, NINE[::-1], [*"RLF", *NINE[3:]], NINE[:3], NINE[3:]])
def test_leads_of_a_12_lead_ecg_give_the_potentials_of_its_electrodes(
    names, kept, electrodes, unipolar, tmp_path
):
    table(tmp_path / "ecg.csv", twelve_leads(unipolar)[kept], [names[index] for index in kept])
    read, _, notes, _ = read_recording(tmp_path / "ecg.csv", electrodes, "mV", RATE)
    spelt = {"R": "RA", "L": "LA", "F": "LL"}
    rows = [NINE.index(spelt.get(name, name)) for name in electrodes]
    np.testing.assert_allclose(read, (unipolar - unipolar[:3].mean(0))[rows], atol=1e-7)
    assert any("Wilson's terminal computed from" in note for note in notes) == (electrodes[0] != "V1")


def test_a_lead_of_the_other_sign_is_turned_by_its_name(unipolar, tmp_path):
    leads = twelve_leads(unipolar)
    leads[3] *= -1
    table(tmp_path / "ecg.csv", leads, [name.replace("aVR", "-aVR") for name in TWELVE])
    read, _, _, _ = read_recording(tmp_path / "ecg.csv", NINE, "mV", RATE)
    np.testing.assert_allclose(read, unipolar - unipolar[:3].mean(0), atol=1e-7)


@pytest.mark.parametrize("lead", range(6))
def test_limb_leads_that_contradict_each_other_are_refused(lead, unipolar, tmp_path):
    leads = twelve_leads(unipolar)
    leads[lead] *= -1
    table(tmp_path / "ecg.csv", leads, TWELVE)
    with pytest.raises(InputError, match=r"limb leads contradict each other, .* most: III must be II - I"):
        read_recording(tmp_path / "ecg.csv", NINE, "mV", RATE)


def test_two_of_three_limb_electrodes_do_not_follow_from_one_lead(unipolar, tmp_path):
    table(tmp_path / "ecg.csv", twelve_leads(unipolar)[[0, *range(6, 12)]], ["I", *NINE[3:]])
    with pytest.raises(InputError, match="there is no lead RA, LA, LL"):
        read_recording(tmp_path / "ecg.csv", NINE, "mV", RATE)


# Files of a torso tank, where they lie beside the project.


def test_leads_of_a_torso_tank_are_read_by_their_channels():
    if not TANK.is_dir():
        pytest.skip("the recording of a torso tank does not lie beside the project")
    sock = [str(number) for number in range(1, 129)]
    read, _, notes, _ = read_recording(
        TANK / "cool1-atdr-run1.mat", sock, None, 1000.0, TANK / "sock128.channels"
    )
    assert read.shape == (128, 608)
    assert 5 < np.ptp(read, axis=1).max() < 100
    assert re.match("leads taken from 128 of 512 channels", notes[0])
    series, _, _, _ = read_recording(TANK / "rsm10jan01-cs-0004.mat", [str(n) for n in range(1, 491)], "mV")
    assert series.shape == (490, 712)
