"""Another workflow takes the rules as a module, as the README says."""

import fcntl
import re
import shutil
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
import yaml

README = Path(__file__).parents[2] / "README.md"
TINY = Path(__file__).with_name("tiny.yaml")
LABELS = "results/tiny/anatomy/phantom02/labels.nii.gz"
STUDY = ("--configfile", "study.yaml")


@pytest.fixture
def outer(copied, tmp_path):
    """A workflow in whose folder a clone lies, its Snakefile that of the README."""
    checkout = copied()
    shutil.move(checkout.folder, tmp_path / "ecgi")
    snakefile = re.search(r"```snakemake\n(.*?)```", README.read_text(), re.DOTALL)[1]
    (tmp_path / "Snakefile").write_text(snakefile)
    settings = yaml.safe_load(TINY.read_text()) | {"cases_table": "ecgi/config/cases.tsv"}
    (tmp_path / "study.yaml").write_text(yaml.safe_dump(settings))
    return replace(checkout, folder=tmp_path)


def edit(outer, old, new):
    snakefile = outer.folder / "Snakefile"
    assert old in snakefile.read_text()
    snakefile.write_text(snakefile.read_text().replace(old, new))


def test_rules_of_the_module_write_to_the_folder_of_the_workflow(outer):
    assert "ecgi_slice_anatomy" in outer.snakemake(*STUDY, "--", LABELS)
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


def test_rules_without_their_package_are_refused_with_what_to_do(outer):
    identity = ("-c", "user.name=someone", "-c", "user.email=someone@example.org")
    for command in (["init", "-b", "main"], ["add", "."], [*identity, "commit", "-m", "all"]):
        subprocess.run(["git", *command], cwd=outer.folder, check=True, capture_output=True)
    edit(outer, "ecgi/Snakefile", f"git+file://{outer.folder}/ecgi/Snakefile@main")
    printed = outer.snakemake("--dry-run", *STUDY, check=False)
    assert "the snakefile must be a path into a clone" in printed
    assert "Traceback" not in printed
