import re
from pathlib import Path

import pytest

ENVS = Path(__file__).parents[2] / "envs"


def pinned(name):
    """Package to version, of everything that a file pins."""
    return dict(re.findall(r"^[ -]*([A-Za-z0-9._-]+)==([^ \\\n]+)", (ENVS / name).read_text(), re.MULTILINE))


@pytest.mark.parametrize("name", ["cpu.lock", "gpu.lock", "bench.lock", "jax.lock"])
def test_a_lock_pins_every_package_by_hash_and_names_no_index(name):
    text = (ENVS / name).read_text()
    assert len(pinned(name)) > 100
    assert len(re.findall(r"^[A-Za-z0-9._-]+==.*\\\n    --hash=sha256:", text, re.MULTILINE)) == len(
        pinned(name)
    )
    assert not re.search(r"https?:|--(extra-)?index-url|--find-links|file:", text)


def test_the_conda_environment_has_the_versions_of_the_lock():
    assert pinned("environment.yaml") == pinned("cpu.lock"), "run `make lock`"


def test_the_locks_differ_in_tensorflow_and_what_it_needs_alone():
    cpu, gpu = pinned("cpu.lock"), pinned("gpu.lock")
    assert "tensorflow-cpu" in cpu
    assert "tensorflow" in gpu
    assert not any(name.startswith("nvidia-") for name in cpu)
    assert all(gpu[name] == version for name, version in cpu.items() if name in gpu)


def test_the_benchmarks_run_on_the_versions_of_the_workflow():
    cpu, bench = pinned("cpu.lock"), pinned("bench.lock")
    assert {"pykonal", "scikit-image", "tensorflow-cpu"} <= bench.keys()
    assert all(bench[name] == version for name, version in cpu.items() if name in bench)


def test_jax_does_without_tensorflow_on_the_versions_of_the_workflow():
    cpu, jax = pinned("cpu.lock"), pinned("jax.lock")
    assert {"jax", "jaxlib"} <= jax.keys()
    assert not any(name.startswith("tensorflow") for name in jax)
    assert all(jax[name] == version for name, version in cpu.items() if name in jax)
