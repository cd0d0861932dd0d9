# Finds the files that rules take in, by what their wildcards and the settings name.


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
    """Labels of each tissue in a case's source; none for a phantom."""
    if SUBJECT and wildcards.case not in CASES:
        return SUBJECT.labels.tissues()
    name = CASES[wildcards.case].label_map
    return EXPERIMENT.label_maps[name].tissues() if name else {}


def fibres_of(wildcards):
    """Fibre directions, where waves run faster along them."""
    if EXPERIMENT.conduction.fibres == "none":
        return []
    return RESULTS / f"anatomy/{wildcards.case}/fibres.zarr"


def blends_of(wildcards):
    """Blended beats, for the variants that train on them."""
    wanted = EXPERIMENT.variants[wildcards.variant].blends
    return [RESULTS / f"dataset/{case}-blends.zarr" for case in TRAINED_ON] if wanted else []


def blends_fitted(wildcards):
    """Blended beats, for the baseline that is fitted on them too."""
    if wildcards.method != "kernel_ridge_blends":
        return []
    return RESULTS / f"dataset/{wildcards.case}-blends.zarr"


def kind_of(method):
    """How a method comes to its maps."""
    if method in PHYSICS:
        return "physics"
    if method in EXPERIMENT.refinements:
        return "refinement"
    return "trained" if method in VARIANTS else "baseline"


def proposals(wildcards):
    """Predictions that a method refines, under each condition; none for one that refines nothing."""
    proposer = EXPERIMENT.refinements.get(wildcards.method)
    if proposer is None:
        return []
    folder = RESULTS / f"predictions/{proposer}/seed{wildcards.seed}"
    return [folder / f"{condition}/{wildcards.case}.zarr" for condition in CONDITIONS]


def trained_model(wildcards):
    """Model of a trained method; baselines have none."""
    if wildcards.method not in VARIANTS:
        return []
    return RESULTS / f"models/{wildcards.method}/seed{wildcards.seed}/model.keras"


def exported(wildcards):
    """Files that the subject's predictions are exported to."""
    if SUBJECT is None:
        raise WorkflowError("predict: no subject is configured; README.md says what to give")
    return expand(rules.export_subject.output, case=SUBJECT.case, method=SUBJECT.methods)


def learnt_from(wildcards):
    """What a learnt method needs to predict from a recording; nothing for a method of any heart."""
    method = wildcards.method
    if method in PHYSICS:
        return {}
    needed = {
        "training": [RESULTS / f"dataset/{case}.zarr" for case in TRAINED_ON],
        "normalisation": RESULTS / "dataset/normalisation.json",
    }
    if method in EXPERIMENT.variants:
        seed = EXPERIMENT.training_seeds[0]
        needed["model"] = RESULTS / f"models/{method}/seed{seed}/model.keras"
        if EXPERIMENT.variants[method].family == LIFTED:
            return needed
    return needed | {
        "dataset": RESULTS / f"dataset/{wildcards.case}.zarr",
        "blends": blends_fitted(wildcards),
    }


def truth_of(condition, case):
    """Store of the beats that a condition is judged on."""
    return RESULTS / "dataset" / ("" if condition == "nominal" else condition) / f"{case}.zarr"


def shown(methods):
    """Predictions that a figure shows: the first case, the first training seed."""
    return [
        RESULTS / f"predictions/{method}/seed{FIRST_SEED[method]}/nominal/{SHOWN_CASE}.zarr"
        for method in methods
    ]


def transferred(wildcards):
    """Errors of a model that went on to learn from a new heart."""
    seed = EXPERIMENT.training_seeds[0]
    folder = RESULTS / f"models/{EXPERIMENT.transfer.variant}/seed{seed}"
    return folder / f"transfer-{EXPERIMENT.transfer.case}.csv"
