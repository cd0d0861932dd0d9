import pandas as pd

from ecgi.evaluation.bootstrap import COLUMNS
from ecgi.reporting.headlines import headlines


def row(method, metric, value, paper=None, **other):
    given = {"condition": "nominal", "beats": "all", "split": "test", "seed": 0, "unit": "1"} | other
    return given | {"method": method, "metric": metric, "value": value, "paper": paper}


def printed(*rows, inverse=("kernel_ridge", "nearest_neighbour")):
    return [" ".join(line.split()) for line in headlines(pd.DataFrame(rows, columns=COLUMNS), inverse)]


def test_figures_stand_beside_the_papers_as_means_over_seeds_of_nominal_test_beats():
    assert printed(
        row("bsp_vae", "bsp_correlation", 0.9, 0.95),
        row("bsp_vae", "bsp_correlation", 0.8, 0.95, seed=1),
        row("bsp_vae", "bsp_correlation", 0.1, 0.95, condition="realistic"),
        row("bsp_vae", "bsp_correlation", 0.2, 0.95, split="validation"),
        row("bsp_vae_signals", "bsp_correlation", 0.99),
    ) == ["bsp_correlation bsp_vae 0.85 paper 0.95"]


def test_the_best_map_is_one_from_bsp():
    assert printed(
        row("activation_vae", "mae", 1.0, unit="ms"),
        row("nearest_neighbour", "mae", 9.0, unit="ms"),
        row("kernel_ridge", "mae", 3.0, unit="ms"),
    ) == ["mae kernel_ridge 3 ms lowest of all maps from BSP"]


def test_an_experiment_without_models_has_no_figure_of_the_papers():
    assert printed(row("training_mean", "mae", 30.0, unit="ms"), inverse=["training_mean"]) == [
        "mae training_mean 30 ms lowest of all maps from BSP"
    ]
