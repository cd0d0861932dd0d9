"""Time of simulating beats of a phantom through Snakemake and Zarr, compared with the bare solver."""

import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pandas as pd
import potentials
import waves
import yaml
from measuring import seconds
from rows import row, table

from ecgi.io import stores, volumes

PROJECT = Path(__file__).parents[2]
CORES = 2
VELOCITY, SAMPLES, STEP = 0.6, 512, 1.0
BEATS = {"quick": (20,), "normal": (50, 500), "full": (50, 500, 5000)}
SPACING = {"quick": 4.0, "normal": 2.0, "full": 2.0}
WARM_UP = 20, 4.0


def measure(size):
    """Measure wall-clock time relative to the bare solver on as many cores, memory and number of files."""
    rows, check = [], "simulation"
    if size != "quick":
        with tempfile.TemporaryDirectory() as folder:
            _run(Path(folder), *WARM_UP)
    for beats in BEATS[size]:
        with tempfile.TemporaryDirectory() as folder:
            taken, results, logs = _run(Path(folder), beats, SPACING[size])
            bare = _bare_seconds(results, 1 if size == "quick" else 3) * beats
            peaks = [pd.read_csv(path, sep="\t")["max_rss"] for path in logs.glob("simulate_beats/*.tsv")]
            files = sum(path.is_file() for path in (results / "simulation").rglob("*"))
        setting = f"{beats} beats"
        rows += [
            row(check, "time", setting, taken, "s"),
            row(check, f"bare solver on {CORES} cores", setting, bare / CORES, "s"),
            row(
                check,
                "time over that of the bare solver",
                setting,
                taken / (bare / CORES),
                "times",
                "≤ 1.5" if beats >= 5000 else None,
            ),
            row(check, "beats per second and core", setting, beats / taken / CORES, "1/s"),
            row(check, "peak memory of a simulation job", setting, pd.concat(peaks).max(), "MiB"),
            row(check, "simulation jobs", setting, len(peaks), ""),
            row(check, "files", setting, files, ""),
        ]
    return table(rows)


def _run(folder, beats, spacing):
    """Run the workflow up to the simulated beats in a fresh copy of the project."""
    for name in ("config", "envs", "profiles", "workflow"):
        shutil.copytree(PROJECT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy2(PROJECT / "Snakefile", folder)
    (folder / "workflow/report/physics.html").touch()  # the page that this benchmark is for
    experiment = {
        "experiment": "bench",
        "cases": ["phantom01"],
        "anatomy": {"spacing_mm": spacing},
        "slices": {"pixel_mm": 4.0, "pixels": 32, "count": 4},
        "bsp": {"samples": SAMPLES, "time_step_ms": STEP},
        "protocol": {"beats": beats, "pacing_radius_mm": 3.0 + spacing},
    }
    (folder / "bench.yaml").write_text(yaml.safe_dump(experiment))
    command = [sys.executable, "-m", "snakemake", "--cores", str(CORES), "--configfile", "bench.yaml"]
    # Compiled modules are cached, as by default, since imports are part of the time.
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    start = time.perf_counter()
    done = subprocess.run(
        [*command, "--until", "simulate_beats"], cwd=folder, env=environment, text=True, capture_output=True
    )
    taken = time.perf_counter() - start
    if done.returncode:
        raise RuntimeError((done.stdout + done.stderr)[-4000:])
    return taken, folder / "results/bench", folder / "logs/bench"


def _bare_seconds(results, repeats):
    """Time of one beat's activation times and BSP on that heart in memory, one thread."""
    heart = volumes.read_anatomy(results / "anatomy/phantom01/labels.nii.gz")
    field = stores.read(results / "simulation/phantom01/lead_field.zarr")["lead_field"].values
    simulate = potentials.simulator(field, SAMPLES, STEP)
    domain = waves.prepared(heart.wall, heart.spacing[0])
    sites = waves.sites(heart, 20)

    def some_beats():
        for site in sites:
            activation = waves.solve(domain, VELOCITY, [(site, 3.0 + heart.spacing[0], 0.0)])
            simulate(activation.astype(np.float32))

    return seconds({"bare": some_beats}, repeats)["bare"] / len(sites)
