# Checks the settings once, for all rules, and names what depends on which part of the package.

import ast
import functools
import os
import re
import shutil
import sys
from pathlib import Path

WORKFLOW = Path(str(workflow.current_basedir)).parent
if not WORKFLOW.is_dir():
    sys.exit(
        "module: the snakefile must be a path into a clone; github(...) and the like fetch the rules "
        "without the package ecgi that they run"
    )
sys.path.insert(0, str(WORKFLOW))
os.environ |= {"PYTHONPATH": str(WORKFLOW)}

from ecgi.config.cases import read_cases, read_subject
from ecgi.config.experiment import read_experiment
from ecgi.config.messages import ConfigError
from ecgi.evaluation.uncertainty import FEWEST_FOR_INTERVALS

try:
    EXPERIMENT = read_experiment(config)
    CASES = read_cases(EXPERIMENT)
    HEARTS = CASES | read_subject(EXPERIMENT)
except ConfigError as mistake:
    sys.exit(str(mistake))

PARTS = EXPERIMENT.parts
TRAINED_ON = [case for case, part in PARTS.items() if part != "test"]
JUDGED_ON = [case for case, part in PARTS.items() if part in (None, "test")]

RESULTS = Path("results") / EXPERIMENT.experiment
LOGS = Path("logs") / EXPERIMENT.experiment
RESOURCES = Path("results/resources")
METRICS = RESULTS / "tables/metrics.csv"
SUBJECT = EXPERIMENT.subject
SHOWN_CASE = JUDGED_ON[0]
GPUS = 1 if shutil.which("nvidia-smi") else 0

VARIANTS = EXPERIMENT.compared_variants
FAMILY = {name: EXPERIMENT.variants[name].family for name in VARIANTS}
RUNS = [(method, seed) for method in EXPERIMENT.compared for seed in EXPERIMENT.seeds_of(method)]

KILLED = (
    "A job was killed from outside, as happens when memory runs out. Run again with fewer jobs at once, "
    "such as by --cores 1 or --resources mem_mb=4000; what is finished stays."
)

CONDITIONS = ["nominal", *EXPERIMENT.conditions]
FIRST_SEED = {method: seed for method, seed in reversed(RUNS)}


wildcard_constraints:
    case="|".join(HEARTS),
    method="|".join([*EXPERIMENT.compared, *(SUBJECT.methods if SUBJECT else [])]),
    variant="|".join(EXPERIMENT.trained_variants) or "none",
    seed=r"\d+",
    condition="|".join(CONDITIONS),
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


def memory(mb):
    """Memory of a job, which on a cluster holds two processes of Snakemake too; more at each attempt."""
    return lambda wildcards, attempt: mb * attempt


def last_words(run_logs):
    """What each job that failed said last, once, with its log; and what to do if one was killed."""
    told = "\n".join(Path(path).read_text(errors="replace") for path in run_logs)
    failed = re.findall(r"^ +log: (.+?)(?:, | \(check)", told, re.MULTILINE)
    logs = [Path(path) for path in dict.fromkeys(failed) if os.path.isfile(path)]
    said = {}
    for path in logs:
        for line in path.read_text(errors="replace").splitlines()[-1:]:
            said.setdefault(line, path)
    words = [f"{line} (log: {path})" for line, path in said.items()]
    return words + [KILLED] * bool(re.search(r"SIGKILL|non-zero exit status 137", told))


def closing_words():
    """What was made and where, and the headline figures beside the paper's."""
    import pandas as pd

    from ecgi.reporting.headlines import headlines

    table = pd.read_csv(METRICS)
    return [
        "",
        f"{EXPERIMENT.experiment}: {len(EXPERIMENT.compared)} methods on {', '.join(JUDGED_ON)}, test beats",
        *(f"  {line}" for line in headlines(table, INVERSE)),
        f"All metrics are in {RESULTS}/tables/metrics.md, figures in {RESULTS}/figures, the hearts in 3-D",
        f"in {RESULTS}/views. `make report`, or the same command with --report report.zip, gathers all",
        f"of it in {Path('report.zip').absolute()}.",
        "",
    ]


def words_on_subject():
    """What was predicted and how far to believe it, what was noticed in the recording, what to read."""
    import pandas as pd

    from ecgi.evaluation.goodness_of_fit import fit
    from ecgi.io import stores
    from ecgi.reporting.subject_page import NOT_A_DEVICE

    folder = SUBJECTS / SUBJECT.case
    notes = stores.read(folder / "recording.zarr").attrs["notes"]
    words = ["", *(f"{SUBJECT.case}: {note}" for note in notes if note.startswith("warning"))]
    for method in SUBJECT.methods:
        signals = stores.read(folder / f"{method}.zarr")
        judged = fit(signals["bsp_recorded"].values, signals["bsp"].values)
        site = pd.read_csv(folder / method / EXPORTS["site"]).loc[0, ["x_mm", "y_mm", "z_mm"]]
        words += [
            f"{SUBJECT.case} by {method}: earliest site ({', '.join(f'{x:.0f}' for x in site)}) mm, patient RAS",
            f"  fit to the recording: {judged.words}",
            f"  read {folder / method / EXPORTS['summary']} first",
        ]
    return [*words, NOT_A_DEVICE, ""]


def beats_simulated(wildcards):
    """Stores of all beats of a heart."""
    beats = RESULTS / f"simulation/{wildcards.case}/beats"
    return [beats / f"{chunk}.zarr" for chunk in chunks_of(wildcards.case)]


def chunks_of(case):
    """Names of the chunks in which a heart's beats are simulated."""
    chunks = EXPERIMENT.protocol.chunks(EXPERIMENT.beats_of(case))
    return [f"{first:06d}-{last:06d}" for first, last in chunks]


def provenance(**settings):
    """What a store says about its making."""
    return {
        "experiment": EXPERIMENT.experiment,
        "seed": EXPERIMENT.seed,
        "settings": settings,
    }


def source_of(wildcards):
    """File that a case is made from; none for a phantom."""
    case = HEARTS[wildcards.case]
    if case.kind == "phantom":
        return []
    if case.source in EXPERIMENT.downloads:
        member = EXPERIMENT.downloads[case.source].member
        return RESOURCES / case.source / Path(member).name
    return case.source


def labels_of(wildcards):
    """Labels of each tissue in a case's source; none for a phantom."""
    if SUBJECT and wildcards.case not in CASES:
        return SUBJECT.labels.tissues()
    name = CASES[wildcards.case].label_map
    return EXPERIMENT.label_maps[name].tissues() if name else {}


def fibres_of(wildcards):
    """Fibre directions, where waves run faster along them."""
    if EXPERIMENT.conduction.fibres == "none":
        return []
    return RESULTS / f"anatomy/{wildcards.case}/fibres.zarr"


def blends_of(wildcards):
    """Blended beats, for the variants that train on them."""
    wanted = EXPERIMENT.variants[wildcards.variant].blends
    return [RESULTS / f"dataset/{case}-blends.zarr" for case in TRAINED_ON] if wanted else []


def method_of(wildcards):
    """Settings of a method; None for a trained variant by itself."""
    if wildcards.method in EXPERIMENT.variants:
        return None
    return EXPERIMENT.all_methods[wildcards.method].model_dump()


def made_from(wildcards):
    """Inputs that a method is made from: a trained model, or blended beats of the heart that it is fitted on."""
    variant = EXPERIMENT.variant_behind(wildcards.method)
    if variant is not None:
        seed = getattr(wildcards, "seed", EXPERIMENT.training_seeds[0])
        return {
            "model": RESULTS / f"models/{variant}/seed{seed}/model.keras",
            "normalisation": RESULTS / "dataset/normalisation.json",
            "training": [RESULTS / f"dataset/{case}.zarr" for case in TRAINED_ON],
        }
    if getattr(EXPERIMENT.all_methods[wildcards.method], "blends", False):
        return {"blends": RESULTS / f"dataset/{wildcards.case}-blends.zarr"}
    return {}


def fitted_on(wildcards):
    """Dataset of the subject's heart, for a method that is fitted on it."""
    method = EXPERIMENT.all_methods.get(wildcards.method)
    if method is None or method.needs != "training":
        return []
    return RESULTS / f"dataset/{wildcards.case}.zarr"


def is_slow(method):
    """Whether a method computes waves for each beat."""
    return method not in EXPERIMENT.variants and EXPERIMENT.all_methods[method].needs != "training"


def exported(wildcards):
    """Files that the subject's predictions are exported to."""
    if SUBJECT is None:
        raise WorkflowError("predict: no subject is configured; README.md says what to give")
    return expand(rules.export_subject.output, case=SUBJECT.case, method=SUBJECT.methods)


def truth_of(condition, case):
    """Store of the beats that a condition is judged on."""
    return RESULTS / "dataset" / ("" if condition == "nominal" else condition) / f"{case}.zarr"


def shown(methods):
    """Predictions that a figure shows: the first case, the first training seed."""
    return [
        RESULTS / f"predictions/{method}/seed{FIRST_SEED[method]}/nominal/{SHOWN_CASE}.zarr"
        for method in methods
    ]


def figure(name, caption, category="Figures"):
    """A figure as PDF and PNG, the PNG in the report."""
    return {
        "pdf": RESULTS / f"figures/{name}.pdf",
        "png": report(
            RESULTS / f"figures/{name}.png",
            caption=f"../report/{caption}.rst",
            category=category,
            labels={"figure": name.replace("_", " ")},
        ),
    }
