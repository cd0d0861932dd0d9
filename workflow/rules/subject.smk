# Reads  the subjects' recordings; anatomy/<case>/, simulation/<case>/ of their hearts, dataset/ and models/
# Writes results/<experiment>/subjects/<subject>/: recording.zarr, cross_examination.json, <method>.zarr,
#        view.html and, in <method>/, files for other tools: activation_time.nii.gz,
#        activation_time_sd.nii.gz, activation_time.vtu, earliest_site.csv, summary.pdf, summary.html, of
#        methods of potentials electrograms.vtp and electrograms.mat, and where they are asked for
#        contact_map.json, contact_map.csv, opencarp/ and ecgsim/

SUBJECTS = RESULTS / "subjects"
EXPORTS = {
    "mean": "activation_time.nii.gz",
    "spread": "activation_time_sd.nii.gz",
    "mesh": "activation_time.vtu",
    "site": "earliest_site.csv",
    "summary": "summary.pdf",
    "summary_html": "summary.html",
}


rule predict:
    input:
        exported,
    localrule: True
    message:
        "Predictions of the subjects are complete"


rule read_recording:
    input:
        bsp=lambda w: RECORDINGS[w.subject].bsp,
        channels=lambda w: RECORDINGS[w.subject].channels or [],
        electrodes=of_simulation("electrodes.tsv"),
        labels=of_anatomy("labels.nii.gz"),
    output:
        directory(SUBJECTS / "{subject}/recording.zarr"),
    log:
        LOGS / "read_recording/{subject}.log",
    benchmark:
        LOGS / "read_recording/{subject}.tsv"
    priority: 100
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=digest_of("read_recording"),
        subject=lambda w: RECORDINGS[w.subject].model_dump(include=OF_RECORDING),
        sampling=SAMPLING,
        provenance=lambda w: provenance(
            subject=RECORDINGS[w.subject].model_dump(include={"bsp", *OF_RECORDING}),
            sampling=SAMPLING,
        ),
    message:
        "Reading the recording of {wildcards.subject}"
    script:
        "../scripts/read_recording.py"


rule cross_examine:
    input:
        recording=rules.read_recording.output[0],
        labels=of_anatomy("labels.nii.gz"),
        lead_field=of_simulation("lead_field.zarr"),
    output:
        SUBJECTS / "{subject}/cross_examination.json",
    log:
        LOGS / "cross_examine/{subject}.log",
    benchmark:
        LOGS / "cross_examine/{subject}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(20),
    params:
        code=digest_of("cross_examine"),
        action_potential=CELL,
    message:
        "Comparing the recording of {wildcards.subject} with other readings of it"
    script:
        "../scripts/cross_examine.py"


rule predict_subject:
    input:
        unpack(made_from),
        dataset=fitted_on,
        slices=sliced_for,
        recording=rules.read_recording.output[0],
        labels=of_anatomy("labels.nii.gz"),
        lead_field=of_simulation("lead_field.zarr"),
    output:
        directory(SUBJECTS / "{subject}/{method}.zarr"),
    log:
        LOGS / "predict_subject/{subject}-{method}.log",
    benchmark:
        LOGS / "predict_subject/{subject}-{method}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(4000),
        runtime=minutes(60),
    params:
        code=lambda w: digest_of("predict_subject", *modules_of(w.method)),
        action_potential=CELL,
        sampling=SAMPLING,
        case=case_of,
        fit=lambda w: RECORDINGS[w.subject].fit,
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
            fit=RECORDINGS[w.subject].fit,
            samples=EXPERIMENT.evaluation.samples,
        ),
    message:
        "Predicting the activation of {wildcards.subject} by {wildcards.method}"
    script:
        "../scripts/predict_subject.py"


rule compare_contact_map:
    input:
        contact_map=lambda w: files_of_map(RECORDINGS[w.subject].contact_map),
        prediction=rules.predict_subject.output[0],
        labels=of_anatomy("labels.nii.gz"),
    output:
        scores=SUBJECTS / "{subject}/{method}/contact_map.json",
        points=SUBJECTS / "{subject}/{method}/contact_map.csv",
    log:
        LOGS / "compare_contact_map/{subject}-{method}.log",
    benchmark:
        LOGS / "compare_contact_map/{subject}-{method}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(5),
    params:
        code=digest_of("compare_contact_map"),
    message:
        "Comparing the activation of {wildcards.subject} by {wildcards.method} with its contact map"
    script:
        "../scripts/compare_contact_map.py"


rule exchange_subject:
    input:
        prediction=rules.predict_subject.output[0],
        labels=of_anatomy("labels.nii.gz"),
        electrodes=of_simulation("electrodes.tsv"),
    output:
        directory(SUBJECTS / "{subject}/{method}/{program}"),
    log:
        LOGS / "exchange_subject/{subject}-{method}-{program}.log",
    benchmark:
        LOGS / "exchange_subject/{subject}-{method}-{program}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(4000),
        runtime=minutes(10),
    params:
        code=digest_of("exchange_subject"),
        action_potential=CELL,
        fibres=HELIX,
    message:
        "Writing the activation of {wildcards.subject} by {wildcards.method} for {wildcards.program}"
    script:
        "../scripts/exchange_subject.py"


rule export_subject:
    input:
        prediction=rules.predict_subject.output[0],
        recording=rules.read_recording.output[0],
        examination=rules.cross_examine.output[0],
        labels=of_anatomy("labels.nii.gz"),
        segmentation=of_anatomy("segmentation.nii.gz"),
        check=of_anatomy("check.json"),
        grid=grid_of,
        contact=compared_with,
    output:
        **{key: SUBJECTS / "{subject}/{method}" / name for key, name in EXPORTS.items()},
    log:
        LOGS / "export_subject/{subject}-{method}.log",
    benchmark:
        LOGS / "export_subject/{subject}-{method}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(4000),
        runtime=minutes(10),
    params:
        code=digest_of("export_subject"),
        colours=lambda w: RECORDINGS[w.subject].colours,
        coordinates=frame_of_grid,
    message:
        "Exporting the activation of {wildcards.subject} by {wildcards.method}"
    script:
        "../scripts/export_subject.py"


rule export_electrograms:
    input:
        prediction=rules.predict_subject.output[0],
    output:
        surface=SUBJECTS / "{subject}/{method}/electrograms.vtp",
        matlab=SUBJECTS / "{subject}/{method}/electrograms.mat",
    log:
        LOGS / "export_electrograms/{subject}-{method}.log",
    benchmark:
        LOGS / "export_electrograms/{subject}-{method}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=digest_of("export_electrograms"),
    message:
        "Exporting the electrograms of {wildcards.subject} by {wildcards.method}"
    script:
        "../scripts/export_electrograms.py"


rule view_subject:
    input:
        predictions=lambda w: expand(
            SUBJECTS / "{subject}/{method}.zarr",
            subject=w.subject,
            method=RECORDINGS[w.subject].methods,
        ),
        recording=rules.read_recording.output[0],
        labels=of_anatomy("labels.nii.gz"),
    output:
        SUBJECTS / "{subject}/view.html",
    log:
        LOGS / "view_subject/{subject}.log",
    benchmark:
        LOGS / "view_subject/{subject}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(4000),
        runtime=minutes(10),
    params:
        code=digest_of("view_subject"),
        colours=lambda w: RECORDINGS[w.subject].colours,
    message:
        "Making the 3-D view of the activation of {wildcards.subject}"
    script:
        "../scripts/view_subject.py"
