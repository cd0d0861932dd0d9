# Reads  results/<experiment>/dataset/, models/, predictions/ and tables/
# Writes results/<experiment>/figures/<figure>.pdf and .png, and views/<case>.html

from typing import NamedTuple

BSP_MODELS = [name for name in VARIANTS if EXPERIMENT.variants[name].target == "bsp"]
INVERSE = EXPERIMENT.inverse_methods
GENERATIVE = [name for name in VARIANTS if name in INVERSE]
MAP_MODELS = [name for name in VARIANTS if name not in (*BSP_MODELS, *INVERSE)]

DATASET = RESULTS / f"dataset/{SHOWN_CASE}.zarr"
SHOWN = EXPERIMENT.evaluation
FIRST_CONDITIONS = CONDITIONS[:2]
COMPARED = {"methods": INVERSE, "beats": "phantoms" if EXPERIMENT.cohort else "all"}


class Figure(NamedTuple):
    """Message, inputs and parameters of the rule of a figure, and whether the experiment has the figure."""

    message: str
    wanted: bool
    inputs: dict
    params: dict = {}
    mem_mb: int = 1000


DRAWN = {
    "heart": Figure(
        "Drawing the heart",
        True,
        {"dataset": DATASET, "labels": RESULTS / f"anatomy/{SHOWN_CASE}/labels.nii.gz"},
        mem_mb=2000,
    ),
    "signals": Figure(
        "Drawing input and output signals",
        bool(BSP_MODELS),
        {"dataset": DATASET, "predictions": shown(BSP_MODELS)},
        {
            "methods": BSP_MODELS,
            "shown_beat": SHOWN.shown_beat,
            "shown_electrodes": SHOWN.shown_electrodes,
        },
    ),
    "reconstructions": Figure(
        "Drawing reconstructed maps",
        bool(MAP_MODELS),
        {"dataset": DATASET, "prediction": lambda w: shown(MAP_MODELS)[0]},
        {"shown_beat": SHOWN.shown_beat},
    ),
    "uncertainty": Figure(
        "Drawing predictions with their uncertainty",
        bool(GENERATIVE),
        {"dataset": DATASET, "predictions": shown(GENERATIVE)},
        {
            "methods": GENERATIVE,
            "shown_beat": SHOWN.shown_beat,
            "shown_slice": SHOWN.shown_slice,
        },
    ),
    "training": Figure(
        "Drawing training curves",
        bool(VARIANTS),
        {
            "histories": [
                RESULTS / f"models/{variant}/seed{seed}/history.csv"
                for variant in VARIANTS
                for seed in EXPERIMENT.training_seeds
            ]
        },
        {"variants": [variant for variant in VARIANTS for _ in EXPERIMENT.training_seeds]},
    ),
    "comparison": Figure(
        "Comparing all methods",
        bool(INVERSE),
        {"table": METRICS},
        COMPARED | {"conditions": FIRST_CONDITIONS},
    ),
    "transfer": Figure(
        "Drawing the error after fine-tuning on a new heart",
        EXPERIMENT.transfer is not None,
        {"table": transferred},
    ),
    "robustness": Figure(
        "Drawing the errors under all conditions",
        bool(INVERSE) and CONDITIONS != FIRST_CONDITIONS,
        {"table": METRICS},
        COMPARED,
    ),
    "calibration": Figure(
        "Drawing the coverage of intervals",
        bool(GENERATIVE) and SHOWN.samples >= FEWEST_FOR_INTERVALS,
        {"table": METRICS},
        COMPARED | {"conditions": FIRST_CONDITIONS},
    ),
}
FIGURES = [
    RESULTS / f"figures/{name}.{ending}"
    for name, figure in DRAWN.items()
    if figure.wanted
    for ending in ("pdf", "png")
]

for name, figure in DRAWN.items():

    rule:
        name:
            f"figure_{name}"
        input:
            **figure.inputs,
        output:
            pdf=RESULTS / f"figures/{name}.pdf",
            png=report(
                RESULTS / f"figures/{name}.png",
                caption=f"../report/{name}.rst",
                category="Figures",
                labels={"figure": name},
            ),
        log:
            LOGS / f"figure_{name}.log",
        benchmark:
            LOGS / f"figure_{name}.tsv"
        conda:
            "../../envs/environment.yaml"
        resources:
            mem_mb=memory(figure.mem_mb),
            runtime=minutes(5),
        params:
            **figure.params,
            code=digest_of(f"figure_{name}"),
            figure=name,
        message:
            figure.message
        script:
            "../scripts/figure_{params.figure}.py"


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
        runtime=minutes(10),
    params:
        code=digest_of("view_case"),
        methods=INVERSE,
    message:
        "Making the 3-D view of {wildcards.case}"
    script:
        "../scripts/view_case.py"


SIMULATED_RESULTS = [
    METRICS,
    RESULTS / "tables/metrics.md",
    RESULTS / "tables/physics.html",
    *FIGURES,
    *expand(RESULTS / "views/{case}.html", case=TESTED_ON),
    *expand(RESULTS / "anatomy/{case}/check.png", case=TESTED_ON),
]
