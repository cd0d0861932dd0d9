"""Place a beat measured on a heart alone, and one of the measured heart, and compute what is around them."""

import numpy as np

from ecgi.core.jobs import start
from ecgi.data.measured import read_lone_beat
from ecgi.evaluation.placed import own_beat, placed
from ecgi.inverse.heart_pose import Pose
from ecgi.io import stores
from ecgi.physics.heart_transfer import MATRICES

if __name__ == "__main__":
    start(snakemake)
    given, params, output = snakemake.input, snakemake.params, snakemake.output
    beats, settings = stores.read(given.beats).load(), params.settings
    lone = read_lone_beat(dict(zip(params.names, given.files, strict=True)), settings)
    pose = Pose(np.array(settings["shift_mm"]), np.radians(settings["rotation_degrees"]), 1.0, np.nan)
    filed = Pose(np.zeros(3), np.zeros(3), 1.0, np.nan)
    given_to_methods = (
        settings["nodes"],
        settings["moved_mm"],
        {name: MATRICES[name] for name in params.matrices},
    )
    for path, beat, at in ((output.beats, lone, pose), (output.own, own_beat(beats), filed)):
        found = placed(beats, beat, at, *given_to_methods)
        stores.write(path, *stores.parts_of(found), stores.provenance(params.provenance))
