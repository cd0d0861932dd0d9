import numpy as np
import pandas as pd
import pytest
from sources import around, signals_of

from ecgi.core.errors import InputError
from ecgi.data.ecg.choosing import Choice
from ecgi.data.preprocessing import prepare
from ecgi.data.recorded_beats import recorded_beat

SUBJECT = {"units": "uV", "sampling_hz": 500.0, "beat": None, "onset_ms": 40.0, "end_ms": None}
SAMPLING = {"samples": 40, "time_step_ms": 4.0}
WALL = np.random.default_rng(0).uniform(-30, 30, (200, 3))


@pytest.fixture
def recording(tmp_path):
    """A file of a bump on eight leads, its electrodes, and its signals in mV."""
    places = around(8)
    times = np.arange(150) * 2.0
    bump = np.exp(-(((times - 90) / 20) ** 2))
    signals = np.outer(signals_of(places, np.zeros(3), np.array([0, 2e4, 0]))[:, 8], bump)
    electrodes = pd.DataFrame(places, columns=["x_mm", "y_mm", "z_mm"])
    electrodes["name"] = [f"L{number}" for number in range(8)]
    path = tmp_path / "bsp.csv"
    pd.DataFrame(1000 * signals.T, columns=electrodes["name"]).to_csv(path, index=False)
    return path, electrodes, signals, times


def test_a_beat_is_read_in_mv_and_put_on_the_sampling_times(recording):
    path, electrodes, signals, times = recording
    found = recorded_beat(path, electrodes, WALL, SUBJECT, SAMPLING)
    expected = prepare(
        signals, times, electrodes["name"].tolist(), Choice(40.0), **SAMPLING, source="bsp.csv"
    )
    np.testing.assert_allclose(found.bsp, expected.bsp, atol=1e-6)
    np.testing.assert_array_equal(found.good, expected.good)
    assert (found.onset, found.notes) == (
        expected.onset,
        [
            "leads matched by name: 8 of 8",
            *expected.notes,
            "7 leads are too few to find one that is inverted, swapped or of another gain",
        ],
    )


def test_electrodes_inside_the_heart_are_refused_before_the_file_is_read(recording, tmp_path):
    _, electrodes, _, _ = recording
    electrodes.loc[3, ["x_mm", "y_mm", "z_mm"]] = 0.0
    with pytest.raises(InputError, match="L3 inside the heart"):
        recorded_beat(tmp_path / "missing.csv", electrodes, WALL, SUBJECT, SAMPLING)
