"""The heart in the chest with its electrodes and slices."""

import numpy as np
import pyvista

from ecgi import figures, logs, store, volume

FACES = 6000  # of the drawn surface


def surface_of(anatomy):
    """Points in patient RAS and triangles of the wall's surface, thinned for drawing."""
    grid = pyvista.ImageData(dimensions=anatomy.wall.shape)
    grid["wall"] = anatomy.wall.astype(np.float32).ravel(order="F")
    surface = grid.contour([0.5], "wall").triangulate().smooth_taubin(n_iter=30)
    surface = surface.decimate(1 - min(1, FACES / surface.n_cells))
    points = surface.points @ anatomy.affine[:3, :3].T + anatomy.affine[:3, 3]
    return points, surface.regular_faces


if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    heart = store.read(snakemake.input.dataset)
    position = heart["position"].values
    corners = ((0, 0), (0, -1), (-1, -1), (-1, 0), (0, 0))
    points, faces = surface_of(volume.read_anatomy(snakemake.input.labels))
    figures.heart(
        snakemake.output,
        points,
        faces,
        heart["electrode_position"].values,
        [np.array([plane[row, column] for row, column in corners]) for plane in position],
        heart["tissue"].values,
        figures.extent_of(heart["x"].values, heart["y"].values),
        heart["z"].values,
    )
