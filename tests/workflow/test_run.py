"""The tiny experiment from a phantom's seed to tables, figures and report."""

import json
import re
from zipfile import ZipFile

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from ecgi.evaluation import bootstrap
from ecgi.io import volumes
from ecgi.io.contact_maps import read_contact_map
from ecgi.io.recordings import read_recording

METHODS = {
    "training_mean",
    "nearest_neighbour",
    "kernel_ridge",
    "kernel_ridge_blends",
    "activation_cvae",
    "activation_cvae_prior",
    "activation_vae",
    "bsp_vae",
    "bsp_vae_blends",
    "bsp_vae_signals",
}


@pytest.fixture(scope="module")
def table(finished):
    return pd.read_csv(finished.results / "tables/metrics.csv")


def opened(path):
    return xr.open_zarr(path, consolidated=False, chunks=None)


def test_a_second_run_has_nothing_to_do(finished):
    assert "Nothing to be done" in finished.snakemake()


def test_a_run_ends_with_what_was_made_and_the_headline_figures(finished, table):
    printed = finished.snakemake("--forcerun", "physics_page")
    summary = printed[printed.index("tiny: 10 methods on phantom02") :]
    ours = table.query("metric == 'mse_wall_01' and condition == 'nominal' and split == 'test'")
    value = ours.set_index("method").loc["activation_cvae", "value"]
    assert re.search(rf"mse_wall_01 +activation_cvae +{value:.4g} +paper 0.095", summary)
    for path in ("tables/metrics.md", "figures", "views"):
        assert f"results/tiny/{path}" in summary
        assert (finished.results / path).exists()
    assert str(finished.folder / "report.zip") in summary


def test_the_table_is_tidy_and_covers_every_method(table):
    assert list(table.columns) == [*bootstrap.COLUMNS, "crc32c"]
    assert set(table["method"]) == METHODS
    assert set(table["condition"]) == {"nominal", "realistic"}
    assert not table.duplicated(["method", "condition", "split", "seed", "metric"]).any()
    assert table["value"].notna().all()


def test_paper_figures_stand_beside_the_papers_networks_alone(table):
    beside = table.dropna(subset="paper")
    assert set(beside["method"]) == {"bsp_vae", "bsp_vae_blends", "activation_vae", "activation_cvae"}
    assert set(beside.query("metric == 'bsp_correlation'")["paper"]) == {0.95}


def test_the_mean_map_has_no_skill_and_nearest_neighbour_has_some(table):
    nominal = table.query("condition == 'nominal' and split == 'test'")
    test = nominal.query("metric == 'r2'").set_index("method")["value"]
    assert test["training_mean"] < 0.2
    assert test["nearest_neighbour"] > test["training_mean"]


def test_the_split_is_by_beat_and_written_down(finished):
    split = pd.read_csv(finished.results / "dataset/split.tsv", sep="\t")
    assert not split.duplicated(["case", "beat"]).any()
    assert split["split"].value_counts().to_dict() == {"train": 14, "test": 4, "validation": 2}
    dataset = opened(finished.results / "dataset/phantom02.zarr")
    assert (dataset["split"].values == split["split"]).all()


def test_normalisation_comes_from_the_training_beats_alone(finished):
    dataset = opened(finished.results / "dataset/phantom02.zarr")
    training = dataset.isel(beat=dataset["split"].values == "train")
    constants = pd.read_json(finished.results / "dataset/normalisation.json", typ="series")
    assert constants["latest_ms"] == pytest.approx(float(training["activation_time"].max()))
    assert constants["highest_mv"] == pytest.approx(float(training["bsp"].max()))


def test_beats_explain_themselves(finished):
    beats = opened(finished.results / "simulation/phantom02/beats/000000-000011.zarr")
    assert beats["activation_time"].dims == ("beat", "voxel")
    assert beats["bsp"].dims == ("beat", "electrode", "time")
    assert beats["bsp"].attrs["units"] == "mV"
    assert beats["activation_time"].attrs["units"] == "ms"
    assert {"settings", "settings_sha256", "seed", "ecgi_version"} <= set(beats.attrs)
    assert float(beats["activation_time"].min()) == 0
    assert np.isfinite(beats["bsp"]).all()


def test_the_paced_site_is_activated_first(finished):
    beats = opened(finished.results / "simulation/phantom02/beats/000000-000011.zarr")
    sites = pd.read_csv(finished.results / "simulation/phantom02/sites.tsv", sep="\t")
    position = opened(finished.results / "simulation/phantom02/lead_field.zarr")["voxel_position"].values
    for activation, site in sites.set_index("beat").loc[:11, ["x_mm", "y_mm", "z_mm"]].iterrows():
        early = beats["activation_time"].sel(beat=activation).values == 0
        assert np.linalg.norm(position[early] - site.to_numpy(), axis=1).max() <= 8.0 + 1e-4


def test_predictions_hold_the_samples_of_the_config_for_beats_not_used_for_training(finished):
    prediction = opened(finished.results / "predictions/activation_cvae/seed0/nominal/phantom02.zarr")
    assert prediction["activation_time"].dims == ("sample", "beat", "slice", "y", "x")
    assert prediction.sizes["sample"] == 3
    assert set(prediction["split"].values) == {"validation", "test"}


@pytest.mark.parametrize("method", ["kernel_ridge_blends", "activation_cvae"])
def test_predictions_record_the_settings_of_their_method(finished, method):
    prediction = opened(finished.results / f"predictions/{method}/seed0/nominal/phantom02.zarr")
    assert set(json.loads(prediction.attrs["settings"])["methods"]) == {method}


def test_every_figure_is_there_as_pdf_and_png(finished):
    figures = {path.name for path in (finished.results / "figures").iterdir()}
    names = ("heart", "signals", "reconstructions", "uncertainty", "training", "comparison")
    assert figures == {f"{name}.{ending}" for name in names for ending in ("pdf", "png")}


def test_the_report_holds_tables_and_figures_and_needs_no_network(finished):
    finished.snakemake("--report", "report.zip")
    with ZipFile(finished.folder / "report.zip") as report:
        page = report.read("report/report.html").decode()
        assert any(name.endswith("/phantom02.html") for name in report.namelist())
    for text in (
        "comparison",
        "uncertainty",
        "all metrics",
        "isochrones every 10 ms",
        "Files beside this report",
    ):
        assert text in page
    assert '<script src="http' not in page
    assert '<link href="http' not in page


@pytest.mark.exhaustive
def test_the_same_seed_gives_the_same_arrays_and_metrics_in_another_folder(finished, checkout):
    checkout.snakemake()
    assert checkout.has_results_of(finished) == 26


@pytest.mark.parametrize(
    ("program", "ending", "settings"),
    [("opencarp", "igb", {}), ("ecgsim", "bsm", {"units": "mV", "sampling_hz": 1000})],
)
def test_a_simulated_beat_is_written_for_another_program(finished, program, ending, settings):
    """The earliest point is where the beat was paced, and the BSP are those that were simulated."""
    folder = finished.results / f"simulation/phantom02/{program}/13"
    finished.snakemake("--", str(folder.relative_to(finished.folder)))
    beat = opened(finished.results / "simulation/phantom02/beats/000012-000019.zarr").sel(beat=13)
    heart = volumes.read_anatomy(finished.results / "anatomy/phantom02/labels.nii.gz")
    times = beat["activation_time"].values
    sites = heart.positions(heart.wall)[times == times.min()]
    written = read_contact_map(folder / {"opencarp": "heart.pts", "ecgsim": "heart.tri"}[program])
    first = written.points[np.nanargmin(written.times_ms)]
    assert np.linalg.norm(sites - first, axis=1).min() < 8
    names = [f"E{number}" for number in range(beat.sizes["electrode"])]
    found = read_recording(folder / f"electrodes.{ending}", names, **settings)
    since = beat["time"].values - beat["time"].values[0]
    at = np.searchsorted(found.times_ms - found.times_ms[0], since)
    np.testing.assert_allclose(found.signals_mv[:, at], beat["bsp"].values, rtol=1e-4, atol=1e-4)


def test_a_beat_that_is_not_simulated_cannot_be_written(finished):
    printed = finished.snakemake("--", "results/tiny/simulation/phantom02/opencarp/20", check=False)
    assert "phantom02 has no beat 20; its last is 19" in printed
