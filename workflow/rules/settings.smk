# Validates the settings, once for all rules, and defines names that several rules share.

import shutil
import sys
from pathlib import Path

from ecgi.config.cases import read_cases, read_subject
from ecgi.config.experiment import read_experiment
from ecgi.config.messages import ConfigError
from ecgi.evaluation.uncertainty import FEWEST_FOR_INTERVALS
from ecgi.inverse.registry import module_of as module_of_kind
from ecgi.models.registry import module_of as module_of_family

try:
    EXPERIMENT = read_experiment(config)
    CASES = read_cases(EXPERIMENT, WORKFLOW.parent)
    HEARTS = CASES | read_subject(EXPERIMENT)
except ConfigError as mistake:
    sys.exit(str(mistake))

PARTS = EXPERIMENT.parts
TRAINED_ON = [case for case, part in PARTS.items() if part != "test"]
TESTED_ON = [case for case, part in PARTS.items() if part in (None, "test")]

RESULTS = Path("results") / EXPERIMENT.experiment
LOGS = Path("logs") / EXPERIMENT.experiment
RESOURCES = Path("results/resources")
METRICS = RESULTS / "tables/metrics.csv"
SUBJECT = EXPERIMENT.subject
SHOWN_CASE = TESTED_ON[0]
GPUS = 1 if shutil.which("nvidia-smi") else 0

VARIANTS = EXPERIMENT.compared_variants
FAMILY = {name: EXPERIMENT.variants[name].family for name in VARIANTS}
RUNS = [(method, seed) for method in EXPERIMENT.compared for seed in EXPERIMENT.seeds_of(method)]
FIRST_SEED = {method: seed for method, seed in reversed(RUNS)}
CONDITIONS = ["nominal", *EXPERIMENT.conditions]


wildcard_constraints:
    case="|".join(HEARTS),
    method="|".join([*EXPERIMENT.compared, *(SUBJECT.methods if SUBJECT else [])]),
    variant="|".join(EXPERIMENT.trained_variants) or "none",
    seed=r"\d+",
    condition="|".join(CONDITIONS),
    chunk=r"\d+-\d+",


def memory(mb):
    """Memory of a job in MB, on a cluster including two processes of Snakemake; more at each attempt."""
    return lambda wildcards, attempt: mb * attempt


def provenance(**settings):
    """Attributes of a store that record its experiment, seed and settings."""
    return {
        "experiment": EXPERIMENT.experiment,
        "seed": EXPERIMENT.seed,
        "settings": settings,
    }
