"""3-D view of a recorded beat: its potentials, and the map that each method predicts from it."""

from collections.abc import Sequence

import numpy as np
import xarray as xr
from numpy.typing import NDArray

from ...anatomy.heart import Anatomy
from ...anatomy.interpolation import at_points, fill_wall
from ...anatomy.wall_surface import wall_surface
from ...evaluation.goodness_of_fit import fit_of_prediction
from ...evaluation.uncertainty import mean_and_spread
from ..export import earliest_sites
from ..shapes import electrode_sheet
from ..site_sentences import distances_of_samples, sentences_of
from .case_page import TRIANGLES
from .heart_page import Beat, Map, Site, page


def subject_view(
    anatomy: Anatomy, predictions: Sequence[xr.Dataset], recording: xr.Dataset, colours: str
) -> str:
    """HTML page with predicted maps in 3-D, and the recording they were made from.

    Parameters
    ----------
    anatomy : Anatomy
        Heart in its short-axis frame.
    predictions : sequence of xarray.Dataset
        By each method: ``activation_time`` (sample, voxel) in ms, ``bsp`` (sample, electrode, time) and
        ``bsp_recorded`` (electrode, time) in mV, ``name`` (electrode); attributes ``case`` and ``method``.
    recording : xarray.Dataset
        ``electrode_position`` (electrode, axis) of all leads, and their ``name``.
    colours : {"ep", "colour_blind_safe"}
        See `colours.OF_PATIENTS`.

    Returns
    -------
    str
        HTML, see `heart_page.page`.
    """
    first = predictions[0]
    wall = anatomy.positions(anatomy.wall)
    surface = wall_surface(anatomy, TRIANGLES)
    used = recording.isel(electrode=recording["name"].isin(first["name"].values).values)
    maps = {one.attrs["method"]: _map(anatomy, one, wall, surface.points) for one in predictions}
    return page(
        f"Activation of {first.attrs['case']}",
        [
            f"Recording {recording.attrs['recording']}. "
            "How far to trust the map of a method stands in its summary.pdf.",
            "Experiment {experiment}, ecgi {ecgi_version}.".format(**first.attrs),
        ],
        surface,
        electrode_sheet(used["electrode_position"].values, wall.mean(0)),
        first["name"].values.tolist(),
        first["time"].values,
        {"1": Beat("recorded", first["bsp_recorded"].values, None, maps)},
        anatomy.affine[:3, :3] / anatomy.spacing,
        colours,
    )


def _map(anatomy: Anatomy, prediction: xr.Dataset, wall: NDArray, points: NDArray) -> Map:
    """Map of a prediction at points of the surface, with its site and the BSP that it gives."""
    samples = prediction["activation_time"].values
    mean, spread = mean_and_spread(samples)
    times, sd = at_points(
        points, wall, fill_wall(np.stack([mean, spread if len(samples) > 1 else mean]), wall)
    )
    sites = earliest_sites(samples, wall)
    name, sentences = sentences_of(anatomy, sites)
    position = sites.loc[0, ["x_mm", "y_mm", "z_mm"]].to_numpy(float)
    simulated = fit_of_prediction(prediction).amplitude * prediction["bsp"].values.mean(0)
    return Map(
        times,
        sd if len(samples) > 1 else None,
        Site(position, name.part, sentences, distances_of_samples(sites)),
        simulated,
    )
