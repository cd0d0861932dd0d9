"""A page that shows some test beats of a heart in 3-D, with what the methods made of them."""

import pandas as pd

from ecgi.anatomy.interpolation import at_points
from ecgi.anatomy.wall_surface import wall_surface
from ecgi.core import logs
from ecgi.io import stores, volumes
from ecgi.reporting import viewer
from ecgi.reporting.shapes import electrode_sheet, stacked_slices

BEATS = 5
TRIANGLES = 16000  # of the surface


def prediction_of(path, activation, mask):
    """Mean and SD of a method's samples for a beat, on the pixels of `mask`."""
    samples = stores.read(path)["activation_time"].sel(beat=activation).values[:, mask]
    return viewer.Prediction(samples.mean(0), samples.std(0, ddof=1) if len(samples) > 1 else None)


def wall_times(paths, activation):
    """Activation times of a beat on the voxels of the wall, from the store that holds it."""
    opened = (stores.read(path)["activation_time"] for path in paths)
    return next(times for times in opened if activation in times["beat"]).sel(beat=activation).values


if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    case = snakemake.wildcards.case
    anatomy = volumes.read_anatomy(snakemake.input.labels)
    dataset = stores.read(snakemake.input.dataset)
    kinds = pd.read_csv(snakemake.input.planned, sep="\t").set_index("beat")["kind"]
    electrodes = pd.read_csv(snakemake.input.electrodes, sep="\t")
    predictions = dict(zip(snakemake.params.methods, snakemake.input.predictions, strict=True))

    wall = anatomy.positions(anatomy.wall)
    heart = wall_surface(anatomy, TRIANGLES)
    mask = dataset["tissue"].values > 0
    test = dataset.isel(beat=dataset["split"].values == "test")["beat"].values[:BEATS]
    beats = {}
    for activation in test.tolist():
        sample = dataset.sel(beat=activation)
        beats[str(activation)] = viewer.Beat(
            kinds[activation].replace("_", " "),
            at_points(heart.points, wall, wall_times(snakemake.input.beats, activation)),
            sample["bsp"].values,
            sample["activation_time"].values[mask],
            {name: prediction_of(path, activation, mask) for name, path in predictions.items()},
        )
    page = viewer.page(
        f"Heart {case}",
        [
            "Simulated test beats under the nominal condition; of trained methods, the first seed.",
            "Experiment {experiment}, seed {seed}, ecgi {ecgi_version}.".format(**dataset.attrs),
        ],
        heart,
        electrode_sheet(electrodes[["x_mm", "y_mm", "z_mm"]].to_numpy(), wall.mean(0)),
        electrodes["name"].tolist(),
        dataset["time"].values,
        beats,
        stacked_slices(dataset["position"].values, mask) if predictions else None,
        anatomy.affine[:3, :3] / anatomy.spacing,
    )
    with open(snakemake.output[0], "w", encoding="utf-8") as file:
        file.write(page)
