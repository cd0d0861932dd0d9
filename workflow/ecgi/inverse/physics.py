"""Inverse methods that are not fitted and take any heart.

They have

    predict(bsp, heart, samples, seed)

bsp : (beat, electrode, sample) in mV; heart : `heart.Heart`; samples : int, maps per beat; seed : int.
It returns maps (draw, beat, voxel) in ms on the heart's wall; a method without randomness gives one draw.
"""

from .classical import Classical
from .search import MeanOfSites, PhysicsSearch

PHYSICS: dict[str, MeanOfSites | PhysicsSearch | Classical] = {
    "mean_of_sites": MeanOfSites(),
    "physics_search": PhysicsSearch(),
    "tikhonov": Classical("tikhonov"),
    "tsvd": Classical("tsvd", order=0),
    "greensite": Classical("greensite", order=0),
}
