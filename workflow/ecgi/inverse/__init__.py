"""Inverse methods: from BSP to an ensemble of activation maps.

Every method is fitted on training beats and then has

    predict(bsp, grid, electrodes, lead_field, samples, seed)

bsp : (beat, electrode, sample) in mV; grid : `grid.MapGrid`; electrodes : (electrode, 3) in mm;
lead_field : (voxel, electrode) or None for methods that do not use it; samples : int, maps per beat;
seed : int. It returns maps (draw, beat, slice, y, x) in ms; a method without randomness gives one
draw. A method refuses hearts and electrode layouts that it can't take.

Physics-based methods (`PHYSICS`) are not fitted and take any heart; they have

    predict(bsp, heart, samples, seed)

with a `Heart` in place of grid, electrodes and lead field, and return maps (draw, beat, voxel) in ms on
the heart's wall.
"""

from .baselines import KernelRidge, NearestNeighbour, TrainingMean
from .classical import Classical
from .generative import GenerativeInverse
from .heart import Heart
from .search import PhysicsSearch

BASELINES = {
    "training_mean": TrainingMean,
    "nearest_neighbour": NearestNeighbour,
    "kernel_ridge": KernelRidge,
    "kernel_ridge_blends": KernelRidge,
}
PHYSICS = {
    "physics_search": PhysicsSearch(),
    "tikhonov": Classical("tikhonov"),
    "tsvd": Classical("tsvd", order=0),
    "greensite": Classical("greensite", order=0),
}

__all__ = [
    "BASELINES",
    "PHYSICS",
    "Classical",
    "GenerativeInverse",
    "Heart",
    "KernelRidge",
    "NearestNeighbour",
    "PhysicsSearch",
    "TrainingMean",
]
