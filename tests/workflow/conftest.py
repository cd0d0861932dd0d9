"""Runs of the real workflow, small, each in a folder of its own."""

import fcntl
import shutil

import pytest
from checkouts import Checkout, copy_project, copy_run


@pytest.fixture
def checkout(tmp_path):
    """A fresh copy of the project."""
    return copy_project(tmp_path)


@pytest.fixture(scope="session")
def copied(tmp_path_factory):
    """Makes fresh copies of the project, for as long as the tests run."""
    return lambda: copy_project(tmp_path_factory.mktemp("copied"))


@pytest.fixture(scope="session")
def finished(tmp_path_factory, worker_id):
    """A copy of the project with the tiny experiment finished, run once and copied for each worker."""
    workers = tmp_path_factory.getbasetemp()
    shared = (workers if worker_id == "master" else workers.parent) / "finished"
    run = Checkout(shared)
    done = shared.with_suffix(".done")
    with open(shared.with_suffix(".lock"), "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not done.exists():
            shutil.rmtree(shared, ignore_errors=True)
            copy_project(shared).snakemake()
            done.touch()
    return copy_run(run, tmp_path_factory.mktemp("finished"))
