import ast
import re
from pathlib import Path

import pytest

import ecgi

PACKAGE = Path(ecgi.__file__).parent
MODULES = [path.relative_to(PACKAGE).as_posix() for path in sorted(PACKAGE.rglob("*.py"))]
OF_KERAS = {"call", "build", "compute_output_shape", "get_config", "compute_loss"}
PARAMETERS = re.compile(r"^Parameters\n-+\n(.*?)(?=^\w[^\n]*\n-+$|\Z)", re.MULTILINE | re.DOTALL)
ENTRY = re.compile(r"^(\S[^:\n]*)", re.MULTILINE)


def public_functions(body, owner=""):
    """Public functions, and methods of public classes, by qualified name."""
    for node in body:
        if isinstance(node, ast.ClassDef) and not node.name.startswith("_"):
            yield from public_functions(node.body, f"{owner}{node.name}.")
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            yield owner + node.name, node


def missing(name, function):
    """What the docstring of a function lacks: the docstring itself, or some of the arguments."""
    text = ast.get_docstring(function)
    if text is None:
        return ["a docstring"]
    if "." in name and re.search(r"\b[Ss]ee `", text):
        return []
    documented = {
        argument.strip().lstrip("*")
        for section in PARAMETERS.findall(text)
        for entry in ENTRY.findall(section)
        for argument in entry.split(",")
    }
    args = function.args
    named = [*args.posonlyargs, *args.args, *args.kwonlyargs, *filter(None, (args.vararg, args.kwarg))]
    return [arg.arg for arg in named if arg.arg not in documented | {"self", "cls"}]


@pytest.mark.parametrize("module", MODULES)
def test_every_public_function_documents_its_arguments(module):
    lacking = [
        f"{name} lacks {', '.join(gaps)}"
        for name, function in public_functions(ast.parse((PACKAGE / module).read_text()).body)
        if (gaps := missing(name, function))
        and not (module.startswith("models/") and function.name in OF_KERAS)
    ]
    assert not lacking, "\n".join([module, *lacking])
