"""Commands and examples of README and docs run, on the tiny experiment in place of the paper's.

Commands that take minutes or hours are planned, not run: `snakemake` by --dry-run, `make` by -n. What they do
is tested elsewhere; the commands of docs/your-heart.md are run. Examples for 3D Slicer need its Python
console, and are not run. Links, files, functions and settings that a page names exist.
"""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pandas as pd
import pytest
import yaml
from snakemake.utils import update_config

from ecgi.config.experiment import read_experiment
from ecgi.io import stores

PROJECT = Path(__file__).parents[2]
TINY = Path(__file__).with_name("tiny.yaml")
PAGES = [PROJECT / "README.md", *sorted((PROJECT / "docs").glob("*.md"))]
BLOCK = re.compile(r"^```(\w*)\n(.*?)^```$", re.MULTILINE | re.DOTALL)
NAMED = re.compile(r"# (\S+\.(?:py|yaml|tsv))\n")
TESTED_ELSEWHERE = {"snakemake": "test_module.py", "slicer": "needs 3D Slicer", "text": "a drawing"}
FOLLOWED_ELSEWHERE = {"your-heart", "extending"}  # by tests of their own, which run their commands
PACKAGE = PROJECT / "workflow/ecgi"
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
WITHOUT_RV_WALL = {  # what docs/your-heart.md says to change for a segmentation that has none
    "rv_wall: [2], ": "",
    "label_map\n": "label_map\trv_wall_mm\n",
    "heart.nii.gz\theart\n": "heart.nii.gz\theart\t3.0\n",
    "  electrodes: electrodes.csv": "  rv_wall_mm: 3.0\n  electrodes: electrodes.csv",
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
    give_recording(folder, folder / "results/tiny")
    give_challenges(folder)
    give_commands(folder, "--dry-run")
    return folder


def give_recording(folder, results):
    """Files that the README's prediction reads."""
    shutil.copy2(results / "anatomy/phantom02/segmentation.nii.gz", folder / "heart.nii.gz")
    electrodes = pd.read_csv(results / "simulation/phantom02/electrodes.tsv", sep="\t")
    electrodes.to_csv(folder / "electrodes.csv", index=False)
    beats = stores.read(results / "simulation/phantom02/beats/000000-000011.zarr")
    pd.DataFrame(beats["bsp"][3].values.T, columns=electrodes["name"]).to_csv(folder / "bsp.csv", index=False)


def give_challenges(folder):
    """Files of the names that docs/challenge.md finds; commands on them are planned only."""
    training = [f"Geometries/P001_{what}.mat" for what in ("torso", "EndoEpi")] + ["Signals/P001-ts.mat"]
    names = [f"ECGI_Challenge_2026_Training/{name}" for name in training]
    names += [f"edgar/{name}.mat" for name in ("Meshes/sock", "Meshes/tank", "Beats/run1")]
    for name in names:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("planned only")


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
@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.stem not in FOLLOWED_ELSEWHERE], ids=lambda page: page.stem
)
def test_a_page_can_be_followed_from_top_to_bottom(folder, page, monkeypatch):
    monkeypatch.chdir(folder)
    follow(folder, page)


@pytest.mark.slow
def test_a_heart_of_ones_own_is_simulated_and_predicted_as_the_page_says(checkout, monkeypatch):
    monkeypatch.chdir(checkout.folder)
    shutil.copy2(PROJECT / "Makefile", checkout.folder)
    give_commands(checkout.folder)
    made = follow(checkout.folder, PROJECT / "docs/your-heart.md", WITHOUT_RV_WALL)
    assert made["distance"] < 5


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_every_block_is_of_a_kind_that_a_test_follows(page):
    followed = {"sh", "python", "yaml", "tsv"} | ({"diff"} if page.stem == "extending" else set())
    assert {language for language, _ in blocks(page)} <= followed | TESTED_ELSEWHERE.keys()


@pytest.mark.parametrize(
    "page", [page for page in PAGES if page.stem != "extending"], ids=lambda page: page.stem
)
def test_settings_of_a_page_are_settings_of_the_workflow(page, tmp_path, monkeypatch):
    give_challenges(tmp_path)
    monkeypatch.chdir(tmp_path)
    for language, text in blocks(page):
        if language == "yaml":
            compared = {"compared": ["training_mean", "activation_cvae_prior"]}
            completed(compared | yaml.safe_load(text))


def anchors(page):
    """Anchors of the headings of a page, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", re.sub(BLOCK, "", page.read_text()), re.MULTILINE)
    return {re.sub(r"[^\w -]", "", heading.lower()).replace(" ", "-") for heading in headings}


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_links_of_a_page_lead_somewhere(page):
    for target in re.findall(r"\]\(([^)\s]+)\)", re.sub(BLOCK, "", page.read_text())):
        if not target.startswith("https:"):
            path, _, anchor = target.partition("#")
            linked = page.parent / path if path else page
            assert linked.exists(), target
            assert not anchor or anchor in anchors(linked), target


@pytest.mark.parametrize("page", PAGES, ids=lambda page: page.stem)
def test_packages_modules_and_functions_that_a_page_names_exist(page):
    for name in re.findall(r"`ecgi\.([\w.]+)`", page.read_text()):
        path = PACKAGE.joinpath(*name.split("."))
        module = path.parent.with_suffix(".py")
        if not (path.is_dir() or path.with_suffix(".py").is_file()):
            assert module.is_file(), name
            assert re.search(rf"^(def|class) {path.name}\b", module.read_text(), re.MULTILINE), name


def test_the_architecture_names_all_packages_and_rules():
    text = (PROJECT / "docs/architecture.md").read_text()
    table = text.partition("## Packages")[2].partition("\n## ")[0]
    packages = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert set(re.findall(r"^\| `(\w+)` \|", table, re.MULTILINE)) == packages
    made = {"all", "fetch_download", "physics_page", "predict", "transfer_variant"}
    rules = {
        name
        for path in (PROJECT / "workflow/rules").glob("*.smk")
        for name in re.findall(r"^rule (\w+):", path.read_text(), re.MULTILINE)
    } | {path.stem for path in (PROJECT / "workflow/scripts").glob("figure_*.py")}
    shown = set(re.findall(r"`(\w+)`", text))
    assert {rule for rule in rules - made if not rule.startswith("figure_")} <= shown
    tables = text.partition("## The path of a beat")[2].partition("## Where to change")[0]
    assert set(re.findall(r"^\| `(\w+)`", tables, re.MULTILINE)) <= rules


def test_settings_that_the_architecture_names_exist():
    text = (PROJECT / "docs/architecture.md").read_text()
    whole = completed({"cohort": {}, "compared": ["greensite"]}).model_dump()
    table = text.partition("## Where to change what")[2]
    for named in re.findall(r"^\|[^|]+\|([^|]+)\|", table, re.MULTILINE):
        for key in re.findall(r"`([\w.<>]+)`", named):
            found = whole
            for part in key.split("."):
                found = next(iter(found.values())) if part.startswith("<") else found[part]


def test_every_file_of_an_experiment_is_described(finished):
    named = re.findall(r"`([\w<>/.-]+)`", (PROJECT / "docs/files.md").read_text())
    patterns = [re.sub(r"<\w+>", "*", path) for path in named if "/" in path]
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
def test_a_family_a_method_a_baseline_and_a_kind_of_beat_are_added_as_the_page_says(checkout):
    for language, text in blocks(PROJECT / "docs/extending.md"):
        if name := NAMED.match(text):
            (checkout.folder / name[1]).write_text(text)
        elif language == "diff":
            added(checkout.folder, text)
        elif language == "yaml":
            completed(yaml.safe_load(text))
    table = "results/additions/tables/metrics.md"
    checkout.snakemake("--configfile", str(TINY), "config/additions.yaml", "--", table)
    metrics = (checkout.folder / table).read_text()
    for method in ("training_median", "random_search"):
        assert re.search(rf"{method} +\| nominal +\| all +\| mae", metrics)
    assert re.search(r"bsp_linear +\| nominal +\| all +\| bsp_correlation", metrics)
    beats = checkout.folder / "results/additions/simulation/phantom02/beats.tsv"
    assert "right_ventricular_apex" in beats.read_text()
