"""Time and memory of the lead field of a large wall, built in a separate process (Linux)."""

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import measuring
import potentials
import waves
from rows import row, table

SEED = 1
VOXELS = {"quick": 2e4, "normal": 1e6, "full": 1e6}


def measure(size):
    """Measure the build time, and the peak of resident memory relative to the size of the lead field."""
    here = Path(__file__)
    done = subprocess.run(
        [sys.executable, here, f"{VOXELS[size]:.0f}"],
        check=True,
        capture_output=True,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
    )
    found = json.loads(done.stdout)
    setting = f"{found['voxels']:,} voxels, {found['electrodes']} electrodes"
    check, copies = "lead field", found["peak_mib"] / found["field_mib"]
    aim = None if size == "quick" else "≤ 2"
    return table(
        [
            row(check, "time to build", setting, found["seconds"], "s"),
            row(check, "size", setting, found["field_mib"], "MiB"),
            row(check, "peak memory while building", setting, found["peak_mib"], "MiB"),
            row(check, "peak memory in copies of itself", setting, copies, "", aim),
        ]
    )


def build(voxels):
    """Build a small lead field to trigger compilation, then measure a large one."""
    small = waves.phantom(SEED, 4.0)
    potentials.lead_field(small, potentials.grid(small))
    heart = waves.phantom(SEED, round(4.0 * (small.wall.sum() / voxels) ** (1 / 3), 3))
    places = potentials.grid(heart)
    measuring.forget_peak_memory()
    before = measuring.memory_mib("VmRSS")
    start = time.perf_counter()
    field = potentials.lead_field(heart, places)
    return {
        "seconds": time.perf_counter() - start,
        "peak_mib": measuring.memory_mib("VmHWM") - before,
        "field_mib": field.nbytes / 2**20,
        "voxels": int(heart.wall.sum()),
        "electrodes": len(places),
    }


if __name__ == "__main__":
    print(json.dumps(build(float(sys.argv[1]))))
