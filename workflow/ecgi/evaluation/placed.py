"""A beat measured on a heart, placed in a torso: semi-synthetic potentials around it."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import xarray as xr

from ..anatomy.torso_shapes import remeshed
from ..anatomy.triangles import Shape, project
from ..anatomy.triangulation import graph_laplacian
from ..data.measured import LoneBeat, notes_on_geometry
from ..inverse.heart_pose import posed
from ..physics.heart_transfer import boundary_elements
from .measured import BEFORE, BESIDE, Measured
from .reconstruction import Recorded, filled, noisy

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from numpy.typing import NDArray

    from ..inverse.heart_pose import Pose
    from .measured import Matrix

PLACES = ("exact", "moved")  # of the coarser surface


def own_beat(beats: xr.Dataset) -> LoneBeat:
    """The heart that was measured in the torso, in the beat that choices are made on, as a heart alone.

    Parameters
    ----------
    beats : xarray.Dataset
        See `ecgi.data.measured.MeasuredBeats.as_store`.

    Returns
    -------
    LoneBeat
        Where it is filed.
    """
    first = beats.isel(beat=BEFORE)
    return LoneBeat(
        Shape(beats["heart_point"].values.astype(float), beats["heart_triangle"].values),
        first["heart_potential"].values.astype(float),
        first["heart_mean"].values.astype(float),
        beats["frame"].values,
        1000 / float(np.diff(beats["time"].values).mean()),
        [],
    )


def placed(
    beats: xr.Dataset,
    lone: LoneBeat,
    pose: Pose,
    nodes: int,
    moved_mm: Sequence[float],
    matrices: Mapping[str, Matrix],
) -> xr.Dataset:
    """Place a heart in a torso, and compute what methods are given.

    Parameters
    ----------
    beats : xarray.Dataset
        Torso and electrodes, see `ecgi.data.measured.MeasuredBeats.as_store`.
    lone : LoneBeat
    pose : Pose
        From its own frame into the torso's.
    nodes : int
        Points, about, of the coarser surface that methods are given.
    moved_mm : sequence of 3 float
        Movement of that surface from where the heart is.
    matrices : mapping of str to callable
        From torso, heart and electrodes to a transfer matrix, for the methods.

    Returns
    -------
    xarray.Dataset
        ``heart_potential`` (node, frame) and ``heart_mean`` (frame) as measured; ``torso_potential``
        (electrode, frame), computed from it by boundary elements, without noise; ``transfer`` (place, matrix,
        electrode, coarse_node) from a coarser surface of the heart, where it is (``exact``) and moved;
        ``to_nodes`` (node, coarse_node) and ``to_coarse`` (coarse_node, node), which interpolate between the
        surfaces; the surfaces ``heart_point``, ``heart_triangle``, ``coarse_point``, ``coarse_triangle``.

    Raises
    ------
    InputError
        If the heart is not inside the torso, where it is or moved.
    """
    torso = Shape(beats["torso_point"].values.astype(float), beats["torso_triangle"].values)
    used = ~np.isnan(beats["torso_potential"].values).any((0, 2))
    electrodes = beats["electrode_position"].values.astype(float)[used]
    heart = posed(lone.heart, pose)
    print(*notes_on_geometry(torso, heart, electrodes), *lone.notes, sep="\n")
    coarse = remeshed(heart, nodes, True, "heart")
    moved = Shape(coarse.points + np.array(moved_mm), coarse.triangles)
    print("moved", *notes_on_geometry(torso, moved, electrodes)[1:])
    places = [coarse, moved]
    whole = filled(lone.heart_mv, graph_laplacian(heart.triangles, len(heart.points)))
    return xr.Dataset(
        {
            "heart_potential": (("node", "frame"), lone.heart_mv),
            "heart_mean": ("frame", lone.heart_mean_mv),
            "torso_potential": (
                ("electrode", "frame"),
                boundary_elements(torso, heart, electrodes) @ whole,
            ),
            "transfer": (
                ("place", "matrix", "electrode", "coarse_node"),
                np.array([[of(torso, at, electrodes) for of in matrices.values()] for at in places]),
            ),
            "to_nodes": (("node", "coarse_node"), _between(coarse, heart.points)),
            "to_coarse": (("coarse_node", "node"), _between(heart, coarse.points)),
            "heart_point": (("node", "axis"), heart.points),
            "heart_triangle": (("heart_face", "corner"), heart.triangles),
            "coarse_point": (("coarse_node", "axis"), coarse.points),
            "coarse_triangle": (("coarse_face", "corner"), coarse.triangles),
        },
        {
            "place": list(PLACES),
            "matrix": list(matrices),
            "frame": lone.frames,
            "time": ("frame", 1000 / lone.rate_hz * lone.frames),
        },
    )


def placed_beat(store: xr.Dataset, qrs: Sequence[int], snr_db: float, rng: np.random.Generator) -> Measured:
    """Frames of a placed beat that are used, with noise at the electrodes.

    Parameters
    ----------
    store : xarray.Dataset
        See `placed`.
    qrs : sequence of 2 int
        First and last frame that is scored, after the onset.
    snr_db : float
        Of the potentials at the electrodes.
    rng : numpy.random.Generator

    Returns
    -------
    Measured
        The beat takes the place of both, as nothing is chosen on another one of this heart.
    """
    kept = store.sel(frame=slice(qrs[0] - BESIDE, qrs[1] + BESIDE))
    heart_mv = kept["heart_potential"].values.astype(float)
    scored = ~np.isnan(heart_mv).any(1)
    laplacian = graph_laplacian(store["heart_triangle"].values, len(scored))
    beat = Recorded(noisy(kept["torso_potential"].values.astype(float), snr_db, rng), heart_mv[scored])
    frames = kept["frame"].values
    return Measured(
        (beat, beat),
        np.stack([filled(heart_mv, laplacian)] * 2),
        np.stack([kept["heart_mean"].values.astype(float)] * 2),
        np.ones(len(beat.torso_mv), bool),
        scored,
        laplacian,
        kept["time"].values.astype(float),
        (frames >= qrs[0]) & (frames <= qrs[1]),
    )


def _between(surface: Shape, points: NDArray) -> NDArray:
    """Linear interpolation from the nodes of a surface to its points nearest to others, (point, node)."""
    found = project(surface, points)
    weights = np.zeros((len(points), len(surface.points)))
    np.put_along_axis(weights, surface.triangles[found.triangle], found.shares, 1)
    return weights
