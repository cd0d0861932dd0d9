# Reads  the subject's recording; anatomy/<case>/, simulation/<case>/ of its heart, dataset/ and models/
# Writes results/<experiment>/subjects/<case>/: recording.zarr, <method>.zarr and, in <method>/, files
#        for other tools: activation_time.nii.gz, activation_time_sd.nii.gz, activation_time.vtu,
#        earliest_site.csv, summary.pdf

SUBJECTS = RESULTS / "subjects"
EXPORTS = {
    "mean": "activation_time.nii.gz",
    "spread": "activation_time_sd.nii.gz",
    "mesh": "activation_time.vtu",
    "site": "earliest_site.csv",
    "summary": "summary.pdf",
}


rule predict:
    input:
        exported,
    localrule: True
    message:
        "Predictions of the subject are complete"


rule read_recording:
    input:
        bsp=lambda w: SUBJECT.bsp,
        electrodes=RESULTS / "simulation/{case}/electrodes.tsv",
        labels=RESULTS / "anatomy/{case}/labels.nii.gz",
    output:
        directory(SUBJECTS / "{case}/recording.zarr"),
    log:
        LOGS / "read_recording/{case}.log",
    benchmark:
        LOGS / "read_recording/{case}.tsv"
    priority: 100
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=10,
    params:
        code=digest_of("read_recording"),
        subject=lambda w: SUBJECT.model_dump(include={"units", "sampling_hz", "onset_ms"}),
        sampling=SAMPLING,
        provenance=lambda w: provenance(
            subject=SUBJECT.model_dump(include={"bsp", "units", "sampling_hz", "onset_ms"}),
            sampling=SAMPLING,
        ),
    message:
        "Reading the recording of {wildcards.case}"
    script:
        "../scripts/read_recording.py"


rule predict_subject:
    input:
        unpack(made_from),
        dataset=fitted_on,
        recording=rules.read_recording.output[0],
        labels=RESULTS / "anatomy/{case}/labels.nii.gz",
        lead_field=RESULTS / "simulation/{case}/lead_field.zarr",
    output:
        directory(SUBJECTS / "{case}/{method}.zarr"),
    log:
        LOGS / "predict_subject/{case}-{method}.log",
    benchmark:
        LOGS / "predict_subject/{case}-{method}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(4000),
        runtime=60,
    params:
        code=lambda w: digest_of("predict_subject", *modules_of(w.method)),
        action_potential=CELL,
        sampling=SAMPLING,
        slices=EXPERIMENT.slices.model_dump(),
        method=method_of,
        network_samples=EXPERIMENT.dataset.network_samples,
        window_ms=EXPERIMENT.bsp.samples * EXPERIMENT.bsp.time_step_ms,
        samples=EXPERIMENT.evaluation.samples,
        seed=EXPERIMENT.training_seeds[0],
        provenance=lambda w: provenance(
            methods=settings_behind(w.method),
            action_potential=CELL,
            sampling=SAMPLING,
            samples=EXPERIMENT.evaluation.samples,
        ),
    message:
        "Predicting the activation of {wildcards.case} by {wildcards.method}"
    script:
        "../scripts/predict_subject.py"


rule export_subject:
    input:
        prediction=rules.predict_subject.output[0],
        recording=rules.read_recording.output[0],
        labels=RESULTS / "anatomy/{case}/labels.nii.gz",
        segmentation=RESULTS / "anatomy/{case}/segmentation.nii.gz",
        grid=lambda w: (
            source_of(w)
            if HEARTS[w.case].kind == "volume"
            else RESULTS / f"anatomy/{w.case}/segmentation.nii.gz"
        ),
    output:
        **{key: SUBJECTS / "{case}/{method}" / name for key, name in EXPORTS.items()},
    log:
        LOGS / "export_subject/{case}-{method}.log",
    benchmark:
        LOGS / "export_subject/{case}-{method}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(4000),
        runtime=10,
    params:
        code=digest_of("export_subject"),
        coordinates=lambda w: (
            HEARTS[w.case].coordinates if HEARTS[w.case].kind == "volume" else "RAS"
        ),
    message:
        "Exporting the activation of {wildcards.case} by {wildcards.method}"
    script:
        "../scripts/export_subject.py"
