"""One run at a time in a folder; locks of other workflows are left alone."""

import json
import os
import subprocess
import sys

import psutil
import pytest

from ecgi.core.run_lock import HOST, VARIABLE, RunLock

HOLD = """
import os, sys
from pathlib import Path
from ecgi.core.run_lock import RunLock
lock = RunLock(Path(sys.argv[1]))
assert lock.acquire(clears=True) is None
locks = lock.snakemake_locks
locks.mkdir(exist_ok=True)
(locks / "1.output.lock").write_text("mine")
{then}
print("held", flush=True)
sys.stdin.read()
"""
NOTED = 'lock.record([locks / "1.output.lock"], elsewhere=False)'
NOT_NOTED = ""
ELSEWHERE = 'lock.record([locks / "1.output.lock"], elsewhere=True)'


@pytest.fixture
def lock(tmp_path):
    (tmp_path / ".snakemake/locks").mkdir(parents=True)
    made = RunLock(tmp_path)
    yield made
    made.release()


def other_run(folder, then=NOTED):
    """A process that holds the lock of a folder, until its standard input is closed."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.Popen(
        [sys.executable, "-c", HOLD.format(then=then), str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env=environment,
        text=True,
    )
    assert run.stdout.readline() == "held\n"
    return run


def test_a_second_run_is_refused_until_the_first_has_ended(lock):
    run = other_run(lock.folder)
    assert f"end its processes: {run.pid}" in lock.acquire(clears=True)
    run.communicate("")
    assert lock.acquire(clears=True) is None
    assert lock.file.stat().st_size


def test_one_process_may_run_twice_and_leaves_nothing_behind(lock):
    for _ in range(2):
        assert lock.acquire(clears=True) is None
        assert RunLock(lock.folder).acquire(clears=True) is None
        assert os.environ[VARIABLE] == str(lock.folder)
        lock.release()
        assert VARIABLE not in os.environ
        assert lock.file.read_text() == ""


def test_a_run_whose_standard_input_is_closed_does_not_lock_in_its_place(tmp_path):
    code = HOLD.split("locks =")[0] + "os.fstat(0)"
    done = subprocess.run(
        [sys.executable, "-c", f"import os; os.close(0)\n{code}", str(tmp_path)],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        capture_output=True,
        text=True,
    )
    assert "Bad file descriptor" in done.stderr
    assert "AssertionError" not in done.stderr


@pytest.mark.parametrize("then", [NOTED, NOT_NOTED])
def test_locks_of_a_killed_run_are_cleared_and_those_of_another_workflow_stay(lock, then):
    (lock.snakemake_locks / "0.output.lock").write_text("before")
    run = other_run(lock.folder, then)
    if then:
        (lock.snakemake_locks / "2.output.lock").write_text("since")
    run.kill()
    run.communicate()
    assert lock.acquire(clears=True) is None
    left = {path.name for path in lock.snakemake_locks.iterdir()}
    assert left == {"0.output.lock", *(["2.output.lock"] if then else [])}


def test_a_lock_that_another_workflow_wrote_in_the_place_of_a_killed_runs_stays(lock):
    run = other_run(lock.folder)
    run.kill()
    run.communicate()
    (lock.snakemake_locks / "1.output.lock").write_text("another")
    assert lock.acquire(clears=True) is None
    assert (lock.snakemake_locks / "1.output.lock").exists()


def test_after_a_run_that_ended_locks_of_another_workflow_stay(lock):
    other_run(lock.folder).communicate("")
    (lock.snakemake_locks / "5.output.lock").write_text("another")
    assert lock.acquire(clears=True) is None
    assert (lock.snakemake_locks / "5.output.lock").exists()


def test_a_module_clears_nothing(lock):
    run = other_run(lock.folder)
    run.kill()
    run.communicate()
    assert lock.acquire(clears=False) is None
    assert (lock.snakemake_locks / "1.output.lock").exists()


def test_jobs_that_outlive_a_killed_run_are_waited_for(lock):
    sleeper = "import os, time; print(os.getpid(), flush=True); time.sleep(60)"
    started = (
        f"subprocess.Popen([sys.executable, '-c', '{sleeper}'], stdout=subprocess.PIPE).stdout.readline()"
    )
    start = f"{NOTED}\nimport subprocess; print(int({started}), flush=True)"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command = [sys.executable, "-c", HOLD.format(then=start), str(lock.folder)]
    run = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment, text=True)
    job = psutil.Process(int(run.stdout.readline()))
    run.kill()
    run.wait()
    assert lock.acquire(clears=True).endswith(f"end its processes: {job.pid}")
    job.kill()
    psutil.wait_procs([job], timeout=10)
    assert lock.acquire(clears=True) is None


@pytest.mark.parametrize("then", [ELSEWHERE, NOTED])
def test_locks_of_a_run_whose_jobs_cannot_be_seen_stay(lock, then):
    run = other_run(lock.folder, then)
    run.kill()
    run.communicate()
    if then == NOTED:
        noted = json.loads(lock.file.read_text())
        assert noted["host"] == HOST
        lock.file.write_text(json.dumps({**noted, "host": "elsewhere"}))
    assert "run snakemake --unlock" in lock.acquire(clears=True)
    assert (lock.snakemake_locks / "1.output.lock").exists()
