"""3-D view of a heart of the experiment: some of its test beats and their predictions."""

from collections.abc import Iterable, Mapping

import numpy as np
import pandas as pd
import xarray as xr
from numpy.typing import NDArray
from scipy.spatial import KDTree

from ...anatomy.heart import Anatomy
from ...anatomy.interpolation import at_points
from ...anatomy.site_names import name_sites
from ...anatomy.wall_surface import wall_surface
from ...evaluation.sites import earliest_site
from ...evaluation.uncertainty import mean_and_spread
from ..export import earliest_sites
from ..shapes import electrode_sheet
from ..site_sentences import distances_of_samples
from .heart_page import Beat, Map, Site, page

BEATS = 5  # at most
TRIANGLES = 16000  # of the surface
REACH = 0.75  # of the distance between slices, from their pixels, up to which the surface has their values


def case_page(
    anatomy: Anatomy,
    dataset: xr.Dataset,
    beats: Iterable[xr.Dataset],
    kinds: Mapping[int, str],
    electrodes: pd.DataFrame,
    predictions: Mapping[str, xr.Dataset],
) -> str:
    """HTML page with the first test beats of a heart in 3-D.

    Parameters
    ----------
    anatomy : Anatomy
        Heart in its short-axis frame.
    dataset : xarray.Dataset
        Dataset of the heart.
    beats : iterable of xarray.Dataset
        Chunks of simulated beats: ``activation_time`` (beat, voxel) in ms.
    kinds : mapping of int to str
        Kind of each beat.
    electrodes : pandas.DataFrame
        Columns name, x_mm, y_mm and z_mm (patient RAS).
    predictions : mapping of str to xarray.Dataset
        Predictions by each method.

    Returns
    -------
    str
        HTML, see `heart_page.page`.
    """
    wall = anatomy.positions(anatomy.wall)
    surface = wall_surface(anatomy, TRIANGLES)
    mask = dataset["tissue"].values > 0
    pixels = dataset["position"].values[mask]
    far = KDTree(pixels).query(surface.points)[0] > reach_of(dataset["position"].values)
    simulated = list(beats)
    test = dataset.isel(beat=dataset["split"].values == "test")["beat"].values[:BEATS]
    shown = {}
    for beat in test.tolist():
        sample = dataset.sel(beat=beat)
        times, truth = wall_times(simulated, beat), sample["activation_time"].values[mask]
        maps = {name: samples_of(prediction, beat, mask) for name, prediction in predictions.items()}
        sites = named_sites(anatomy, earliest_site(times, wall), maps, pixels)
        shown[str(beat)] = Beat(
            kinds[beat].replace("_", " "),
            sample["bsp"].values,
            Map(at_points(surface.points, wall, times), site=sites.pop("")),
            {
                name: on_surface(surface.points, pixels, samples, truth, far)._replace(site=sites[name])
                for name, samples in maps.items()
            },
        )
    return page(
        f"Beats of {dataset.attrs['case']}",
        [
            "Simulated test beats under the nominal condition; of trained methods, the first seed. "
            "Methods predict pixels of slices, which are carried to the surface of the wall; it is grey "
            "where there is no slice.",
            "Experiment {experiment}, seed {seed}, ecgi {ecgi_version}.".format(**dataset.attrs),
        ],
        surface,
        electrode_sheet(electrodes[["x_mm", "y_mm", "z_mm"]].to_numpy(), wall.mean(0)),
        electrodes["name"].tolist(),
        dataset["time"].values,
        shown,
        anatomy.affine[:3, :3] / anatomy.spacing,
        "colour_blind_safe",
    )


def samples_of(prediction: xr.Dataset, beat: int, mask: NDArray) -> NDArray:
    """Samples of a beat on the pixels of a mask.

    Parameters
    ----------
    prediction : xarray.Dataset
        ``activation_time`` (sample, beat, slice, y, x) in ms.
    beat : int
        Number of the beat.
    mask : numpy.ndarray of bool, shape (slice, y, x)
        Pixels of the wall.

    Returns
    -------
    numpy.ndarray, shape (sample, pixel)
        ms.
    """
    return prediction["activation_time"].sel(beat=beat).values[:, mask]


def on_surface(points: NDArray, positions: NDArray, samples: NDArray, truth: NDArray, far: NDArray) -> Map:
    """Mean, SD and error over samples at points of a surface.

    Parameters
    ----------
    points : numpy.ndarray, shape (point, 3)
        Patient RAS, mm.
    positions : numpy.ndarray, shape (pixel, 3)
        Where the samples have values, patient RAS in mm.
    samples : numpy.ndarray, shape (sample, pixel)
        Activation times in ms.
    truth : numpy.ndarray, shape (pixel,)
        True activation times in ms.
    far : numpy.ndarray of bool, shape (point,)
        Points that get no value.

    Returns
    -------
    Map
        Without an SD if there is only one sample.
    """
    mean, sd = mean_and_spread(samples)
    carried = at_points(points, positions, np.stack([mean, sd, mean - truth]))
    mean, sd, error = np.where(far, np.nan, carried)
    return Map(mean, sd if len(samples) > 1 else None, error=error)


def named_sites(
    anatomy: Anatomy, true: NDArray, maps: Mapping[str, NDArray], pixels: NDArray
) -> dict[str, Site]:
    """Earliest sites of a simulated beat and of its predictions, with their names.

    Parameters
    ----------
    anatomy : Anatomy
        Heart in its short-axis frame.
    true : numpy.ndarray, shape (3,)
        Site of the simulated beat, patient RAS in mm.
    maps : mapping of str to numpy.ndarray, shape (sample, pixel)
        Samples by method, in ms.
    pixels : numpy.ndarray, shape (pixel, 3)
        Patient RAS, mm.

    Returns
    -------
    dict of str to Site
        The simulated one under an empty name, the others by method.
    """
    tables = {method: earliest_sites(samples, pixels) for method, samples in maps.items()}
    positions = [true, *(table.loc[0, ["x_mm", "y_mm", "z_mm"]].to_numpy(float) for table in tables.values())]
    names = name_sites(anatomy, np.array(positions))
    sites = {"": Site(true, names[0].part, [names[0].part])}
    for (method, table), position, name in zip(tables.items(), positions[1:], names[1:], strict=True):
        away = f"{np.linalg.norm(position - true):.0f} mm from the simulated site"
        sites[method] = Site(position, name.part, [name.part, away], distances_of_samples(table))
    return sites


def reach_of(positions: NDArray) -> float:
    """Distance from the pixels of slices in mm up to which a surface has their values.

    Parameters
    ----------
    positions : numpy.ndarray, shape (slice, y, x, 3)
        Pixel centres, mm.

    Returns
    -------
    float
    """
    gap = np.linalg.norm(np.diff(positions[:, 0, 0], axis=0), axis=1).max(initial=0)
    pixel = float(np.linalg.norm(positions[0, 0, 1] - positions[0, 0, 0]))
    return max(REACH * float(gap), 2 * pixel)


def wall_times(simulated: Iterable[xr.Dataset], beat: int) -> NDArray:
    """Activation times of a beat at the wall voxels.

    Parameters
    ----------
    simulated : iterable of xarray.Dataset
        Chunks of simulated beats: ``activation_time`` (beat, voxel) in ms.
    beat : int
        Number of the beat.

    Returns
    -------
    numpy.ndarray, shape (voxel,)
        ms.
    """
    times = (chunk["activation_time"] for chunk in simulated)
    return next(chunk for chunk in times if beat in chunk["beat"]).sel(beat=beat).values
