# Input files of rules, from their wildcards and the settings.


def beats_simulated(wildcards):
    """Stores of all beats of a heart."""
    beats = RESULTS / f"simulation/{wildcards.case}/beats"
    return [beats / f"{chunk}.zarr" for chunk in chunks_of(wildcards.case)]


def chunks_of(case):
    """Names of the chunks in which a heart's beats are simulated."""
    chunks = EXPERIMENT.protocol.chunks(EXPERIMENT.beats_of(case))
    return [f"{first:06d}-{last:06d}" for first, last in chunks]


def source_of(wildcards):
    """File that a case is made from; none for a phantom."""
    case = HEARTS[wildcards.case]
    if case.kind == "phantom":
        return []
    if case.source in EXPERIMENT.downloads:
        member = EXPERIMENT.downloads[case.source].member
        return RESOURCES / case.source / Path(member).name
    return case.source


def labels_of(wildcards):
    """Labels of each tissue in the file that a case is made from; none for a phantom."""
    if SUBJECT and wildcards.case not in CASES:
        return SUBJECT.labels.tissues()
    name = CASES[wildcards.case].label_map
    return EXPERIMENT.label_maps[name].tissues() if name else {}


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
            "training": [RESULTS / f"dataset/{case}.zarr" for case in TRAINED_ON],
        }
    if getattr(EXPERIMENT.all_methods[wildcards.method], "blends", False):
        return {"blends": RESULTS / f"dataset/{wildcards.case}-blends.zarr"}
    return {}


def fitted_on(wildcards):
    """Dataset of the subject's heart, for a method that is fitted on it."""
    method = EXPERIMENT.all_methods.get(wildcards.method)
    if method is None or method.needs != "training":
        return []
    return RESULTS / f"dataset/{wildcards.case}.zarr"


def is_slow(method):
    """Whether a method may take seconds per beat: those that simulate or regularise do."""
    return method not in EXPERIMENT.variants and EXPERIMENT.all_methods[method].needs != "training"


def exported(wildcards):
    """Files that the subject's predictions are exported to."""
    if SUBJECT is None:
        raise WorkflowError("predict: no subject is configured; see README.md")
    return expand(rules.export_subject.output, case=SUBJECT.case, method=SUBJECT.methods)


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
