"""The workflow is found from other folders, by other workflows as a module, and in a git repository."""

import fcntl
import re
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread

import pytest

PAGE = Path(__file__).parents[2] / "docs/running.md"
TINY = Path(__file__).with_name("tiny.yaml")
LABELS = "results/tiny/anatomy/phantom02/labels.nii.gz"
STUDY = ("--configfile", "study.yaml")


@pytest.fixture
def outer(copied, tmp_path):
    """A workflow in whose folder a clone lies, its Snakefile that of the page."""
    checkout = copied()
    shutil.move(checkout.folder, tmp_path / "ecgi")
    snakefile = re.search(r"```snakemake\n(.*?)```", PAGE.read_text(), re.DOTALL)[1]
    (tmp_path / "Snakefile").write_text(snakefile)
    shutil.copy(TINY, tmp_path / "study.yaml")
    return replace(checkout, folder=tmp_path)


def edit(outer, old, new):
    snakefile = outer.folder / "Snakefile"
    assert old in snakefile.read_text()
    snakefile.write_text(snakefile.read_text().replace(old, new))


def test_rules_of_the_module_write_to_the_folder_of_the_workflow(outer):
    assert "ecgi_import_anatomy" in outer.snakemake(*STUDY, "--", LABELS)
    assert (outer.folder / LABELS).is_file()
    assert not (outer.folder / "ecgi/results").exists()


def test_all_of_it_can_be_wanted_under_a_prefix(outer):
    edit(outer, "    config: config", '    config: config\n    prefix: "heart"')
    planned = outer.snakemake("--dry-run", *STUDY)
    assert "heart/results/tiny/tables/metrics.csv" in planned
    assert not re.search(r"[ ,]results/", planned)


def test_a_module_waits_for_no_other_run_but_is_refused(outer):
    lock = outer.folder / ".snakemake/run.lock"
    lock.parent.mkdir()
    with open(lock, "w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        printed = outer.snakemake(*STUDY, "--", LABELS, check=False)
    assert "another run writes to" in printed
    assert not (outer.folder / LABELS).exists()


def committed(folder):
    """Make a folder a git repository with all that is in it."""
    identity = ("-c", "user.name=someone", "-c", "user.email=someone@example.org")
    for command in (["init", "-b", "main"], ["add", "."], [*identity, "commit", "-m", "all"]):
        subprocess.run(["git", *command], cwd=folder, check=True, capture_output=True)


@pytest.mark.slow
def test_rules_of_github_bring_the_package_of_their_commit(outer, monkeypatch):
    planned = outer.planned(*STUDY)
    repository = outer.folder / "someone/ecgi"
    shutil.move(outer.folder / "ecgi", repository)
    committed(repository)
    monkeypatch.delenv("GITHUB_TOKEN", raising=False)
    for name, value in {
        "GIT_CONFIG_COUNT": "1",
        "GIT_CONFIG_KEY_0": f"url.file://{outer.folder}/.insteadOf",
        "GIT_CONFIG_VALUE_0": "https://github.com/",
        "XDG_CACHE_HOME": str(outer.folder / "cache"),
    }.items():
        monkeypatch.setenv(name, value)
    edit(outer, '"ecgi/Snakefile"', 'github("someone/ecgi", path="Snakefile", branch="main")')
    edit(outer, '"ecgi/config/config.yaml"', f'"{repository}/config/config.yaml"')
    assert outer.planned(*STUDY) == planned
    assert "ecgi_import_anatomy" in outer.snakemake(*STUDY, "--", LABELS)
    assert (outer.folder / LABELS).is_file()
    with open(repository / "workflow/ecgi/anatomy/reslice.py", "a") as module:
        module.write("# edited\n")
    assert outer.planned(*STUDY, "--", LABELS) == {}
    committed(repository)
    assert outer.planned(*STUDY, "--", LABELS) == {"ecgi_import_anatomy": 1, "total": 1}


@contextmanager
def served(folder):
    """Address at which the files of a folder can be read."""
    handler = partial(SimpleHTTPRequestHandler, directory=str(folder))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.mark.parametrize("address", ["{server}/ecgi/Snakefile", "git+file://{folder}/ecgi/Snakefile@main"])
def test_rules_without_their_package_are_refused_with_what_to_do(outer, address):
    committed(outer.folder)
    with served(outer.folder) as server:
        edit(outer, "ecgi/Snakefile", address.format(server=server, folder=outer.folder))
        printed = outer.snakemake("--dry-run", *STUDY, check=False)
    assert "the snakefile must be a path into a clone, or github(...)" in printed
    assert "Traceback" not in printed


def test_the_workflow_runs_in_another_folder(checkout, tmp_path_factory):
    folder = tmp_path_factory.mktemp("elsewhere")
    snakefile = str(checkout.folder / "Snakefile")
    planned = checkout.planned()
    assert planned["total"] > 40
    assert checkout.planned("--directory", str(folder)) == planned
    assert replace(checkout, folder=folder).planned("--snakefile", snakefile) == planned


def test_the_folder_of_a_run_may_have_defaults_and_a_table_of_its_own(checkout, tmp_path_factory):
    folder = tmp_path_factory.mktemp("elsewhere")
    shutil.copytree(checkout.folder / "config", folder / "config")
    for name, old, new in [
        ("cases.tsv", "phantom02", "mine"),
        ("config.yaml", "seed: 2019", "conditions: {quiet: {}}"),
    ]:
        path = folder / "config" / name
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))
    target = "results/tiny/dataset/quiet/mine.zarr"
    arguments = ("--directory", str(folder), "--config", "cases=[mine]", "--", target)
    assert checkout.planned(*arguments)["simulate_condition"] == 1
