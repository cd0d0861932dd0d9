"""Scripts of the workflow: they read, call the package and write, and nothing of it on import."""

import ast
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import pytest

from ecgi.core import logs

SCRIPTS = sorted((Path(__file__).parents[2] / "workflow/scripts").glob("*.py"))
HELD = ("CUDA_VISIBLE_DEVICES", "NUMBA_NUM_THREADS", "TF_NUM_INTRAOP_THREADS", "PJRT_NPROC")


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_importing_a_script_does_nothing(path, tmp_path, monkeypatch, capfd):
    monkeypatch.chdir(tmp_path)
    before = (sys.excepthook, logs.terminal, [os.environ.get(name) for name in HELD])
    descriptors = [os.fstat(number).st_ino for number in (1, 2)]
    specification = importlib.util.spec_from_file_location(f"script_{path.stem}", path)
    specification.loader.exec_module(importlib.util.module_from_spec(specification))
    assert (sys.excepthook, logs.terminal, [os.environ.get(name) for name in HELD]) == before
    assert [os.fstat(number).st_ino for number in (1, 2)] == descriptors
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr().out == ""


@pytest.mark.parametrize("path", SCRIPTS, ids=lambda path: path.stem)
def test_a_script_defines_nothing_and_begins_with_its_log_and_resources(path):
    docstring, *imports, main = ast.parse(path.read_text()).body
    assert isinstance(docstring, ast.Expr)
    assert all(isinstance(node, ast.Import | ast.ImportFrom) for node in imports)
    assert ast.unparse(main.test) == "__name__ == '__main__'"
    assert ast.unparse(main.body[0]) == "start(snakemake)"
    defined = (ast.FunctionDef, ast.ClassDef, ast.Lambda)
    assert not [node for node in ast.walk(main) if isinstance(node, defined)]


def test_importing_all_scripts_imports_no_keras_which_reads_its_threads_once():
    names = ", ".join(path.stem for path in SCRIPTS)
    lines = ["import sys", f"sys.path[:0] = {[str(SCRIPTS[0].parent), str(SCRIPTS[0].parents[1])]}"]
    lines += [f"import {names}", "sys.exit('keras' in sys.modules or 'tensorflow' in sys.modules)"]
    assert subprocess.run([sys.executable, "-c", "\n".join(lines)]).returncode == 0


def test_all_scripts_are_looked_at():
    assert len(SCRIPTS) > 20
