"""Beats measured on a heart and around it at once: potentials with the geometry of both."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, NamedTuple

import numpy as np

from ..anatomy.triangles import Shape, cross, project, signed_distance
from ..anatomy.triangulation import areas, edge_counts
from ..core.errors import InputError, listed
from ..io.downloads import refuse_other_bytes
from ..io.recordings import read_recording
from ..io.surfaces import closed, read_surface, refuse_other_pieces

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from ..io.surfaces import Surface

ON_SURFACE_MM = 1.0  # farthest that an electrode may be from the torso's surface
FRAME: Literal["RAS"] = "RAS"  # of all files alike, so that any name of it does
LONG_MM = 25.0  # edges longer than this are named, as potentials between their ends are hardly known


class MeasuredBeats(NamedTuple):
    """Potentials of several beats on a heart and around it.

    Attributes
    ----------
    torso, heart : Shape
        Closed surfaces in one frame; the heart's points are its electrodes.
    electrodes : Shape
        Electrodes on the torso's surface, joined by triangles.
    open_triangles : numpy.ndarray of int, shape (triangle, 3), or None
        Of the heart without what closes its base, if that is known.
    torso_mv : numpy.ndarray, shape (beat, electrode, frame)
        NaN in bad electrodes; relative to the mean of the good ones at each instant.
    heart_mv : numpy.ndarray, shape (beat, node, frame)
        Likewise.
    heart_mean_mv : numpy.ndarray, shape (beat, frame)
        The mean that was taken off the heart's potentials.
    frames : numpy.ndarray of int, shape (frame,)
        After the onset of the beat.
    rate_hz : float
        Frames per second.
    notes : list of str
        How the recording was read, and what is unusual about the geometry.
    """

    torso: Shape
    heart: Shape
    electrodes: Shape
    open_triangles: NDArray[np.integer] | None
    torso_mv: NDArray
    heart_mv: NDArray
    heart_mean_mv: NDArray
    frames: NDArray[np.integer]
    rate_hz: float
    notes: list[str]

    def as_store(self) -> tuple[dict[str, tuple[tuple[str, ...], NDArray]], dict[str, Any]]:
        """Variables and coordinates of a store, see `ecgi.io.stores.write`."""
        variables: dict[str, tuple[tuple[str, ...], NDArray]] = {
            "torso_potential": (("beat", "electrode", "frame"), self.torso_mv),
            "heart_potential": (("beat", "node", "frame"), self.heart_mv),
            "heart_mean": (("beat", "frame"), self.heart_mean_mv),
            "electrode_position": (("electrode", "axis"), self.electrodes.points),
            "electrode_triangle": (("electrode_face", "corner"), self.electrodes.triangles),
            "torso_point": (("torso_node", "axis"), self.torso.points),
            "torso_triangle": (("torso_face", "corner"), self.torso.triangles),
            "heart_point": (("node", "axis"), self.heart.points),
            "heart_triangle": (("heart_face", "corner"), self.heart.triangles),
        }
        if self.open_triangles is not None:
            variables["open_triangle"] = (("open_face", "corner"), self.open_triangles)
        return variables, {"frame": self.frames, "time": ("frame", 1000 / self.rate_hz * self.frames)}


def read_measured(files: Mapping[str, str | Path], settings: Mapping[str, Any]) -> MeasuredBeats:
    """Read measured beats and check them.

    Parameters
    ----------
    files : mapping of str to path-like
        Files by their names.
    settings : mapping
        See `ecgi.config.measured.MeasuredCase`; ``sha256`` beside it, the hash of each file.

    Returns
    -------
    MeasuredBeats

    Raises
    ------
    InputError
        If a file is missing or not the one that is meant, or leads and surfaces don't fit together.
    """
    _refuse_other_files(files, settings)
    torso = _closed(_file(files, settings["torso"]), "torso")
    heart = _closed(_file(files, settings["heart"]["surface"]), "heart")
    electrodes = Shape(*read_surface(_file(files, settings["electrodes"]["surface"]), FRAME))
    notes = notes_on_geometry(torso, heart, electrodes.points)
    potentials = {}
    for kind, surface in (("electrodes", electrodes), ("heart", heart)):
        signals, times, of_leads = _signals(files, settings, kind, len(surface.points))
        notes += of_leads
        potentials[kind] = _beats(signals, settings, kind)
    return MeasuredBeats(
        torso,
        heart,
        electrodes,
        _open_triangles(files, settings["open_heart"], heart),
        referenced_to_mean(potentials["electrodes"]),
        referenced_to_mean(potentials["heart"]),
        np.nanmean(potentials["heart"], axis=1),
        *_frames(settings, times),
        notes,
    )


class LoneBeat(NamedTuple):
    """Potentials of a beat on a heart alone.

    Attributes
    ----------
    heart : Shape
        In its own frame, with lids; its first points are the electrodes, the others the lids' centres.
    heart_mv : numpy.ndarray, shape (node, frame)
        NaN in bad electrodes and centres of lids; relative to the mean of the others at each instant.
    heart_mean_mv : numpy.ndarray, shape (frame,)
        The mean that was taken off.
    frames : numpy.ndarray of int, shape (frame,)
        After the onset of the beat.
    rate_hz : float
        Frames per second.
    notes : list of str
        How the recording was read.
    """

    heart: Shape
    heart_mv: NDArray
    heart_mean_mv: NDArray
    frames: NDArray[np.integer]
    rate_hz: float
    notes: list[str]


def read_lone_beat(files: Mapping[str, str | Path], settings: Mapping[str, Any]) -> LoneBeat:
    """Read a beat measured on a heart alone.

    Parameters
    ----------
    files : mapping of str to path-like
        Files by their names.
    settings : mapping
        See `ecgi.config.measured.PlacedBeat`; ``sha256`` beside it, the hash of each file.

    Returns
    -------
    LoneBeat

    Raises
    ------
    InputError
        If a file is missing or not the one that is meant, or leads and surface don't fit together.
    """
    _refuse_other_files(files, settings)
    path = _file(files, settings["heart"]["surface"])
    surface = _whole(path, "heart")
    lids = closed(surface, path, "heart")
    count = len(surface.points)
    signals, times, notes = _signals(files, settings, "heart", count)
    potentials = np.full((len(lids.points), settings["window"][1] - settings["window"][0] + 1), np.nan)
    potentials[:count] = _window(signals, settings["onset"], settings, "heart")
    return LoneBeat(
        Shape(lids.points, lids.triangles),
        referenced_to_mean(potentials),
        np.nanmean(potentials, axis=0),
        *_frames(settings, times),
        notes,
    )


def referenced_to_mean(potentials: NDArray) -> NDArray:
    """Potentials relative to their mean over leads at each instant; bad leads, which are NaN, don't count.

    Parameters
    ----------
    potentials : numpy.ndarray, shape (..., lead, frame)

    Returns
    -------
    numpy.ndarray of the same shape
    """
    referenced: NDArray = potentials - np.nanmean(potentials, axis=-2, keepdims=True)
    return referenced


def notes_on_geometry(torso: Shape, heart: Shape, electrodes: NDArray) -> list[str]:
    """What is unusual about the geometry of a heart in a torso with electrodes.

    Parameters
    ----------
    torso, heart : Shape
        Closed; mm.
    electrodes : numpy.ndarray, shape (electrode, 3)
        mm.

    Returns
    -------
    list of str

    Raises
    ------
    InputError
        If the heart is not inside the torso, or an electrode not on its surface.
    """
    outside = signed_distance(torso, heart.points) >= 0
    if outside.any() or cross(torso, heart):
        raise InputError(
            f"measured: {outside.sum()} points of the heart lie outside the torso, or the surfaces cross; "
            "both must be in one frame and unit"
        )
    off = project(torso, electrodes).distance_mm
    if off.max() > ON_SURFACE_MM:
        raise InputError(
            f"measured: electrode {off.argmax() + 1} is {off.max():.1f} mm off the torso's surface; at most "
            f"{ON_SURFACE_MM:g} mm are right"
        )
    sides = np.linalg.norm(heart.corners - np.roll(heart.corners, 1, axis=1), axis=2)
    area = areas(*heart)
    long = area[sides.max(1) > LONG_MM].sum() / area.sum()
    return [
        f"torso: {len(torso.points)} nodes, {np.ptp(torso.points, axis=0).round()} mm, electrodes at most "
        f"{off.max():.2g} mm off it",
        f"heart: {len(heart.points)} nodes, {heart.volume / 1000:.0f} ml, "
        f"{-signed_distance(torso, heart.points).max():.0f} mm inside the torso; {long:.0%} of its area in "
        f"triangles with edges over {LONG_MM:g} mm, up to {sides.max():.0f} mm",
    ]


def _refuse_other_files(files: Mapping[str, str | Path], settings: Mapping[str, Any]) -> None:
    """Refuse files of other bytes than those that are meant."""
    for name, sha256 in settings["sha256"].items():
        refuse_other_bytes(files[name], sha256)


def _frames(settings: Mapping[str, Any], times: NDArray) -> tuple[NDArray[np.integer], float]:
    """Frames of the window after the onset, and frames per second."""
    frames = np.arange(settings["window"][0], settings["window"][1] + 1)
    return frames, 1000 / float(np.median(np.diff(times)))


def _file(files: Mapping[str, str | Path], name: str) -> Path:
    """File of a name, or of the other of a pair of SCIRun."""
    if name not in files:
        raise InputError(f"measured: {name} is none of its files, {listed(sorted(files))}")
    return Path(files[name])


def _closed(path: Path, what: str) -> Shape:
    """Closed surface in one piece whose points keep their order."""
    surface = _whole(path, what)
    counts = edge_counts(surface.triangles)[1]
    if (counts != 2).any():
        raise InputError(f"{path}: {(counts == 1).sum()} edges of one triangle; the {what} must be closed")
    return Shape(*surface)


def _whole(path: Path, what: str) -> Surface:
    """Surface in one piece whose points keep their order."""
    surface = read_surface(path, FRAME, what=what)
    refuse_other_pieces(surface, path, what)
    unused = len(surface.points) - len(np.unique(surface.triangles))
    if unused:
        raise InputError(f"{path}: {unused} points without a triangle; the {what} needs all its points")
    return surface


def _open_triangles(files: Mapping[str, str | Path], name: str, heart: Shape) -> NDArray[np.integer] | None:
    """Triangles of the open surface of a heart, whose points are those of the closed one."""
    if not name:
        return None
    surface = _whole(_file(files, name), "heart")
    if not np.array_equal(surface.points, heart.points):
        raise InputError(f"measured.open_heart: the points of {name} are not those of the closed surface")
    return surface.triangles


def _signals(
    files: Mapping[str, str | Path], settings: Mapping[str, Any], kind: str, count: int
) -> tuple[NDArray, NDArray, list[str]]:
    """Signals of the leads of a kind in mV, their times in ms, and notes; bad leads are NaN."""
    leads = settings[kind]
    channels = leads["channels"]
    table = (
        _file(files, channels) if isinstance(channels, str) else range(int(channels[0]) - 1, int(channels[1]))
    )
    names = [str(number) for number in range(1, count + 1)]
    path = _file(files, settings["recording"])
    signals, times, notes, _ = read_recording(path, names, settings["units"], settings["sampling_hz"], table)
    beyond = [number for number in leads["bad"] if number > count]
    if beyond:
        raise InputError(f"measured.{kind}.bad: there is no lead {beyond[0]}; there are {count}")
    signals[np.array(leads["bad"], int) - 1] = np.nan
    return signals, times, [f"{kind}: {note}" for note in notes]


def _beats(signals: NDArray, settings: Mapping[str, Any], kind: str) -> NDArray:
    """Windows of the beats relative to their baseline, shape (beat, lead, frame)."""
    onsets = settings["chosen_on"], settings["scored_on"]
    return np.stack([_window(signals, onset, settings, kind) for onset in onsets])


def _window(signals: NDArray, onset: int, settings: Mapping[str, Any], kind: str) -> NDArray:
    """Potentials of a beat relative to its baseline."""
    first, last = (onset + edge for edge in settings["window"])
    if first < 0 or last >= signals.shape[1]:
        raise InputError(
            f"measured: the beat of frames {first} to {last} is not in a recording of {signals.shape[1]} "
            "frames"
        )
    start = settings["window"][0]
    beat = signals[:, first : last + 1]
    baseline = beat[:, settings["baseline"][0] - start : settings["baseline"][1] - start + 1].mean(1)
    lost = np.isnan(beat).any(1) & ~np.isnan(beat).all(1)
    if lost.any():
        raise InputError(
            f"measured: lead {lost.argmax() + 1} of {kind} lacks samples in frames {first} to {last}; add it "
            "to bad"
        )
    relative: NDArray = beat - baseline[:, None]
    return relative
