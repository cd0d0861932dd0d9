"""Body surface potentials by the dipole formulation (FIMH 2019, section 3.1).

In an infinite homogeneous conductor the wall is a cloud of current dipoles -sigma_i grad V:

    phi(e, t) = -sigma_i / (4 pi sigma_T) sum_x grad V(x, t) . (r_e - r_x) / |r_e - r_x|^3 dV.

Summed by parts this is phi = W V with a lead field W that depends on wall and electrodes alone; W may as
well come from elsewhere, for a torso that is bounded and not homogeneous. All voxels of a group share one
action potential U, V(x, t) = U(t - T(x)), so that phi is a W-weighted histogram of activation times
convolved with U.
"""

import numba
import numpy as np
from numpy.typing import DTypeLike, NDArray
from scipy import sparse
from scipy.spatial import KDTree

from .errors import InputError

BIN_MS = 0.5  # widest histogram bin; the error falls with its square
UNIFORM_SHARE = 0.05  # of a lead field, what a uniform potential may give
CARRYING_TOLERANCE = 1e-4  # see `carrying`
BLOCK = 1024  # voxels whose rows of the lead field stay in the cache while all beats use them


def gradient_operators(wall: NDArray[np.bool_], spacing_mm: float) -> list[sparse.csr_array]:
    """Central differences on the wall, one-sided at its surface.

    Parameters
    ----------
    wall : numpy.ndarray of bool, shape (x, y, z)
    spacing_mm : float

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
    """Linear map from the wall's transmembrane potential to the electrodes.

    Made voxel by voxel, in float64, so that nothing else as large as the field itself is held.

    Parameters
    ----------
    wall : numpy.ndarray of bool, shape (x, y, z)
    affine : numpy.ndarray, shape (4, 4)
        Voxel index to patient RAS, mm; isotropic.
    electrodes : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    sigma_i, sigma_t : float
        Intracellular conductivity and that of the torso, S/m. Their ratio is a pure scale.
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
    field = np.empty((int(wall.sum()), len(electrodes)), dtype)
    _sum_by_parts(
        by_parts.indptr,
        by_parts.indices,
        by_parts.data * (-sigma_i / (4 * np.pi * sigma_t) * spacing**3),
        np.argwhere(wall) * spacing,
        np.ascontiguousarray(((electrodes - affine[:3, 3]) @ axes).T),
        field,
    )
    return field


@numba.njit(cache=True, fastmath=True)
def _sum_by_parts(starts, columns, weights, positions, electrodes, field):
    """Fill each voxel's row with the dipole kernels, (r_e - r_x) / |r_e - r_x|^3, that its potential feeds.

    `columns` count the voxels along the first axis, then along the second and third.
    """
    voxels, count = field.shape
    row = np.empty(count)
    for voxel in range(voxels):
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


def matched_field(
    field: NDArray,
    voxels: NDArray,
    electrodes: NDArray,
    wall_positions: NDArray,
    places: NDArray,
    spacing_mm: float,
    source: str,
) -> NDArray[np.float32]:
    """Lead field made elsewhere, in the order of this case's wall and electrodes.

    Parameters
    ----------
    field : numpy.ndarray, shape (row, column)
        Lead field of the source.
    voxels, electrodes : numpy.ndarray, shape (row, 3) and (column, 3)
        What its rows and columns stand for, patient RAS in mm.
    wall_positions : numpy.ndarray, shape (voxel, 3)
    places : numpy.ndarray, shape (electrode, 3)
    spacing_mm : float
        Edge of a voxel.
    source : str
        What to call it in messages.

    Returns
    -------
    numpy.ndarray of float32, shape (voxel, electrode)

    Raises
    ------
    InputError
        If the arrays don't fit together, a wall voxel has no row within half a voxel, an electrode no
        column within 1 mm, a value is not a number, or a uniform potential gives another than none.
    """
    for name, positions in (("voxel_position", voxels), ("electrode_position", electrodes)):
        if positions.ndim != 2 or positions.shape[1] != 3 or not _finite(positions):
            raise InputError(f"{source}: {name} must be finite numbers of the shape (number, 3)")
    if not np.issubdtype(field.dtype, np.number):
        raise InputError(f"{source}: lead_field must hold numbers")
    if field.shape != (len(voxels), len(electrodes)):
        raise InputError(
            f"{source}: lead_field has the shape {field.shape}, but there are {len(voxels)} "
            f"voxel_position and {len(electrodes)} electrode_position; it must be (voxel, electrode)"
        )
    rows = _nearest(
        voxels,
        wall_positions,
        spacing_mm / 2,
        f"{source}: wall voxel",
        "make it for this case's labels.nii.gz",
    )
    columns = _nearest(
        electrodes, places, 1.0, f"{source}: electrode", "make it for this case's electrodes.tsv"
    )
    matched = field[np.ix_(rows, columns)].astype(np.float32, copy=False)
    bad = ~np.isfinite(matched).all(1)
    if bad.any():
        raise InputError(f"{source}: lead_field is not a finite number in {bad.sum()} of the wall's voxels")
    total = np.abs(matched).sum(0, dtype=float)
    uniform = np.abs(matched.sum(0, dtype=float)) > UNIFORM_SHARE * total
    if uniform.any():
        raise InputError(
            f"{source}: the same potential in all of the wall gives one at {uniform.sum()} of the "
            "electrodes, where it must give none; rows are missing or an offset was added"
        )
    return matched


def _finite(values):
    """Whether an array holds finite numbers alone."""
    return np.issubdtype(values.dtype, np.number) and np.isfinite(values).all()


def _nearest(known, wanted, reach_mm, what, cure):
    """Number of the known point at each wanted one, each known point used once."""
    distance, number = KDTree(known).query(wanted)
    far = distance > reach_mm
    if far.any():
        x, y, z = wanted[far.argmax()]
        raise InputError(
            f"{what} at ({x:.1f}, {y:.1f}, {z:.1f}) mm and {far.sum() - 1} more have nothing within "
            f"{reach_mm:g} mm of them; {cure}, patient RAS in mm"
        )
    if len(np.unique(number)) < len(number):
        raise InputError(f"{what}: two of the case's share one of the source's; {cure}")
    return number


def carrying(field: NDArray, tolerance: float = CARRYING_TOLERANCE) -> NDArray[np.intp]:
    """Voxels that carry the BSP: with their rows alone, and little lost, it can be computed.

    With uniform isotropic conductivity the lead field vanishes inside the wall (Green's identity) up to
    the error of the differences, and its two outermost layers of voxels carry all. Which voxels those are
    is read off the field itself, so that it is right for any field. The smallest rows are left out as long
    as what they hold adds up, at no electrode, to more than a share `tolerance` of what all rows hold:

        sum over left out |W[e, x]| <= tolerance * sum over all |W[e, x]|.

    Parameters
    ----------
    field : numpy.ndarray, shape (voxel, electrode)
    tolerance : float
        0 to leave out only what is 0.

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
    """Lead field of some voxels, each of which stands for the others around it too.

    What is left out is added to the nearest voxel in C order that is not, a neighbour along the last axis,
    so that a potential which is the same all over the wall still gives none outside. As that differs from
    the potential of what it stands for by less than the amplitude A, no potential at an electrode is wrong
    by more than tolerance * A * (sum over all |W[e, x]|), with the tolerance of `carrying`; and as it
    differs only while a wave passes between them, the error is usually a tenth of that or less.

    Parameters
    ----------
    field : numpy.ndarray, shape (voxel, electrode)
    voxels : numpy.ndarray of int, shape (carrying voxel,)
        In ascending order.

    Returns
    -------
    numpy.ndarray, shape (carrying voxel, electrode)
    """
    halfway = (voxels[:-1] + voxels[1:]) // 2 + 1
    return np.add.reduceat(field, np.concatenate([[0], halfway]), axis=0)


def bin_width(time_step_ms: float, widest_ms: float = BIN_MS) -> float:
    """Width of the histogram's bins in ms, a whole fraction of the time step."""
    return time_step_ms / int(np.ceil(time_step_ms / widest_ms - 1e-9))


def convolution_matrix(
    times: NDArray, bin_ms: float, bins: int, ap_times: NDArray, potential: NDArray
) -> NDArray[np.float32]:
    """Action potential at each sampling time of a cell activated in each bin.

    Parameters
    ----------
    times : numpy.ndarray
        Sampling times in ms.
    bin_ms : float
    bins : int
    ap_times, potential : numpy.ndarray
        Action potential relative to activation; at rest before, at its last value after.

    Returns
    -------
    numpy.ndarray of float32, shape (bin, time)
    """
    lag = times - np.arange(bins)[:, None] * bin_ms
    return np.interp(lag, ap_times, potential).astype(np.float32)


def body_surface_potentials(
    activation_ms: NDArray,
    field: NDArray[np.float32],
    group: NDArray[np.int_],
    convolution: NDArray[np.float32],
    bin_ms: float,
) -> NDArray[np.float32]:
    """BSP of some beats.

    Parameters
    ----------
    activation_ms : numpy.ndarray, shape (beat, voxel)
    field : numpy.ndarray of float32, shape (voxel, electrode)
        See `lead_field`.
    group : numpy.ndarray of int, shape (voxel,)
        Which action potential each voxel has.
    convolution : numpy.ndarray of float32, shape (group, bin, time)
        See `convolution_matrix`; mV. The last bin lies beyond the latest activation.
    bin_ms : float

    Returns
    -------
    numpy.ndarray of float32, shape (beat, electrode, time)
        mV.

    Raises
    ------
    InputError
        If a wave takes longer than the bins reach.
    """
    position = (activation_ms * (1 / bin_ms)).astype(np.float32)
    needed = int(position.max()) + 2
    if needed > convolution.shape[1]:
        raise InputError(
            f"the latest activation, {activation_ms.max():.0f} ms, lies beyond the sampled window of "
            f"{convolution.shape[1] * bin_ms:.0f} ms; raise bsp.samples"
        )
    histograms = _weighted_histograms(position, field, group, len(convolution), needed)
    reached = convolution[:, :needed].reshape(-1, convolution.shape[2])
    return np.matmul(histograms.transpose(0, 2, 1), reached)


@numba.njit(cache=True, fastmath=True)
def _weighted_histograms(position, field, group, groups, bins):
    """Lead field summed into bins of activation time, each voxel shared by its two nearest bins.

    Shape (beat, group and bin, electrode). Electrodes lie side by side in memory, and a block of the field
    serves all beats while it is in the cache.
    """
    beats, voxels = position.shape
    electrodes = field.shape[1]
    histograms = np.zeros((beats, groups * bins, electrodes), np.float32)
    for first in range(0, voxels, BLOCK):
        for beat in range(beats):
            histogram = histograms[beat]
            for voxel in range(first, min(first + BLOCK, voxels)):
                low = int(position[beat, voxel])
                upper_share = position[beat, voxel] - np.float32(low)
                lower_share = np.float32(1) - upper_share
                low += group[voxel] * bins
                row, lower, upper = field[voxel], histogram[low], histogram[low + 1]
                for electrode in range(electrodes):  # two loops, so that the compiler vectorises both
                    lower[electrode] += row[electrode] * lower_share
                for electrode in range(electrodes):
                    upper[electrode] += row[electrode] * upper_share
    return histograms
