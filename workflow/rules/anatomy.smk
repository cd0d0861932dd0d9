# Reads  segmentations, meshes and seeds named in the cases table
# Writes results/<experiment>/anatomy/<case>/: segmentation.nii.gz (patient space), labels.nii.gz
#        (short-axis frame), slices.tsv


rule fetch_download:
    output:
        file=RESOURCES / "{download}/{name}",
        credit=RESOURCES / "{download}/{name}.CREDIT.txt",
    log:
        LOGS / "fetch_download/{download}-{name}.log",
    benchmark:
        LOGS / "fetch_download/{download}-{name}.tsv"
    wildcard_constraints:
        name=r"[^/]+(?<!CREDIT\.txt)",
    priority: 100
    localrule: True
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(500),
        runtime=10,
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
    output:
        RESULTS / "anatomy/{case}/segmentation.nii.gz",
    log:
        LOGS / "import_anatomy/{case}.log",
    benchmark:
        LOGS / "import_anatomy/{case}.tsv"
    priority: 100
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=10,
    params:
        code=digest_of("import_anatomy"),
        case=lambda w: HEARTS[w.case].model_dump(exclude={"velocity_map", "fibre_array"}),
        label_map=labels_of,
        spacing_mm=EXPERIMENT.anatomy.spacing_mm,
        stray_pieces=EXPERIMENT.anatomy.stray_pieces,
    message:
        "Reading the heart {wildcards.case}"
    script:
        "../scripts/import_anatomy.py"


rule slice_anatomy:
    input:
        segmentation=rules.import_anatomy.output[0],
    output:
        labels=RESULTS / "anatomy/{case}/labels.nii.gz",
        slices=RESULTS / "anatomy/{case}/slices.tsv",
    log:
        LOGS / "slice_anatomy/{case}.log",
    benchmark:
        LOGS / "slice_anatomy/{case}.tsv"
    priority: 100
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=5,
    params:
        code=digest_of("slice_anatomy"),
        spacing_mm=EXPERIMENT.anatomy.spacing_mm,
        slices=EXPERIMENT.slices.model_dump(),
        scar_conducts=EXPERIMENT.protocol.velocities.scar is not None,
    message:
        "Slicing the heart {wildcards.case}"
    script:
        "../scripts/slice_anatomy.py"
