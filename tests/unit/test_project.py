"""What others' tools look for in the project."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import ecgi

PROJECT = Path(__file__).parents[2]


def test_the_workflow_catalog_finds_what_it_shows():
    usage = yaml.safe_load((PROJECT / ".snakemake-workflow-catalog.yml").read_text())["usage"]
    assert usage.keys() == {"mandatory-flags", "software-stack-deployment"}
    assert usage["software-stack-deployment"]["conda"]
    for name in ("Snakefile", "config/README.md", "config/config.yaml", "LICENSE"):
        assert (PROJECT / name).is_file(), name
    readme = (PROJECT / "README.md").read_text().lower()
    assert "snakemake" in readme
    assert "workflow" in readme


def test_the_readme_is_one_page():
    assert len((PROJECT / "README.md").read_text().splitlines()) <= 150


def test_citation_and_changelog_are_of_this_version():
    citation = yaml.safe_load((PROJECT / "CITATION.cff").read_text())
    assert citation["version"] == ecgi.__version__
    assert f"## {ecgi.__version__}" in (PROJECT / "CHANGELOG.md").read_text()


@pytest.mark.slow
def test_the_package_installs_and_brings_its_types_and_its_page(tmp_path):
    clone = tmp_path / "clone"
    shutil.copytree(PROJECT / "workflow", clone / "workflow")
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        shutil.copy2(PROJECT / name, clone)
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(tmp_path / "site")]
    subprocess.run([*pip, str(clone)], check=True)
    found = {path.name for path in (tmp_path / "site/ecgi").iterdir()}
    assert {"py.typed", "physics", "inverse", "models"} <= found
