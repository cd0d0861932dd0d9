"""What a file states of time is read, and contradictions are refused."""

import numpy as np
import pytest
import xarray as xr
from recorded_files import NAMES, RATE, TIMES, csv, zarr_of
from scipy.io import savemat

from ecgi.core.errors import InputError
from ecgi.io.clocks import kind_of
from ecgi.io.recordings import read_recording


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
        read, times, _, _ = read_recording(tmp_path / kind, NAMES, "mV", rate)
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
        _, times, notes, _ = read_recording(tmp_path / "bsp.csv", NAMES, "mV", rate)
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
