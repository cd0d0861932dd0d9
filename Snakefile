from pathlib import Path

from snakemake.utils import min_version

min_version("9.19")

# The defaults: of the working directory or, where it has none, of the workflow.
DEFAULTS = "config/config.yaml"


configfile: DEFAULTS if Path(DEFAULTS).is_file() else workflow.source_path(DEFAULTS)


report: "workflow/report/workflow.rst"


include: "workflow/rules/terminal.smk"
include: "workflow/rules/runs.smk"
include: "workflow/rules/package.smk"
include: "workflow/rules/settings.smk"
include: "workflow/rules/inputs.smk"
include: "workflow/rules/anatomy.smk"
include: "workflow/rules/simulation.smk"
include: "workflow/rules/dataset.smk"
include: "workflow/rules/models.smk"
include: "workflow/rules/evaluation.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/subject.smk"
include: "workflow/rules/messages.smk"


rule all:
    default_target: True
    input:
        METRICS,
        RESULTS / "tables/metrics.md",
        RESULTS / "tables/physics.html",
        FIGURES,
        expand(RESULTS / "views/{case}.html", case=TESTED_ON),
    message:
        "All of the experiment is made"


onsuccess:
    if set(workflow.dag_settings.targets) <= {"all"} and METRICS.is_file():
        print(*lines_of_experiment(), sep="\n")
    if "predict" in workflow.dag_settings.targets:
        print(*lines_of_prediction(), sep="\n")


onerror:
    print(*lines_of_failure(log), sep="\n", file=sys.stderr)
