"""Inverse methods that are not fitted and take any heart.

They have

    predict(bsp, heart, samples, seed)

bsp : (beat, electrode, sample) in mV; heart : `base.Heart`; samples : int, maps per beat; seed : int.
It returns maps (sample, beat, voxel) in ms on the heart's wall; a method without randomness gives one sample.
"""

from .baselines import KernelRidge, NearestNeighbour, TrainingMean
from .classical import Classical
from .search import MeanOfSites, PhysicsSearch

PHYSICS: dict[str, MeanOfSites | PhysicsSearch | Classical] = {
    "mean_of_sites": MeanOfSites(),
    "physics_search": PhysicsSearch(),
    "tikhonov": Classical("tikhonov"),
    "tsvd": Classical("tsvd", order=0),
    "greensite": Classical("greensite", order=0),
}

BASELINES = {
    "training_mean": TrainingMean,
    "nearest_neighbour": NearestNeighbour,
    "kernel_ridge": KernelRidge,
    "kernel_ridge_blends": KernelRidge,
}
