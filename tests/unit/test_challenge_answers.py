"""Answers to a challenge: files of a folder, electrodes, potentials, answers and their scores."""

import zipfile

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from challenges import LPS
from recorded_files import structure
from scipy.io import loadmat, savemat
from spheres import sphere
from surface_files import write_vtk

from ecgi.anatomy.heart import AnatomyError
from ecgi.config.challenge import Beat, Challenge, Geometry, found_in
from ecgi.config.experiment import read_experiment
from ecgi.config.messages import ConfigError
from ecgi.core.errors import InputError
from ecgi.data.heart_transfers import heart_transfer
from ecgi.data.whole_recordings import whole_recording
from ecgi.evaluation import challenge_scores
from ecgi.evaluation.challenge_scores import doubts, potential_parts, published_sums, score
from ecgi.inverse import registry
from ecgi.inverse.heart_potentials import heart_potentials
from ecgi.io.challenge_answers import Answer, pack, read_answer, write_answer
from ecgi.io.surface_files import read_surface_file
from ecgi.io.torso_electrodes import read_torso_and_electrodes
from ecgi.io.units import in_file
from ecgi.reporting.challenge_tables import page

TORSO_MM, HEART_MM = 150.0, 40.0
AXES = ["x_mm", "y_mm", "z_mm"]


def touch(folder, *names):
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("something")


def found(folder, **settings):
    return found_in(Challenge(folder=str(folder), **settings))


def test_hearts_recordings_and_truths_are_found_by_their_names(tmp_path):
    names = [
        f"Geometries/{heart}_{what}.mat" for heart in ("P1", "P10") for what in ("torso", "EndoEpi", "Epi")
    ]
    recordings = ["Signals/P1-a-ts.mat", "Signals/P10-a-ts.mat", "P10/x y-ts.mat"]
    touch(
        tmp_path, *names, *recordings, "Signals/P1-a-cs.mat", "Signals/P1-a-ecg.mat", "Signals/._P1-b-ts.mat"
    )
    geometries, beats = found(tmp_path)
    torso, heart = (str(tmp_path / f"Geometries/P10_{what}.mat") for what in ("torso", "EndoEpi"))
    assert geometries.keys() == {"P1", "P10"}
    assert geometries["P10"] == Geometry(heart, torso, "")
    assert beats == {
        "P1-a": Beat(
            "P1", str(tmp_path / recordings[0]), "P1-a-cs.mat", str(tmp_path / "Signals/P1-a-cs.mat")
        ),
        "P10-a": Beat("P10", str(tmp_path / recordings[1]), "P10-a-cs.mat", ""),
        "x-y": Beat("P10", str(tmp_path / recordings[2]), "x y-cs.mat", ""),
    }


def test_files_of_other_names_are_found_by_patterns_and_one_torso_serves_all_hearts(tmp_path):
    touch(tmp_path, "mesh/sock.fac", "mesh/tank.fac", "mesh/leads.csv", "beats/run1.mat", "beats/run2.mat")
    patterns = {
        "hearts": "mesh/sock.fac",
        "torsos": "tank.fac",
        "electrodes": "*.csv",
        "recordings": "run*.mat",
    }
    geometries, beats = found(tmp_path, **patterns)
    assert geometries == {
        "sock": Geometry(*(str(tmp_path / f"mesh/{name}") for name in ("sock.fac", "tank.fac", "leads.csv")))
    }
    assert {name: beat.answer for name, beat in beats.items()} == {
        "run1": "run1-cs.mat",
        "run2": "run2-cs.mat",
    }


@pytest.mark.parametrize(
    ("names", "settings", "message"),
    [
        ([], {}, "is no folder"),
        (["P1_EndoEpi.mat", "P1_torso.mat"], {}, "challenge.recordings: no file of .* is like \\*-ts.mat"),
        (
            ["P1_heart.mat", "P1-ts.mat"],
            {},
            "challenge.hearts: .* names that there are: P1-ts.mat, P1_heart.mat",
        ),
        (["P1_EndoEpi.mat", "P1-ts.mat"], {}, "challenge.torsos: none is named 'P1'"),
        (
            ["P1_EndoEpi.mat", "P2_EndoEpi.mat", "P1_torso.mat", "P2_torso.mat", "P11-ts.mat"],
            {},
            "P11-ts.mat is named after none of the hearts, P1, P2",
        ),
        (["P_EndoEpi.mat", "P_torso.mat", "a/P-ts.mat", "b/P-ts.mat"], {}, "have one name, 'P'"),
        (["P_EndoEpi.mat", "P_torso.mat", "P b-ts.mat", "P-b-ts.mat"], {}, "differ by signs alone"),
    ],
)
def test_a_folder_that_lacks_something_is_refused_with_what_is_there(tmp_path, names, settings, message):
    folder = tmp_path / "folder"
    touch(folder, *names)
    with pytest.raises(ValueError, match=message):
        found(folder, **settings)


def test_recordings_of_a_challenge_are_subjects(tmp_path):
    touch(tmp_path, "P1_EndoEpi.mat", "P1_torso.mat", "P1-a-ts.mat")
    challenge = {"folder": str(tmp_path), "sampling_hz": 2000, "potentials": "tikhonov"}
    experiment = read_experiment({"experiment": "mine", "challenge": challenge})
    (subject,) = experiment.recordings.values()
    assert subject.electrodes == "results/mine/challenge/P1/electrodes.csv"
    assert (subject.case, subject.sampling_hz, subject.coordinates) == ("P1", 2000, "LPS")
    assert experiment.layout_of("P1").torso_surfaces == "results/mine/challenge/P1/torso.vtp"


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        (
            {"challenge": {"potentials": "physics_search"}},
            "challenge.potentials: 'physics_search' estimates no",
        ),
        ({"challenge": {"methods": ["magic"]}}, "challenge.methods: 'magic' is no method"),
        ({"challenge": {"recordings": "*-*.mat"}}, "challenge.recordings: a pattern has one \\*"),
        (
            {"challenge": {"hearts": "/P1_EndoEpi.mat"}},
            "challenge.hearts: a pattern has .* no / at its start",
        ),
        ({"challenge": {"conductor": "hull"}}, "torso_surfaces has no effect with conductor: hull"),
        (
            {"subject": {"case": "rodero01", "bsp": "bsp.csv"}},
            "subject: the recordings are those of challenge",
        ),
    ],
)
def test_settings_that_a_challenge_can_t_have_are_named(tmp_path, settings, message):
    touch(tmp_path, "P1_EndoEpi.mat", "P1_torso.mat", "P1-a-ts.mat")
    challenge = {"folder": str(tmp_path), **settings.pop("challenge", {})}
    with pytest.raises(ConfigError, match=message):
        read_experiment({"challenge": challenge, **settings})


def write_torso(path, units=1.0, first=1, **fields):
    """A sphere as a torso in LPS."""
    torso = sphere(2, TORSO_MM)
    points = units * LPS * torso.points
    savemat(path, {"torso": {"node": points, "face": torso.triangles + first, **fields}})
    return torso


LEADS = np.array([7, 3, 50, 12])


@pytest.mark.parametrize(
    ("first", "fields"),
    [
        (0, {"leadlinks": LEADS}),
        (1, {"leadlinks": LEADS[:, None] + 1}),
        (1, {"channels": np.bincount(LEADS, [1, 2, 3, 4], 162)}),
        (
            0,
            {
                "channels": np.where(
                    np.bincount(LEADS, minlength=162), np.bincount(LEADS, [1, 2, 3, 4], 162), np.nan
                )
            },
        ),
        (1, {"leadlinks": np.array([0, *LEADS])}),  # a point 0 is counted from 0, whatever triangles do
    ],
)
def test_electrodes_are_points_of_the_torso_in_the_order_of_the_leads(tmp_path, first, fields):
    torso = write_torso(tmp_path / "torso.mat", first=first, **fields)
    surface, names, positions = read_torso_and_electrodes(tmp_path / "torso.mat", "", "LPS", None)
    leads = [0, *LEADS] if len(names) == 5 else LEADS
    np.testing.assert_allclose(positions, torso.points[leads], atol=1e-9)
    np.testing.assert_allclose(surface.points, torso.points, atol=1e-9)
    assert names == [str(number) for number in range(1, len(leads) + 1)]


def test_without_leads_all_points_of_the_torso_are_electrodes(tmp_path):
    torso = write_torso(tmp_path / "torso.mat")
    _, names, positions = read_torso_and_electrodes(tmp_path / "torso.mat", "", "LPS", None)
    np.testing.assert_allclose(positions, torso.points, atol=1e-9)
    assert names[-1] == "162"


def test_electrodes_in_a_file_of_their_own_are_in_its_frame(tmp_path):
    torso = write_torso(tmp_path / "torso.mat")
    places = torso.points[LEADS]
    table = pd.DataFrame(LPS * places, columns=AXES).assign(name=["a", "b", "c", "d"])
    table.to_csv(tmp_path / "leads.csv", index=False)
    _, names, positions = read_torso_and_electrodes(
        tmp_path / "torso.mat", tmp_path / "leads.csv", "LPS", None
    )
    assert names == ["a", "b", "c", "d"]
    np.testing.assert_allclose(positions, places, atol=1e-9)
    _, names, positions = read_torso_and_electrodes(
        tmp_path / "torso.mat", tmp_path / "torso.mat", "LPS", None
    )
    assert len(positions) == 162


@pytest.mark.parametrize(
    "fields", [{"leadlinks": [1, 999]}, {"leadlinks": [4, 4]}, {"channels": np.repeat([1, 5, 0], 54)}]
)
def test_leads_that_can_t_be_are_refused(tmp_path, fields):
    write_torso(tmp_path / "torso.mat", **fields)
    with pytest.raises(AnatomyError, match=r"leadlinks name points|channels of the points are"):
        read_surface_file(tmp_path / "torso.mat")


def test_a_torso_and_a_heart_in_other_units_are_refused_with_the_right_ones(tmp_path):
    write_torso(tmp_path / "torso.mat", units=0.1)
    with pytest.raises(AnatomyError, match="set length_units to cm"):
        read_torso_and_electrodes(tmp_path / "torso.mat", "", "LPS", None)
    surface, _, _ = read_torso_and_electrodes(tmp_path / "torso.mat", "", "LPS", "cm")
    assert np.ptp(surface.points[:, 2]) == pytest.approx(2 * TORSO_MM, rel=0.02)
    with pytest.raises(AnatomyError, match="set length_units to m"):
        transfer_of(tmp_path, sphere(1, HEART_MM / 1000))


def transfer_of(folder, heart, coordinates="RAS"):
    """Transfer from a heart in the spherical torso to some electrodes."""
    torso = sphere(2, TORSO_MM)
    write_vtk(folder / "torso.vtp", *torso)
    savemat(folder / "heart.mat", {"heart": {"node": heart.points.T, "face": heart.triangles.T + 1}})
    electrodes = pd.DataFrame(torso.points[::3], columns=AXES)
    return heart_transfer(folder / "heart.mat", folder / "torso.vtp", electrodes, coordinates, None)


def test_the_transfer_matrix_is_of_the_given_points_in_their_order(tmp_path):
    heart = sphere(1, HEART_MM, (10.0, 0.0, 20.0))
    order = np.random.default_rng(0).permutation(len(heart.points))
    shuffled = heart._replace(points=heart.points[order], triangles=np.argsort(order)[heart.triangles])
    one, other = transfer_of(tmp_path, heart), transfer_of(tmp_path, shuffled)
    matrix = one.transfer[:, one.vertex_of]
    assert matrix.shape == (54, len(heart.points))
    np.testing.assert_allclose(matrix.sum(1), 1, atol=1e-6)
    np.testing.assert_allclose(other.transfer[:, other.vertex_of], matrix[:, order], atol=1e-8)
    np.testing.assert_allclose(other.nodes, shuffled.points)


def test_points_that_are_not_on_the_outer_surface_take_the_nearest_potential(tmp_path):
    outer, inner = sphere(1, HEART_MM), sphere(1, HEART_MM / 2)
    both = outer._replace(
        points=np.concatenate([outer.points, inner.points]),
        triangles=np.concatenate([outer.triangles, inner.triangles + len(outer.points)]),
    )
    found, alone = transfer_of(tmp_path, both), transfer_of(tmp_path, outer)
    assert len(found.vertex_of) == 2 * len(outer.points)
    np.testing.assert_array_equal(found.vertex_of[: len(outer.points)], found.vertex_of[len(outer.points) :])
    np.testing.assert_allclose(found.transfer, alone.transfer, atol=1e-12)
    assert any("42 points, of inner surfaces" in note for note in found.notes)


def test_an_open_heart_is_closed_and_one_beyond_the_torso_refused(tmp_path):
    heart = sphere(2, HEART_MM)
    kept = heart.triangles[heart.corners[:, :, 2].max(1) < 0.7 * HEART_MM]
    found = transfer_of(tmp_path, heart._replace(triangles=kept))
    assert any("1 openings" in note for note in found.notes)
    assert found.transfer.shape[1] < len(heart.points)
    with pytest.raises(InputError, match="both must be in one frame and unit"):
        transfer_of(tmp_path, sphere(1, HEART_MM, (-140.0, 0.0, 0.0)), "LPS")


@pytest.mark.parametrize("kind", ["tsvd", "tikhonov", "greensite"])
def test_potentials_are_estimated_with_the_reference_of_the_recording(tmp_path, kind):
    heart = transfer_of(tmp_path, sphere(1, HEART_MM))
    points = sphere(1, HEART_MM).points
    course = np.sin(np.linspace(0, np.pi, 20))
    truth = (points[:, 2:] / HEART_MM + 0.5)[np.argsort(heart.vertex_of)] * course
    method = registry.kind(kind)(choice=1e-6)
    signals = heart.transfer @ truth
    found = heart_potentials(method, heart.transfer, heart.laplacian, signals)
    np.testing.assert_allclose(found, truth, atol=0.06)
    drift = np.linspace(0, 3, 20)
    drifting = heart_potentials(method, heart.transfer, heart.laplacian, signals + drift)
    np.testing.assert_allclose(drifting, found + drift, atol=1e-9)


def test_a_whole_recording_keeps_its_samples_and_tells_its_unit(tmp_path):
    times = np.arange(400) * 2.0
    beat = np.exp(-(((times - 400) / 20) ** 2))
    signals = np.outer([1.0, -0.5, 0.3, 0.8], beat) + np.array([[2.0], [0.0], [-1.0], [0.5]])
    savemat(tmp_path / "b-ts.mat", {"ts": structure(1000 * signals, unit="uV", samplefrequency=500)})
    prepared = xr.Dataset({"good": ("electrode", [True, True, False, True])}, attrs={"onset_ms": 340.0})
    settings = {"units": None, "sampling_hz": None, "channels": ""}
    found = whole_recording(tmp_path / "b-ts.mat", ["1", "2", "3", "4"], prepared, settings)
    assert found.mv_per_unit == 1e-3
    np.testing.assert_allclose(found.times_ms, times)
    np.testing.assert_allclose(found.signals_mv, np.outer([1.0, -0.5, 0.8], beat), atol=0.02)


POTENTIALS = np.arange(12.0).reshape(4, 3) - 5
SITE = np.array([1.5, -20.0, 33.25])


def test_an_answer_is_read_by_the_challenge_s_scorer_and_by_ours(tmp_path):
    write_answer(tmp_path / "b-cs.mat", Answer(POTENTIALS, SITE, 1e-3))
    pack({"b 1-cs.mat": tmp_path / "b-cs.mat"}, tmp_path / "submission.zip")
    with zipfile.ZipFile(tmp_path / "submission.zip") as archive, archive.open("b 1-cs.mat") as file:
        ts = loadmat(file, squeeze_me=True, struct_as_record=False)["ts"]
    np.testing.assert_array_equal(ts.potvals, POTENTIALS)
    assert ts.pacingLoc.shape == (3,)
    np.testing.assert_array_equal(ts.pacingLoc, SITE)
    own = read_answer(tmp_path / "b-cs.mat")
    np.testing.assert_array_equal(own.potentials, POTENTIALS)
    np.testing.assert_array_equal(own.site, SITE)
    assert own.mv_per_unit == 1e-3


@pytest.mark.parametrize(
    ("content", "message"),
    [
        ({"other": POTENTIALS}, "no structure ts with potvals or pacingLoc"),
        ({"ts": {"pacingLoc": [1.0, 2.0]}}, "pacingLoc must be three numbers"),
        ({"ts": {"potvals": [1.0, 2.0]}}, "potvals must be a matrix"),
        ({"ts": {"potvals": [[1.0, np.nan], [1.0, 2.0]]}}, "potvals must be finite"),
    ],
)
def test_what_is_no_answer_is_refused(tmp_path, content, message):
    savemat(tmp_path / "b-cs.mat", content)
    with pytest.raises(InputError, match=message):
        read_answer(tmp_path / "b-cs.mat")


def test_positions_go_back_to_the_frame_and_unit_of_the_file():
    np.testing.assert_allclose(in_file(SITE, "LPS", "cm"), [-0.15, 2.0, 3.325])
    np.testing.assert_allclose(in_file(SITE, "RAS", None), SITE)


NODES = np.array([[0.0, 0, 0], [60, 0, 0], [0, 80, 0], [0, 0, 100]])


def scored(truth, answer, heart="P1"):
    return challenge_scores.Beat(heart, truth, answer, NODES)


def test_a_perfect_answer_scores_perfectly():
    same = Answer(POTENTIALS, SITE)
    (row,) = score({"b": scored(same, same)}).to_dict("records")
    assert [row[part] for part in ("sc", "tc", "rmse", "localisation", "amplitude")] == [
        pytest.approx(1, abs=1e-15),
        pytest.approx(1, abs=1e-15),
        0,
        0,
        1,
    ]
    sums = published_sums(score({"b": scored(same, same)}))
    assert sums == {
        "Utah, Auckland": pytest.approx(0.5, abs=1e-15),
        "Halifax, Bratislava": 0,
    }


def test_an_imperfect_answer_scores_as_calculated_by_hand():
    """SC: (1/sqrt(10) + 4/sqrt(20)) / 2, TC: (1/sqrt(5) + 4/5) / 2, RMSE: sqrt(22 / 4), error: 13."""
    truth = Answer(np.array([[1.0, 2.0], [3.0, 4.0]]), np.zeros(3))
    answer = Answer(np.array([[1.0, 0.0], [0.0, 1.0]]), np.array([3.0, 4.0, 12.0]))
    scores = score({"b": scored(truth, answer)})
    (row,) = scores.to_dict("records")
    assert row["sc"] == pytest.approx(0.605327478508377, abs=1e-15)
    assert row["tc"] == pytest.approx(0.623606797749979, abs=1e-15)
    assert row["rmse"] == pytest.approx(2.345207879911715, abs=1e-15)
    assert row["localisation"] == 13
    assert row["amplitude"] == pytest.approx((2 / 30) ** 0.5)
    assert published_sums(scores) == {
        "Utah, Auckland": pytest.approx(6.480621066057773, abs=1e-14),
        "Halifax, Bratislava": 13,
    }


def test_potentials_that_are_0_in_both_agree_and_in_one_do_not():
    zero = np.zeros((2, 3))
    assert potential_parts(zero, zero) == {"sc": 1, "tc": 1, "rmse": 0}
    half = np.array([[1.0, 2.0, 3.0], [0.0, 0.0, 0.0]])
    assert potential_parts(half, zero)["tc"] == 0.5
    assert potential_parts(half, zero)["sc"] == 0


def test_a_score_has_controls_and_what_a_truth_lacks_is_left_out():
    here, there = np.array([10.0, 0.0, 0.0]), np.array([10.0, 0.0, 30.0])
    beats = {
        "a": scored(Answer(None, here), Answer(POTENTIALS, here)),
        "b": scored(Answer(None, there), Answer(POTENTIALS, there)),
        "c": scored(Answer(POTENTIALS, None), Answer(POTENTIALS, here), "P2"),
    }
    table = score(beats).set_index("recording")
    assert table.loc[["a", "b"], "localisation"].tolist() == [0, 0]
    assert table.loc[["a", "b"], "other_recordings"].tolist() == [30, 30]
    assert table.loc["a", "heart_centre"] == pytest.approx(np.linalg.norm(here - [15, 20, 25]))
    assert table.loc["a", ["sc", "tc", "rmse"]].isna().all()
    assert table.loc["c", ["localisation", "other_recordings"]].isna().all()
    assert "| localisation error" in page(score(beats), [])


@pytest.mark.parametrize(
    ("shape", "message"),
    [((3, 4), "transposed, 3 x 4; 4 nodes x 3 samples are right"), ((5, 3), "belong together")],
)
def test_a_truth_of_another_shape_is_refused(shape, message):
    with pytest.raises(InputError, match=f"b: .*{message}"):
        score({"b": scored(Answer(np.ones(shape), SITE), Answer(POTENTIALS, SITE))})


def test_truths_in_other_units_or_frames_are_named():
    answer = Answer(POTENTIALS, SITE, 1.0)
    beats = {
        "unit": scored(Answer(1000 * POTENTIALS, NODES[1]), answer),
        "stated": scored(Answer(POTENTIALS, NODES[1], 1e-3), answer),
        "metres": scored(Answer(None, np.array([-60.0, -80.0, 0])), answer),
        "fine": scored(Answer(2 * POTENTIALS, NODES[1], 1.0), answer),
    }
    named = doubts(beats)
    assert [line.split(":")[0] for line in named] == ["unit", "stated", "metres"]
    assert "are recording and truth in one unit?" in named[0]
    assert "nearest node of the heart" in named[2]
    assert "**Warning:** unit: the answer's amplitude is 0.001" in page(score(beats), named)
