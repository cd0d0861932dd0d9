# Reads  measured beats, from the web or a folder
# Writes results/resources/measured/<case>/ (files from the web) and results/<experiment>/measured/<case>/:
#        beats.zarr, transfers.zarr, estimates.zarr, scores.csv, forward.csv, scores.md, figures;
#        placed/: beats.zarr, own.zarr, estimates.zarr, scores.csv, scores.md, figures

MEASURED = EXPERIMENT.measured
MEASURED_FIGURES = ["electrograms", "activation", "potentials"]
MEASURED_METHODS = (
    {name: EXPERIMENT.all_methods[name].model_dump() for name in EXPERIMENT.compared}
    if MEASURED
    else {}
)
PLACED = [case for case in MEASURED if MEASURED[case].placed]
PLACED_FIGURES = ["electrograms", "activation"]


rule fetch_measured:
    output:
        RESOURCES / "measured/{case}/{name}",
    log:
        LOGS / "fetch_measured/{case}-{name}.log",
    benchmark:
        LOGS / "fetch_measured/{case}-{name}.tsv"
    wildcard_constraints:
        name="[^/]+",
    priority: 100
    localrule: True
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(500),
        runtime=minutes(10),
    params:
        code=digest_of("fetch_measured"),
        address=address_of,
    message:
        "Fetching {wildcards.name}"
    script:
        "../scripts/fetch_measured.py"


rule read_measured:
    input:
        measured_files,
    output:
        directory(RESULTS / "measured/{case}/beats.zarr"),
    log:
        LOGS / "read_measured/{case}.log",
    benchmark:
        LOGS / "read_measured/{case}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(5),
    params:
        code=digest_of("read_measured"),
        names=lambda w: list(MEASURED[w.case].files.hashes()),
        settings=reading_of,
        provenance=lambda w: provenance(
            measured=reading_of(w),
            licence=MEASURED[w.case].files.licence,
            credit=MEASURED[w.case].files.credit,
        ),
    message:
        "Reading the measured beats of {wildcards.case}"
    script:
        "../scripts/read_measured.py"


rule transfer_measured:
    input:
        rules.read_measured.output[0],
    output:
        directory(RESULTS / "measured/{case}/transfers.zarr"),
    log:
        LOGS / "transfer_measured/{case}.log",
    benchmark:
        LOGS / "transfer_measured/{case}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    params:
        code=digest_of("transfer_measured"),
        qrs=lambda w: MEASURED[w.case].qrs,
        matrices=lambda w: MEASURED[w.case].matrices,
        blocks=lambda w: MEASURED[w.case].blocks,
        provenance=lambda w: provenance(measured=reading_of(w), matrices=MEASURED[w.case].matrices),
    message:
        "Relating heart and torso of {wildcards.case}"
    script:
        "../scripts/transfer_measured.py"


rule score_measured:
    input:
        beats=rules.read_measured.output[0],
        transfers=rules.transfer_measured.output[0],
    output:
        estimates=directory(RESULTS / "measured/{case}/estimates.zarr"),
        scores=RESULTS / "measured/{case}/scores.csv",
        floor=RESULTS / "measured/{case}/forward.csv",
        page=RESULTS / "measured/{case}/scores.md",
    log:
        LOGS / "score_measured/{case}.log",
    benchmark:
        LOGS / "score_measured/{case}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    params:
        code=digest_of("score_measured", "inverse.classical"),
        settings=lambda w: MEASURED[w.case].model_dump(
            include={"qrs", "reference", "blocks", "snr_db"}
        ),
        methods=MEASURED_METHODS,
        resamples=EXPERIMENT.evaluation.bootstrap,
        seed=EXPERIMENT.seed,
        provenance=lambda w: provenance(
            measured=reading_of(w),
            methods={name: settings_behind(name) for name in EXPERIMENT.compared},
        ),
    message:
        "Scoring the measured beat of {wildcards.case}"
    script:
        "../scripts/score_measured.py"


rule figure_measured:
    input:
        beats=rules.read_measured.output[0],
        transfers=rules.transfer_measured.output[0],
        estimates=rules.score_measured.output.estimates,
    output:
        **{
            f"{figure}_{ending}": RESULTS / f"measured/{{case}}/{figure}.{ending}"
            for figure in MEASURED_FIGURES
            for ending in ("pdf", "png")
        },
    log:
        LOGS / "figure_measured/{case}.log",
    benchmark:
        LOGS / "figure_measured/{case}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(5),
    params:
        code=digest_of("figure_measured"),
        figures=MEASURED_FIGURES,
        shown_ms=lambda w: MEASURED[w.case].shown_ms,
    message:
        "Drawing the measured beat of {wildcards.case}"
    script:
        "../scripts/figure_measured.py"


rule place_measured:
    input:
        beats=rules.read_measured.output[0],
        files=measured_files,
    output:
        beats=directory(RESULTS / "measured/{case}/placed/beats.zarr"),
        own=directory(RESULTS / "measured/{case}/placed/own.zarr"),
    log:
        LOGS / "place_measured/{case}.log",
    benchmark:
        LOGS / "place_measured/{case}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=minutes(10),
    params:
        code=digest_of("place_measured"),
        names=lambda w: list(MEASURED[w.case].files.hashes()),
        settings=placing_of,
        matrices=lambda w: MEASURED[w.case].matrices,
        provenance=lambda w: provenance(
            placed=placing_of(w),
            licence=MEASURED[w.case].files.licence,
            credit=MEASURED[w.case].files.credit,
        ),
    message:
        "Placing hearts in the torso of {wildcards.case}"
    script:
        "../scripts/place_measured.py"


rule score_placed:
    input:
        beats=rules.place_measured.output.beats,
        own=rules.place_measured.output.own,
        scores=rules.score_measured.output.scores,
    output:
        estimates=directory(RESULTS / "measured/{case}/placed/estimates.zarr"),
        scores=RESULTS / "measured/{case}/placed/scores.csv",
        page=RESULTS / "measured/{case}/placed/scores.md",
    log:
        LOGS / "score_placed/{case}.log",
    benchmark:
        LOGS / "score_placed/{case}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(1500),
        runtime=minutes(10),
    params:
        code=digest_of("score_placed", "inverse.classical"),
        settings=placing_of,
        own_qrs=lambda w: MEASURED[w.case].qrs,
        methods=MEASURED_METHODS,
        reference=lambda w: MEASURED[w.case].reference,
        blocks=lambda w: MEASURED[w.case].blocks,
        resamples=EXPERIMENT.evaluation.bootstrap,
        seed=EXPERIMENT.seed,
        provenance=lambda w: provenance(
            placed=placing_of(w),
            methods={name: settings_behind(name) for name in EXPERIMENT.compared},
        ),
    message:
        "Scoring the placed beat of {wildcards.case}"
    script:
        "../scripts/score_placed.py"


rule figure_placed:
    input:
        beats=rules.place_measured.output.beats,
        estimates=rules.score_placed.output.estimates,
    output:
        **{
            f"{figure}_{ending}": RESULTS / f"measured/{{case}}/placed/{figure}.{ending}"
            for figure in PLACED_FIGURES
            for ending in ("pdf", "png")
        },
    log:
        LOGS / "figure_placed/{case}.log",
    benchmark:
        LOGS / "figure_placed/{case}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(5),
    params:
        code=digest_of("figure_placed"),
        figures=PLACED_FIGURES,
    message:
        "Drawing the placed beat of {wildcards.case}"
    script:
        "../scripts/figure_placed.py"


MEASURED_RESULTS = [
    *expand(RESULTS / "measured/{case}/scores.md", case=MEASURED),
    *expand(
        RESULTS / "measured/{case}/{figure}.{ending}",
        case=MEASURED,
        figure=MEASURED_FIGURES,
        ending=["pdf", "png"],
    ),
    *expand(RESULTS / "measured/{case}/placed/scores.md", case=PLACED),
    *expand(
        RESULTS / "measured/{case}/placed/{figure}.{ending}",
        case=PLACED,
        figure=PLACED_FIGURES,
        ending=["pdf", "png"],
    ),
]
