import re
import zlib
from contextlib import contextmanager

import numpy as np
import pandas as pd
import pytest
import xarray as xr

from ecgi.core.errors import InputError
from ecgi.reporting.colours import ACTIVATION
from ecgi.reporting.figures import comparison as comparisons
from ecgi.reporting.figures import heart as hearts
from ecgi.reporting.figures import maps as map_figures
from ecgi.reporting.figures import signals as signal_figures
from ecgi.reporting.figures import style
from ecgi.reporting.figures import training as training_figures
from ecgi.reporting.figures.selection import shown_beat, shown_rows
from ecgi.reporting.figures.style import extent_of, limits_of, panels_of, scale_bar, show_map
from ecgi.reporting.figures.training import training_curves

WIDTH_PT = 180 / 25.4 * 72
LEAST_PT = 7
SLICES, PIXELS = 3, 20


@pytest.fixture(scope="module")
def maps():
    """Rings of wall whose activation runs along y."""
    x = y = np.arange(PIXELS) * 4.0
    distance = np.hypot(*np.meshgrid(x - 40, y - 40))
    ring = np.where((distance > 15) & (distance < 30), np.broadcast_to(y[:, None], (PIXELS, PIXELS)), np.nan)
    return np.repeat(ring[None], SLICES, 0), extent_of(x, y)


def heart(paths, maps, rng):
    ring, extent = maps
    corners = 30 * rng.standard_normal((4, 3))
    faces = np.array([[0, 1, 2], [0, 2, 3], [0, 1, 3], [1, 2, 3]])
    tissue = np.isfinite(ring).astype(np.uint8)
    hearts.heart(paths, corners, faces, 90 + corners, [corners], tissue, extent, [10.0, 20.0, 30.0])


def signals(paths, maps, rng):
    truth = rng.standard_normal((2, 30))
    outputs = {f"model_{number}": truth for number in range(5)}
    signal_figures.signals(paths, np.arange(30), truth, outputs, [0, 1])


def reconstructions(paths, maps, rng):
    ring, extent = maps
    map_figures.reconstructions(paths, ring, 1.2 * ring, extent, [10.0, 20.0, 30.0])


def uncertainty(paths, maps, rng):
    ring, extent = maps
    samples = ring[0] + rng.standard_normal((4, PIXELS, PIXELS))
    map_figures.uncertainty(paths, ring[0], {"one": samples, "another": 2 * samples}, extent)


def training(paths, maps, rng):
    history = pd.DataFrame({"epoch": [1, 2, 3], "loss": [1.0, 1e-2, 1e-5], "val_loss": [1.0, 1e-1, 1e-3]})
    training_curves(paths, {"one": [history], "another": [history, history]})


def table_of(*metrics):
    """Scores of two methods under two conditions."""
    scores = {"value": 50.0, "low": 40.0, "high": 60.0}
    return pd.DataFrame(
        {"method": method, "condition": condition, "metric": metric, **scores}
        for method in ("one", "another")
        for condition in ("nominal", "realistic")
        for metric in metrics
    )


LABELS = {"mae": "mean absolute error (ms)", "r2": "R²"}


def comparison(paths, maps, rng):
    comparisons.comparison(paths, table_of(*LABELS), LABELS)


def robustness(paths, maps, rng):
    comparisons.robustness(paths, table_of(*LABELS), LABELS)


def calibration(paths, maps, rng):
    comparisons.calibration(paths, table_of("coverage_50", "coverage_90"), [50, 90])


FIGURES = (heart, signals, reconstructions, uncertainty, training, comparison, robustness, calibration)


def content_of(pdf):
    """What a PDF samples, as text."""
    streams = re.findall(rb"stream\r?\n(.*?)\r?\nendstream", pdf, re.DOTALL)
    return "\n".join(zlib.decompress(part).decode("latin1") for part in streams if part.startswith(b"\x78"))


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.__name__)
def test_a_journal_could_print_it(figure, maps, tmp_path):
    path = tmp_path / "figure.pdf"
    figure([path], maps, np.random.default_rng(0))
    pdf = path.read_bytes()
    width = float(re.search(rb"/MediaBox \[ ?0 0 ([\d.]+)", pdf)[1])
    assert width == pytest.approx(WIDTH_PT, abs=0.1)
    sizes = [float(size) for size in re.findall(r"/F\d+ ([\d.]+) Tf", content_of(pdf))]
    assert sizes
    assert min(sizes) >= LEAST_PT
    assert b"/FontFile2" in pdf
    assert b"/Type3" not in pdf


def history(epochs, first, last):
    loss = np.geomspace(first, last, epochs)
    return pd.DataFrame({"epoch": np.arange(1, epochs + 1), "loss": loss, "val_loss": 1.2 * loss})


@pytest.mark.parametrize(("first", "last"), [(300, 2), (0.06, 0.04), (0.0018, 0.0006), (1e4, 1e-3)])
@pytest.mark.parametrize("epochs", [2, 6, 100, 700])
def test_ticks_of_training_curves_are_apart(epochs, first, last, monkeypatch):
    figures = []

    @contextmanager
    def drawn(paths, size):
        with style.plt.rc_context(style.STYLE):
            figure = style.plt.figure(figsize=size, layout="constrained")
            yield figure
            figure.draw_without_rendering()
            figures.append(figure)

    monkeypatch.setattr(training_figures, "saved", drawn)
    training_curves([], {name: [history(epochs, first, last)] for name in ("one", "two", "three")})
    for axis in figures[0].axes:
        for along, (side, (low, high)) in enumerate(
            ((axis.xaxis, axis.get_xlim()), (axis.yaxis, axis.get_ylim()))
        ):
            shown = [tick.label1 for tick in side.get_major_ticks() if low <= tick.get_loc() <= high]
            ends = np.array([label.get_window_extent().get_points()[:, along] for label in shown])
            assert len(ends) >= 2
            assert (ends[1:, 0] > ends[:-1, 1] + 1).all()
    style.plt.close(figures[0])


def test_panels_are_limited_to_the_wall_and_all_alike(maps):
    ring, extent = maps
    limits = limits_of(extent, ring)
    assert limits == [(12 - 2 - 4, 68 + 2 + 4)] * 2
    for axis in panels_of(style.plt.figure(), 1, 2, limits).ravel():
        show_map(axis, ring[0], extent, ACTIVATION, None)
        scale_bar(axis)
        assert [axis.get_xlim(), axis.get_ylim()] == limits


@pytest.fixture
def dataset(maps):
    """A dataset of three beats, the last two of its test part, in which beat n is n times the first."""
    ring, _ = maps
    every = np.stack([ring, 2 * ring, 3 * ring])
    rng = np.random.default_rng(1)
    z, y, x = np.arange(SLICES) * 10.0, np.arange(PIXELS) * 4.0, np.arange(PIXELS) * 4.0
    position = np.stack(np.meshgrid(x, y, z, indexing="ij"), -1).transpose(2, 1, 0, 3)
    return xr.Dataset(
        {
            "activation_time": (("beat", "slice", "y", "x"), every),
            "bsp": (("beat", "electrode", "time"), rng.standard_normal((3, 4, 30))),
            "tissue": (("slice", "y", "x"), np.isfinite(ring).astype(np.uint8)),
            "position": (("slice", "y", "x", "axis"), position),
            "electrode_position": (("electrode", "axis"), 90 + 30 * rng.standard_normal((4, 3))),
        },
        {
            "beat": [1, 2, 3],
            "split": ("beat", ["train", "test", "test"]),
            "time": np.arange(30.0),
            **{"z": ("slice", z), "y": y, "x": x},
        },
        {"case": "patient7", "is_volume": 0},
    )


def predicted(dataset, factor=1.0):
    """A prediction of the test part: two samples around the truth times a factor."""
    test = dataset.isel(beat=dataset["split"].values == "test")
    maps = factor * np.stack([test["activation_time"].values - 1, test["activation_time"].values + 1])
    return xr.Dataset(
        {
            "activation_time": (("sample", "beat", "slice", "y", "x"), maps),
            "bsp": (("beat", "electrode", "time"), factor * test["bsp"].values),
        },
        {name: test[name] for name in ("beat", "split")},
    )


def arguments_of(monkeypatch, module, name):
    """What a figure is drawn of, in place of drawing it."""
    given = []
    monkeypatch.setattr(module, name, lambda *arguments: given.extend(arguments))
    return given


def test_the_shown_beat_is_counted_among_the_test_beats(dataset):
    assert [shown_beat(dataset, index) for index in (0, 1)] == [2, 3]
    with pytest.raises(IndexError):
        shown_beat(dataset, 2)


def test_signals_of_a_dataset_are_those_of_the_shown_beat(dataset, monkeypatch):
    given = arguments_of(monkeypatch, signal_figures, "signals")
    signal_figures.signals_of_dataset(["a.pdf"], dataset, {"one": predicted(dataset, 0.5)}, 1, (0, 2))
    paths, time, truth, outputs, electrodes = given
    assert (paths, electrodes) == (["a.pdf"], (0, 2))
    np.testing.assert_array_equal(time, dataset["time"])
    np.testing.assert_array_equal(truth, dataset["bsp"][2])
    np.testing.assert_array_equal(outputs["one"], 0.5 * dataset["bsp"][2])


def test_reconstructions_of_a_dataset_are_means_over_samples_on_the_wall(dataset, maps, monkeypatch):
    given = arguments_of(monkeypatch, map_figures, "reconstructions")
    whole = predicted(dataset, 0.5).fillna(7.0)
    map_figures.reconstructions_of_dataset(["a.pdf"], dataset, whole, 0)
    _, truth, output, extent, places = given
    np.testing.assert_array_equal(truth, 2 * maps[0])
    np.testing.assert_allclose(output, maps[0])
    assert extent == maps[1]
    assert places.tolist() == [0, 10, 20]


def test_uncertainty_of_a_dataset_is_that_of_a_slice(dataset, maps, monkeypatch):
    given = arguments_of(monkeypatch, map_figures, "uncertainty")
    predictions = {"one": predicted(dataset), "another": predicted(dataset, 2.0).fillna(7.0)}
    map_figures.uncertainty_of_dataset(["a.pdf"], dataset, predictions, 1, 2)
    _, truth, samples, _ = given
    np.testing.assert_array_equal(truth, 3 * maps[0][2])
    np.testing.assert_allclose(samples["one"].mean(0), truth)
    np.testing.assert_allclose(samples["another"].mean(0), 2 * truth)


def test_an_empty_slice_is_refused_by_its_number(dataset):
    dataset["tissue"][1] = 0
    with pytest.raises(InputError, match="slice 1 of patient7 holds no wall"):
        map_figures.uncertainty_of_dataset([], dataset, {"one": predicted(dataset)}, 0, 1)


def test_the_heart_of_a_dataset_is_drawn_with_the_frames_of_its_slices(dataset, small_heart, tmp_path):
    outlines = hearts.slice_outlines(dataset["position"].values)
    assert len(outlines) == SLICES
    far = 4.0 * (PIXELS - 1)
    np.testing.assert_array_equal(
        outlines[2], [[0, 0, 20], [far, 0, 20], [far, far, 20], [0, far, 20], [0, 0, 20]]
    )
    hearts.heart_of_dataset([tmp_path / "heart.pdf"], dataset, small_heart)
    assert (tmp_path / "heart.pdf").stat().st_size > 0


def test_figures_show_test_beats_of_some_methods_and_one_seed_if_asked():
    keys = ["split", "method", "beats", "condition", "seed"]
    rows = [
        ("test", "one", "all", "nominal", 4),
        ("test", "one", "all", "noisy", 4),
        ("test", "one", "all", "nominal", 5),
        ("test", "one", "phantoms", "nominal", 4),
        ("validation", "one", "all", "nominal", 4),
        ("test", "another", "all", "nominal", 0),
        ("test", "third", "all", "nominal", 0),
    ]
    table = pd.DataFrame(rows, columns=keys)
    methods = ["one", "another"]
    assert shown_rows(table, methods, "all").index.tolist() == [0, 1, 2, 5]
    assert shown_rows(table, methods, "all", ["nominal"]).index.tolist() == [0, 2, 5]
    assert shown_rows(table, methods, "all", first_seed=True).index.tolist() == [0, 1, 5]
