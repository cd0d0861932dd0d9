"""Hearts that were not trained on, and methods that can't take what they are given, by the real rules."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml
from checkouts import Checkout

from ecgi.anatomy.heart import Tissue
from ecgi.physics.electrodes import COORDINATES

TINY = Path(__file__).with_name("tiny.yaml")
CONDITIONS = {
    "half": {"electrodes": "half"},
    "twelve_lead": {"electrodes": "twelve_lead", "snr_db": 20},
    "scar": {"scar_radius_mm": 12},
}
COHORT = {
    "experiment": "cohort",
    "cases": ["phantom02"],
    "cohort": {
        "training": {"hearts": 3, "beats": 6},
        "validation": {"hearts": 1, "beats": 4},
        "test": {"hearts": 1, "beats": 2},
    },
    "slices": {"volume": True, "pixel_mm": 8.0, "pixels": 16},
    "electrodes": {"layout": "vest", "place": {"left_mm": 7, "up_mm": 20, "torso": 0.05}},
    "conditions": CONDITIONS,
    "evaluation": {"shown_slice": 8},
    "compared": ["mean_of_sites", "greensite", "lifted", "refined"],
    "methods": {"refined": {"kind": "refinement", "proposer": "lifted"}},
    "transfer": {"variant": "lifted", "case": "phantom02", "beats": [2, 4], "epochs": 2},
    "variants": {
        "lifted": {
            "family": "map_backprojection",
            "latent": 4,
            "filters": 4,
            "reconstruction": "wall",
            "batch": 4,
            "epochs": 1,
        }
    },
}
PHANTOM = [Tissue.LV_WALL, Tissue.RV_WALL, Tissue.LV_CAVITY, Tissue.RV_CAVITY, Tissue.SCAR]
REFUSED = {
    "experiment": "refused",
    "conditions": CONDITIONS,
    "compared": ["kernel_ridge", "tsvd"],
    "protocol": {"beats": 10},
}


def opened(path):
    return xr.open_zarr(path, consolidated=False, chunks=None)


def run(checkout, settings, *targets):
    """Run an experiment over the tiny one; return its results."""
    (checkout.folder / "study.yaml").write_text(yaml.safe_dump(settings))
    checkout.snakemake("--configfile", str(TINY), "study.yaml", *targets)
    return checkout.folder / "results" / settings["experiment"]


@pytest.fixture(scope="module")
def cohort(copied):
    return run(copied(), COHORT)


@pytest.fixture(scope="module")
def refused(copied):
    return run(copied(), REFUSED, "--", "results/refused/tables/metrics.csv")


def errors_of(results):
    """Mean absolute errors of the test beats, by method and condition."""
    table = pd.read_csv(results / "tables/metrics.csv")
    table = table[(table["metric"] == "mae") & (table["split"] == "test")]
    table = table[table["beats"].isin(["phantoms", "all"])]
    return table.set_index(["method", "condition"])["value"]


@pytest.mark.slow
def test_every_method_is_judged_under_every_condition_on_a_heart_not_trained_on(cohort):
    errors = errors_of(cohort)
    for method in COHORT["compared"]:
        for condition in ("nominal", *CONDITIONS):
            assert np.isfinite(errors[method, condition])
            assert 0 < errors[method, condition] < 512
    split = pd.read_csv(cohort / "dataset/split.tsv", sep="\t").groupby("split")["case"].unique()
    assert sorted(split["train"]) == ["train0001", "train0002", "train0003"]
    assert list(split["validation"]) == ["validation0001"]


@pytest.mark.slow
def test_conditions_have_the_electrodes_and_the_scar_asked_for(cohort):
    nominal, half, few, scar = (
        opened(cohort / "dataset" / name / "test0001.zarr") for name in ("", *CONDITIONS)
    )
    numbers = half["electrode"].values
    assert len(numbers) == nominal.sizes["electrode"] / 2 == 8
    np.testing.assert_array_equal(half["electrode_position"], nominal["electrode_position"][numbers])
    np.testing.assert_allclose(half["bsp"], nominal["bsp"][:, numbers], rtol=0.05, atol=0.02)
    assert few["name"].values.tolist() == ["RA", "LA", "LL", "V1", "V2", "V3", "V4", "V5", "V6"]
    later = (scar["activation_time"] - nominal["activation_time"].values).values
    assert np.nanmax(later) > 5


@pytest.mark.slow
def test_samples_of_the_whole_wall_are_stored_for_each_condition(cohort):
    grid = opened(cohort / "dataset/test0001.zarr")
    mask = grid["tissue"].values > 0
    assert mask.shape == (16, 16, 16)
    for condition in CONDITIONS:
        maps = opened(cohort / f"predictions/lifted/seed0/{condition}/test0001.zarr")[
            "activation_time"
        ].values
        assert maps.shape == (3, 2, *mask.shape)
        np.testing.assert_array_equal(np.isfinite(maps), np.broadcast_to(mask, maps.shape))


@pytest.mark.slow
def test_what_a_method_can_not_take_is_refused_and_left_out_of_the_table(refused):
    errors = errors_of(refused)
    known = {condition for method, condition in errors.index if method == "kernel_ridge"}
    assert known == {"nominal", "scar"}
    for condition in ("half", "twelve_lead"):
        store = opened(refused / f"predictions/kernel_ridge/seed0/{condition}/phantom02.zarr")
        assert store.sizes["beat"] == 0
        assert len(store.attrs["refused"].splitlines()) == 1
        assert np.isfinite(errors["tsvd", condition])


@pytest.mark.slow
def test_a_refinement_predicts_on_a_heart_of_ones_own(cohort, tmp_path):
    heart = cohort / "simulation/phantom02"
    beats = opened(next((heart / "beats").glob("*.zarr")))
    electrodes = pd.read_csv(heart / "electrodes.tsv", sep="\t")
    table = beats["bsp"][0].to_pandas().T.set_axis(electrodes["name"], axis=1)
    table.to_csv(tmp_path / "bsp.csv", index_label="time_ms")
    electrodes[[*COORDINATES, "name"]].to_csv(tmp_path / "electrodes.csv", index=False)
    subject = {
        "case": "own",
        "segmentation": str(cohort / "anatomy/phantom02/segmentation.nii.gz"),
        "labels": {tissue.name.lower(): [tissue.value] for tissue in PHANTOM},
        "electrodes": str(tmp_path / "electrodes.csv"),
        "bsp": str(tmp_path / "bsp.csv"),
        "units": "mV",
        "onset_ms": 0,
        "methods": ["refined"],
    }
    study = ("--configfile", str(TINY), "study.yaml", "--config", f"subject={json.dumps(subject)}")
    Checkout(cohort.parents[1]).snakemake(*study, "--", "predict")
    folder = cohort / "subjects/own"
    prediction = opened(folder / "refined.zarr")
    maps = prediction["activation_time"].values
    assert maps.shape == (3, prediction.sizes["voxel"])
    assert 0 <= maps.min() < maps.max() < 512
    assert prediction.attrs["method"] == "refined"
    for name in ("activation_time.nii.gz", "earliest_site.csv", "summary.pdf"):
        assert (folder / "refined" / name).is_file()
