"""3-D view of a heart of the experiment: some of its test beats and their predictions."""

from collections.abc import Iterable, Mapping

import pandas as pd
import xarray as xr
from numpy.typing import NDArray

from ...anatomy.heart import Anatomy
from ...anatomy.interpolation import at_points
from ...anatomy.wall_surface import wall_surface
from ..shapes import electrode_sheet, stacked_slices
from .heart_page import Beat, Prediction, page

BEATS = 5  # at most
TRIANGLES = 16000  # of the surface


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
    simulated = list(beats)
    test = dataset.isel(beat=dataset["split"].values == "test")["beat"].values[:BEATS]
    shown = {}
    for beat in test.tolist():
        sample = dataset.sel(beat=beat)
        shown[str(beat)] = Beat(
            kinds[beat].replace("_", " "),
            at_points(surface.points, wall, wall_times(simulated, beat)),
            sample["bsp"].values,
            sample["activation_time"].values[mask],
            {name: summarised(prediction, beat, mask) for name, prediction in predictions.items()},
        )
    return page(
        f"Heart {dataset.attrs['case']}",
        [
            "Simulated test beats under the nominal condition; of trained methods, the first seed.",
            "Experiment {experiment}, seed {seed}, ecgi {ecgi_version}.".format(**dataset.attrs),
        ],
        surface,
        electrode_sheet(electrodes[["x_mm", "y_mm", "z_mm"]].to_numpy(), wall.mean(0)),
        electrodes["name"].tolist(),
        dataset["time"].values,
        shown,
        stacked_slices(dataset["position"].values, mask) if predictions else None,
        anatomy.affine[:3, :3] / anatomy.spacing,
    )


def summarised(prediction: xr.Dataset, beat: int, mask: NDArray) -> Prediction:
    """Mean and SD over the samples of a beat, on the pixels of a mask.

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
    Prediction
        Without an SD if there is only one sample.
    """
    samples = prediction["activation_time"].sel(beat=beat).values[:, mask]
    return Prediction(samples.mean(0), samples.std(0, ddof=1) if len(samples) > 1 else None)


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
