"""Compare dipole kernels of torsos with those of another boundary element code, OpenMEEG.

.venv-bench/bin/python tests/benchmarks/second_bem.py              three phantoms; a few minutes on one core
.venv-bench/bin/python tests/benchmarks/second_bem.py --hearts 1

Elliptic torsos with lungs and blood around phantoms, the same triangles for both codes: linear
collocation here, symmetric Galerkin there (Kybic et al. 2005, IEEE Trans Med Imaging 24:12). Unit dipoles
at places spread over the wall, electrodes of a vest, mean over electrodes removed.
"""

import argparse
import sys
import time
from pathlib import Path

import numpy as np
import openmeeg
import pandas as pd
from openmeeg._openmeeg_wrapper import OrientedMesh, SimpleDomain

PROJECT = Path(__file__).parents[2]
sys.path[:0] = [str(PROJECT / "workflow")]

from ecgi.anatomy.interpolation import spread_out
from ecgi.anatomy.phantom import make_phantom
from ecgi.anatomy.reslice import short_axis
from ecgi.anatomy.triangles import project
from ecgi.config.electrodes import TorsoSettings
from ecgi.core.seeds import generator
from ecgi.physics import boundary_elements, electrodes
from ecgi.physics.conductors_of_cases import torso_of
from ecgi.physics.torso_conductor import bounded

SIGMA = {"sigma_i": 0.2, "sigma_t": 0.2, "sigma_lungs": 0.04, "sigma_blood": 0.6}
SPREAD = {"left_mm": 10.0, "front_mm": 7.0, "up_mm": 10.0, "torso": 0.08}
SPACING_MM, DIPOLES = 3.0, 200
KINDS = ("hull", "lungs_and_blood")


def main():
    """Measure, and print a row per heart, torso and mesh."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--hearts", type=int, default=3)
    parser.add_argument("--first", type=int, default=300, help="seed of the first heart")
    given = parser.parse_args()
    rows = [row for seed in range(given.first, given.first + given.hearts) for row in measure(seed)]
    print(pd.DataFrame(rows).to_string(index=False, float_format=lambda value: f"{value:.3g}"))


def measure(seed):
    """Differences between the codes, relative to OpenMEEG, for two torsos and two meshes of each."""
    anatomy, _ = short_axis(make_phantom(seed, SPACING_MM, spread="adults"), SPACING_MM, True)
    wall = anatomy.positions(anatomy.wall)
    sizes = electrodes.vary_torso(TorsoSettings().model_dump(), SPREAD, generator(seed, "place"))
    vest = electrodes.vest(wall, 8, 16, 35.0, sizes)
    dipoles = wall[spread_out(wall, DIPOLES)]
    for kind in KINDS:
        for finer in (False, True):
            torso = torso_of(kind, f"phantom{seed}", seed, anatomy, vest, {"torso": sizes}, SIGMA, finer)
            started = time.perf_counter()
            conductor = bounded(torso, anatomy, SIGMA["sigma_t"])
            taken = time.perf_counter() - started
            on_skin = conductor.point_electrodes(vest)[0][: len(vest)]
            triangle = project(conductor.mesh.outermost, on_skin).triangle
            other = of_openmeeg(torso, dipoles, on_skin)
            yield {
                "heart": seed,
                "torso": kind,
                "points": sum(len(region.surface.points) for region in torso.regions),
                "bem_%": 100
                * off(boundary_elements.kernels(conductor.mesh, dipoles, on_skin, triangle), other),
                "fit_%": 100 * off(conductor.kernels(dipoles, vest), other),
                "build_s": taken,
            }


def of_openmeeg(torso, dipoles, on_skin):
    """Kernels by OpenMEEG, shape (dipole, 3, electrode).

    Its triangles turn inwards: with those of this project, which turn outwards, its potentials change sign.
    """
    names = [region.name.replace(" ", "_") for region in torso.regions]
    inside, outside = SimpleDomain.Inside, SimpleDomain.Outside
    meshes = {
        name: (region.surface.points.astype(float), region.surface.triangles[:, ::-1].astype(np.int32))
        for name, region in zip(names, torso.regions, strict=True)
    }
    skin, *others = names
    domains = {
        "air": ([(skin, outside)], 0.0),
        "torso": ([(skin, inside), *((name, outside) for name in others)], torso.skin.sigma),
        **{
            f"in_{name}": ([(name, inside)], region.sigma)
            for name, region in zip(others, torso.regions[1:], strict=True)
        },
    }
    interfaces = {name: [(name, OrientedMesh.Normal)] for name in names}
    geometry = openmeeg.make_geometry(meshes, interfaces, domains)
    moments = np.concatenate([np.repeat(dipoles, 3, 0), np.tile(np.eye(3), (len(dipoles), 1))], 1)
    head = openmeeg.HeadMat(geometry)
    head.invert()
    gain = openmeeg.GainEEG(
        head,
        openmeeg.DipSourceMat(geometry, openmeeg.Matrix(np.asfortranarray(moments)), "torso"),
        openmeeg.Head2EEGMat(
            geometry, openmeeg.Sensors(openmeeg.Matrix(np.asfortranarray(on_skin)), geometry)
        ),
    ).array()
    return gain.reshape(len(on_skin), len(dipoles), 3).transpose(1, 2, 0)


def off(found, other):
    """Relative L2 difference after removal of the mean over electrodes."""
    found, other = (values - values.mean(-1, keepdims=True) for values in (found, other))
    return np.linalg.norm(found - other) / np.linalg.norm(other)


if __name__ == "__main__":
    main()
