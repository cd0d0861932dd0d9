# Reads  results/<experiment>/simulation/<case>/
# Writes results/<experiment>/dataset/: <case>.zarr, <case>.json, <case>-blends.zarr, split.tsv, normalisation.json,
#        electrodes.tsv, and <condition>/<case>.zarr, the test beats under another condition

SAMPLES = EXPERIMENT.dataset.model_dump(exclude={"background", "blends"})


rule build_dataset:
    input:
        labels=rules.import_anatomy.output.labels,
        slices=rules.slice_anatomy.output[0],
        lead_field=rules.place_electrodes.output.lead_field,
        planned=rules.plan_beats.output.beats,
        beats=beats_simulated,
    output:
        directory(RESULTS / "dataset/{case}.zarr"),
        summary=RESULTS / "dataset/{case}.json",
    log:
        LOGS / "build_dataset/{case}.log",
    benchmark:
        LOGS / "build_dataset/{case}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(2000, lambda w: to_simulate(beats_of_case(w))),
        runtime=minutes(10, lambda w: beats_of_case(w) / 200),
    params:
        code=digest_of("build_dataset"),
        slices=EXPERIMENT.slices.model_dump(),
        dataset=SAMPLES,
        part=lambda w: PARTS[w.case],
        to_learn=lambda w: EXPERIMENT.beats_to_learn(w.case),
        layout=EXPERIMENT.electrodes.model_dump(),
        conductivity=CONDUCTIVITY,
        known_conductor=lambda w: EXPERIMENT.known_conductor(w.case),
        provenance=lambda w: provenance(
            slices=EXPERIMENT.slices.model_dump(),
            dataset=SAMPLES,
            known_conductor=EXPERIMENT.known_conductor(w.case),
        ),
    message:
        "Building the dataset of {wildcards.case}"
    script:
        "../scripts/build_dataset.py"


rule describe_dataset:
    input:
        summaries=expand(RESULTS / "dataset/{case}.json", case=TRAINED_ON),
    output:
        split=RESULTS / "dataset/split.tsv",
        normalisation=RESULTS / "dataset/normalisation.json",
        electrodes=RESULTS / "dataset/electrodes.tsv",
    log:
        LOGS / "describe_dataset.log",
    benchmark:
        LOGS / "describe_dataset.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(10),
    params:
        code=digest_of("describe_dataset"),
        background=EXPERIMENT.dataset.background,
    message:
        "Computing split and normalisation"
    script:
        "../scripts/describe_dataset.py"


rule blend_beats:
    input:
        labels=rules.import_anatomy.output.labels,
        lead_field=rules.place_electrodes.output.lead_field,
        beats=beats_simulated,
        dataset=rules.build_dataset.output[0],
    output:
        directory(RESULTS / "dataset/{case}-blends.zarr"),
    log:
        LOGS / "blend_beats/{case}.log",
    benchmark:
        LOGS / "blend_beats/{case}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(
            3000, lambda w: to_simulate(beats_of_case(w)) + to_train(EXPERIMENT.dataset.blends)
        ),
        runtime=minutes(15, lambda w: EXPERIMENT.dataset.blends / 20),
    params:
        code=digest_of("blend_beats"),
        slices=EXPERIMENT.slices.model_dump(),
        blends=EXPERIMENT.dataset.blends,
        network_samples=EXPERIMENT.dataset.network_samples,
        action_potential=CELL,
        sampling=SAMPLING,
        provenance=provenance(
            blends=EXPERIMENT.dataset.blends,
            slices=EXPERIMENT.slices.model_dump(),
            network_samples=EXPERIMENT.dataset.network_samples,
            action_potential=CELL,
            sampling=SAMPLING,
        ),
    message:
        "Blending training beats of {wildcards.case}"
    script:
        "../scripts/blend_beats.py"


rule simulate_condition:
    input:
        segmentation=rules.import_anatomy.output.segmentation,
        labels=rules.import_anatomy.output.labels,
        planned=rules.plan_beats.output.beats,
        sites=rules.plan_beats.output.sites,
        electrodes=rules.place_electrodes.output.electrodes,
        lead_field=rules.place_electrodes.output.lead_field,
        velocity_map=lambda w: CASES[w.case].velocity_map or [],
        fibres=fibres_of,
        dataset=rules.build_dataset.output[0],
    output:
        directory(RESULTS / "dataset/{condition}/{case}.zarr"),
    log:
        LOGS / "simulate_condition/{condition}-{case}.log",
    benchmark:
        LOGS / "simulate_condition/{condition}-{case}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(2000, lambda w: to_simulate(beats_of_case(w))),
        runtime=minutes(20, lambda w: beats_of_case(w) / 20),
    params:
        **SIMULATION,
        code=digest_of("simulate_condition"),
        condition=lambda w: EXPERIMENT.conditions[w.condition].model_dump(),
        spacing_mm=EXPERIMENT.anatomy.spacing_mm,
        scar_conducts=EXPERIMENT.protocol.velocities.scar is not None,
        walls=lambda w: CASES[w.case].model_dump(include={"rv_wall_mm", "cap_apex_mm"}),
        septum_mm=lambda w: CASES[w.case].septum_mm,
        layout=EXPERIMENT.electrodes.model_dump(),
        conductivity=CONDUCTIVITY,
        provenance=lambda w: provenance(
            condition=EXPERIMENT.conditions[w.condition].model_dump(),
            spacing_mm=EXPERIMENT.anatomy.spacing_mm,
            electrodes=EXPERIMENT.electrodes.model_dump(),
            conductivity=CONDUCTIVITY,
            **SIMULATION,
        ),
    message:
        "Simulating the test beats of {wildcards.case}, {wildcards.condition}"
    script:
        "../scripts/simulate_condition.py"
