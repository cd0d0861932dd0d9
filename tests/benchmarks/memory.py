"""Peak memory of what reads all hearts, over their number, on synthetic hearts of small grids.

    python tests/benchmarks/memory.py 50 200 1000

What is printed is the growth over the memory after imports, and its ratio to the raw data, so that it can be
scaled to other grids.
"""

import os
import resource
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np

from ecgi.data.normalisation import Normalisation
from ecgi.data.summary import summarise
from ecgi.io import checked_files, stores

BEATS, FRAME, ELECTRODES, SAMPLES, DRAWN = 10, (16, 16, 16), 32, 64, 10
SIGNALS = ("beat", "electrode", "time")
NORMALISATION = Normalisation(120.0, -1.0, 1.0, -0.2)


def write_heart(folder, number):
    """Dataset, summary and prediction of a heart."""
    rng, case = np.random.default_rng(number), f"heart{number:04d}"
    maps = rng.uniform(0, 120, (BEATS, *FRAME)).astype(np.float32)
    bsp = rng.uniform(-1, 1, (BEATS, ELECTRODES, SAMPLES)).astype(np.float32)
    split = np.array(["train"] * (BEATS - 2) + ["validation", "test"])
    places = rng.normal(size=(ELECTRODES, 3)).astype(np.float32)
    axes = ("slice", "y", "x")
    coordinates = {
        "beat": np.arange(BEATS),
        "split": ("beat", split),
        "kind": ("beat", np.array(["single_site"] * BEATS)),
        "z": ("slice", np.arange(16.0)),
        "y": np.arange(16.0),
        "x": np.arange(16.0),
    }
    stores.write(
        folder / f"{case}.zarr",
        {
            "activation_time": (("beat", *axes), maps),
            "bsp": (SIGNALS, bsp),
            "tissue": (axes, np.ones(FRAME, np.uint8)),
            "segment": (axes, np.ones(FRAME, np.uint8)),
            "position": ((*axes, "axis"), rng.normal(size=(*FRAME, 3)).astype(np.float32)),
            "electrode_position": (("electrode", "axis"), places),
        },
        coordinates,
        {"case": case, "is_volume": 1},
    )
    beats = {"beat": np.arange(BEATS), "split": ("beat", split)}
    drawn = np.broadcast_to(maps, (DRAWN, *maps.shape))
    stores.write(
        folder / f"{case}-predicted.zarr",
        {"activation_time": (("sample", "beat", *axes), drawn)},
        beats,
        {"case": case},
    )
    summary = summarise(case, np.arange(BEATS), split, maps, bsp, places)
    checked_files.write_json(folder / f"{case}.json", summary)


def describe(folder, count):
    """Split, normalisation and electrodes of all hearts."""
    from ecgi.data.description import describe as described

    return lambda: described(
        (checked_files.read_json(folder / f"heart{i:04d}.json") for i in range(count)), -0.2
    )


def score(folder, count):
    """Sums of the metrics of all predicted beats."""
    from ecgi.evaluation.scoring import score as scored

    def read(i):
        heart = stores.read(folder / f"heart{i:04d}.zarr").load()
        return "nominal", heart, heart, stores.read(folder / f"heart{i:04d}-predicted.zarr").load()

    return lambda: scored(map(read, range(count)), NORMALISATION)


def train(folder, count):
    """First epoch of a network on all hearts."""
    from ecgi.models.registry import variant_of
    from ecgi.models.training import trainer
    from ecgi.models.training.samples import training_samples

    variant = variant_of({"family": "map_vae", "epochs": 1, "batch": 32, "reconstruction": "full_frame"})
    hearts = [stores.read(folder / f"heart{i:04d}.zarr") for i in range(count)]

    def first_epoch():
        parts = (
            training_samples(variant, hearts, part, NORMALISATION, None) for part in ("train", "validation")
        )
        with tempfile.TemporaryDirectory() as state:
            trainer.train(variant, *parts, 1, state)

    return first_epoch


def peak_mb():
    """Peak resident memory of this process."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(sizes):
    """Print a row for each job and number of hearts, each measured in a process of its own."""
    raw = BEATS * (np.prod(FRAME) + ELECTRODES * SAMPLES) * 4 / 2**20
    print("job hearts raw_MiB growth_MiB growth/raw", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        for number in range(max(sizes)):
            write_heart(Path(folder), number)
        for job in ("describe", "score", "train"):
            for size in sizes:
                command = [sys.executable, __file__, job, folder, str(size)]
                done = subprocess.run(command, capture_output=True, text=True, env=os.environ)
                grown = float(done.stdout.split()[-1]) if done.returncode == 0 else done.stderr[-500:]
                share = f"{grown / (raw * size):.2f}" if isinstance(grown, float) else ""
                print(job, size, round(raw * size, 1), grown, share, flush=True)


if __name__ == "__main__":
    if sys.argv[1].isdigit():
        main([int(size) for size in sys.argv[1:]])
    else:
        run = globals()[sys.argv[1]](Path(sys.argv[2]), int(sys.argv[3]))
        before = peak_mb()
        run()
        print(round(peak_mb() - before, 1))
