"""A change of a setting or of a module reruns exactly the rules that depend on it."""

from pathlib import Path

import pytest

import ecgi
from ecgi.config.experiment import Experiment

# What runs again from a stage on.
TABLES = {"tabulate_metrics", "figure_comparison"}
SCORES = {"score", *TABLES}
FIGURES = {"figure_reconstructions", "figure_signals", "figure_uncertainty"}
SHOWN = {"view_case", *FIGURES}
PREDICTIONS = {"predict_beats", *SHOWN, *SCORES}
CONDITIONS = {"simulate_condition", *PREDICTIONS}
MODELS = {"train_variant", "figure_training", *PREDICTIONS}
BLENDS = {"blend_beats", *MODELS} - {"figure_reconstructions"}
NORMALISATION = {"describe_dataset", *MODELS}
DATASET = {"build_dataset", "figure_heart", *NORMALISATION, *CONDITIONS, *BLENDS}
BEATS = {"simulate_beats", *DATASET}
DRAWN = {"plan_beats", *BEATS}
ELECTRODES = {"place_electrodes", *BEATS}
SLICES = {"slice_anatomy", *DRAWN, *ELECTRODES}
ANATOMY = {"import_anatomy", *SLICES}
NOTHING = set()

SETTINGS = [
    ("experiment=other", {"physics_page", *ANATOMY}),
    ("cases=[phantom01]", ANATOMY),
    ("cases_table=./config/cases.tsv", NOTHING),
    ("cohort={} & methods=[tsvd]", ANATOMY - {"blend_beats", "train_variant", "figure_training", *FIGURES}),
    (
        "transfer={variant: lifted, case: phantom02} & cohort={} & methods=[lifted] & "
        "variants={lifted: {family: map_backprojection}}",
        (ANATOMY - {"blend_beats", "figure_reconstructions", "figure_signals"})
        | {"transfer_variant", "figure_transfer"},
    ),
    ("subject={case: phantom02, bsp: config/cases.tsv, units: mV}", NOTHING),
    ("label_maps={rodero: {lv_wall: [1]}}", NOTHING),
    ("downloads={rodero_01_fullheart: {version: 0.0.0}}", NOTHING),
    ("anatomy={stray_pieces: refuse}", ANATOMY),
    ("slices={first: 0.25}", SLICES),
    ("seed=2020", DRAWN | ELECTRODES),
    ("electrodes={distance_mm: 45}", ELECTRODES),
    ("bsp={sigma_i_s_per_m: 0.3}", ELECTRODES),
    ("protocol={beats: 21}", DRAWN),
    ("protocol={velocities: {lv: {median_m_per_s: 0.7}}}", DRAWN),
    ("protocol={pacing_radius_mm: 9}", BEATS),
    ("conduction={velocity_ratio: 3}", BEATS),
    ("action_potential={tau_open_ms: 121}", BEATS),
    ("bsp={time_step_ms: 5}", BEATS),
    ("dataset={test_fraction: 0.3}", DATASET),
    ("dataset={background: -0.1}", NORMALISATION),
    ("dataset={blends: 9}", BLENDS),
    ("conditions={realistic: {snr_db: 10}}", CONDITIONS),
    ("conditions={realistic: {}, quiet: {spacing_factor: 1}}", CONDITIONS | {"figure_robustness"}),
    ("variants={bsp_vae: {epochs: 4}}", (MODELS - SHOWN) | {"figure_signals"}),
    ("variants={activation_cvae: {epochs: 2}}", MODELS - {"figure_reconstructions", "figure_signals"}),
    ("training_seeds=[1]", MODELS),
    ("training_seeds=[0, 1]", MODELS - SHOWN),
    ("refinements={refined: activation_cvae_prior}", NOTHING),
    ("methods=[training_mean, nearest_neighbour]", {"view_case", *TABLES}),
    ("evaluation={samples: 4}", PREDICTIONS),
    ("evaluation={bootstrap: 200}", TABLES),
    ("evaluation={shown_beat: 1}", FIGURES),
    ("evaluation={shown_slice: 1}", {"figure_uncertainty"}),
    ("evaluation={shown_electrodes: [1, 2]}", {"figure_signals"}),
]

MODULES = {
    "__init__.py": ANATOMY,
    "action_potential.py": BEATS,
    "anatomy.py": ANATOMY,
    "anisotropic.py": BEATS,
    "augmentation.py": BLENDS,
    "beat.py": NOTHING,
    "cases.py": NOTHING,
    "cohort.py": NOTHING,
    "config.py": NOTHING,
    "config_docs.py": NOTHING,
    "dataset.py": SLICES,
    "device.py": MODELS,
    "dipole.py": ELECTRODES,
    "eikonal.py": BEATS,
    "electrodes.py": ELECTRODES,
    "ensembles.py": PREDICTIONS,
    "errors.py": ANATOMY,
    "evaluation.py": TABLES,
    "export.py": NOTHING,
    "fibres.py": NOTHING,
    "figures.py": {"figure_heart", "figure_training", "figure_comparison", *FIGURES},
    "forward.py": BEATS,
    "gpus.py": MODELS,
    "grid.py": SLICES,
    "headlines.py": NOTHING,
    "images.py": ANATOMY,
    "inverse/__init__.py": PREDICTIONS,
    "inverse/baselines.py": PREDICTIONS,
    "inverse/classical.py": PREDICTIONS,
    "inverse/generative.py": PREDICTIONS,
    "inverse/heart.py": PREDICTIONS,
    "inverse/loading.py": PREDICTIONS,
    "inverse/nodes.py": PREDICTIONS,
    "inverse/physics.py": PREDICTIONS,
    "inverse/refinement.py": PREDICTIONS,
    "inverse/regularisation.py": PREDICTIONS,
    "inverse/search.py": PREDICTIONS,
    "inverse/waves.py": PREDICTIONS,
    "logs.py": ANATOMY,
    "measurement.py": CONDITIONS,
    "mesh.py": ANATOMY,
    "metrics.py": PREDICTIONS,
    "models/__init__.py": MODELS,
    "models/families.py": MODELS,
    "models/generative.py": MODELS,
    "models/layers.py": MODELS,
    "models/lifted.py": MODELS,
    "models/lifting.py": MODELS,
    "models/losses.py": MODELS,
    "models/paper.py": MODELS,
    "models/prior_cvae.py": MODELS,
    "models/scored.py": MODELS,
    "models/signal_vae.py": MODELS,
    "models/variational.py": MODELS,
    "models/variety.py": MODELS,
    "pacing.py": DRAWN,
    "paths.py": SLICES,
    "phantom.py": ANATOMY,
    "py.typed": NOTHING,
    "printed.py": TABLES,
    "progress.py": BEATS,
    "rays.py": PREDICTIONS,
    "recording.py": NOTHING,
    "repolarisation.py": BEATS,
    "seeds.py": ANATOMY,
    "segments.py": DATASET,
    "settings.py": MODELS,
    "shapes.py": {"figure_heart", *PREDICTIONS},
    "simulation.py": BEATS,
    "stepping.py": MODELS,
    "store.py": ELECTRODES,
    "subject.py": PREDICTIONS,
    "summary.py": NOTHING,
    "surfaces.py": DRAWN,
    "tables.py": ELECTRODES,
    "training.py": MODELS,
    "viewer.html": {"view_case"},
    "viewer.js": {"view_case"},
    "viewer.py": {"view_case"},
    "volume.py": ANATOMY,
    "wording.py": {"figure_heart", "figure_training", *TABLES, *FIGURES},
}

QUICK = {
    "evaluation={shown_slice: 1}",
    "conditions={realistic: {snr_db: 10}}",
    "variants={bsp_vae: {epochs: 4}}",
    "dataset={background: -0.1}",
    "eikonal.py",
    "metrics.py",
    "training.py",
}


def table(changes):
    """Rows of a test; most of them take their time."""
    return [
        pytest.param(change, rules, id=change, marks=() if change in QUICK else pytest.mark.slow)
        for change, rules in changes
    ]


def reruns(checkout, *arguments):
    """Rules that would run again."""
    return set(checkout.planned(*arguments)) - {"all", "total"}


@pytest.mark.parametrize(("setting", "rules"), table(SETTINGS))
def test_a_setting_reruns_the_rules_that_depend_on_it(finished, setting, rules):
    assert reruns(finished, "--config", *setting.split(" & ")) == rules


@pytest.mark.parametrize(("module", "rules"), table(MODULES.items()))
def test_an_edit_of_a_module_reruns_the_rules_that_import_it(finished, module, rules):
    path = finished.folder / "workflow/ecgi" / module
    text = path.read_text()
    path.write_text(text + "\n# edited\n")
    try:
        planned = reruns(finished)
    finally:
        path.write_text(text)
    assert planned == rules


def test_every_section_and_every_module_is_in_the_table():
    package = Path(ecgi.__file__).parent
    assert {setting.split("=")[0] for setting, _ in SETTINGS} == set(Experiment.model_fields)
    files = {path for path in package.rglob("*.*") if path.is_file() and path.parent.name != "__pycache__"}
    assert set(MODULES) == {str(path.relative_to(package)) for path in files}


def test_one_variants_setting_retrains_that_variant_alone(finished):
    assert finished.planned("--config", "variants={bsp_vae: {epochs: 4}}")["train_variant"] == 1
