"""Measure the time of inverse methods per beat, and write the page workflow/report/inverse.md.

python tests/benchmarks/inverse.py            the page
python tests/benchmarks/inverse.py --quick    small problems, as a test: takes seconds
"""

import argparse
import os
import sys
from functools import partial
from pathlib import Path

PROJECT = Path(__file__).parents[2]
CORES = 2
os.environ |= {f"{pool}_NUM_THREADS": str(CORES) for pool in ("OMP", "OPENBLAS", "MKL")}
sys.path[:0] = [str(PROJECT / "workflow")]

from ecgi.anatomy.reslice import short_axis
from ecgi.anatomy.slicing import slice_grid
from ecgi.core import resources
from ecgi.data.blocks import block_distances, wall_blocks
from ecgi.data.inputs import condition_inputs
from ecgi.data.normalisation import Normalisation
from ecgi.physics.lead_field import lead_field

resources.keep_to(CORES)

import numpy as np
import page
import yaml
from measuring import machine, seconds
from rows import row, table

from ecgi.anatomy.phantom import make_phantom
from ecgi.config.electrodes import TorsoSettings
from ecgi.config.simulation import ActionPotentialSettings
from ecgi.inverse.base import Patient
from ecgi.inverse.classical import Tikhonov
from ecgi.inverse.generative import GenerativeInverse, sampled_maps
from ecgi.inverse.paced_beat_fit import Waves
from ecgi.inverse.refinement import Refinement
from ecgi.inverse.search import PhysicsSearch
from ecgi.models.building import build
from ecgi.models.registry import variant_of
from ecgi.physics import eikonal, electrodes

PACKAGES = ("numpy", "scipy", "numba", "keras", "tensorflow-cpu", "tensorflow", "jax")
SIZES = {
    "quick": {"beats": 1, "spacing": 4.0, "sites": 20, "repeats": 1},
    "normal": {"beats": 4, "spacing": 2.0, "sites": PhysicsSearch().sites, "repeats": 3},
}
SAMPLING = {"samples": 512, "time_step_ms": 1.0, "averaged": 4}
VOLUME = {"count": 1, "first": 0.0, "last": 1.0, "pixel_mm": 4.0, "pixels": 32, "volume": True}
RADIUS, VELOCITY, NOISE_MS = 4.0, 0.6, 4.0
TITLE = "Computation time of the inverse methods"
INTRODUCTION = (
    "`make bench` writes this page. One phantom and its beats of a single site, at the sizes of "
    f"config/volumetric-small.yaml, on {CORES} cores; medians of several rounds in which the methods are "
    "timed in turn. The weights of the network are untrained, which does not affect its time; the refinement "
    "starts from the true maps with noise. The geometry of a heart is computed once for all of its beats."
)


def main():
    """Measure and write the page."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true", help="small problems, as a test: takes seconds")
    parser.add_argument("--output", type=Path, help="folder of the page; workflow/report by default")
    given = parser.parse_args()
    size = "quick" if given.quick else "normal"
    figures = measure(**SIZES[size])
    print(figures.to_string(index=False, float_format=lambda value: f"{value:.4g}"))
    output = given.output or PROJECT / ("results/bench" if given.quick else "workflow/report")
    output.mkdir(parents=True, exist_ok=True)
    blocks = [("heading", TITLE), ("text", INTRODUCTION)]
    blocks.append(("table", page.machine_table({**machine(PACKAGES), "size": size})))
    blocks += [("table", page.grid(check, part)) for check, part in figures.groupby("check", sort=False)]
    (output / "inverse.md").write_text("\n\n".join(page.markdown(*block) for block in blocks) + "\n")


def measure(beats, spacing, sites, repeats):
    """Time of the learnt method by its parts, and of the methods based on the forward model."""
    patient, bsp, maps = _paced(beats, spacing)
    grid, _ = slice_grid(patient.anatomy, patient.case, **VOLUME)
    lifted = _lifted(grid, patient, bsp)

    def predict(count):
        sampled_maps(lifted.model, lifted.normalisation, bsp[:1], grid, patient.electrodes, None, count, 0)

    search, refinement, tikhonov = PhysicsSearch(sites=sites), Refinement(proposer="lifted"), Tikhonov()
    refined = refinement.make(proposer=lifted)
    rng = np.random.default_rng(0)
    proposed = maps + rng.normal(0, NOISE_MS, (refinement.proposals, *maps.shape))
    coarse = Waves.on(patient.anatomy, search.coarse_mm, search.radius_mm)
    taken = seconds(
        {
            "geometry": lambda: (wall_blocks(grid, 1), block_distances(grid, 1)),
            "10 samples": partial(predict, 10),
            "100 samples": partial(predict, 100),
            "dictionary": lambda: list(search._starts(bsp, patient, coarse)),
            "physics_search": lambda: search.predict(bsp, patient, 1, 0),
            "lifted_refined": lambda: refined.refine(bsp, patient, proposed, 1, 0),
            "tikhonov": lambda: tikhonov.predict(bsp, patient, 1, 0),
        },
        repeats,
    )
    return table([*_parts(taken), *_beside(taken, beats)])


def _parts(taken):
    check, setting, whole = "lifted, one beat", "10 samples", taken["10 samples"]
    return [
        row(check, "geometry of the heart", setting, taken["geometry"], "s"),
        row(check, "network", setting, whole - taken["geometry"], "s"),
        row(check, "both", setting, whole, "s", "≤ 1"),
    ]


def _beside(taken, beats):
    check = "one beat"
    fit = (taken["physics_search"] - taken["dictionary"]) / beats
    one = {
        "lifted, 10 samples": taken["10 samples"] - taken["geometry"],
        "lifted, 100 samples": taken["100 samples"] - taken["geometry"],
        "lifted_refined, from samples": taken["lifted_refined"] / beats,
        "tikhonov, matrices included": taken["tikhonov"] / beats,
        "physics_search, without dictionary": fit,
        f"physics_search, dictionary shared by {beats}": taken["physics_search"] / beats,
    }
    rows = []
    for setting, value in one.items():
        rows += [
            row(check, "time", setting, value, "s"),
            row(check, "over physics_search without dictionary", setting, value / fit, "times"),
        ]
    return rows


def _paced(count, spacing):
    """Patient from a phantom, BSP of beats of one site each, and their maps."""
    whole, _ = short_axis(make_phantom(1, spacing), spacing, True)
    voxels = np.argwhere(whole.wall)
    domain = eikonal.conducting_domain(whole.wall, spacing)
    speed = np.full(len(voxels), VELOCITY)
    sites = voxels[((np.arange(count) + 0.5) / count * len(voxels)).astype(int)]
    radius = RADIUS + spacing
    maps = np.stack(
        [eikonal.activation_times(domain, speed, [eikonal.Source(site, radius, 0.0)]) for site in sites]
    )
    places = electrodes.vest(whole.positions(whole.wall), 8, 16, 35.0, TorsoSettings().model_dump())
    times = SAMPLING["time_step_ms"] * np.arange(SAMPLING["samples"])
    patient = Patient(
        "phantom",
        whole,
        places,
        times.reshape(-1, SAMPLING["averaged"]).mean(1),
        lambda: lead_field(whole.wall, whole.affine, places, 0.2, 0.2),
        ActionPotentialSettings().model_dump(),
        SAMPLING,
    )
    return patient, patient.simulate(maps), maps


def _lifted(grid, patient, bsp):
    """Untrained model of config/volumetric-small.yaml."""
    configured = yaml.safe_load((PROJECT / "config/volumetric-small.yaml").read_text())["variants"]["lifted"]
    variant = variant_of(configured)
    scales = Normalisation(latest_ms=200.0, lowest_mv=-1.0, highest_mv=1.0, background=-1.0)
    inputs = condition_inputs(variant.conditions, bsp, grid, patient.electrodes, scales)
    shapes = {name: values.shape[1:] for name, (values, _) in inputs.items()} | {"target": (*grid.frame, 1)}
    return GenerativeInverse(build(variant, shapes, 0), scales, VOLUME, bsp.shape[-1], patient.window_ms, {})


if __name__ == "__main__":
    main()
