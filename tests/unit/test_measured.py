import hashlib
import http.server
import threading
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import yaml
from tanks import BAD_LEAD, RADIUS_MM, wave, write_tank

from ecgi.anatomy.heart import AnatomyError
from ecgi.config.experiment import read_experiment
from ecgi.config.measured import MeasuredCase
from ecgi.config.messages import ConfigError
from ecgi.core.errors import InputError
from ecgi.data.measured import read_measured
from ecgi.io.downloads import fetch_from_web

ROOT = Path(__file__).resolve().parents[2]
SHARED = ROOT.parent / "shared/data/tank"


def read(settings):
    case = MeasuredCase.model_validate(settings)
    hashes = case.files.hashes()
    files = {name: Path(case.files.folder) / name for name in hashes}
    return read_measured(files, case.model_dump() | {"sha256": hashes})


def test_beats_are_read_relative_to_baseline_and_mean(tmp_path):
    measured = read(write_tank(tmp_path))
    assert measured.torso_mv.shape == (2, 81, 68)
    assert measured.heart_mv.shape == (2, 42, 68)
    assert list(measured.frames[[0, -1]]) == [-20, 47]
    assert measured.rate_hz == 1000
    on_heart, around = wave(measured.heart, measured.torso, np.arange(0, 162, 2), measured.frames)
    good = np.arange(42) != BAD_LEAD - 1
    for beat in range(2):
        expected = on_heart - on_heart[good].mean(0)
        np.testing.assert_allclose(measured.heart_mv[beat][good], expected[good], atol=2e-3)
        np.testing.assert_allclose(measured.torso_mv[beat], around - around.mean(0), atol=2e-3)
    assert np.isnan(measured.heart_mv[:, ~good]).all()
    np.testing.assert_allclose(np.linalg.norm(measured.electrodes.points, axis=1), RADIUS_MM, rtol=0.02)
    assert (measured.torso.volume > 0) & (measured.heart.volume > 0)


def test_a_file_of_other_bytes_is_refused_whenever_it_is_read(tmp_path):
    settings = write_tank(tmp_path)
    with (tmp_path / "sock.pts").open("a") as file:
        file.write("\n")
    with pytest.raises(InputError, match=r"sock\.pts: has SHA-256 .* not the file that is meant"):
        read(settings)
    (tmp_path / "sock.pts").unlink()
    with pytest.raises(InputError, match=r"sock\.pts: can't be read"):
        read(settings)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"heart": {"bad": [43]}}, "there is no lead 43; there are 42"),
        ({"electrodes": {"channels": [1, 80]}}, "channels 1 to 80 of 133 are not those of 81 electrodes"),
        ({"scored_on": 200}, "frames 180 to 247 is not in a recording of 240 frames"),
        ({"recording": "other.mat"}, "other.mat is none of its files"),
        ({"open_heart": "tank.fac"}, "open_heart: the points of tank.fac are not those of the closed"),
        ({"sampling_hz": None}, "holds no times; set sampling_hz"),
        ({"electrodes": {"surface": "sock.fac", "channels": [1, 42]}}, "mm off the torso's surface"),
    ],
)
def test_settings_that_the_files_contradict_are_refused(tmp_path, change, message):
    settings = write_tank(tmp_path)
    for key, value in change.items():
        settings[key] = settings[key] | value if isinstance(value, dict) else value
    with pytest.raises(InputError, match=message) as mistake:
        read(settings)
    assert len(str(mistake.value).splitlines()) == 1


def test_a_heart_in_another_frame_is_refused(tmp_path):
    with pytest.raises(InputError, match="points of the heart lie outside the torso"):
        read(write_tank(tmp_path, centre=(0, 0, 100)))


def test_an_open_surface_is_refused(tmp_path):
    settings = write_tank(tmp_path)
    rows = (tmp_path / "tank.fac").read_text().splitlines()
    (tmp_path / "tank.fac").write_text("\n".join(rows[1:]) + "\n")
    settings["files"]["sha256"]["tank.fac"] = hashlib.sha256((tmp_path / "tank.fac").read_bytes()).hexdigest()
    with pytest.raises((InputError, AnatomyError), match="must be closed"):
        read(settings)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"spikes": [[150, 165]]}, r"spikes: \[150, 165\] lies in the beat of frames 140 to 207"),
        ({"qrs": [0, 60]}, r"qrs: must lie within the window, \[-20, 47\]"),
        ({"baseline": [-6, -6]}, "baseline: must lie within the window"),
    ],
)
def test_windows_that_contradict_each_other_are_refused_before_anything_runs(tmp_path, change, message):
    case = write_tank(tmp_path) | change
    settings = {"cases": [], "compared": ["tikhonov"], "measured": {"tank": case}}
    with pytest.raises(ConfigError, match=message):
        read_experiment(settings)


@pytest.fixture
def server(tmp_path):
    """Address of a folder on a local server."""
    handler = partial(http.server.SimpleHTTPRequestHandler, directory=str(tmp_path))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as running:
        thread = threading.Thread(target=running.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{running.server_port}/"
        running.shutdown()
        thread.join()


def test_a_file_is_fetched_from_the_web(server, tmp_path):
    (tmp_path / "data.txt").write_text("measured")
    right = hashlib.sha256(b"measured").hexdigest()
    target = tmp_path / "fetched.txt"
    with pytest.raises(InputError, match="has another SHA-256"):
        fetch_from_web(server + "data.txt", "0" * 64, target)
    assert not target.exists()
    with pytest.raises(InputError, match="can't be downloaded"):
        fetch_from_web(server + "other.txt", right, target)
    fetch_from_web(server + "data.txt", right, target)
    assert target.read_text() == "measured"


@pytest.mark.skipif(not SHARED.is_dir(), reason="the recording is not here")
def test_the_measured_tank_is_as_its_settings_say():
    settings = yaml.safe_load((ROOT / "config/tank.yaml").read_text())["measured"]["utah"]
    settings["files"]["folder"] = str(SHARED)
    measured = read(settings)
    first, second = measured.heart_mv[:, ~np.isnan(measured.heart_mv[0, :, 0]), 20:55]
    assert first.shape == (126, 35)
    assert np.corrcoef(first.ravel(), second.ravel())[0, 1] > 0.99
    assert np.abs(measured.torso_mv[:, :, :15]).max() < 0.05
