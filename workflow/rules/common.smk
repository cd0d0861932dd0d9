# Checks the settings once, for all rules, and names what depends on which part of the package.

import ast
import functools
import os
import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError

WORKFLOW = Path(str(workflow.current_basedir)).parent
sys.path.insert(0, str(WORKFLOW))
os.environ["PYTHONPATH"] = os.pathsep.join(
    filter(None, [str(WORKFLOW), os.environ.get("PYTHONPATH")])
)

from ecgi.config import BASELINES, ConfigError, read_cases, read_experiment

try:
    EXPERIMENT = read_experiment(config)
    CASES = read_cases(EXPERIMENT)
except ConfigError as mistake:
    raise WorkflowError(str(mistake))

RESULTS = Path("results") / EXPERIMENT.experiment
LOGS = Path("logs") / EXPERIMENT.experiment
RESOURCES = Path("results/resources")
GPUS = 1 if Path("/dev/nvidia0").exists() else 0

VARIANTS = [method for method in EXPERIMENT.methods if method in EXPERIMENT.variants]
RUNS = [
    (method, seed)
    for method in EXPERIMENT.methods
    for seed in (EXPERIMENT.training_seeds if method in VARIANTS else [0])
]


wildcard_constraints:
    case="|".join(CASES),
    method="|".join(EXPERIMENT.methods),
    variant="|".join(VARIANTS) or "none",
    seed=r"\d+",
    chunk=r"\d+-\d+",


def package_files(script):
    """Files of the package that a script imports, directly or through others."""
    found, waiting = set(), [WORKFLOW / "scripts" / f"{script}.py"]
    while waiting:
        new = _imports(waiting.pop()) - found
        found |= new
        waiting += new
    return sorted(map(str, found))


@functools.cache
def _imports(path):
    """Files of the package that a file imports."""
    return set().union(
        *(
            _resolve(path, node)
            for node in ast.walk(ast.parse(path.read_text()))
            if isinstance(node, ast.ImportFrom)
        )
    )


def _resolve(path, node):
    """Files of the package that an import statement names."""
    package = WORKFLOW / "ecgi"
    if node.level:
        base = path.parents[node.level - 1].joinpath(*(node.module or "").split("."))
    elif (node.module or "").split(".")[0] == "ecgi":
        base = WORKFLOW.joinpath(*node.module.split("."))
    else:
        return set()
    candidates = [base.with_suffix(".py"), base / "__init__.py"]
    candidates += [base / f"{name.name}.py" for name in node.names]
    candidates += [base / name.name / "__init__.py" for name in node.names]
    return {file for file in candidates if file.is_file() and package in file.parents}


def provenance(**settings):
    """What a store says about its making."""
    return {
        "experiment": EXPERIMENT.experiment,
        "seed": EXPERIMENT.seed,
        "settings": settings,
    }
