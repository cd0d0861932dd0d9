from pathlib import Path

from snakemake.utils import min_version

min_version("9.19")

# The defaults: of the working directory or, where it has none, of the workflow.
DEFAULTS = "config/config.yaml"


configfile: DEFAULTS if Path(DEFAULTS).is_file() else workflow.source_path(DEFAULTS)


report: "workflow/report/workflow.rst"


include: "workflow/rules/terminal.smk"
include: "workflow/rules/package.smk"
include: "workflow/rules/runs.smk"
include: "workflow/rules/settings.smk"
include: "workflow/rules/inputs.smk"
include: "workflow/rules/anatomy.smk"
include: "workflow/rules/simulation.smk"
include: "workflow/rules/dataset.smk"
include: "workflow/rules/models.smk"
include: "workflow/rules/evaluation.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/subject.smk"
include: "workflow/rules/measured.smk"
include: "workflow/rules/challenge.smk"
include: "workflow/rules/messages.smk"


rule all:
    default_target: True
    input:
        MEASURED_RESULTS if EXPERIMENT.measured else SIMULATED_RESULTS,
    message:
        "All of the experiment is made"


onsuccess:
    RUN_LOCK.release()
    if set(workflow.dag_settings.targets) <= {"all"} and METRICS.is_file():
        print(*lines_of_experiment(), sep="\n")
    if "predict" in workflow.dag_settings.targets:
        print(*lines_of_prediction(), sep="\n")
        if len(RECORDINGS) > 1:
            print(*lines_of_subjects(log), sep="\n")
    if "challenge" in workflow.dag_settings.targets:
        print(*lines_of_challenge(log), sep="\n")


onerror:
    RUN_LOCK.release()
    print(*lines_of_failure(log), sep="\n", file=sys.stderr)
    if "predict" in workflow.dag_settings.targets and len(RECORDINGS) > 1:
        print(*lines_of_subjects(log), sep="\n", file=sys.stderr)
    if "challenge" in workflow.dag_settings.targets and EXPERIMENT.challenge:
        print(*lines_of_challenge(log), sep="\n", file=sys.stderr)
