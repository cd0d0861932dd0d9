# Reads  results/<experiment>/dataset/ and models/
# Writes results/<experiment>/predictions/<method>/seed<seed>/<condition>/<case>.zarr,
#        scores/<method>-seed<seed>.csv, tables/metrics.csv, metrics.md, metrics.html, overview.md and .tex,
#        by_condition.md and .tex, physics.html

from hashlib import sha256


rule predict_beats:
    input:
        unpack(made_from),
        dataset=rules.build_dataset.output[0],
        conditions=expand(
            RESULTS / "dataset/{condition}/{case}.zarr",
            condition=EXPERIMENT.conditions,
            allow_missing=True,
        ),
        labels=rules.import_anatomy.output.labels,
        lead_field=rules.place_electrodes.output.lead_field,
    output:
        [
            directory(RESULTS / f"predictions/{{method}}/seed{{seed}}/{condition}/{{case}}.zarr")
            for condition in CONDITIONS
        ],
    log:
        LOGS / "predict_beats/{method}-seed{seed}-{case}.log",
    benchmark:
        LOGS / "predict_beats/{method}-seed{seed}-{case}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=memory(3000, lambda w: to_predict(beats_of_case(w))),
        runtime=minutes(
            10, lambda w: len(CONDITIONS) * beats_of_case(w) * seconds_per_beat(w.method) / 60
        ),
    params:
        code=lambda w: digest_of("predict_beats", *modules_of(w.method)),
        method=method_of,
        reconstructs=lambda w: w.method in VARIANTS and not EXPERIMENT.variants[w.method].conditions,
        network_samples=EXPERIMENT.dataset.network_samples,
        window_ms=EXPERIMENT.bsp.samples * EXPERIMENT.bsp.time_step_ms,
        slices=EXPERIMENT.slices.model_dump(),
        action_potential=CELL,
        sampling=SAMPLING,
        conductivity=CONDUCTIVITY,
        conditions=CONDITIONS,
        samples=EXPERIMENT.evaluation.samples,
        provenance=lambda w: provenance(
            methods=settings_behind(w.method), samples=EXPERIMENT.evaluation.samples
        ),
    message:
        "Predicting {wildcards.case} by {wildcards.method}"
    script:
        "../scripts/predict_beats.py"


rule score:
    input:
        datasets=expand(RESULTS / "dataset/{case}.zarr", case=TESTED_ON),
        truths=[truth_of(condition, case) for condition in CONDITIONS for case in TESTED_ON],
        predictions=expand(
            RESULTS / "predictions/{method}/seed{seed}/{condition}/{case}.zarr",
            condition=CONDITIONS,
            case=TESTED_ON,
            allow_missing=True,
        ),
        normalisation=rules.describe_dataset.output.normalisation,
    output:
        RESULTS / "scores/{method}-seed{seed}.csv",
    log:
        LOGS / "score/{method}-seed{seed}.log",
    benchmark:
        LOGS / "score/{method}-seed{seed}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(1000, lambda w: to_predict(max(map(EXPERIMENT.beats_of, TESTED_ON)))),
        runtime=minutes(
            5, lambda w: len(CONDITIONS) * sum(map(EXPERIMENT.beats_of, TESTED_ON)) / 500
        ),
    params:
        code=digest_of("score"),
        conditions=[condition for condition in CONDITIONS for _ in TESTED_ON],
    message:
        "Scoring {wildcards.method}, seed {wildcards.seed}"
    script:
        "../scripts/score.py"


rule tabulate_metrics:
    input:
        scores=[RESULTS / f"scores/{method}-seed{seed}.csv" for method, seed in RUNS],
    output:
        csv=RESULTS / "tables/metrics.csv",
        markdown=RESULTS / "tables/metrics.md",
        overview=RESULTS / "tables/overview.md",
        overview_latex=RESULTS / "tables/overview.tex",
        by_condition=RESULTS / "tables/by_condition.md",
        by_condition_latex=RESULTS / "tables/by_condition.tex",
        html=report(
            RESULTS / "tables/metrics.html",
            caption="../report/metrics.rst",
            category="Tables",
            labels={"table": "all metrics"},
        ),
    log:
        LOGS / "tabulate_metrics.log",
    benchmark:
        LOGS / "tabulate_metrics.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(5),
    params:
        code=digest_of("tabulate_metrics"),
        runs=RUNS,
        families=FAMILY,
        phantoms=[case for case in TESTED_ON if case not in EXPERIMENT.cases],
        resamples=EXPERIMENT.evaluation.bootstrap,
        seed=EXPERIMENT.seed,
    message:
        "Tabulating the metrics"
    script:
        "../scripts/tabulate_metrics.py"


rule physics_page:
    output:
        report(
            RESULTS / "tables/physics.html",
            caption="../report/physics.rst",
            category="Physics",
            labels={"table": "how we know the physics is right"},
        ),
    log:
        LOGS / "physics_page.log",
    benchmark:
        LOGS / "physics_page.tsv"
    localrule: True
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    params:
        code=digest_of("physics_page"),
        page=sha256((WORKFLOW / "report/physics.html").read_bytes()).hexdigest(),
    message:
        "Copying the page on the physics"
    script:
        "../scripts/physics_page.py"
