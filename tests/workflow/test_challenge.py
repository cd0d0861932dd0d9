"""A folder of a challenge becomes predictions, a zip to upload and scores, by the real rules."""

import zipfile

import numpy as np
import pandas as pd
import pytest
import yaml
from challenges import LPS, RATE_HZ, lookalike, write_challenge, write_edgar
from scipy.io import loadmat, savemat

SMALL = {
    "anatomy": {"spacing_mm": 4.0},
    "slices": {"pixel_mm": 4.0},
    "protocol": {"pacing_radius_mm": 8.0},
    "bsp": {"samples": 128, "time_step_ms": 4},
    "evaluation": {"samples": 3},
    "methods": {"quick": {"kind": "physics_search", "sites": 60, "velocities": [0.6]}},
}
EDGAR = {
    "hearts": "sock.mat",
    "torsos": "tank.mat",
    "recordings": "run*.mat",
    "truths": "",
    "coordinates": "RAS",
    "sampling_hz": RATE_HZ,
}
ONCE = {"import_anatomy", "place_electrodes", "read_challenge", "transfer_challenge"}


@pytest.fixture(scope="module")
def made():
    return lookalike()


def configured(checkout, folder, **challenge):
    """Write the settings, and return the arguments of a run with them."""
    settings = {"experiment": "look", **SMALL}
    settings["challenge"] = {"folder": str(folder), "methods": ["quick"], **challenge}
    (checkout.folder / "challenge.yaml").write_text(yaml.safe_dump(settings))
    return "--configfile", "challenge.yaml", "--", "challenge"


def answer_of(archive, name):
    with zipfile.ZipFile(archive) as opened, opened.open(name) as file:
        return loadmat(file, squeeze_me=True, struct_as_record=False)["ts"]


def test_heart_and_torso_are_prepared_once_whatever_the_recordings(made, checkout, tmp_path):
    write_challenge(tmp_path / "folder", made)
    planned = checkout.planned(*configured(checkout, tmp_path / "folder"))
    assert {rule: planned[rule] for rule in ONCE} == dict.fromkeys(ONCE, 1)
    each = ("read_recording", "cross_examine", "predict_subject", "answer_challenge")
    assert {rule: planned[rule] for rule in each} == dict.fromkeys(each, 2)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--", "challenge"), "challenge: no folder is configured; see docs/challenge.md"),
        (
            ("--config", "challenge={folder: nowhere}", "--", "challenge"),
            "challenge.folder: nowhere is no folder",
        ),
    ],
)
def test_without_a_folder_it_is_named(checkout, arguments, message):
    assert message in checkout.snakemake(*arguments, check=False)


@pytest.mark.slow
def test_a_folder_becomes_a_zip_and_scores_and_a_recording_that_fails_stops_no_other(made, copied, tmp_path):
    checkout, folder = copied(), tmp_path / "folder"
    write_challenge(folder, made)
    broken = folder / "Signals/P001-b3-ts.mat"
    wrong_unit = {"potvals": 1000 * made.recordings[0], "unit": "mV", "samplefrequency": RATE_HZ}
    savemat(broken, {"ts": wrong_unit})
    run = configured(checkout, folder)
    printed = checkout.snakemake(*run, check=False)
    results = checkout.folder / "results/look/challenge"
    assert "P001-b3 failed: " in printed
    assert "plausible on the skin; set units" in printed
    assert "2 of 3 answers are in results/look/challenge/incomplete.zip" in printed
    assert zipfile.ZipFile(results / "incomplete.zip").namelist() == ["P001-b1-cs.mat", "P001-b2-cs.mat"]
    broken.unlink()
    assert not ONCE & checkout.planned(*run).keys()
    printed = checkout.snakemake(*run)
    assert "2 answers are in results/look/challenge/submission.zip" in printed
    assert "2 known answers: median localisation error" in printed
    assert not (results / "incomplete.zip").exists()
    for name, site, recording in zip(("b1", "b2"), made.sites, made.recordings, strict=True):
        answer = answer_of(results / "submission.zip", f"P001-{name}-cs.mat")
        assert answer.potvals.shape == (len(made.heart.points), recording.shape[1])
        assert np.linalg.norm(answer.pacingLoc - LPS * site) < 20
        assert answer.unit == "mV"
    scores = pd.read_csv(results / "scores.csv")
    assert (scores["localisation"] < scores[["heart_centre", "other_recordings"]].min(axis=1)).all()
    assert (scores[["sc", "tc"]].to_numpy() > 0.2).all()
    assert scores["amplitude"].between(0.3, 3).all()
    assert "Warning" not in (results / "scores.md").read_text()
    assert (checkout.folder / "results/look/subjects/P001-b1/quick/summary.pdf").is_file()

    truth = folder / "Signals/P001-b2-cs.mat"
    savemat(truth, {"ts": {"potvals": made.truths[1].T, "pacingLoc": made.sites[1]}})
    printed = checkout.snakemake(*run, check=False)
    assert "P001-b2: the true potentials are transposed, 300 x " in printed


@pytest.mark.slow
def test_another_laboratory_s_dialect_is_answered_in_its_unit_and_frame(made, copied, tmp_path):
    checkout = copied()
    write_edgar(tmp_path / "edgar", made)
    checkout.snakemake(*configured(checkout, tmp_path / "edgar", potentials="tikhonov", **EDGAR))
    results = checkout.folder / "results/look/challenge"
    assert not (results / "scores.csv").exists()
    for name, site, truth in zip(("run1", "run2"), made.sites, made.truths, strict=True):
        answer = answer_of(results / "submission.zip", f"{name}-cs.mat")
        assert answer.unit == "uV"
        assert np.linalg.norm(answer.pacingLoc - site) < 20
        assert 300 < np.linalg.norm(answer.potvals) / np.linalg.norm(truth) < 3000
