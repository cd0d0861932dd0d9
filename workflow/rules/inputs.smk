# Input files of rules, from their wildcards and the settings.


def beats_simulated(wildcards):
    """Stores of all beats of a heart."""
    beats = RESULTS / f"simulation/{wildcards.case}/beats"
    return [beats / f"{chunk}.zarr" for chunk in chunks_of(wildcards.case)]


def chunks_of(case):
    """Names of the chunks in which a heart's beats are simulated."""
    chunks = EXPERIMENT.protocol.chunks(EXPERIMENT.beats_of(case))
    return [f"{first:06d}-{last:06d}" for first, last in chunks]


def beats_with(wildcards):
    """Store of the chunk in which a beat of a heart is simulated."""
    chunks = EXPERIMENT.protocol.chunks(EXPERIMENT.beats_of(wildcards.case))
    for name, (first, last) in zip(chunks_of(wildcards.case), chunks, strict=True):
        if first <= int(wildcards.beat) <= last:
            return RESULTS / f"simulation/{wildcards.case}/beats/{name}.zarr"
    raise WorkflowError(f"{wildcards.case} has no beat {wildcards.beat}; its last is {last}")


def case_of(wildcards):
    """Heart of a subject, or of a job on a heart."""
    return RECORDINGS[wildcards.subject].case if wildcards.get("subject") else wildcards.case


def of_anatomy(name):
    """Path of a file of the anatomy of a subject's heart."""
    return lambda wildcards: RESULTS / f"anatomy/{case_of(wildcards)}/{name}"


def of_simulation(name):
    """Path of a file of the simulation on a subject's heart."""
    return lambda wildcards: RESULTS / f"simulation/{case_of(wildcards)}/{name}"


def source_of(wildcards):
    """File that a case is made from, or the folder of its masks; none for a phantom."""
    case = HEARTS[case_of(wildcards)]
    if case.kind == "phantom":
        return []
    if case.source in EXPERIMENT.downloads:
        member = EXPERIMENT.downloads[case.source].member
        return RESOURCES / case.source / Path(member).name
    return ancient(case.source) if masks_of(wildcards) else case.source


def sha256_of(wildcards):
    """SHA-256 of the download that a case is made from, if it is one."""
    download = EXPERIMENT.downloads.get(HEARTS[wildcards.case].source)
    return download.sha256 if download else None


def masks_of(wildcards):
    """Masks that a case is made from, if it has one per structure."""
    label_map = label_map_of(wildcards)
    return (
        [Path(HEARTS[case_of(wildcards)].source) / mask for mask in label_map.masks()]
        if label_map
        else []
    )


def label_map_of(wildcards):
    """Label map of a case; None for a phantom or a surface."""
    case = case_of(wildcards)
    if case in EXPERIMENT.own_hearts:
        return EXPERIMENT.own_hearts[case].labels
    return EXPERIMENT.label_maps.get(CASES[case].label_map)


def files_beside(wildcards):
    """Other files that a case is made from: endocardia, the others of an openCARP or SCIRun mesh."""
    case = HEARTS[wildcards.case]
    stem, ending = os.path.splitext(case.source)
    beside = BESIDE.get(case.kind, ())
    others = [stem + other for other in beside if ending.lower() in beside and other != ending]
    lon = [f"{stem}.lon"] if case.kind == "mesh" and os.path.isfile(f"{stem}.lon") else []
    return others + lon + [path for path in (case.lv_endocardium, case.rv_endocardium) if path]


def torso_of(wildcards):
    """Files of a heart's torso, the setting's own first; none without."""
    torso = EXPERIMENT.layout_of(wildcards.case).of_case("torso_surfaces", wildcards.case)
    return files_of(torso) if torso else []


def labels_of(wildcards):
    """Labels, segments or masks of each tissue in what a case is made from; none for a phantom or a surface."""
    label_map = label_map_of(wildcards)
    return label_map.tissues() if label_map else {}


def fibres_of(wildcards):
    """Fibre directions, if the conduction is anisotropic."""
    if EXPERIMENT.conduction.fibres == "none":
        return []
    return RESULTS / f"anatomy/{wildcards.case}/fibres.zarr"


def blends_of(wildcards):
    """Blended beats, for variants that are trained on them."""
    wanted = EXPERIMENT.variants[wildcards.variant].blends
    return [RESULTS / f"dataset/{case}-blends.zarr" for case in TRAINED_ON] if wanted else []


def method_of(wildcards):
    """Settings of a method; None for a trained variant."""
    if wildcards.method in EXPERIMENT.variants:
        return None
    return EXPERIMENT.all_methods[wildcards.method].model_dump()


def settings_behind(method):
    """Settings of a method, and of the variant that it applies or refines, by name."""
    named = EXPERIMENT.all_methods | EXPERIMENT.variants
    names = dict.fromkeys([method, EXPERIMENT.variant_behind(method) or method])
    return {name: named[name].model_dump() for name in names}


def modules_of(method):
    """Modules of the package that implement a method, and the variant that it uses, if any."""
    modules = []
    if method not in EXPERIMENT.variants:
        modules.append(module_of_kind(EXPERIMENT.all_methods[method].kind))
    variant = EXPERIMENT.variant_behind(method)
    if variant is not None:
        modules.append(module_of_family(EXPERIMENT.variants[variant].family))
    return modules


def made_from(wildcards):
    """Inputs of a method: a trained model, or blended beats of the heart that it is fitted on."""
    variant = EXPERIMENT.variant_behind(wildcards.method)
    if variant is not None:
        seed = wildcards.get("seed", EXPERIMENT.training_seeds[0])
        return {
            "model": RESULTS / f"models/{variant}/seed{seed}/model.keras",
            "normalisation": RESULTS / "dataset/normalisation.json",
            "electrodes": RESULTS / "dataset/electrodes.tsv",
        }
    if getattr(EXPERIMENT.all_methods[wildcards.method], "blends", False):
        return {"blends": RESULTS / f"dataset/{case_of(wildcards)}-blends.zarr"}
    return {}


def sliced_for(wildcards):
    """Slices of the subject's heart, for a method with a network, whose grid the heart must fit."""
    if EXPERIMENT.variant_behind(wildcards.method) is None:
        return []
    return RESULTS / f"anatomy/{case_of(wildcards)}/slices.tsv"


def fitted_on(wildcards):
    """Dataset of the subject's heart, for a method that is fitted on it."""
    method = EXPERIMENT.all_methods.get(wildcards.method)
    if method is None or method.needs != "training":
        return []
    return RESULTS / f"dataset/{case_of(wildcards)}.zarr"


def seconds_per_beat(method):
    """Time to predict a beat at most; methods that simulate or regularise take seconds."""
    fitted = method in EXPERIMENT.variants or EXPERIMENT.all_methods[method].needs == "training"
    return 1 if fitted else 30


def grid_of(wildcards):
    """Volume on whose grid a subject's map is exported: its image, a mask, or the resampled heart."""
    if HEARTS[case_of(wildcards)].kind != "volume":
        return of_anatomy("segmentation.nii.gz")(wildcards)
    return (masks_of(wildcards) or [source_of(wildcards)])[0]


def frame_of_grid(wildcards):
    """Patient frame of the volume on whose grid a subject's map is exported."""
    case = HEARTS[case_of(wildcards)]
    return (case.coordinates or "RAS") if case.kind == "volume" else "RAS"


def compared_with(wildcards):
    """Comparison of a subject's map with its contact map, if there is one."""
    if not RECORDINGS[wildcards.subject].contact_map:
        return []
    return SUBJECTS / wildcards.subject / wildcards.method / "contact_map.json"


def exported(wildcards):
    """Files that the subjects' predictions are exported to; one that fails stops none of the others."""
    if not RECORDINGS:
        raise WorkflowError("predict: no subject is configured; see README.md")
    if workflow.execution_settings and len(RECORDINGS) > 1:  # none if the graph is only printed
        workflow.execution_settings.keep_going = True
    of_method, paths = SUBJECTS / "{subject}/{method}", []
    for name, subject in RECORDINGS.items():
        named = {"subject": name, "method": subject.methods}
        paths += [SUBJECTS / name / "view.html"]
        paths += expand(of_method / "{file}", **named, file=EXPORTS.values())
        paths += expand(of_method / "{program}", **named, program=subject.exports)
        of_potentials = [method for method in subject.methods if gives_electrograms(method)]
        paths += expand(
            of_method / "electrograms.{ending}",
            subject=name,
            method=of_potentials,
            ending=["vtp", "mat"],
        )
    return paths


def gives_electrograms(method):
    """Whether a method estimates potentials on the heart."""
    return method not in EXPERIMENT.variants and EXPERIMENT.all_methods[method].gives_electrograms


def answered(wildcards):
    """Predictions and answers of the challenge; one that fails stops none of the others."""
    if not EXPERIMENT.challenge:
        raise WorkflowError("challenge: no folder is configured; see docs/challenge.md")
    if workflow.execution_settings:
        workflow.execution_settings.keep_going = True
    scores = list(rules.score_challenge.output) if KNOWN else []
    return [*exported(wildcards), *rules.pack_challenge.output, *scores]


def truth_of(condition, case):
    """Store of the beats that methods are tested on under a condition."""
    return RESULTS / "dataset" / ("" if condition == "nominal" else condition) / f"{case}.zarr"


def shown(methods):
    """Predictions that a figure shows: the first case, the first training seed."""
    return [
        RESULTS / f"predictions/{method}/seed{FIRST_SEED[method]}/nominal/{SHOWN_CASE}.zarr"
        for method in methods
    ]


def transferred(wildcards):
    """Errors of a model that is fine-tuned on a new heart."""
    seed = EXPERIMENT.training_seeds[0]
    folder = RESULTS / f"models/{EXPERIMENT.transfer.variant}/seed{seed}"
    return folder / f"transfer-{EXPERIMENT.transfer.case}.csv"


def measured_files(wildcards):
    """Files of a measurement, in the order of their hashes."""
    files = EXPERIMENT.measured[wildcards.case].files
    folder = files.folder or RESOURCES / "measured" / wildcards.case
    return [Path(folder) / name for name in files.hashes()]


def address_of(wildcards):
    """Address and SHA-256 of a file of a measurement."""
    files = EXPERIMENT.measured[wildcards.case].files
    path = next(path for path in files.sha256 if Path(path).name == wildcards.name)
    return {"url": files.url + path, "sha256": files.sha256[path]}


def reading_of(wildcards):
    """Settings of a measurement that say how its files are read."""
    case = EXPERIMENT.measured[wildcards.case]
    return case.model_dump(exclude={"files", "placed"}) | {"sha256": case.files.hashes()}


def placing_of(wildcards):
    """Settings of a placed beat."""
    case = EXPERIMENT.measured[wildcards.case]
    return case.placed.model_dump() | {"sha256": case.files.hashes()}
