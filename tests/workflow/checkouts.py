"""Copies of the project in which the real workflow runs."""

import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import xarray as xr

PROJECT = Path(__file__).parents[2]
TINY = Path(__file__).with_name("tiny.yaml")
EXACT = (".csv", ".tsv", ".md", ".json", ".nii.gz")


@dataclass
class Checkout:
    """A copy of the project to run in."""

    folder: Path

    @staticmethod
    def command(*arguments):
        """Command for snakemake, the tiny experiment on two cores unless told otherwise."""
        configured = [] if "--configfile" in arguments else ["--configfile", str(TINY)]
        cores = [] if "--profile" in arguments else ["--cores", "2"]
        return [sys.executable, "-m", "snakemake", *cores, *configured, *arguments]

    def snakemake(self, *arguments, check=True):
        """Run snakemake; return what it printed."""
        command = self.command(*arguments)
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
        """Assert that all that is here is that of another run to the last value; return how many stores."""
        files = [path for path in self.results.rglob("*") if path.name.endswith(EXACT)]
        stores = [path for path in self.results.rglob("*.zarr") if path.is_dir()]
        assert files
        for path in files:
            assert path.read_bytes() == (other.results / path.relative_to(self.results)).read_bytes(), path
        for path in stores:
            mine, theirs = (
                xr.open_zarr(store, consolidated=False, chunks=None).load()
                for store in (path, other.results / path.relative_to(self.results))
            )
            xr.testing.assert_identical(mine, theirs)
        return len(stores)


def copy_project(folder):
    """What a fresh clone holds, without history but with what Python and Numba have compiled."""
    half_written = shutil.ignore_patterns("*.pyc.*", "*.tmp.*")
    for name in ("config", "envs", "profiles", "workflow"):
        shutil.copytree(PROJECT / name, folder / name, ignore=half_written)
    shutil.copy2(PROJECT / "Snakefile", folder)
    return Checkout(folder)


def copy_run(run, folder):
    """A copy of a run, in which nothing is to be done."""
    shutil.copytree(run.folder, folder, dirs_exist_ok=True)
    return Checkout(folder)
