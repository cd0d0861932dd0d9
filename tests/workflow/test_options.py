"""What the config offers beside the paper's protocol, through the real rules."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import xarray as xr
import yaml

TINY = Path(__file__).with_name("tiny.yaml")
OPTIONS = {
    "experiment": "options",
    "compared": ["training_mean", "nearest_neighbour"],
    "conduction": {"fibres": "rule"},
    "electrodes": {"layout": "vest", "reference": "wilson"},
    "action_potential": {"apd_gradient": "transmural"},
    "protocol": {
        "kinds": dict.fromkeys(
            [
                "single_site",
                "multi_site",
                "sinus",
                "left_bundle_branch_block",
                "right_bundle_branch_block",
            ],
            1,
        ),
        "surface": "endocardium",
        "velocities": {"scar": None},
    },
    "conditions": {
        "realistic": {
            "spacing_factor": 0.75,
            "snr_db": 20,
            "electrode_error_mm": 5,
            "velocity_factor": 0.8,
        }
    },
}


@pytest.fixture(scope="module")
def results(copied):
    checkout = copied()
    (checkout.folder / "options.yaml").write_text(yaml.safe_dump(OPTIONS))
    target = "results/options/dataset/realistic/phantom02.zarr"
    checkout.snakemake("--configfile", str(TINY), "options.yaml", "--", target)
    return checkout.folder / "results/options"


def opened(path):
    return xr.open_zarr(path, consolidated=False, chunks=None)


def test_every_kind_of_beat_is_simulated(results):
    beats = pd.read_csv(results / "simulation/phantom02/beats.tsv", sep="\t")
    assert set(beats["kind"]) == set(OPTIONS["protocol"]["kinds"])
    for chunk in sorted((results / "simulation/phantom02/beats").glob("*.zarr")):
        activation = opened(chunk)["activation_time"].values
        np.testing.assert_array_equal(activation.min(1), 0)
        assert np.isfinite(activation).all()


def test_scar_that_conducts_nothing_is_no_wall_and_has_no_velocity(results):
    beats = pd.read_csv(results / "simulation/phantom02/beats.tsv", sep="\t")
    assert "velocity_scar_m_per_s" not in beats
    assert 5 not in opened(results / "dataset/phantom02.zarr")["tissue"].values


def test_fibres_of_the_wall_are_unit_vectors(results):
    fibres = opened(results / "anatomy/phantom02/fibres.zarr")["fibre"].values
    np.testing.assert_allclose(np.linalg.norm(fibres, axis=1), 1, atol=1e-5)


def test_a_condition_holds_the_test_beats_alone_slower_and_with_noise(results):
    heart = opened(results / "dataset/phantom02.zarr")
    condition = opened(results / "dataset/realistic/phantom02.zarr")
    test = heart.isel(beat=heart["split"].values == "test")
    np.testing.assert_array_equal(condition["beat"], test["beat"])
    np.testing.assert_array_equal(
        np.isnan(condition["activation_time"]).values, np.isnan(test["activation_time"]).values
    )
    slower = float(condition["activation_time"].mean() / test["activation_time"].mean())
    assert slower == pytest.approx(1 / 0.8, rel=0.1)
    clean, recorded = condition["bsp_noise_free"].values, condition["bsp"].values
    averaged = 128 // 32
    snr = 10 * np.log10((clean**2).mean() / ((recorded - clean) ** 2).mean())
    assert snr == pytest.approx(20 + 10 * np.log10(averaged), abs=1.5)
    assert np.corrcoef(clean.ravel(), test["bsp"].values.ravel())[0, 1] > 0.5
