from snakemake.utils import min_version

min_version("9.19")


configfile: "config/config.yaml"


report: "workflow/report/workflow.rst"


include: "workflow/rules/terminal.smk"
include: "workflow/rules/runs.smk"
include: "workflow/rules/common.smk"
include: "workflow/rules/anatomy.smk"
include: "workflow/rules/simulation.smk"
include: "workflow/rules/dataset.smk"
include: "workflow/rules/models.smk"
include: "workflow/rules/evaluation.smk"
include: "workflow/rules/figures.smk"
include: "workflow/rules/subject.smk"


rule all:
    default_target: True
    input:
        METRICS,
        RESULTS / "tables/metrics.md",
        RESULTS / "tables/physics.html",
        FIGURES,
        expand(RESULTS / "views/{case}.html", case=JUDGED_ON),
    message:
        "All of the experiment is made"


onsuccess:
    if set(workflow.dag_settings.targets) <= {"all"} and METRICS.is_file():
        print(*closing_words(), sep="\n")
    if "predict" in workflow.dag_settings.targets:
        print(*words_on_subject(), sep="\n")


onerror:
    print(*last_words(log), sep="\n", file=sys.stderr)
