"""A change reruns exactly what depends on it."""

import pytest

DATA = {"import_anatomy", "slice_anatomy", "simulate_beats", "place_electrodes", "build_dataset"}
AFTER_TRAINING = {"predict_beats", "score", "tabulate_metrics"}


@pytest.mark.parametrize(
    ("setting", "rules"),
    [
        ("evaluation={bootstrap: 200}", {"tabulate_metrics", "figure_comparison"}),
        ("conditions={realistic: {snr_db: 10}}", {"simulate_condition", *AFTER_TRAINING}),
        ("dataset={background: -0.1}", {"describe_dataset", "train_variant", *AFTER_TRAINING}),
        (
            "variants={bsp_vae: {epochs: 4}}",
            {"train_variant", "figure_training", "figure_signals", *AFTER_TRAINING},
        ),
    ],
)
def test_a_setting_reruns_the_rules_that_use_it(finished, setting, rules):
    planned = set(finished.planned("--config", setting)) - {"all", "total"}
    assert rules <= planned
    assert not planned & DATA


def test_one_variants_setting_retrains_that_variant_alone(finished):
    assert finished.planned("--config", "variants={bsp_vae: {epochs: 4}}")["train_variant"] == 1


@pytest.mark.parametrize(
    ("module", "reruns", "spares"),
    [
        ("eikonal.py", "simulate_beats", "place_electrodes"),
        ("measurement.py", "simulate_condition", "train_variant"),
        ("metrics.py", "score", "predict_beats"),
        ("figures.py", "figure_heart", "score"),
        ("viewer.js", "view_case", "figure_heart"),
        ("models/signal_vae.py", "train_variant", "simulate_beats"),
    ],
)
def test_an_edit_of_a_module_reruns_the_rules_that_import_it(finished, module, reruns, spares):
    path = finished.folder / "workflow/ecgi" / module
    text = path.read_text()
    path.write_text(text + "\n# edited\n")
    try:
        planned = finished.planned()
    finally:
        path.write_text(text)
    assert reruns in planned
    assert spares not in planned
