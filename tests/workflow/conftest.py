"""Runs of the real workflow, small, each in a folder of its own."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest
import xarray as xr

PROJECT = Path(__file__).parents[2]
TINY = Path(__file__).with_name("tiny.yaml")


@dataclass
class Checkout:
    """A copy of the project to run in."""

    folder: Path

    def snakemake(self, *arguments, check=True):
        """Run snakemake, the tiny experiment on two cores unless told otherwise; return what it printed."""
        configured = [] if "--configfile" in arguments else ["--configfile", str(TINY)]
        cores = [] if "--profile" in arguments else ["--cores", "2"]
        command = [sys.executable, "-m", "snakemake", *cores, *configured, *arguments]
        done = subprocess.run(command, cwd=self.folder, text=True, capture_output=True)
        printed = done.stdout + done.stderr
        if check:
            assert done.returncode == 0, printed[-8000:]
        return printed

    def planned(self, *arguments):
        """Rules that would run, by name, with their number of jobs."""
        printed = self.snakemake("--dry-run", "--quiet", "rules", *arguments)
        table = printed.split("job ", 1)[-1] if "job " in printed else ""
        rows = (line.split() for line in table.splitlines())
        return {row[0]: int(row[1]) for row in rows if len(row) == 2 and row[1].isdigit()}

    @property
    def results(self):
        return self.folder / "results/tiny"

    def has_results_of(self, other):
        """Assert that tables and stores are those of another run; return how many stores there are."""
        for name in ("simulation/phantom02/activations.tsv", "tables/metrics.csv", "tables/metrics.md"):
            assert (self.results / name).read_bytes() == (other.results / name).read_bytes()
        stores = sorted(path.relative_to(other.results) for path in other.results.rglob("*.zarr"))
        for store in stores:
            mine, theirs = (
                xr.open_zarr(run.results / store, consolidated=False, chunks=None).load()
                for run in (self, other)
            )
            xr.testing.assert_identical(mine, theirs)
        return len(stores)


def copy_project(folder):
    """What a fresh clone holds, without history."""
    for name in ("Snakefile", "config", "envs", "workflow"):
        source = PROJECT / name
        if source.is_dir():
            shutil.copytree(source, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy2(source, folder / name)
    return Checkout(folder)


@pytest.fixture
def checkout(tmp_path):
    """A fresh copy of the project."""
    return copy_project(tmp_path)


@pytest.fixture(scope="session")
def copied(tmp_path_factory):
    """Makes fresh copies of the project, for as long as the tests run."""
    return lambda: copy_project(tmp_path_factory.mktemp("copied"))


@pytest.fixture(scope="session")
def finished(copied):
    """A copy of the project in which the tiny experiment has run."""
    checkout = copied()
    checkout.snakemake()
    return checkout
