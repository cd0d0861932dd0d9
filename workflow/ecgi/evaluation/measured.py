"""Measured beats as the methods use them, and the transfer matrices between heart and torso."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
import xarray as xr

from ..anatomy.triangles import Shape
from ..anatomy.triangulation import graph_laplacian, with_lids
from ..data.measured import referenced_to_mean
from ..inverse.heart_pose import Pose, fit_pose, posed
from ..physics.heart_transfer import boundary_elements
from .electrograms import blocks_of
from .reconstruction import Problem, Recorded, filled, relative_error

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

BESIDE = 3  # frames before and after those that are scored, for slopes at their ends
BEFORE, SCORED = 0, 1  # index of the beat that choices are made on and of the beat that is scored
POSES = ("filed", "fitted")  # of the heart

Matrix = Callable[[Shape, Shape, "NDArray"], "NDArray"]


class Measured(NamedTuple):
    """Beats of a measurement in the frames and leads that are used.

    Attributes
    ----------
    beats : tuple of 2 Recorded
        The one that choices are made on, and the one that is scored.
    whole_mv : numpy.ndarray, shape (beat, node, frame)
        Potentials of all nodes, bad ones from their neighbours.
    mean_mv : numpy.ndarray, shape (beat, frame)
        What was taken off the heart's potentials.
    used, scored : numpy.ndarray of bool
        Electrodes, shape (electrode,), and nodes, shape (node,), that are not bad.
    laplacian : numpy.ndarray, shape (node, node)
        Of the graph of neighbouring nodes.
    times : numpy.ndarray, shape (frame,)
        ms after the onset.
    within : numpy.ndarray of bool, shape (frame,)
        Frames over which potentials are scored; activation times are looked for `BESIDE` frames further.
    """

    beats: tuple[Recorded, Recorded]
    whole_mv: NDArray
    mean_mv: NDArray
    used: NDArray[np.bool_]
    scored: NDArray[np.bool_]
    laplacian: NDArray
    times: NDArray
    within: NDArray[np.bool_]


def measured_of(store: xr.Dataset, qrs: Sequence[int]) -> Measured:
    """Frames and leads of measured beats that are used.

    Parameters
    ----------
    store : xarray.Dataset
        See `ecgi.data.measured.MeasuredBeats.as_store`.
    qrs : sequence of 2 int
        First and last frame that is scored, after the onset.

    Returns
    -------
    Measured
    """
    kept = store.sel(frame=slice(qrs[0] - BESIDE, qrs[1] + BESIDE))
    around, heart = kept["torso_potential"].values.astype(float), kept["heart_potential"].values.astype(float)
    used, scored = ~np.isnan(around).any((0, 2)), ~np.isnan(heart).any((0, 2))
    laplacian = graph_laplacian(store["heart_triangle"].values, len(scored))
    frames = kept["frame"].values
    first, second = (Recorded(around[beat][used], heart[beat][scored]) for beat in (BEFORE, SCORED))
    return Measured(
        (first, second),
        np.stack([filled(potentials, laplacian) for potentials in heart]),
        kept["heart_mean"].values.astype(float),
        used,
        scored,
        laplacian,
        kept["time"].values.astype(float),
        (frames >= qrs[0]) & (frames <= qrs[1]),
    )


def transfers(
    store: xr.Dataset, measured: Measured, matrices: Mapping[str, Matrix], blocks: int
) -> xr.Dataset:
    """Transfer matrices with the heart as filed, and moved so that its potentials explain the torso's best.

    Parameters
    ----------
    store : xarray.Dataset
        See `measured_of`.
    measured : Measured
        Its beat that choices are made on gives the pose, by the first of the matrices.
    matrices : mapping of str to callable
        From torso, heart and electrodes to a transfer matrix, (electrode, node).
    blocks : int
        Spatial blocks of electrodes, of which every other one checks the fit.

    Returns
    -------
    xarray.Dataset
        ``transfer`` (pose, matrix, electrode, node), ``heart_point`` (pose, node, axis), and as attributes
        the fitted shift, rotation and scale, and ``held_out_error``: the relative error at every other block
        of electrodes, of the heart as filed and as fitted to the blocks between them. Where the open surface
        of the heart is known, ``transfer_lids`` (pose, electrode, node), by boundary elements with lids.
    """
    torso, heart = (
        Shape(store[f"{of}_point"].values.astype(float), store[f"{of}_triangle"].values)
        for of in ("torso", "heart")
    )
    electrodes = store["electrode_position"].values.astype(float)
    matrix_of = next(iter(matrices.values()))
    heart_mv = measured.whole_mv[BEFORE][:, measured.within]
    torso_mv = measured.beats[BEFORE].torso_mv[:, measured.within]
    used = electrodes[measured.used]

    def fitted(kept: NDArray[np.bool_]) -> Pose:
        around = referenced_to_mean(torso_mv[kept])
        return fit_pose(heart, heart_mv, around, lambda moved: matrix_of(torso, moved, used[kept]))

    def error(moved: Shape, kept: NDArray[np.bool_]) -> float:
        computed = referenced_to_mean(matrix_of(torso, moved, used[kept]) @ heart_mv)
        return relative_error(computed, referenced_to_mean(torso_mv[kept]))

    half = blocks_of(used, blocks) % 2 == 0
    checked = posed(heart, fitted(half))
    pose = fitted(np.ones(len(used), bool))
    hearts = [heart, posed(heart, pose)]
    found = [[matrix(torso, moved, electrodes) for matrix in matrices.values()] for moved in hearts]
    variables = {
        "transfer": (("pose", "matrix", "electrode", "node"), np.array(found)),
        "heart_point": (("pose", "node", "axis"), np.stack([moved.points for moved in hearts])),
    }
    if "open_triangle" in store:
        opened = store["open_triangle"].values
        lidded = [_transfer_with_lids(torso, moved.points, opened, electrodes) for moved in hearts]
        variables["transfer_lids"] = (("pose", "electrode", "node"), np.array(lidded))
    return xr.Dataset(
        variables,
        {"pose": list(POSES), "matrix": list(matrices)},
        {
            "shift_mm": pose.shift_mm.tolist(),
            "rotation_degrees": np.degrees(pose.rotation).tolist(),
            "scale": pose.scale,
            "held_out_error": [error(moved, ~half) for moved in (heart, checked)],
        },
    )


def lids_of(measured: Measured, transfers: xr.Dataset) -> dict[tuple[str, str], Problem]:
    """Inverse problem of each pose of the heart whose base is closed by lids.

    Parameters
    ----------
    measured : Measured
    transfers : xarray.Dataset
        See `transfers`.

    Returns
    -------
    dict of (pose, ``"bem_lids"``) to Problem
        Empty if the open surface of the heart is not known.
    """
    if "transfer_lids" not in transfers:
        return {}
    named = transfers["transfer_lids"].expand_dims(matrix=["bem_lids"], axis=1)
    return problems_of(measured, named)


def problems_of(measured: Measured, transfers: xr.DataArray) -> dict[tuple[str, str], Problem]:
    """Inverse problem of each pose of the heart and each kind of transfer matrix.

    Parameters
    ----------
    measured : Measured
    transfers : xarray.DataArray
        ``transfer`` of `transfers`.

    Returns
    -------
    dict of (pose, matrix) to Problem
    """
    named = product(transfers["pose"].values.tolist(), transfers["matrix"].values.tolist())
    return {
        (pose, matrix): Problem(
            transfers.sel(pose=pose, matrix=matrix).values.astype(float)[measured.used],
            measured.laplacian,
            np.eye(len(measured.scored))[measured.scored],
        )
        for pose, matrix in named
    }


def _transfer_with_lids(
    torso: Shape, points: NDArray, triangles: NDArray[np.integer], electrodes: NDArray
) -> NDArray:
    """Transfer matrix of an open heart's nodes; the centre of a lid has the mean potential of its rim."""
    count = len(points)
    lids = with_lids(points, triangles)
    whole = boundary_elements(torso, Shape(lids.points, lids.triangles), electrodes)
    rim = -graph_laplacian(lids.triangles, len(lids.points))[count:, :count]
    transfer: NDArray = whole[:, :count] + whole[:, count:] @ (rim / rim.sum(1, keepdims=True))
    return transfer
