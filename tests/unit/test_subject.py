"""Exports of a prediction: its sites, its fit, its files."""

import re
from html import escape

import numpy as np
import pandas as pd
import pytest
import pyvista
import xarray as xr
from hearts import ellipsoidal_heart, rotation

from ecgi.anatomy.heart import Anatomy, Tissue, to_patient
from ecgi.anatomy.interpolation import fill_wall
from ecgi.anatomy.reslice import short_axis
from ecgi.evaluation import goodness_of_fit, ratings
from ecgi.evaluation.sites import earliest_site
from ecgi.evaluation.uncertainty import mean_and_spread
from ecgi.io.volumes import FLIP, read_anatomy, write_volume
from ecgi.reporting import export, sheets, subject_page
from ecgi.reporting.recording_figure import waves
from ecgi.reporting.subject_export import Exports, export_subject

CHECK = {
    "measures": {
        "lv_length_mm": 90.0,
        "lv_diameter_mm": 40.0,
        "lv_cavity_ml": 80.0,
        "lv_wall_mm": 10.0,
        "lv_mass_g": 120.0,
        "rv_cavity_ml": 110.0,
        "rv_wall_mm": 4.0,
        "lv_open_apical": 0.0,
        "rv_open": 0.0,
        "rv_open_apical": 0.0,
    },
    "frame": {
        "long_axis": [-0.6, 0.5, -0.6],
        "confidence": 0.8,
        "septum": [0.7, 0.7, 0.0],
        "septum_confidence": 0.9,
        "septum_from": "RV",
    },
    "changes": {"stray": 0, "closed": 0, "grown": 0, "capped": 0, "removed": 0, "cut_off": 0},
    "notes": [],
    "warnings": ["LV cavity 300 ml; most adult human hearts have 20 to 220 ml"],
}


@pytest.fixture(scope="module")
def segmentation():
    """A heart in an image that lies obliquely in the patient, on voxels longer than wide."""
    return ellipsoidal_heart(rotation(3), [2.0, 2.0, 5.0], rotation(4))


@pytest.fixture(scope="module")
def heart(segmentation):
    return short_axis(segmentation, 2.0, True)[0]


@pytest.fixture(scope="module")
def ramp(heart):
    """A map that rises along a direction in the patient."""
    return ramp_at(heart.positions(heart.wall))


def ramp_at(places):
    return 200 + places @ [0.5, -0.8, 1.1]


def exported(values, heart, segmentation, coordinates="RAS"):
    affine = segmentation.affine if coordinates == "RAS" else FLIP @ segmentation.affine
    return export.on_grid(values, heart, segmentation, segmentation.labels.shape, affine, coordinates)


@pytest.mark.parametrize("coordinates", ["RAS", "LPS"])
def test_a_map_on_the_image_lies_where_the_wall_lies(ramp, heart, segmentation, coordinates):
    image = exported(ramp, heart, segmentation, coordinates)
    spoken = image != export.NOWHERE
    assert not spoken[~segmentation.wall].any()
    assert spoken[segmentation.wall].mean() > 0.99
    truth = ramp_at(segmentation.positions(spoken))
    # Half a voxel along the ramp would be about 0.7 ms.
    assert np.abs(image[spoken] - truth).mean() < 0.35


def test_a_wall_that_grew_beyond_the_image_is_left_out_of_it(ramp, heart, segmentation):
    whole = exported(ramp, heart, segmentation)
    cut, start = np.array(segmentation.labels.shape) - 12, 8
    affine = segmentation.affine.copy()
    affine[:3, 3] = to_patient(affine, np.full(3, start))
    part = export.on_grid(ramp, heart, segmentation, tuple(cut), affine)
    np.testing.assert_array_equal(part, whole[tuple(slice(start, start + n) for n in cut)])


def test_a_wall_that_the_segmentation_lacks_is_on_the_image_where_it_was_added(ramp, heart, segmentation):
    bare = Anatomy(
        np.where(segmentation.labels == Tissue.RV_WALL, 0, segmentation.labels).astype(np.uint8),
        segmentation.affine,
    )
    shape = segmentation.labels.shape
    image = export.on_grid(ramp, heart, bare, shape, segmentation.affine, walls_added=True)
    rv = segmentation.labels == Tissue.RV_WALL
    assert (image[rv] != export.NOWHERE).mean() > 0.8
    assert (exported(ramp, heart, bare)[rv] == export.NOWHERE).all()


def test_off_its_slices_a_map_says_nothing(ramp, heart, segmentation):
    planes = np.argwhere(heart.wall)[:, 2]
    image = exported(np.where(planes == 20, ramp, np.nan), heart, segmentation)
    spoken = image != export.NOWHERE
    depth = to_patient(np.linalg.inv(heart.affine), segmentation.positions(spoken))[:, 2]
    assert spoken.sum() > 20
    assert np.abs(depth - 20).max() < 2
    assert (exported(np.full_like(ramp, np.nan), heart, segmentation) == export.NOWHERE).all()


def test_dense_scar_has_no_times(ramp, heart, segmentation):
    labels = heart.labels.copy()
    scar = heart.wall & (np.arange(labels.shape[2]) < 15)
    labels[scar] = Tissue.DENSE_SCAR
    rest = Anatomy(labels, heart.affine)
    image = exported(ramp[~scar[heart.wall]], rest, segmentation)
    places = to_patient(np.linalg.inv(heart.affine), segmentation.positions(image != export.NOWHERE))
    assert places[:, 2].min() >= 14.5 - 1e-6


def test_the_mesh_has_the_walls_volume_and_its_voxels_in_the_patient(ramp, heart, tmp_path):
    export.wall_mesh(heart, {"activation_time_ms": ramp}).save(tmp_path / "map.vtu")
    mesh = pyvista.read(tmp_path / "map.vtu")
    assert mesh.volume == pytest.approx(heart.wall.sum() * 8.0, rel=1e-4)
    assert mesh.compute_cell_sizes()["Volume"].min() > 0
    centres = mesh.cell_centers().points
    np.testing.assert_allclose(centres, heart.positions(heart.wall), atol=1e-3)
    np.testing.assert_allclose(mesh.cell_data["activation_time_ms"], ramp_at(centres), atol=1e-3)
    assert list(mesh.field_data["SPACE"]) == ["RAS"]


def test_earliest_sites_are_places_in_the_patient_with_their_scatter(heart):
    places = heart.positions(heart.wall)
    sites = places[[100, 4000, 900]]
    samples = np.stack([np.linalg.norm(places - site, axis=1) for site in sites])
    table = export.earliest_sites(samples, places)
    assert table["map"].tolist() == ["mean", "sample 1", "sample 2", "sample 3"]
    np.testing.assert_allclose(table.loc[1:, ["x_mm", "y_mm", "z_mm"]], sites, atol=0.006)
    mean = table.loc[0, ["x_mm", "y_mm", "z_mm"]].to_numpy(float)
    distance = np.linalg.norm(sites - mean, axis=1)
    np.testing.assert_allclose(table.loc[1:, "from_mean_mm"], distance, atol=0.01)
    assert table.loc[0, "spread_mm"] == pytest.approx(np.sqrt((distance**2).mean()), abs=0.01)
    one = export.earliest_sites(samples[:1], places)
    assert np.isnan(one.loc[0, "spread_mm"])


def test_the_site_of_a_pacing_zone_is_its_centre():
    places = np.array([[0.0, 0, 0], [2, 0, 0], [9, 9, 9], [5, 5, 5]])
    np.testing.assert_array_equal(earliest_site(np.array([0, 0, 7, np.nan]), places), [1, 0, 0])


def test_gaps_are_filled_between_what_is_known(ramp, heart):
    places = heart.positions(heart.wall)
    planes = np.argwhere(heart.wall)[:, 2]
    samples = np.stack([np.where(planes % 4 == 0, times, np.nan) for times in (ramp, 2 * ramp)])
    filled = fill_wall(samples, places)
    known = np.isfinite(samples)
    np.testing.assert_array_equal(filled[known], samples[known])
    assert np.abs(filled[0] - ramp).mean() < 2.5
    np.testing.assert_allclose(filled[1], 2 * filled[0])


TIMES = np.arange(150.0)


def complexes(seed=0, leads=9):
    """Signals of a QRS complex, different in each lead, that end at rest."""
    rng = np.random.default_rng(seed)
    centre, width = rng.uniform(40, 80, (leads, 4, 1)), rng.uniform(6, 14, (leads, 4, 1))
    bumps = rng.normal(size=(leads, 4, 1)) * np.exp(-(((TIMES - centre) / width) ** 2))
    signals = bumps.sum(1)
    return signals - signals.mean(0)


def test_a_perfect_fit_has_no_error_whatever_its_amplitude():
    recorded = complexes()
    fit = goodness_of_fit.fit(recorded, np.stack([4 * recorded] * 3), TIMES, 149.0)
    assert fit.amplitude == pytest.approx(0.25)
    assert fit.relative_error == pytest.approx(0, abs=1e-9)
    assert fit.correlation == pytest.approx(1)
    np.testing.assert_allclose(fit.lead_correlation, 1)
    assert fit.remarks([]) == []


def test_offsets_a_common_course_and_a_shift_are_taken_off_before_a_fit_is_rated():
    right = complexes()
    offsets = np.linspace(-1, 1, len(right))[:, None]
    recorded = 0.1 * np.roll(right, 12, 1) + 0.1 * offsets + np.sin(TIMES / 20)
    fit = goodness_of_fit.fit(recorded, right[None], TIMES, 149.0)
    assert fit.relative_error < 0.05
    assert fit.error_as_is > 0.9
    assert fit.amplitude == pytest.approx(0.1, rel=0.01)
    assert fit.shift_ms == 12
    lines = "\n".join(fit.remarks([f"L{number}" for number in range(len(right))]))
    assert "0.1 times as large as simulated" in lines
    assert "12 ms later than the map says" in lines
    assert re.search(r"offsets of the leads, \d+ % of the signals, were taken off", lines)


def test_leads_that_contradict_a_fit_are_named():
    recorded = complexes()
    simulated = recorded.copy()
    recorded[[2, 5]] *= -1
    lines = goodness_of_fit.fit(recorded, simulated[None], TIMES, 149.0).remarks(
        [f"L{number}" for number in range(9)]
    )
    named = next(line for line in lines if line.startswith("leads that fit worst: "))
    assert {"L2", "L5"} <= set(named.removeprefix("leads that fit worst: ").split(", "))


def test_the_error_of_a_fit_is_that_of_the_part_it_leaves():
    wave, other = complexes(0), complexes(1)
    other -= (other * wave).sum() / (wave * wave).sum() * wave
    wave, other = (signals / np.linalg.norm(signals) for signals in (wave, other))
    fit = goodness_of_fit.fit(0.8 * wave + 0.6 * other, wave[None], TIMES, 149.0)
    assert fit.relative_error == pytest.approx(0.6, abs=0.05)
    assert "poor" in goodness_of_fit.fit(wave, -wave[None], TIMES, 149.0).verdict


def test_a_map_whose_earliest_activation_is_late_is_named():
    assert goodness_of_fit.late_map(np.array([3.0, 50, np.nan])) == []
    assert "43 ms after the onset" in goodness_of_fit.late_map(np.array([43.0, 90]))[0]


def test_a_beat_of_one_site_that_fits_clearly_better_than_a_map_is_named():
    wave, other = complexes(0), complexes(1)
    half = goodness_of_fit.fit(wave + other, wave[None], TIMES, 149.0)
    assert half.relative_error > ratings.CLOSE
    assert "fits clearly better (relative error 0.20)" in goodness_of_fit.missed_beat(half, 0.2, True)[0]
    assert goodness_of_fit.missed_beat(half, half.relative_error, True) == []
    scattered = goodness_of_fit.fit(wave, np.stack([wave, other, wave + other, other]), TIMES, 149.0)
    assert scattered.relative_error > ratings.CLOSE
    assert goodness_of_fit.missed_beat(scattered, 0.0, True) == []
    assert goodness_of_fit.missed_beat(goodness_of_fit.fit(wave, wave[None], TIMES, 149.0), 0.0, True) == []


EXAMINED = {
    "warnings": ["warning: would fit clearly better: all leads inverted; do not rely on the map"],
    "notes": ["compared"],
    "readings": [
        {"name": "as read", "error": 0.5, "in_infinite": True},
        {"name": "all leads inverted", "error": 0.1},
    ],
}


def predicted(maps):
    """A prediction whose BSP fit, and the recording that it is from."""
    signals = np.random.default_rng(0).normal(size=(7, 50))
    prediction = xr.Dataset(
        {
            "activation_time": (("sample", "voxel"), maps),
            "bsp_recorded": (("electrode", "time"), signals),
            "bsp": (("sample", "electrode", "time"), np.stack([signals] * len(maps))),
        },
        {"time": np.arange(50.0), "name": ("electrode", [f"L{n}" for n in range(7)])},
        {
            "case": "patient7",
            "method": "physics_search",
            "conductor": "infinite, homogeneous, 0.2 S/m",
            "ecgi_version": "1",
            "experiment": "mine",
            "settings_sha256": "0" * 64,
            "fitted_until_ms": 30.0,
        },
    )
    recording = xr.Dataset(
        {name: ("recording_time", np.abs(signals[0])) for name in ("rms", "removed_rms")}
        | {"electrode_position": (("electrode", "axis"), 200 * np.random.default_rng(1).normal(size=(7, 3)))},
        {"recording_time": np.arange(50.0), "name": ("electrode", [f"L{n}" for n in range(7)])},
        {
            "recording": "bsp.csv",
            "notes": ["warning: flat: L7; not used"],
            "settings_sha256": "1" * 64,
            "onset_ms": 5.0,
            "onset_bounds_ms": [4.0, 7.0],
            "qrs_end_ms": 30.0,
            "qrs_end_bounds_ms": [27.0, 36.0],
            "beats_ms": [12.0],
            "spikes_ms": [2.0],
        },
    )
    return prediction, recording


def summary(maps, heart, recording_notes=()):
    """Summary of a prediction, with further notes on its recording."""
    mean, spread = mean_and_spread(maps)
    prediction, recording = predicted(maps)
    recording.attrs["notes"] = [*recording.attrs["notes"], *recording_notes]
    sites = export.earliest_sites(maps, heart.positions(heart.wall))
    return subject_page.document(heart, maps, mean, spread, sites, prediction, recording, EXAMINED, CHECK)


def pages_of(path):
    return re.findall(rb"/Type /Page\b", path.read_bytes())


@pytest.mark.parametrize("samples", [1, 4])
def test_the_summary_has_two_pages_and_begins_with_whether_to_believe_it(ramp, heart, samples, tmp_path):
    maps = np.stack([ramp - ramp.min() + number for number in range(samples)])
    whole = summary(maps, heart)
    sheets.write_pdf(tmp_path / "summary.pdf", whole)
    assert len(pages_of(tmp_path / "summary.pdf")) == 2
    sides = re.search(rb"/MediaBox \[ 0 0 ([\d.]+) ([\d.]+) \]", (tmp_path / "summary.pdf").read_bytes())
    assert [float(side) * 25.4 / 72 for side in sides.groups()] == pytest.approx([210, 297])
    assert "not a medical device" in whole.caution
    first, second = (text for _, text in whole.sections[0].rows)
    assert first.startswith("Do not rely on this map")
    assert "all leads inverted" in first
    assert second.startswith("In the map, activation begins in the ")
    assert ("90 %" in second) == (samples > 1)
    assert [row[1] for row in whole.sections[1].rows][1:3] == [
        "Flat: L7; not used.",
        "LV cavity 300 ml; most adult human hearts have 20 to 220 ml.",
    ]


def test_many_remarks_take_a_further_page_rather_than_each_others_place(ramp, heart, tmp_path):
    whole = summary(np.stack([ramp - 200]), heart, [f"remark {number} " + 60 * "x" for number in range(60)])
    sheets.write_pdf(tmp_path / "summary.pdf", whole)
    assert len(pages_of(tmp_path / "summary.pdf")) == 3


def test_the_page_says_the_same_with_a_heading_and_words_for_every_figure(ramp, heart, tmp_path):
    whole = summary(np.stack([ramp - 200, ramp - 199]), heart)
    sheets.write_html(tmp_path / "summary.html", whole)
    page = (tmp_path / "summary.html").read_text()
    assert page.count("<h1>") == 1
    assert 'src="http' not in page
    headings, images = re.findall("<h2>(.+)</h2>", page), re.findall('<img [^>]*alt="([^"]+)"', page)
    assert headings == [escape(section.heading) for section in whole.sections]
    assert images == [escape(panel.alt) for section in whole.sections for panel in section.panels]
    for section in whole.sections:
        for _, text in section.rows:
            assert escape(text) in page


def test_a_prediction_is_exported_onto_the_voxels_of_its_image(ramp, heart, segmentation, tmp_path):
    maps = np.stack([ramp - 1, ramp + 1])
    prediction, recording = predicted(maps)
    image = tmp_path / "image.nii.gz"
    write_volume(image, segmentation.labels, segmentation.affine)
    names = ("mean.nii.gz", "spread.nii.gz", "wall.vtu", "site.csv", "summary.pdf", "summary.html")
    paths = Exports(*(tmp_path / name for name in names))
    export_subject(paths, heart, segmentation, prediction, recording, EXAMINED, CHECK, image, "RAS", "ep")
    mean, spread = (read_anatomy(path) for path in (paths.mean, paths.spread))
    np.testing.assert_allclose(mean.affine, segmentation.affine, atol=1e-4)
    np.testing.assert_allclose(mean.labels, exported(ramp, heart, segmentation), atol=1e-4)
    np.testing.assert_allclose(spread.labels[spread.labels >= 0], np.sqrt(2), atol=1e-5)
    mesh = pyvista.read(paths.mesh)
    np.testing.assert_allclose(mesh.cell_data["activation_time_ms"], ramp)
    np.testing.assert_array_equal(mesh.cell_data["tissue"], heart.labels[heart.wall])
    table = pd.read_csv(paths.site)
    earliest = heart.positions(heart.wall)[ramp.argmin()]
    assert len(table) == 3
    assert np.linalg.norm(table.loc[0, ["x_mm", "y_mm", "z_mm"]].to_numpy(float) - earliest) < 10
    assert paths.summary.stat().st_size > 0


def test_p_and_t_waves_are_labelled_and_not_the_next_beat():
    times = np.arange(700.0)
    rms = sum(
        height * np.exp(-(((times - at) / 20) ** 2))
        for height, at in ((0.1, 100), (1, 220), (0.3, 380), (1, 600))
    )
    found = waves(times, rms + 0.01, 190.0, 250.0, 600.0)
    assert found == {"P": pytest.approx(100, abs=2), "T": pytest.approx(380, abs=2)}
