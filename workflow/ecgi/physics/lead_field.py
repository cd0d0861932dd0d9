"""Body surface potentials by the dipole formulation (FIMH 2019, section 3.1).

The wall is a cloud of current dipoles -sigma_i grad V, in an infinite homogeneous conductor

    phi(e, t) = -sigma_i / (4 pi sigma_T) sum_x grad V(x, t) . (r_e - r_x) / |r_e - r_x|^3 dV,

and in a torso a weighted sum of such potentials at other places too, see `conductor`. Summed by parts this is
phi = W V with a lead field W that depends on wall, conductor and electrodes alone. All voxels of a group
share one action potential U, V(x, t) = U(t - T(x)), so that phi is a W-weighted histogram of activation times
convolved with U.
"""

import numba
import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy import sparse

from .conductor import Conductor, InfiniteConductor

CARRYING_TOLERANCE = 1e-4  # see `carrying`
BLOCK = 1024  # voxels whose rows of the lead field stay in the cache while all beats use them
WEIGHTED_AT_ONCE = 4096  # voxels whose kernels are weighted at once


def gradient_operators(wall: NDArray[np.bool_], spacing_mm: float) -> list[sparse.csr_array]:
    """Central differences on the wall, one-sided at its surface.

    Parameters
    ----------
    wall : numpy.ndarray of bool, shape (x, y, z)
    spacing_mm : float
        Edge of a voxel.

    Returns
    -------
    list of 3 scipy.sparse.csr_array, shape (voxel, voxel)
        Derivative along each voxel axis, per mm; wall voxels in C order.
    """
    number = np.full(np.array(wall.shape) + 2, -1)
    inner = (slice(1, -1),) * 3
    count = int(wall.sum())
    number[inner][wall] = np.arange(count)
    own = np.arange(count)
    operators = []
    for axis in range(3):
        ahead = np.roll(number, -1, axis)[inner][wall]
        behind = np.roll(number, 1, axis)[inner][wall]
        high = np.where(ahead >= 0, ahead, own)
        low = np.where(behind >= 0, behind, own)
        steps = (high != own).astype(float) + (low != own)
        weight = 1.0 / (np.maximum(steps, 1) * spacing_mm)
        operators.append(
            sparse.csr_array(
                (np.concatenate([weight, -weight]), (np.tile(own, 2), np.concatenate([high, low]))),
                shape=(count, count),
            )
        )
    return operators


def lead_field(
    wall: NDArray[np.bool_],
    affine: NDArray,
    electrodes: NDArray,
    sigma_i: float,
    sigma_t: float,
    dtype: DTypeLike = np.float32,
) -> NDArray:
    """Lead field of an infinite conductor: linear map from transmembrane potentials to electrodes.

    Parameters
    ----------
    wall, affine, electrodes, sigma_i, dtype
        See `lead_field_in`.
    sigma_t : float
        Conductivity of the conductor, S/m. Its ratio to `sigma_i` scales the field.

    Returns
    -------
    numpy.ndarray of `dtype`, shape (voxel, electrode)
        mV at the electrode per mV in the voxel; wall voxels in C order.
    """
    return lead_field_in(InfiniteConductor(sigma_t), wall, affine, electrodes, sigma_i, dtype)


def lead_field_in(
    conductor: Conductor,
    wall: NDArray[np.bool_],
    affine: NDArray,
    electrodes: NDArray,
    sigma_i: float,
    dtype: DTypeLike = np.float32,
) -> NDArray:
    """Lead field of a conductor: linear map from transmembrane potentials to electrodes.

    Computed some voxels at a time in float64, so that no other array is as large as the field itself.

    Parameters
    ----------
    conductor : Conductor
    wall : numpy.ndarray of bool, shape (x, y, z)
    affine : numpy.ndarray, shape (4, 4)
        Voxel index to patient RAS in mm; voxels are cubes.
    electrodes : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    sigma_i : float
        Intracellular conductivity, S/m.
    dtype : numpy.dtype
        Of the result.

    Returns
    -------
    numpy.ndarray of `dtype`, shape (voxel, electrode)
        mV at the electrode per mV in the voxel; wall voxels in C order.
    """
    spacing = float(np.linalg.norm(affine[:3, 0]))
    axes = affine[:3, :3] / spacing
    by_parts = sparse.vstack(gradient_operators(wall, spacing), format="csr").T.tocsr()
    factors = by_parts.data * (-sigma_i / (4 * np.pi * conductor.sigma_t) * spacing**3)
    positions = np.argwhere(wall) * spacing
    points, weights = conductor.point_electrodes(electrodes)
    places = np.ascontiguousarray(((points - affine[:3, 3]) @ axes).T)
    field = np.empty((len(positions), len(electrodes)), dtype)
    if weights is None:
        _sum_by_parts(by_parts.indptr, by_parts.indices, factors, positions, places, field)
        return field
    some = np.empty((WEIGHTED_AT_ONCE, len(points)))
    for first in range(0, len(field), WEIGHTED_AT_ONCE):
        starts = by_parts.indptr[first : first + WEIGHTED_AT_ONCE + 1]
        rows = some[: len(starts) - 1]
        _sum_by_parts(starts, by_parts.indices, factors, positions, places, rows)
        field[first : first + len(rows)] = rows @ weights
    return field


@numba.njit(cache=True, fastmath=True)
def _sum_by_parts(
    starts: NDArray,
    columns: NDArray,
    weights: NDArray,
    positions: NDArray,
    electrodes: NDArray,
    field: NDArray,
) -> None:
    """Fill each voxel's row of the lead field with a weighted sum of dipole kernels.

    The kernels, (r_e - r_x) / |r_e - r_x|^3, are those of `conductor.InfiniteConductor`, computed here one
    by one to save memory. `starts` are those of the rows of `field`; `columns` count all voxels along the
    first axis, then along the second and third.
    """
    voxels, count = len(positions), field.shape[1]
    row = np.empty(count)
    for voxel in range(len(field)):
        row[:] = 0.0
        for entry in range(starts[voxel], starts[voxel + 1]):
            axis, other = divmod(columns[entry], voxels)
            weight = weights[entry]
            x, y, z = positions[other]
            along = positions[other, axis]
            for e in range(count):
                towards = (electrodes[0, e] - x, electrodes[1, e] - y, electrodes[2, e] - z)
                square = towards[0] ** 2 + towards[1] ** 2 + towards[2] ** 2
                row[e] += weight * (electrodes[axis, e] - along) / (square * np.sqrt(square))
        field[voxel] = row


def carrying(field: NDArray, tolerance: float = CARRYING_TOLERANCE) -> NDArray[np.intp]:
    """Voxels with the largest rows of a lead field, which suffice for BSP.

    With uniform isotropic conductivity the lead field vanishes inside the wall (Green's identity) up to
    the error of the differences, and the two outermost layers of voxels carry the BSP. The choice rests on
    the field alone, so that it holds for any conductor. The smallest rows are left out as long as their sum
    is, at every electrode, at most a share `tolerance` of the sum of all rows:

        sum over left out |W[e, x]| <= tolerance * sum over all |W[e, x]|.

    Parameters
    ----------
    field : numpy.ndarray, shape (voxel, electrode)
    tolerance : float
        Share that may be left out; 0 to leave out only rows that are 0.

    Returns
    -------
    numpy.ndarray of int, shape (carrying voxel,)
        In ascending order.
    """
    blocks = range(0, len(field), BLOCK)
    total = sum(np.abs(field[first : first + BLOCK]).sum(0, dtype=float) for first in blocks)
    total[total == 0] = 1.0
    size = np.concatenate([(np.abs(field[first : first + BLOCK]) / total).max(1) for first in blocks])
    order = np.argsort(size)
    return np.sort(order[np.cumsum(size[order]) > tolerance])


def condensed(field: NDArray, voxels: NDArray[np.intp]) -> NDArray:
    """Lead field of the carrying voxels, with the rows of the others added to them.

    Each row left out is added to the nearest carrying voxel in C order, a neighbour along the last axis, so
    that a uniform potential of the wall still gives none outside. The potentials of the two voxels differ by
    less than the amplitude A, so that the error at an electrode is at most
    tolerance * A * (sum over all |W[e, x]|), with the tolerance of `carrying`. They differ only while a wave
    passes between them, so that the error is usually a tenth of that or less.

    Parameters
    ----------
    field : numpy.ndarray, shape (voxel, electrode)
        Lead field of all voxels.
    voxels : numpy.ndarray of int, shape (carrying voxel,)
        See `carrying`; in ascending order.

    Returns
    -------
    numpy.ndarray, shape (carrying voxel, electrode)
    """
    halfway = (voxels[:-1] + voxels[1:]) // 2 + 1
    return np.add.reduceat(field, np.concatenate([[0], halfway]), axis=0)
