"""Velocity maps."""

from pathlib import Path

import numpy as np

from ecgi.io.volumes import write_volume

from .entries import PHANTOM, Entry, case, cut, phantom


def velocity(values, name="velocity.nii.gz", edit=None):
    """An image of velocities on the phantom's grid, its bytes edited."""

    def write():
        heart = phantom()
        write_volume(name, np.where(heart.wall, values, 0.0) * np.ones(heart.labels.shape), heart.affine)
        if edit:
            Path(name).write_bytes(edit(Path(name).read_bytes()))
        return case({**PHANTOM, "velocity_map": name})

    return write


def elsewhere():
    heart = phantom()
    affine = heart.affine.copy()
    affine[:3, 3] += 500
    write_volume("velocity.nii.gz", np.where(heart.wall, 0.6, 0.0), affine)
    return case({**PHANTOM, "velocity_map": "velocity.nii.gz"})


VELOCITIES = [
    Entry("velocities cut short", velocity(0.6, "velocity.nii", cut), "velocity.nii: cut short"),
    Entry("velocities of zero size", velocity(0.6, edit=lambda data: b""), "is empty"),
    Entry("velocities in cm/s", velocity(60.0), "velocities up to 60; it must be in m/s"),
    Entry("velocities of NaN", velocity(np.nan), "wall voxels no positive velocity"),
    Entry("infinite velocities", velocity(np.inf), "wall voxels no positive velocity"),
    Entry("negative velocities", velocity(-0.6), "wall voxels no positive velocity"),
    Entry("velocities of another place", elsewhere, "wall voxels no positive velocity"),
    Entry(
        "velocities that are not there",
        lambda: case({**PHANTOM, "velocity_map": "nowhere.nii"}),
        "velocity_map 'nowhere.nii' is no file",
    ),
]
