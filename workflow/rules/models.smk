# Reads  results/<experiment>/dataset/
# Writes results/<experiment>/models/<variant>/seed<seed>/: model.keras, history.csv, transfer-<case>.csv


rule train_variant:
    input:
        datasets=expand(RESULTS / "dataset/{case}.zarr", case=TRAINED_ON),
        normalisation=rules.describe_dataset.output.normalisation,
        blends=blends_of,
    output:
        model=RESULTS / "models/{variant}/seed{seed}/model.keras",
        history=RESULTS / "models/{variant}/seed{seed}/history.csv",
    log:
        LOGS / "train_variant/{variant}-seed{seed}.log",
    benchmark:
        LOGS / "train_variant/{variant}-seed{seed}.tsv"
    priority: 10
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=memory(2000, lambda w: to_train(beats_trained_on(w))),
        runtime=minutes(
            60, lambda w: beats_trained_on(w) * EXPERIMENT.variants[w.variant].epochs / 400
        ),
        gpu=GPUS,
    params:
        code=lambda w: digest_of(
            "train_variant", module_of_family(EXPERIMENT.variants[w.variant].family)
        ),
        variant=lambda w: EXPERIMENT.variants[w.variant].model_dump(),
        electrode_grid=(EXPERIMENT.electrodes.rows, EXPERIMENT.electrodes.columns),
        seed=EXPERIMENT.seed,
        state=lambda w: str(RESULTS / f"models/{w.variant}/seed{w.seed}/state"),
    message:
        "Training {wildcards.variant}, seed {wildcards.seed}"
    script:
        "../scripts/train_variant.py"


rule transfer_variant:
    input:
        model=rules.train_variant.output.model,
        heart=RESULTS / "dataset/{case}.zarr",
        normalisation=rules.describe_dataset.output.normalisation,
    output:
        RESULTS / "models/{variant}/seed{seed}/transfer-{case}.csv",
    log:
        LOGS / "transfer_variant/{variant}-seed{seed}-{case}.log",
    benchmark:
        LOGS / "transfer_variant/{variant}-seed{seed}-{case}.tsv"
    conda:
        "../../envs/environment.yaml"
    threads: 1
    resources:
        mem_mb=memory(4000, lambda w: to_train(beats_of_case(w))),
        runtime=minutes(60),
        gpu=GPUS,
    params:
        code=lambda w: digest_of(
            "transfer_variant", module_of_family(EXPERIMENT.variants[w.variant].family)
        ),
        variant=lambda w: EXPERIMENT.variants[w.variant].model_dump(),
        transfer=EXPERIMENT.transfer.model_dump() if EXPERIMENT.transfer else None,
        samples=EXPERIMENT.evaluation.samples,
        seed=EXPERIMENT.seed,
    message:
        "Fine-tuning {wildcards.variant} on {wildcards.case}"
    script:
        "../scripts/transfer_variant.py"
