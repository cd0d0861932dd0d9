# Reads  hearts, torsos, electrodes, recordings and known answers in the challenge's folder; what predict makes of
#        its recordings
# Writes results/<experiment>/challenge/: <heart>/torso.vtp, electrodes.csv and transfer.zarr,
#        <recording>-cs.mat, submission.zip, and scores.csv and scores.md of recordings with known answers

CHALLENGE = RESULTS / "challenge"
GEOMETRIES, BEATS = EXPERIMENT.found
KNOWN = [name for name, beat in BEATS.items() if beat.truth]
ANSWERED_BY = EXPERIMENT.challenge.methods[0] if EXPERIMENT.challenge else "none"
OF_FILES = (
    EXPERIMENT.challenge.model_dump(include={"coordinates", "length_units"})
    if EXPERIMENT.challenge
    else {}
)


rule challenge:
    input:
        answered,
    localrule: True
    message:
        "Answers to the challenge are complete"


rule read_challenge:
    input:
        torso=lambda w: files_of(GEOMETRIES[w.case].torso),
        electrodes=lambda w: GEOMETRIES[w.case].electrodes or [],
    output:
        torso=CHALLENGE / "{case}/torso.vtp",
        electrodes=CHALLENGE / "{case}/electrodes.csv",
    log:
        LOGS / "read_challenge/{case}.log",
    benchmark:
        LOGS / "read_challenge/{case}.tsv"
    priority: 100
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(5),
    params:
        code=digest_of("read_challenge"),
        of_files=OF_FILES,
    message:
        "Reading the torso of {wildcards.case}"
    script:
        "../scripts/read_challenge.py"


rule transfer_challenge:
    input:
        heart=lambda w: files_of(GEOMETRIES[w.case].heart),
        torso=rules.read_challenge.output.torso,
        electrodes=rules.read_challenge.output.electrodes,
    output:
        directory(CHALLENGE / "{case}/transfer.zarr"),
    log:
        LOGS / "transfer_challenge/{case}.log",
    benchmark:
        LOGS / "transfer_challenge/{case}.tsv"
    priority: 100
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(4000),
        runtime=minutes(30),
    params:
        code=digest_of("transfer_challenge"),
        of_files=OF_FILES,
        provenance=provenance(challenge=OF_FILES),
    message:
        "Relating the heart {wildcards.case} to its torso"
    script:
        "../scripts/transfer_challenge.py"


rule answer_challenge:
    input:
        bsp=lambda w: BEATS[w.subject].path,
        channels=lambda w: RECORDINGS[w.subject].channels or [],
        recording=rules.read_recording.output[0],
        prediction=SUBJECTS / f"{{subject}}/{ANSWERED_BY}.zarr",
        labels=of_anatomy("labels.nii.gz"),
        transfer=lambda w: CHALLENGE / case_of(w) / "transfer.zarr",
    output:
        CHALLENGE / "{subject}-cs.mat",
    log:
        LOGS / "answer_challenge/{subject}.log",
    benchmark:
        LOGS / "answer_challenge/{subject}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=digest_of("answer_challenge", "inverse.classical"),
        of_files=OF_FILES,
        settings=lambda w: RECORDINGS[w.subject].model_dump(include=OF_RECORDING),
        method=lambda w: EXPERIMENT.all_methods[EXPERIMENT.challenge.potentials].model_dump(),
    message:
        "Answering {wildcards.subject}"
    script:
        "../scripts/answer_challenge.py"


rule pack_challenge:
    input:
        expand(CHALLENGE / "{subject}-cs.mat", subject=BEATS),
    output:
        CHALLENGE / "submission.zip",
    log:
        LOGS / "pack_challenge.log",
    benchmark:
        LOGS / "pack_challenge.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(500),
        runtime=minutes(5),
    params:
        code=digest_of("pack_challenge"),
        names=[beat.answer for beat in BEATS.values()],
    message:
        "Packing the submission"
    script:
        "../scripts/pack_challenge.py"


rule score_challenge:
    input:
        answers=expand(CHALLENGE / "{subject}-cs.mat", subject=KNOWN),
        truths=[BEATS[name].truth for name in KNOWN],
        transfers=[CHALLENGE / BEATS[name].heart / "transfer.zarr" for name in KNOWN],
    output:
        scores=CHALLENGE / "scores.csv",
        page=CHALLENGE / "scores.md",
    log:
        LOGS / "score_challenge.log",
    benchmark:
        LOGS / "score_challenge.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=digest_of("score_challenge"),
        of_files=OF_FILES,
        beats={name: BEATS[name].heart for name in KNOWN},
    message:
        "Scoring the recordings with known answers"
    script:
        "../scripts/score_challenge.py"
