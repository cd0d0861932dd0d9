# Validates the settings, once for all rules, and defines names that several rules share.

import shutil
import sys
from math import ceil
from pathlib import Path

from ecgi.config.cases import BESIDE, read_cases, read_subjects
from ecgi.config.cohort import PHANTOM
from ecgi.config.experiment import read_experiment
from ecgi.config.messages import ConfigError
from ecgi.config.sizes import dataset_mb, maps_mb, simulated_mb
from ecgi.config.subject import OF_RECORDING, PROGRAMS
from ecgi.evaluation.uncertainty import FEWEST_FOR_INTERVALS
from ecgi.inverse.registry import module_of as module_of_kind
from ecgi.io.contact_maps import files_of_map
from ecgi.io.torso_tables import files_of
from ecgi.models.registry import module_of as module_of_family

try:
    EXPERIMENT = read_experiment(config)
    CASES = read_cases(EXPERIMENT, WORKFLOW.parent)
    HEARTS = CASES | read_subjects(EXPERIMENT)
except ConfigError as mistake:
    sys.exit(str(mistake))

PARTS = EXPERIMENT.parts
TRAINED_ON = [case for case, part in PARTS.items() if part != "test"]
TESTED_ON = [case for case, part in PARTS.items() if part in (None, "test")]

RESULTS = Path("results") / EXPERIMENT.experiment
LOGS = Path("logs") / EXPERIMENT.experiment
RESOURCES = Path("results/resources")
METRICS = RESULTS / "tables/metrics.csv"
RECORDINGS = EXPERIMENT.recordings
SHOWN_CASE = next(iter(TESTED_ON), None)
GPUS = 1 if shutil.which("nvidia-smi") else 0

VARIANTS = EXPERIMENT.compared_variants
FAMILY = {name: EXPERIMENT.variants[name].family for name in VARIANTS}
RUNS = [(method, seed) for method in EXPERIMENT.compared for seed in EXPERIMENT.seeds_of(method)]
FIRST_SEED = {method: seed for method, seed in reversed(RUNS)}
CONDITIONS = ["nominal", *EXPERIMENT.conditions]

# A cohort's names are one pattern: it is part of every path, which Snakemake reads for each job.
PATTERNS = [PHANTOM] if EXPERIMENT.cohort else []
PATTERNS += [name for name in [*HEARTS, *EXPERIMENT.measured] if name not in EXPERIMENT.phantoms]


wildcard_constraints:
    case="|".join(PATTERNS),
    subject="|".join(RECORDINGS) or "none",
    method="|".join(EXPERIMENT.used),
    variant="|".join(EXPERIMENT.trained_variants) or "none",
    seed=r"\d+",
    condition="|".join(CONDITIONS),
    chunk=r"\d+-\d+",
    beat=r"\d+",
    program="|".join(PROGRAMS),


def memory(mb, data=lambda wildcards: 0):
    """Memory of a job in MB: without data, on a cluster with two processes of Snakemake, and of its data.

    More at each attempt.
    """
    return lambda wildcards, attempt: ceil((mb + data(wildcards)) * attempt)


def minutes(most, data=lambda wildcards: 0):
    """Time limit of a job in minutes: without data, and for its data; more at each attempt."""
    return lambda wildcards, attempt: ceil((most + data(wildcards)) * attempt)


def to_simulate(beats):
    """Memory in MB to simulate beats, or to resample simulated ones."""
    return 3 * simulated_mb(EXPERIMENT, beats)


def to_predict(beats):
    """Memory in MB to predict beats, or to score their predictions."""
    return 3 * maps_mb(EXPERIMENT, (2 + EXPERIMENT.evaluation.samples) * beats)


def to_train(beats):
    """Memory in MB to train on beats, held six times: as read, as inputs, joined and on the device."""
    return 6 * dataset_mb(EXPERIMENT, beats)


def beats_of_case(wildcards):
    """Number of beats of a heart."""
    return EXPERIMENT.beats_of(wildcards.case)


def beats_trained_on(wildcards):
    """Number of beats that a variant is trained and validated on."""
    blends = EXPERIMENT.variants[wildcards.variant].blends
    more = EXPERIMENT.dataset.blends * len(TRAINED_ON) if blends else 0
    return more + sum(map(EXPERIMENT.beats_of, TRAINED_ON))


def provenance(**settings):
    """Attributes of a store that record its experiment, seed and settings."""
    return {
        "experiment": EXPERIMENT.experiment,
        "seed": EXPERIMENT.seed,
        "settings": settings,
    }
