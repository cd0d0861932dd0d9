"""Estimated sizes are those of the arrays that an experiment writes."""

import numpy as np
import pytest

from ecgi.config import sizes
from ecgi.config.experiment import read_experiment

BASE = {
    "compared": ["greensite"],
    "evaluation": {"shown_slice": 0},
    "slices": {"count": 3, "pixels": 32},
    "electrodes": {"rows": 20, "columns": 10},
}


def mb(*shape):
    return np.empty(shape, np.float32).nbytes / 1e6


@pytest.mark.parametrize(("volume", "layers"), [(False, 3), (True, 32)])
def test_a_dataset_has_maps_and_signals(volume, layers):
    experiment = read_experiment({**BASE, "slices": {**BASE["slices"], "volume": volume}})
    expected = mb(7, layers, 32, 32)
    assert sizes.maps_mb(experiment, 7) == pytest.approx(expected)
    assert sizes.dataset_mb(experiment, 7) == pytest.approx(expected + mb(7, 200, 128))


def test_simulated_beats_grow_with_voxels_and_samples():
    coarse, fine, long = (
        sizes.simulated_mb(
            read_experiment({**BASE, "anatomy": {"spacing_mm": spacing}, "bsp": {"samples": samples}}), 5
        )
        for spacing, samples in ((2.0, 512), (1.0, 512), (2.0, 1024))
    )
    assert long - coarse == pytest.approx(mb(5, 200, 512))
    assert fine - coarse == pytest.approx(mb(5, 250_000 - 31_250))
