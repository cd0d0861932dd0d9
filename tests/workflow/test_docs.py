"""Commands and examples of README and docs run, on the tiny experiment in place of the paper's.

Commands that take minutes or hours are planned, not run: `snakemake` by --dry-run, `make` by -n. What they do
is tested elsewhere; the commands of docs/your-heart.md are run. Examples for 3D Slicer need its Python console,
and are not run. Links, files, functions and settings that a page names exist.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import yaml
from snakemake.utils import update_config

from ecgi import volume
from ecgi.anatomy import Tissue
from ecgi.config import read_experiment
from ecgi.phantom import make_phantom

PROJECT = Path(__file__).parents[2]
TINY = Path(__file__).with_name("tiny.yaml")
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"# (\S+\.(?:py|yaml|tsv))\n")
TESTED_ELSEWHERE = {"snakemake": "test_module.py", "slicer": "needs 3D Slicer"}
SMALLER = {
    "results/paper/": "results/tiny/",
    "results/phantom/": "results/tiny/",
    "config/phantom.yaml": "tiny.yaml",
    "rodero01": "phantom02",
    "phantom01": "phantom02",
    "000000-000029": "000000-000011",
    "000000-000009": "000000-000011",
    "path/to/segmentation.nii.gz": "heart.nii.gz",
}


def blocks(page, smaller=SMALLER):
    """Language and text of each block of code, on the tiny experiment."""
    for language, text in BLOCK.findall(page.read_text()):
        for paper, tiny in smaller.items():
            text = text.replace(paper, tiny)
        yield language, text


def completed(settings):
    """Settings laid over those of the paper, checked."""
    whole = yaml.safe_load((PROJECT / "config/config.yaml").read_text())
    update_config(whole, settings)
    return read_experiment(whole)


@pytest.fixture(scope="module")
def folder(finished, tmp_path_factory):
    """Where pages are followed: the finished experiment, and commands that only plan."""
    folder = tmp_path_factory.mktemp("docs") / "clone"
    shutil.copytree(finished.folder, folder, ignore=shutil.ignore_patterns(".snakemake"))
    for name in ("Makefile", "pyproject.toml"):
        shutil.copy2(PROJECT / name, folder)
    shutil.copy2(TINY, folder / "tiny.yaml")
    give_commands(folder, "--dry-run")
    return folder


def give_commands(folder, *options):
    """Commands as pages call them: snakemake with some options, a `make` that only plans."""
    commands = {
        "snakemake": f'"{sys.executable}" -m snakemake {" ".join(options)} "$@"',
        "python": f'"{sys.executable}" "$@"',
        "make": f'{shutil.which("make")} -n "$@"',
    }
    for name, command in commands.items():
        for place in (".venv/bin", ".venv-gpu/bin", "shims"):
            (folder / place).mkdir(parents=True, exist_ok=True)
            (folder / place / name).write_text(f"#!/bin/sh\nexec {command}\n")
            (folder / place / name).chmod(0o755)


def typed(folder, *command):
    """Run a command; it must succeed."""
    environment = os.environ | {
        "PATH": f"{folder / 'shims'}{os.pathsep}{os.environ['PATH']}",
        "PYTHONPATH": str(folder / "workflow"),
    }
    done = subprocess.run(command, cwd=folder, env=environment, text=True, capture_output=True)
    assert done.returncode == 0, f"{command[-1]}\n{done.stdout[-3000:]}{done.stderr[-3000:]}"


def follow(folder, page, smaller=SMALLER):
    """Save, type and run all that a page shows; return what its Python has made."""
    made = {}
    for language, text in blocks(page, smaller):
        if name := NAMED.match(text):
            (folder / name[1]).write_text(text)
        elif language == "sh":
            typed(folder, "bash", "-ec", text)
        elif language == "python":
            exec(compile(text, page.name, "exec"), made)
    return made


@pytest.mark.slow
@pytest.mark.parametrize("page", ["README.md", "docs/files.md", "docs/default-heart.md"])
def test_a_page_can_be_followed_from_top_to_bottom(folder, page, monkeypatch):
    monkeypatch.chdir(folder)
    follow(folder, PROJECT / page)


@pytest.mark.slow
def test_a_heart_of_ones_own_is_simulated_and_predicted_as_the_page_says(checkout, monkeypatch):
    monkeypatch.chdir(checkout.folder)
    shutil.copy2(PROJECT / "Makefile", checkout.folder)
    give_commands(checkout.folder)
    heart = make_phantom(5, 3.0)
    labels = np.zeros_like(heart.labels)
    for label, tissue in {1: Tissue.LV_CAVITY, 2: Tissue.LV_WALL, 4: Tissue.RV_CAVITY}.items():
        labels[heart.labels == tissue] = label
    volume.write_volume(checkout.folder / "heart.nii.gz", labels, heart.affine)
    made = follow(checkout.folder, PROJECT / "docs/your-heart.md", smaller={})
    assert made["distance"] < 5


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_is_of_a_kind_that_a_test_follows(page):
    followed = {"sh", "python", "yaml", "tsv"} | ({"diff"} if page.stem == "extending" else set())
    assert {language for language, _ in blocks(page)} <= followed | TESTED_ELSEWHERE.keys()


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.stem != "extending"], ids=lambda page: page.stem
)
def test_settings_of_a_page_are_settings_of_the_workflow(page):
    for language, text in blocks(page):
        if language == "yaml":
            methods = {"methods": ["training_mean", "activation_cvae_prior"]}
            completed(methods | yaml.safe_load(text))


def test_every_file_of_an_experiment_is_told_of(finished):
    told = re.findall(r"`([\w<>/.-]+)`", (PROJECT / "docs/files.md").read_text())
    patterns = [re.sub(r"<\w+>", "*", path) for path in told if "/" in path]
    found = [path.relative_to(finished.results) for path in finished.results.rglob("*")]
    files = [path for path in found if path.suffix and not any(".zarr" in part.name for part in path.parents)]
    assert len(files) > 50
    assert [path for path in files if not any(path.match(pattern) for pattern in patterns)] == []


def added(folder, text):
    """Make a change that a page shows: lines marked - become those marked +."""
    head, *lines = text.splitlines()
    path = folder / head.removeprefix("--- ")
    old = "\n".join(line[1:] for line in lines if line[0] in " -")
    new = "\n".join(line[1:] for line in lines if line[0] in " +")
    source = path.read_text()
    assert source.count(old) == 1, f"{path.name} does not hold:\n{old}"
    path.write_text(source.replace(old, new))


@pytest.mark.slow
def test_a_variant_a_baseline_and_a_kind_of_beat_are_added_as_the_page_says(checkout):
    for language, text in blocks(PROJECT / "docs/extending.md"):
        if name := NAMED.match(text):
            (checkout.folder / name[1]).write_text(text)
        elif language == "diff":
            added(checkout.folder, text)
        else:
            completed(yaml.safe_load(text))
    table = "results/additions/tables/metrics.md"
    checkout.snakemake("--configfile", str(TINY), "config/additions.yaml", "--", table)
    said = (checkout.folder / table).read_text()
    assert re.search(r"training_median +\| nominal +\| all +\| mae", said)
    assert re.search(r"bsp_linear +\| nominal +\| all +\| bsp_correlation", said)
    beats = checkout.folder / "results/additions/simulation/phantom02/activations.tsv"
    assert "right_ventricular_apex" in beats.read_text()
