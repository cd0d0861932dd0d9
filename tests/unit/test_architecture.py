"""The packages of ecgi: each imports only from itself and those before it, and never in a circle."""

import ast
import subprocess
import sys
from graphlib import TopologicalSorter
from pathlib import Path

import pytest

import ecgi

ROOT = Path(ecgi.__file__).parent
ORDER = ["core", "anatomy", "physics", "io", "data", "models", "inverse", "evaluation", "config", "reporting"]
FILES = sorted(ROOT.rglob("*.py"))


def imported(path):
    """Modules of the package that a file imports, as tuples such as ("physics", "bsp")."""
    package = path.relative_to(ROOT).parent.parts
    tree = ast.parse(path.read_text())
    typing = {node for branch in ast.walk(tree) if is_for_types(branch) for node in ast.walk(branch)}
    for node in ast.walk(tree):
        if not isinstance(node, ast.ImportFrom) or not node.level or node in typing:
            continue
        base = package[: len(package) + 1 - node.level] + tuple((node.module or "").split("."))
        base = tuple(part for part in base if part)
        for name in node.names:
            longer = (*base, name.name)
            yield longer if is_module(longer) else base


def is_for_types(node):
    return isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"


def is_module(parts):
    return (
        ROOT.joinpath(*parts).with_suffix(".py").is_file()
        or (ROOT.joinpath(*parts) / "__init__.py").is_file()
    )


@pytest.mark.parametrize("path", FILES, ids=lambda path: str(path.relative_to(ROOT)))
def test_a_module_imports_only_from_its_package_and_those_before_it(path):
    own = path.relative_to(ROOT).parts[0]
    if own == "__init__.py":
        assert not list(imported(path))
        return
    allowed = ORDER[: ORDER.index(own) + 1]
    assert {module[0] for module in imported(path) if module} <= set(allowed)


def test_every_folder_is_in_the_order():
    assert {path.name for path in ROOT.iterdir() if (path / "__init__.py").is_file()} == set(ORDER)


def test_no_imports_run_in_a_circle():
    graph = {}
    for path in FILES:
        parts = path.relative_to(ROOT).with_suffix("").parts
        name = parts[:-1] if parts[-1] == "__init__" else parts
        graph[name] = {module for module in imported(path) if module != name}
    TopologicalSorter(graph).prepare()


def test_names_are_imported_from_the_package_by_relative_imports_alone():
    for path in FILES:
        for node in ast.walk(ast.parse(path.read_text())):
            assert not (isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] == "ecgi"), (
                path
            )


def test_reading_a_config_loads_neither_keras_nor_numba():
    code = "import sys, ecgi.config.cases, ecgi.config.experiment; print(*sys.modules)"
    loaded = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT.parent, capture_output=True, text=True, check=True
    ).stdout.split()
    assert "ecgi.inverse.search" in loaded
    assert not {"keras", "tensorflow", "jax", "numba", "matplotlib", "pyvista"} & set(loaded)
