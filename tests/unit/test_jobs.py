import subprocess
import sys
from pathlib import Path

import pytest

import ecgi

PACKAGES = str(Path(ecgi.__file__).parents[1])
JOB = """
import os, sys
from types import SimpleNamespace
sys.path.insert(0, {packages!r})
from ecgi.core.jobs import start
start(SimpleNamespace(log=[{log!r}], threads=3, resources={resources!r}))
names = ("TF_NUM_INTRAOP_THREADS", "NUMBA_NUM_THREADS", "PJRT_NPROC")
print("threads", *map(os.environ.get, names))
print("gpus", os.environ["CUDA_VISIBLE_DEVICES"] or "none")
print("models" if "keras" in sys.modules else "no models")
"""


@pytest.mark.parametrize(
    ("resources", "gpus"), [({}, "none"), ({"gpu": 0}, "none"), ({"gpu": 1}, "GPU-of-the-test")]
)
def test_a_job_has_its_log_its_threads_and_a_gpu_only_where_it_asks_for_one(tmp_path, resources, gpus):
    log = tmp_path / "job.log"
    script = JOB.format(packages=PACKAGES, log=str(log), resources=resources)
    environment = {"CUDA_VISIBLE_DEVICES": "GPU-of-the-test", "TMPDIR": str(tmp_path), "LOGNAME": "tester"}
    job = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment)
    assert (job.returncode, job.stdout, job.stderr) == (0, "", "")
    assert log.read_text().splitlines() == ["threads 3 3 3", f"gpus {gpus}", "no models"]
