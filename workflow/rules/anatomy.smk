# Reads  segmentations, meshes and seeds named in the cases table
# Writes results/<experiment>/anatomy/<case>/: segmentation.nii.gz (patient space), labels.nii.gz
#        (short-axis frame), check.json, check.png, slices.tsv


rule fetch_download:
    output:
        file=RESOURCES / "{download}/{name}",
        credit=RESOURCES / "{download}/{name}.CREDIT.txt",
    log:
        LOGS / "fetch_download/{download}-{name}.log",
    benchmark:
        LOGS / "fetch_download/{download}-{name}.tsv"
    wildcard_constraints:
        download="[^/]+",
        name=r"[^/]+(?<!CREDIT\.txt)",
    priority: 100
    localrule: True
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(500),
        runtime=minutes(10),
    params:
        code=digest_of("fetch_download"),
        download=lambda w: EXPERIMENT.downloads[w.download].model_dump(),
    message:
        "Fetching {wildcards.name}"
    script:
        "../scripts/fetch_download.py"


rule import_anatomy:
    input:
        source=source_of,
        masks=masks_of,
        beside=files_beside,
    output:
        segmentation=RESULTS / "anatomy/{case}/segmentation.nii.gz",
        labels=RESULTS / "anatomy/{case}/labels.nii.gz",
        check=RESULTS / "anatomy/{case}/check.json",
    log:
        LOGS / "import_anatomy/{case}.log",
    benchmark:
        LOGS / "import_anatomy/{case}.tsv"
    priority: 100
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(10),
    params:
        code=digest_of("import_anatomy"),
        case=lambda w: HEARTS[w.case].model_dump(exclude={"velocity_map", "fibre_array"}),
        sha256=sha256_of,
        label_map=labels_of,
        spacing_mm=EXPERIMENT.anatomy.spacing_mm,
        stray_pieces=EXPERIMENT.anatomy.stray_pieces,
        scar_conducts=EXPERIMENT.protocol.velocities.scar is not None,
    message:
        "Reading the heart {wildcards.case}"
    script:
        "../scripts/import_anatomy.py"


rule show_anatomy:
    input:
        labels=rules.import_anatomy.output.labels,
        check=rules.import_anatomy.output.check,
    output:
        report(
            RESULTS / "anatomy/{case}/check.png",
            caption="../report/anatomy.rst",
            category="Hearts",
            labels={"case": "{case}"},
        ),
    log:
        LOGS / "show_anatomy/{case}.log",
    benchmark:
        LOGS / "show_anatomy/{case}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(5),
    params:
        code=digest_of("show_anatomy"),
    message:
        "Drawing the sections of {wildcards.case}"
    script:
        "../scripts/show_anatomy.py"


rule slice_anatomy:
    input:
        labels=rules.import_anatomy.output.labels,
    output:
        RESULTS / "anatomy/{case}/slices.tsv",
    log:
        LOGS / "slice_anatomy/{case}.log",
    benchmark:
        LOGS / "slice_anatomy/{case}.tsv"
    priority: 100
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(5),
    params:
        code=digest_of("slice_anatomy"),
        slices=EXPERIMENT.slices.model_dump(),
    message:
        "Slicing the heart {wildcards.case}"
    script:
        "../scripts/slice_anatomy.py"
