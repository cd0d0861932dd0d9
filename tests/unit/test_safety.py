"""Nothing that a user gives is run: no pickle, no eval, no shell command built from text."""

import ast
import re
from pathlib import Path

import pytest

PROJECT = Path(__file__).parents[2]
MODULES = sorted((PROJECT / "workflow").rglob("*.py"))
RULES = [PROJECT / "Snakefile", *sorted((PROJECT / "workflow/rules").glob("*.smk"))]
FORBIDDEN_MODULES = {"pickle", "dill", "cloudpickle", "joblib", "marshal", "shelve"}
FORBIDDEN_CALLS = {
    "eval", "exec", "compile", "__import__", "os.system", "os.popen", "yaml.load", "yaml.unsafe_load",
    "yaml.full_load", "pd.read_pickle", "pd.eval", "keras.config.enable_unsafe_deserialization",
}  # fmt: skip
FORBIDDEN_OPTIONS = {("allow_pickle", True), ("shell", True), ("safe_mode", False)}


def risks(source):
    """What a module does that could run what it reads."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names if name.name.split(".")[0] in FORBIDDEN_MODULES)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").split(".")[0] in FORBIDDEN_MODULES:
            yield node.module
        elif isinstance(node, ast.Call):
            if ast.unparse(node.func) in FORBIDDEN_CALLS:
                yield ast.unparse(node.func)
            for option in node.keywords:
                if isinstance(option.value, ast.Constant) and (
                    (option.arg, option.value.value) in FORBIDDEN_OPTIONS
                ):
                    yield option.arg


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.stem)
def test_no_module_runs_what_it_reads(path):
    assert list(risks(path.read_text())) == []


@pytest.mark.parametrize(
    "line",
    [
        "import pickle",
        "from pickle import loads",
        "eval(text)",
        "np.load(path, allow_pickle=True)",
        "subprocess.run(text, shell=True)",
        "os.system(text)",
        "yaml.load(text)",
        "keras.saving.load_model(path, safe_mode=False)",
    ],
)
def test_what_is_looked_for_would_be_found(line):
    assert len(list(risks(line))) == 1


@pytest.mark.parametrize("path", RULES, ids=lambda path: path.stem)
def test_rules_quote_what_they_put_into_shell_commands(path):
    text = path.read_text()
    assert not re.search(r"\bpickle\b|\beval\(|\bexec\(|yaml\.load|os\.system|shell=True", text)
    for command in re.findall(r"shell:((?:\s+[rf]?\"[^\n]*\")+)", text):
        for field in re.findall(r"\{(.*?)\}", command):
            assert field.endswith(":q"), f"{path.name}: {{{field}}} is not quoted"
