"""Measurement of time and memory, and description of the machine."""

import importlib.metadata
import importlib.util
import os
import platform
import time
from functools import partial
from pathlib import Path

import numpy as np

PACKAGES = (
    "numpy",
    "scipy",
    "numba",
    "scikit-fmm",
    "pykonal",
    "SimpleITK",
    "scikit-image",
    "snakemake",
    "zarr",
)


def seconds(calls, repeats):
    """Median time of each call in s after a warm-up call, see `medians`."""
    for call in calls.values():
        call()
    return medians({name: partial(_timed, call) for name, call in calls.items()}, repeats)


def medians(calls, repeats):
    """Median of the numbers that each call returns.

    Calls are made in turn, so that a changing load of the machine affects all of them alike.

    Parameters
    ----------
    calls : dict of str to callable
        Functions by name.
    repeats : int
        Number of calls of each function.

    Returns
    -------
    dict of str to float
    """
    rounds = [{name: call() for name, call in calls.items()} for _ in range(repeats)]
    return {name: float(np.median([figures[name] for figures in rounds])) for name in calls}


def _timed(call):
    """Seconds that a call takes."""
    start = time.perf_counter()
    call()
    return time.perf_counter() - start


def forget_peak_memory():
    """Reset the peak of the resident memory of this process (Linux)."""
    Path("/proc/self/clear_refs").write_text("5")


def memory_mib(which):
    """Resident memory of this process, "VmRSS" now or "VmHWM" at its peak, in MiB (Linux)."""
    status = Path("/proc/self/status").read_text()
    return int(status.split(f"{which}:")[1].split()[0]) / 1024


def installed(module):
    """Whether a module is installed."""
    return importlib.util.find_spec(module) is not None


def machine(packages=PACKAGES):
    """Processor, memory and versions of packages."""
    processor = Path("/proc/cpuinfo").read_text().split("model name")[1].split("\n")[0].strip("\t :")
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    versions = {"Python": platform.python_version()}
    for package in packages:
        try:
            versions[package] = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            versions[package] = "not installed"
    return {
        "processor": processor,
        "cores": len(os.sched_getaffinity(0)),
        "memory_gib": round(memory / 2**30),
        "system": f"{platform.system()} {platform.machine()}",
        "versions": versions,
    }
