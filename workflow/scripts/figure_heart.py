"""The heart in the chest with its electrodes and slices."""

import numpy as np

from ecgi.anatomy.wall_surface import wall_surface
from ecgi.core import logs
from ecgi.io import stores, volumes
from ecgi.reporting.figures import heart as heart_figure
from ecgi.reporting.figures.style import extent_of

TRIANGLES = 6000  # of the drawn surface


if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    heart = stores.read(snakemake.input.dataset)
    position = heart["position"].values
    corners = ((0, 0), (0, -1), (-1, -1), (-1, 0), (0, 0))
    surface = wall_surface(volumes.read_anatomy(snakemake.input.labels), TRIANGLES)
    heart_figure.heart(
        snakemake.output,
        *surface,
        heart["electrode_position"].values,
        [np.array([plane[row, column] for row, column in corners]) for plane in position],
        heart["tissue"].values,
        extent_of(heart["x"].values, heart["y"].values),
        heart["z"].values,
    )
