"""The heart in the chest with its electrodes and slices."""

import numpy as np

from ecgi import figures, logs, shapes, store, volume

TRIANGLES = 6000  # of the drawn surface


if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    heart = store.read(snakemake.input.dataset)
    position = heart["position"].values
    corners = ((0, 0), (0, -1), (-1, -1), (-1, 0), (0, 0))
    surface = shapes.wall_surface(volume.read_anatomy(snakemake.input.labels), TRIANGLES)
    figures.heart(
        snakemake.output,
        *surface,
        heart["electrode_position"].values,
        [np.array([plane[row, column] for row, column in corners]) for plane in position],
        heart["tissue"].values,
        figures.extent_of(heart["x"].values, heart["y"].values),
        heart["z"].values,
    )
