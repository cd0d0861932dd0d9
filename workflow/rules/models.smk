# Reads  results/<experiment>/dataset/
# Writes results/<experiment>/models/<variant>/seed<seed>/: model.keras, history.csv


rule train_variant:
    input:
        datasets=expand(rules.build_dataset.output[0], case=TRAINED_ON),
        normalisation=rules.describe_dataset.output.normalisation,
        blends=blends_of,
        code=package_files("train_variant"),
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
        mem_mb=memory(4000),
        runtime=120,
        gpu=GPUS,
    params:
        variant=lambda w: EXPERIMENT.variants[w.variant].model_dump(),
        electrode_grid=(EXPERIMENT.electrodes.rows, EXPERIMENT.electrodes.columns),
        seed=EXPERIMENT.seed,
        state=lambda w: str(RESULTS / f"models/{w.variant}/seed{w.seed}/state"),
    message:
        "Training {wildcards.variant}, seed {wildcards.seed}"
    script:
        "../scripts/train_variant.py"
