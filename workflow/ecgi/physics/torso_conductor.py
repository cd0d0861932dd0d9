"""Makes the conductor of a torso: boundary elements, then a fit that needs no surface of the torso any more.

The leads of boundary elements are single layers on all surfaces of the torso. Near the blood their
evaluation is costly, and the layers of a lead field on voxels need a function that is smooth there. So what
boundaries add to an electrode's own lead is fitted, in the wall, by leads of point electrodes outside the
wall (method of fundamental solutions; Wang & Rudy 2006, Ann Biomed Eng 34:1272): a function that is as
harmonic as the lead itself, where an interpolation of its components would have sources inside the wall.
"""

import numpy as np
from numpy.typing import NDArray
from scipy import linalg, ndimage
from scipy.spatial import cKDTree

from ..anatomy.heart import CAVITIES, Anatomy, Tissue, to_patient
from ..anatomy.interpolation import spread_out
from ..anatomy.torso import Torso, check_torso, outer_conductivities
from . import boundary_elements
from .conductor import BoundedConductor, InfiniteConductor

# Point electrodes: their distance from the wall, and how many there are, in the cavities, around the heart,
# and far from the wall. Leads vary fast at the endocardium alone, near blood.
IN_CAVITIES, AROUND, FAR = (5.0, 500), (8.0, 250), (20.0, 100)
LATTICE_MM = 2.5  # of the places that they are chosen from
SAMPLES = 1800  # places in the wall where leads are fitted
CHECKED = 3000  # voxels that must lie in the torso
CANDIDATES = 20_000  # voxels that these are chosen from, at most
RIDGE = 1e-9  # relative to the largest eigenvalue of the normal equations


def bounded(torso: Torso, anatomy: Anatomy, sigma_t: float) -> BoundedConductor:
    """Conductor of a torso around a heart.

    Parameters
    ----------
    torso : Torso
    anatomy : Anatomy
        The heart, in the same frame. The conductor holds in its wall.
    sigma_t : float
        Conductivity around the dipoles, S/m.

    Returns
    -------
    BoundedConductor

    Raises
    ------
    AnatomyError
        If the surfaces can't be used, see `torso.check_torso`.
    """
    surface = _surface_voxels(anatomy)
    check_torso(torso, surface[:: 1 + len(surface) // CHECKED])
    samples = surface[spread_out(surface, SAMPLES)]
    others = _outside(surface, anatomy)
    mesh = mesh_of_torso(torso)
    layers = boundary_elements.layer_gradients(mesh, samples)
    unit = InfiniteConductor(sigma_t).kernels(samples, others).reshape(-1, len(others))
    fitted = _ridge(unit, layers.reshape(len(unit), -1))
    weights = np.linalg.solve(boundary_elements.system(mesh), fitted.T).T
    return BoundedConductor(sigma_t, mesh, others, weights, torso.description)


def mesh_of_torso(torso: Torso) -> boundary_elements.Mesh:
    """Surfaces and conductivities of a torso.

    Parameters
    ----------
    torso : Torso

    Returns
    -------
    boundary_elements.Mesh
    """
    surfaces = [region.surface for region in torso.regions]
    inside = np.array([region.sigma for region in torso.regions])
    return boundary_elements.mesh_of(surfaces, inside, outer_conductivities(torso))


def _ridge(matrix: NDArray, values: NDArray) -> NDArray:
    """Regularised least squares, with columns of equal norm."""
    norm = np.linalg.norm(matrix, axis=0)
    columns = matrix / norm
    square = columns.T @ columns
    square[np.diag_indices_from(square)] += RIDGE * np.linalg.norm(square, 2)
    solution: NDArray = linalg.solve(square, columns.T @ values, assume_a="pos") / norm[:, None]
    return solution


def _surface_voxels(anatomy: Anatomy) -> NDArray:
    """Positions of voxels of the wall's surface, evenly thinned."""
    padded = np.pad(anatomy.wall, 1)
    surface = (padded & ~ndimage.binary_erosion(padded))[1:-1, 1:-1, 1:-1]
    positions = anatomy.positions(surface)
    return positions[:: 1 + len(positions) // CANDIDATES]


def _outside(surface: NDArray, anatomy: Anatomy) -> NDArray:
    """Places outside the wall, evenly spread at two distances from it."""
    wall, reach = cKDTree(surface), FAR[0] + LATTICE_MM
    axes = [
        np.arange(a, b, LATTICE_MM)
        for a, b in zip(surface.min(0) - reach, surface.max(0) + reach, strict=True)
    ]
    lattice = np.stack(np.meshgrid(*axes, indexing="ij"), -1).reshape(-1, 3)
    distance = wall.query(lattice, distance_upper_bound=reach)[0]
    index = np.rint(to_patient(np.linalg.inv(anatomy.affine), lattice)).astype(int)
    there = ((index >= 0) & (index < anatomy.labels.shape)).all(1)
    tissue = np.zeros(len(lattice), int)
    tissue[there] = anatomy.labels[tuple(index[there].T)]
    in_cavity, background = np.isin(tissue, CAVITIES), tissue == Tissue.BACKGROUND
    chosen = []
    for region, (at, count) in (
        (in_cavity, IN_CAVITIES),
        (background, AROUND),
        (in_cavity | background, FAR),
    ):
        places = lattice[region & (np.abs(distance - at) <= LATTICE_MM / 2)]
        if len(places):
            chosen.append(places[spread_out(places, count)])
    return np.concatenate(chosen)
