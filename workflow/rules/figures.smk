# Reads  results/<experiment>/dataset/, models/, predictions/ and tables/
# Writes results/<experiment>/figures/<figure>.pdf and .png, and views/<case>.html

BSP_MODELS = [name for name in VARIANTS if EXPERIMENT.variants[name].target == "bsp"]
INVERSE = EXPERIMENT.inverse_methods
GENERATIVE = [name for name in VARIANTS if name in INVERSE]
MAP_MODELS = [name for name in VARIANTS if name not in (*BSP_MODELS, *INVERSE)]


DATASET = RESULTS / f"dataset/{SHOWN_CASE}.zarr"
SHOWN = EXPERIMENT.evaluation
SHOWN_BEATS = "phantoms" if EXPERIMENT.cohort else "all"
FIRST_CONDITIONS = CONDITIONS[:2]

FIGURES = [
    RESULTS / f"figures/{name}.{ending}"
    for name, wanted in {
        "heart": True,
        "signals": BSP_MODELS,
        "reconstructions": MAP_MODELS,
        "uncertainty": GENERATIVE,
        "training": VARIANTS,
        "comparison": INVERSE,
        "transfer": EXPERIMENT.transfer,
        "robustness": INVERSE and len(CONDITIONS) > len(FIRST_CONDITIONS),
        "calibration": GENERATIVE and SHOWN.samples >= FEWEST_FOR_INTERVALS,
    }.items()
    if wanted
    for ending in ("pdf", "png")
]


rule figure_heart:
    input:
        dataset=DATASET,
        labels=RESULTS / f"anatomy/{SHOWN_CASE}/labels.nii.gz",
        code=package_files("figure_heart"),
    output:
        **figure("heart", "heart"),
    log:
        LOGS / "figure_heart.log",
    benchmark:
        LOGS / "figure_heart.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=5,
    message:
        "Drawing the heart"
    script:
        "../scripts/figure_heart.py"


rule figure_signals:
    input:
        dataset=DATASET,
        predictions=shown(BSP_MODELS),
        code=package_files("figure_signals"),
    output:
        **figure("signals", "signals"),
    log:
        LOGS / "figure_signals.log",
    benchmark:
        LOGS / "figure_signals.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        methods=BSP_MODELS,
        shown_beat=SHOWN.shown_beat,
        shown_electrodes=SHOWN.shown_electrodes,
    message:
        "Drawing input and output signals"
    script:
        "../scripts/figure_signals.py"


rule figure_reconstructions:
    input:
        dataset=DATASET,
        prediction=lambda w: shown(MAP_MODELS)[0],
        code=package_files("figure_reconstructions"),
    output:
        **figure("reconstructions", "reconstructions"),
    log:
        LOGS / "figure_reconstructions.log",
    benchmark:
        LOGS / "figure_reconstructions.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        shown_beat=SHOWN.shown_beat,
    message:
        "Drawing reconstructed maps"
    script:
        "../scripts/figure_reconstructions.py"


rule figure_uncertainty:
    input:
        dataset=DATASET,
        predictions=shown(GENERATIVE),
        code=package_files("figure_uncertainty"),
    output:
        **figure("uncertainty", "uncertainty"),
    log:
        LOGS / "figure_uncertainty.log",
    benchmark:
        LOGS / "figure_uncertainty.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        methods=GENERATIVE,
        shown_beat=SHOWN.shown_beat,
        shown_slice=SHOWN.shown_slice,
    message:
        "Drawing predictions with their uncertainty"
    script:
        "../scripts/figure_uncertainty.py"


rule figure_training:
    input:
        histories=[
            RESULTS / f"models/{variant}/seed{seed}/history.csv"
            for variant in VARIANTS
            for seed in EXPERIMENT.training_seeds
        ],
        code=package_files("figure_training"),
    output:
        **figure("training", "training"),
    log:
        LOGS / "figure_training.log",
    benchmark:
        LOGS / "figure_training.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        variants=[variant for variant in VARIANTS for _ in EXPERIMENT.training_seeds],
    message:
        "Drawing training curves"
    script:
        "../scripts/figure_training.py"


rule figure_comparison:
    input:
        table=rules.tabulate_metrics.output.csv,
        code=package_files("figure_comparison"),
    output:
        **figure("comparison", "comparison"),
    log:
        LOGS / "figure_comparison.log",
    benchmark:
        LOGS / "figure_comparison.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        methods=INVERSE,
        beats=SHOWN_BEATS,
        conditions=FIRST_CONDITIONS,
    message:
        "Comparing all methods"
    script:
        "../scripts/figure_comparison.py"


rule figure_robustness:
    input:
        table=rules.tabulate_metrics.output.csv,
        code=package_files("figure_robustness"),
    output:
        **figure("robustness", "robustness"),
    log:
        LOGS / "figure_robustness.log",
    benchmark:
        LOGS / "figure_robustness.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        methods=INVERSE,
        beats=SHOWN_BEATS,
    message:
        "Drawing what methods make of other recordings"
    script:
        "../scripts/figure_robustness.py"


rule figure_calibration:
    input:
        table=rules.tabulate_metrics.output.csv,
        code=package_files("figure_calibration"),
    output:
        **figure("calibration", "calibration"),
    log:
        LOGS / "figure_calibration.log",
    benchmark:
        LOGS / "figure_calibration.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        methods=INVERSE,
        beats=SHOWN_BEATS,
        conditions=FIRST_CONDITIONS,
    message:
        "Drawing how often intervals cover the truth"
    script:
        "../scripts/figure_calibration.py"


rule figure_transfer:
    input:
        table=lambda w: (
            RESULTS
            / f"models/{EXPERIMENT.transfer.variant}/seed{EXPERIMENT.training_seeds[0]}"
            / f"transfer-{EXPERIMENT.transfer.case}.csv"
        ),
        code=package_files("figure_transfer"),
    output:
        **figure("transfer", "transfer"),
    log:
        LOGS / "figure_transfer.log",
    benchmark:
        LOGS / "figure_transfer.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    message:
        "Drawing what beats of a new heart are worth"
    script:
        "../scripts/figure_transfer.py"


rule view_case:
    input:
        labels=RESULTS / "anatomy/{case}/labels.nii.gz",
        dataset=RESULTS / "dataset/{case}.zarr",
        beats=beats_simulated,
        planned=rules.plan_beats.output.beats,
        electrodes=rules.place_electrodes.output.electrodes,
        predictions=[
            RESULTS / f"predictions/{method}/seed{FIRST_SEED[method]}/nominal/{{case}}.zarr"
            for method in INVERSE
        ],
        code=package_files("view_case"),
        page=[
            str(WORKFLOW / f"ecgi/reporting/viewer/heart_page.{ending}")
            for ending in ("html", "js")
        ],
    output:
        report(
            RESULTS / "views/{case}.html",
            caption="../report/view.rst",
            category="Views",
            labels={"case": "{case}"},
        ),
    log:
        LOGS / "view_case/{case}.log",
    benchmark:
        LOGS / "view_case/{case}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=10,
    params:
        methods=INVERSE,
    message:
        "Making the page of {wildcards.case}"
    script:
        "../scripts/view_case.py"
