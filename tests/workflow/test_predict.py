"""A heart and a recording of one's own become maps, by the real rules."""

import json
import re
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import pyvista
import SimpleITK as sitk
import xarray as xr
import yaml

from ecgi.anatomy.heart import Tissue, to_patient
from ecgi.anatomy.phantom import make_phantom
from ecgi.anatomy.reslice import short_axis
from ecgi.config.electrodes import TorsoSettings
from ecgi.config.simulation import ActionPotentialSettings
from ecgi.io import volumes
from ecgi.io.matlab import read_matlab
from ecgi.physics import eikonal, electrodes
from ecgi.physics.bsp import bsp_simulator
from ecgi.physics.lead_field import lead_field

TINY = Path(__file__).with_name("tiny.yaml")
SPACING_MM, PAUSE_MS, RATE_HZ = 4.0, 100, 500
LABELS = {"lv_wall": [20], "rv_wall": [10], "lv_cavity": [7], "rv_cavity": [9]}


@pytest.fixture(scope="module")
def patient(tmp_path_factory):
    """A folder with a segmentation, electrodes and a recording; and the true activation."""
    folder = tmp_path_factory.mktemp("patient")
    phantom = make_phantom(5, 3.0)
    values = np.zeros(phantom.labels.shape, np.int16)
    for tissue, (label,) in LABELS.items():
        values[phantom.labels == Tissue[tissue.upper()]] = label
    volumes.write_volume(folder / "heart.nii.gz", values, phantom.affine)

    heart, _ = short_axis(phantom, SPACING_MM, True)
    wall = heart.positions(heart.wall)
    torso = TorsoSettings().model_dump()
    places = electrodes.vest(wall, 5, 8, 70.0, torso)
    names = [f"lead {number}" for number in range(len(places))]
    table = pd.DataFrame(places, columns=electrodes.COORDINATES).assign(name=names)
    table.to_csv(folder / "electrodes.csv", index=False)

    field = lead_field(heart.wall, heart.affine, places, 0.2, 0.2)
    cell = ActionPotentialSettings().model_dump()
    _, simulate = bsp_simulator(field, cell, RATE_HZ // 2, 1000 / RATE_HZ)
    voxels = np.argwhere(heart.wall)
    voxel = voxels[np.abs(wall - wall[wall[:, 0].argmin()]).sum(1).argmin()]
    domain = eikonal.conducting_domain(heart.wall, SPACING_MM)
    times = eikonal.activation_times(domain, np.full(len(voxels), 0.6), [eikonal.Source(voxel, 6.0)])
    bsp = np.concatenate([np.zeros((len(places), PAUSE_MS * RATE_HZ // 1000)), simulate(times)], 1)
    bsp[3] = 0
    pd.DataFrame(1000 * bsp.T, columns=names).to_csv(folder / "bsp.csv", index=False)
    at = np.arange(0, len(wall), 40)
    contact = pd.DataFrame(wall[at], columns=electrodes.COORDINATES).assign(lat_ms=times[at] - 500)
    contact.loc[1, electrodes.COORDINATES] = wall.max(0) + 30
    contact.to_csv(folder / "contact.csv", index=False)
    return folder, to_patient(heart.affine, voxel), wall, times


def subject(folder, **more):
    return {
        "case": "patient7",
        "segmentation": str(folder / "heart.nii.gz"),
        "labels": LABELS,
        "electrodes": str(folder / "electrodes.csv"),
        "bsp": str(folder / "bsp.csv"),
        "units": "uV",
        "sampling_hz": RATE_HZ,
        **more,
    }


@pytest.fixture(scope="module")
def run(patient, copied):
    """Where the prediction lies, and what the run printed."""
    checkout = copied()
    own = {
        "experiment": "own",
        "anatomy": {"spacing_mm": SPACING_MM},
        "bsp": {"samples": 128, "time_step_ms": 4},
        "subject": subject(
            patient[0],
            methods=["physics_search", "epicardial"],
            exports=["opencarp", "ecgsim"],
            contact_map=str(patient[0] / "contact.csv"),
        ),
    }
    (checkout.folder / "patient7.yaml").write_text(yaml.safe_dump(own))
    printed = checkout.snakemake("--configfile", str(TINY), "patient7.yaml", "--", "predict")
    return checkout.folder / "results/own/subjects/patient7", printed


@pytest.fixture(scope="module")
def predicted(run):
    return run[0]


def test_the_map_overlays_the_segmentation_and_is_right(patient, predicted):
    folder, _, wall, times = patient
    original = sitk.ReadImage(str(folder / "heart.nii.gz"))
    image = sitk.ReadImage(str(predicted / "physics_search/activation_time.nii.gz"))
    assert image.GetSize() == original.GetSize()
    np.testing.assert_allclose(image.GetOrigin(), original.GetOrigin(), atol=1e-3)
    np.testing.assert_allclose(image.GetDirection(), original.GetDirection(), atol=1e-5)
    labels, values = sitk.GetArrayFromImage(original), sitk.GetArrayFromImage(image)
    inside = np.isin(labels, LABELS["lv_wall"] + LABELS["rv_wall"])
    assert (values[~inside] == -1).all()
    assert (values[inside] >= 0).mean() > 0.98
    shape, affine = volumes.read_grid(folder / "heart.nii.gz")
    spoken = (values >= 0).T
    assert spoken.shape == shape
    places = to_patient(affine, np.argwhere(spoken))
    nearest = np.linalg.norm(places[:, None] - wall[None, ::7], axis=2).argmin(1)
    assert np.abs(values.T[spoken] - times[::7][nearest]).mean() < 15


def test_the_earliest_site_is_where_the_heart_was_paced(patient, predicted):
    _, site, _, _ = patient
    table = pd.read_csv(predicted / "physics_search/earliest_site.csv")
    assert table["map"].tolist()[:2] == ["mean", "sample 1"]
    found = table.loc[0, ["x_mm", "y_mm", "z_mm"]].to_numpy(float)
    assert np.linalg.norm(found - site) < 12


def test_the_mesh_opens_and_has_the_map_in_the_patient(patient, predicted):
    _, _, wall, times = patient
    mesh = pyvista.read(predicted / "physics_search/activation_time.vtu")
    centres = mesh.cell_centers().points
    assert len(centres) == len(wall)
    np.testing.assert_allclose(centres, wall, atol=0.01)
    assert np.abs(mesh.cell_data["activation_time_ms"] - times).mean() < 12


def test_a_run_ends_with_what_was_found_and_what_to_read(run):
    words = run[1].partition("\npatient7: warning: flat: lead 3; not used\n")[2]
    examined, words = words.split("\n", 1)
    assert examined.startswith("patient7: cross-examination by beats of one site: relative error 0.")
    assert "clearly better" not in run[1].partition("patient7 by epicardial")[0]
    assert "read results/own/subjects/patient7/epicardial/summary.pdf first" in words
    assert re.match(r"patient7 by physics_search: earliest site \(.+\) mm, patient RAS\n", words)
    assert re.search("fit to the recording: (close|fair);", words)
    assert "read results/own/subjects/patient7/physics_search/summary.pdf first" in words
    assert "not a medical device" in words


def test_the_summary_has_two_pages_and_the_view_the_methods_name(predicted):
    pdf = (predicted / "physics_search/summary.pdf").read_bytes()
    assert len(re.findall(rb"/Type /Page\b", pdf)) == 2
    page = (predicted / "physics_search/summary.html").read_text()
    assert page.count("<h1>Activation of patient7 by physics search</h1>") == 1
    assert page.count("<img ") == 6
    assert '"predictions":{"physics_search":' in (predicted / "view.html").read_text()


def test_the_map_is_compared_with_the_contact_map(patient, predicted):
    """The contact map is the truth from another origin in time, but for one point beyond the heart."""
    _, site, wall, times = patient
    folder = predicted / "physics_search"
    told = json.loads((folder / "contact_map.json").read_text())
    points = pd.read_csv(folder / "contact_map.csv")
    assert told["left_out_far"] == ["2"]
    assert told["points_used"] == len(points) - 1 == points["used"].sum()
    found = pyvista.read(folder / "activation_time.vtu").cell_data["activation_time_ms"]
    used = np.arange(0, len(wall), 40)[points["used"]]
    error = (times - 500 - found)[used]
    assert told["offset_ms"] == pytest.approx(np.median(error), abs=0.02)
    assert told["mae_ms"] == pytest.approx(np.abs(error - np.median(error)).mean(), abs=0.02)
    assert told["mae_ms"] < 12
    assert told["pearson"] == pytest.approx(np.corrcoef(times[used], found[used])[0, 1], abs=1e-3)
    assert min(told["pearson"], told["spearman"]) > 0.8
    assert told["earliest_distance_mm"] < np.linalg.norm(wall[used][times[used].argmin()] - site) + 12
    page = (folder / "summary.html").read_text()
    assert f"mean absolute error {told['mae_ms']:.1f} ms after the best common offset" in page


def test_the_map_is_written_for_other_programs_with_the_paced_side_where_it_is(patient, predicted):
    """The heart was paced at its outermost voxel on the right of the patient."""
    _, _, wall, _ = patient
    for name, per_mm in (("opencarp/heart.pts", 1000), ("ecgsim/heart.tri", 0.001)):
        rows = (predicted / "physics_search" / name).read_text().splitlines()
        points = np.array([row.split()[-3:] for row in rows[1 : int(rows[0]) + 1]], float) / per_mm
        times = Path(predicted / "physics_search" / name).with_suffix(".dat" if per_mm == 1000 else ".dep")
        values = np.array(times.read_text().split()[-len(points) :], float)
        early = points[values < np.quantile(values, 0.05)]
        assert early[:, 0].mean() < wall[:, 0].mean() - 0.3 * np.ptp(wall[:, 0])
    names = {path.name for path in (predicted / "physics_search/opencarp").iterdir()}
    assert {"heart.elem", "heart.lon", "electrodes.pts", "electrodes.igb"} < names


def test_potentials_of_the_epicardium_are_written_as_electrograms_with_their_times(patient, predicted):
    _, site, wall, times = patient
    store = xr.open_zarr(predicted / "epicardial.zarr", consolidated=False).load()
    surface = pyvista.read(predicted / "epicardial/electrograms.vtp")
    matlab = read_matlab(predicted / "epicardial/electrograms.mat")
    electrograms, over = store["electrogram"].values, store["over_muscle"].values.astype(bool)
    assert electrograms.shape == (surface.n_points, store.sizes["time"])
    np.testing.assert_array_equal(surface.point_data["electrogram_mv"], electrograms)
    np.testing.assert_array_equal(matlab["ts"]["potvals"], electrograms)
    np.testing.assert_array_equal(matlab["geom"]["face"] - 1, store["epicardium_triangle"])
    np.testing.assert_array_equal(surface.field_data["time_ms"], store["time"])
    nearest = np.linalg.norm(surface.points[:, None] - wall, axis=2).argmin(1)
    for operator in ("steepest", "spatiotemporal"):
        found = store["electrogram_time"].sel(operator=operator).values
        np.testing.assert_array_equal(np.isfinite(found), over)
        np.testing.assert_array_equal(surface.point_data[f"activation_time_{operator}_ms"], found)
        np.testing.assert_array_equal(matlab["activation"][operator], found)
        assert np.corrcoef(found[over], times[nearest][over])[0, 1] > 0.7
    table = pd.read_csv(predicted / "epicardial/earliest_site.csv")
    assert np.linalg.norm(table.loc[0, ["x_mm", "y_mm", "z_mm"]].to_numpy(float) - site) < 25
    page = (predicted / "epicardial/summary.html").read_text()
    assert "how sure this is, this method does not say" in page
    assert "the potentials are those of the epicardium" in page
    assert not (predicted / "physics_search/electrograms.vtp").exists()


def test_the_recording_is_kept_as_it_was_used_with_what_was_noticed(predicted):
    recording = xr.open_zarr(predicted / "recording.zarr", consolidated=False)
    assert np.flatnonzero(~recording["good"].values).tolist() == [3]
    assert recording.attrs["onset_ms"] == pytest.approx(PAUSE_MS, abs=16)
    assert "warning: flat: lead 3; not used" in recording.attrs["notes"]


@pytest.mark.slow
def test_a_learnt_method_predicts_on_the_slices_of_its_own_heart(finished, tmp_path):
    results = finished.results
    beats = xr.open_zarr(results / "simulation/phantom02/beats/000000-000011.zarr", consolidated=False)
    heart = xr.open_zarr(results / "dataset/phantom02.zarr", consolidated=False)
    beat = int(np.flatnonzero(heart["split"].values[:12] == "train")[0])
    table = beats["bsp"][beat].to_pandas().T
    table.columns = pd.read_csv(results / "simulation/phantom02/electrodes.tsv", sep="\t")["name"]
    table.to_csv(tmp_path / "bsp.csv", index_label="time_ms")
    methods = ["nearest_neighbour", "kernel_ridge", "activation_cvae_prior"]
    own = {"case": "phantom02", "bsp": str(tmp_path / "bsp.csv"), "units": "mV", "onset_ms": 0}
    finished.snakemake("--config", f"subject={json.dumps({**own, 'methods': methods})}", "--", "predict")
    folder = results / "subjects/phantom02"
    truth = beats["activation_time"][beat].values
    maps = {
        name: xr.open_zarr(folder / f"{name}.zarr", consolidated=False)["activation_time"].values
        for name in methods
    }
    sliced = np.isfinite(maps["nearest_neighbour"][0])
    assert 0.05 < sliced.mean() < 0.5
    np.testing.assert_allclose(maps["nearest_neighbour"][0][sliced], truth[sliced], atol=1e-3)
    assert maps["kernel_ridge"].shape == (1, len(truth))
    assert maps["activation_cvae_prior"].shape == (3, len(truth))
    for name in methods:
        np.testing.assert_array_equal(np.isfinite(maps[name]).all(0), sliced)
    assert np.abs(maps["kernel_ridge"][0] - truth)[sliced].mean() < truth[sliced].std()
    for name in methods:
        assert (folder / name / "summary.pdf").is_file()


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"units": "V"}, "set units to what the file has"),
        ({"electrodes": "fewer.csv"}, "40 numbered leads, lead 0"),
        ({"onset_ms": 2000}, "onset_ms 2000 lies outside the recording"),
        ({"labels": {**LABELS, "scar": [99]}}, "scar: label 99 is not in the volume"),
        ({"contact_map": "far.csv"}, "far.csv: 100% of the points lie more than 10 mm from the wall"),
        ({"exports": ["carto"]}, "exports"),
    ],
)
@pytest.mark.slow
def test_what_does_not_fit_together_is_said_in_one_line(patient, checkout, change, message):
    folder = patient[0]
    lines = (folder / "electrodes.csv").read_text().splitlines()
    anonymous = [line.rsplit(",", 1)[0] for line in lines]
    (checkout.folder / "fewer.csv").write_text("\n".join(anonymous[:-1]))
    contact = pd.read_csv(folder / "contact.csv")
    contact.assign(x_mm=contact["x_mm"] + 500).to_csv(checkout.folder / "far.csv", index=False)
    (checkout.folder / "own.yaml").write_text(yaml.safe_dump({"subject": subject(folder, **change)}))
    printed = checkout.snakemake("--configfile", str(TINY), "own.yaml", "--", "predict", check=False)
    assert message in printed
    assert "Traceback" not in printed


def test_without_a_subject_predict_says_what_is_missing(checkout):
    printed = checkout.snakemake("--", "predict", check=False)
    assert "predict: no subject is configured" in printed


def test_of_several_subjects_one_that_fails_stops_none_of_the_others(patient, copied):
    """One recording has no beat; the heart of all three is prepared once."""
    checkout, folder = copied(), patient[0]
    signals = pd.read_csv(folder / "bsp.csv")
    (checkout.folder / "still.csv").write_text(signals[:40].to_csv(index=False))
    rows = [
        {"name": "still", "bsp": "still.csv"},
        {"name": "found", "bsp": folder / "bsp.csv"},
        {"name": "set", "bsp": folder / "bsp.csv", "onset_ms": PAUSE_MS},
    ]
    pd.DataFrame(rows).to_csv(checkout.folder / "subjects.tsv", sep="\t", index=False)
    shared = subject(folder, methods=["tsvd"])
    del shared["bsp"]
    own = {
        "experiment": "own",
        "anatomy": {"spacing_mm": SPACING_MM},
        "bsp": {"samples": 128, "time_step_ms": 4},
        "subject": shared,
        "subjects": "subjects.tsv",
    }
    (checkout.folder / "own.yaml").write_text(yaml.safe_dump(own))
    printed = checkout.snakemake("--configfile", str(TINY), "own.yaml", "--", "predict", check=False)
    assert "2 of 3 subjects predicted" in printed, printed[-4000:]
    assert re.search(r"^still failed: .*still\.csv", printed, re.MULTILINE)
    table = pd.read_csv(checkout.folder / "results/own/subjects/summary.csv")
    assert table[["subject", "method", "state"]].to_numpy().tolist() == [
        ["still", "tsvd", "failed"],
        ["found", "tsvd", "predicted"],
        ["set", "tsvd", "predicted"],
    ]
    assert "still.csv" in table.loc[0, "remark"]
    assert np.isfinite(table.loc[1:, ["x_mm", "y_mm", "z_mm"]].to_numpy()).all()
    assert [path.name for path in (checkout.folder / "results/own/anatomy").iterdir()] == ["patient7"]
