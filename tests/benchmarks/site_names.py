"""Measure how often the earliest site of a predicted map has the name of the true one.

python tests/benchmarks/site_names.py                     20 phantoms, ten beats each; six minutes on a core
python tests/benchmarks/site_names.py --hearts 1 --beats 2

Beats of a single site anywhere in the wall of phantoms that differ as adults do, simulated on voxels of 2 mm,
recorded by a vest of 64 electrodes with noise of 30 dB, and predicted by the search on voxels of 3 mm. Both
have the infinite conductor, and the search fits beats of the kind that were simulated: a best case.
"""

import argparse
import sys
from pathlib import Path

import numpy as np
import pandas as pd
from scipy.spatial import KDTree

PROJECT = Path(__file__).parents[2]
sys.path[:0] = [str(PROJECT / "workflow")]

from ecgi.anatomy.phantom import make_phantom
from ecgi.anatomy.reslice import short_axis
from ecgi.anatomy.site_names import name_sites
from ecgi.config.electrodes import TorsoSettings
from ecgi.config.simulation import ActionPotentialSettings
from ecgi.core.seeds import generator
from ecgi.inverse.base import Patient
from ecgi.inverse.search import PhysicsSearch
from ecgi.physics import eikonal, electrodes, measurement
from ecgi.physics.bsp import average_in_time
from ecgi.physics.electrodes import referenced
from ecgi.physics.lead_field import lead_field
from ecgi.physics.simulation import bsp_solver
from ecgi.reporting.export import earliest_sites
from ecgi.reporting.site_sentences import stated_layer

TRUE_MM, KNOWN_MM = 2.0, 3.0
SAMPLING = {"samples": 512, "time_step_ms": 1.0}
AVERAGED, SNR_DB, SAMPLES = 4, 30.0, 10
SIGMA = 0.2  # S/m
PLACE = ["x_mm", "y_mm", "z_mm"]


def main():
    """Measure, and print shares of the beats."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hearts", type=int, default=20)
    parser.add_argument("--beats", type=int, default=10)
    parser.add_argument("--first", type=int, default=500, help="seed of the first heart")
    parser.add_argument("--output", type=Path, help="CSV of all beats")
    given = parser.parse_args()
    tables = []
    for seed in range(given.first, given.first + given.hearts):
        tables.append(measure(seed, given.beats))
        whole = pd.concat(tables)
        if given.output:
            whole.to_csv(given.output, index=False)
        print(summary(whole).to_string(float_format=lambda value: f"{value:.3g}"), flush=True)


def summary(beats):
    """Shares of right names among the beats, in all and by ventricle."""
    groups = {"all": beats, **dict(list(beats.groupby("ventricle")))}
    return pd.DataFrame(
        {
            name: {
                "beats": len(rows),
                "right part": rows["right"].mean(),
                "right or a neighbour": rows["near"].mean(),
                "layer stated": rows["stated"].mean(),
                "layer right where stated": rows.loc[rows["stated"], "layer_right"].mean(),
                "layer right in all": rows["layer_right"].mean(),
                "median distance, mm": rows["site_mm"].median(),
                "90 % of distances below, mm": rows["site_mm"].quantile(0.9),
            }
            for name, rows in groups.items()
        }
    )


def measure(seed, beats):
    """Names of the true and the predicted sites of a phantom's beats, a row per beat."""
    true, known = (
        short_axis(make_phantom(seed, spacing, spread="adults"), spacing, True)[0]
        for spacing in (TRUE_MM, KNOWN_MM)
    )
    places = electrodes.vest(known.positions(known.wall), 8, 8, 35.0, TorsoSettings().model_dump())
    sites, activation = _beats(true, seed, beats)
    cell = ActionPotentialSettings().model_dump()

    def field_of(anatomy):
        return referenced(lead_field(anatomy.wall, anatomy.affine, places, SIGMA, SIGMA))

    kept = SAMPLING["samples"] // AVERAGED
    times, simulate = bsp_solver(true, field_of(true), cell, SAMPLING)
    clean = average_in_time(simulate(activation), kept)
    noisy = np.stack(
        [measurement.add_noise(one, SNR_DB, generator(seed, "noise", beat)) for beat, one in enumerate(clean)]
    )
    patient = Patient(
        f"phantom{seed}",
        known,
        places,
        average_in_time(times, kept),
        lambda: field_of(known),
        cell,
        {**SAMPLING, "averaged": AVERAGED},
    )
    maps = PhysicsSearch().make().predict(noisy, patient, SAMPLES, 0)
    truths = name_sites(true, sites)
    touching = neighbours(true)
    rows = []
    for beat, truth in enumerate(truths):
        found = earliest_sites(maps[:, beat], known.positions(known.wall))[PLACE].to_numpy(float)
        name, *samples = name_sites(known, found)
        layer = stated_layer(name, samples)
        rows.append(
            {
                "heart": seed,
                "beat": beat,
                "ventricle": truth.ventricle,
                "truth": f"{truth.part}, {truth.layer}",
                "predicted": f"{name.part}, {name.layer}",
                "right": name.part == truth.part,
                "near": name.part == truth.part or (name.part, truth.part) in touching,
                "stated": layer is not None,
                "layer_right": name.layer == truth.layer,
                "site_mm": np.linalg.norm(found[0] - sites[beat]),
            }
        )
    return pd.DataFrame(rows)


def neighbours(anatomy):
    """Pairs of parts of the wall that touch each other."""
    positions = anatomy.positions(anatomy.wall)
    parts = [name.part for name in name_sites(anatomy, positions)]
    pairs = KDTree(positions).query_pairs(1.8 * TRUE_MM)
    touching = {(parts[one], parts[other]) for one, other in pairs}
    return touching | {(other, one) for one, other in touching}


def _beats(anatomy, seed, count):
    """Sites and activation times of beats of one site each."""
    rng = generator(seed, "sites")
    voxels = np.argwhere(anatomy.wall)
    domain = eikonal.conducting_domain(anatomy.wall, float(anatomy.spacing[0]))
    chosen, maps = rng.integers(len(voxels), size=count), []
    for index in chosen:
        source = eikonal.Source(voxels[index], 4.0, 0.0)
        speeds = np.full(len(voxels), rng.uniform(0.5, 0.75))
        maps.append(eikonal.activation_times(domain, speeds, [source]))
    return anatomy.positions(anatomy.wall)[chosen], np.stack(maps)


if __name__ == "__main__":
    main()
