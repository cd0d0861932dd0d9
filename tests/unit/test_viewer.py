import base64
import json
import re

import numpy as np
import pandas as pd
import pytest
import pyvista
import xarray as xr
from plotly.offline import get_plotlyjs

from ecgi.anatomy.wall_surface import Shape
from ecgi.reporting.shapes import electrode_sheet, stacked_slices
from ecgi.reporting.viewer.case_page import case_page, summarised, wall_times
from ecgi.reporting.viewer.heart_page import MISSING, Beat, Prediction, page

MOST_BYTES = 15e6


def ball():
    mesh = pyvista.Sphere(radius=40, theta_resolution=100, phi_resolution=80)
    return Shape(mesh.points, mesh.regular_faces)


def numbers(entry):
    values = np.frombuffer(base64.b64decode(entry["data"]), np.dtype(entry["type"]))
    return np.where(values == MISSING, np.nan, values * entry["unit"]) if "unit" in entry else values


def content_of(html):
    return json.loads(re.search(r'<script id="content"[^>]*>(.*?)</script>', html, re.DOTALL)[1])


@pytest.fixture(scope="module")
def rng():
    return np.random.default_rng(0)


def make_page(rng, title="Heart a", beats=2, methods=2, pixels=(2, 8, 8), electrodes=(5, 4), kind="sinus"):
    heart = ball()
    x, z = np.meshgrid(np.arange(electrodes[1]) * 25.0, np.arange(electrodes[0]) * 25.0)
    grid = np.stack([x.ravel(), np.full(x.size, 80.0), z.ravel()], -1)
    index = np.stack(np.meshgrid(*map(np.arange, pixels), indexing="ij"), -1)
    slices = stacked_slices(index[..., ::-1] * np.array([2.0, 2.0, 8.0]), np.ones(pixels, bool))
    count = np.prod(pixels)

    def beat():
        maps = rng.uniform(0, 200, (methods, 3, count))
        predictions = {
            f"m{at}": Prediction(mean, sd if at else None) for at, (mean, sd, _) in enumerate(maps)
        }
        times = 60 + heart.points @ rng.uniform(-1, 1, 3)
        return Beat(kind, times, rng.normal(0, 1, (x.size, 128)), maps[0, 2], predictions)

    made = {str(at): beat() for at in range(beats)}
    names = [f"E{at}" for at in range(x.size)]
    args = (title, ["Made of <b>&c</b>."], heart, electrode_sheet(grid, np.zeros(3)), names)
    return page(*args, np.arange(128) * 4.0, made, slices, np.eye(3)), made


def test_what_goes_in_stands_in_the_page(rng):
    html, beats = make_page(rng)
    content = content_of(html)
    for number, beat in beats.items():
        shown = content["beats"][number]
        np.testing.assert_allclose(numbers(shown["times"]), beat.times, atol=0.051)
        np.testing.assert_allclose(
            numbers(shown["bsp"]).reshape(beat.bsp.shape), beat.bsp, atol=2e-5 * abs(beat.bsp).max()
        )
        np.testing.assert_allclose(numbers(shown["truth"]), beat.truth, atol=0.051)
        np.testing.assert_allclose(
            numbers(shown["predictions"]["m1"]["sd"]), beat.predictions["m1"].sd, atol=0.051
        )
        assert shown["predictions"]["m0"]["sd"] is None
    np.testing.assert_allclose(numbers(content["heart"]["points"]).reshape(-1, 3), ball().points)
    np.testing.assert_array_equal(numbers(content["heart"]["triangles"]).reshape(-1, 3), ball().triangles)


def test_isochrones_are_broken_by_a_value_that_is_missing(rng):
    lines = content_of(make_page(rng)[0])["beats"]["0"]
    gaps = np.isnan(numbers(lines["lines"]).reshape(-1, 3)).all(1)
    np.testing.assert_array_equal(np.isnan(numbers(lines["lineTimes"])), gaps)
    assert gaps.any()
    assert not gaps.all()


@pytest.mark.parametrize("name", ["</script><script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_names_are_shown_and_not_run(rng, name):
    html, _ = make_page(rng, title=name, kind=name)
    assert name not in html
    assert "<b>&c" not in html
    assert content_of(html)["beats"]["0"]["kind"] == name


def test_the_page_stays_small_with_as_much_on_it_as_the_workflow_puts_there(rng):
    html, _ = make_page(rng, beats=5, methods=8, pixels=(9, 30, 30), electrodes=(20, 20))
    assert len(html.encode()) < MOST_BYTES


def test_the_page_names_nothing_on_the_network(rng):
    html, _ = make_page(rng)
    assert "http" not in html.replace(get_plotlyjs(), "")


@pytest.fixture(scope="module")
def case(small_heart):
    """Simulated beats of a heart in two chunks, its dataset, and a prediction of its test beats."""
    rng = np.random.default_rng(3)
    simulated = [
        xr.Dataset(
            {"activation_time": (("beat", "voxel"), rng.uniform(0, 90, (2, small_heart.wall.sum())))},
            {"beat": beats},
        )
        for beats in ([0, 1], [2, 3])
    ]
    grid = np.stack(np.meshgrid(np.arange(6.0), np.arange(6.0), [0.0, 9.0]), -1).transpose(2, 0, 1, 3)
    tissue = np.zeros(grid.shape[:3], np.uint8)
    tissue[:, 1:5, 2:4] = 1
    maps = np.where(tissue > 0, rng.uniform(0, 90, (4, *tissue.shape)), np.nan)
    dataset = xr.Dataset(
        {
            "activation_time": (("beat", "slice", "y", "x"), maps),
            "bsp": (("beat", "electrode", "time"), rng.standard_normal((4, 6, 12))),
            "tissue": (("slice", "y", "x"), tissue),
            "position": (("slice", "y", "x", "axis"), grid),
        },
        {
            "beat": np.arange(4),
            "split": ("beat", ["train", "test", "train", "test"]),
            "time": np.arange(12.0),
        },
        {"case": "patient7", "experiment": "mine", "seed": 1, "ecgi_version": "9"},
    )
    samples = np.stack([maps[[1, 3]] - 2, maps[[1, 3]] + 2])
    prediction = xr.Dataset(
        {"activation_time": (("sample", "beat", "slice", "y", "x"), samples)}, {"beat": [1, 3]}
    )
    return simulated, dataset, prediction


def test_the_page_of_a_case_shows_its_test_beats_and_what_methods_made_of_them(small_heart, case):
    simulated, dataset, prediction = case
    x, names = np.arange(6.0), [f"E{number}" for number in range(6)]
    electrodes = pd.DataFrame({"name": names, "x_mm": x, "y_mm": 200.0, "z_mm": x**2})
    kinds = dict.fromkeys(range(4), "single_site")
    html = case_page(small_heart, dataset, iter(simulated), kinds, electrodes, {"nearest": prediction})
    content = content_of(html)
    assert "Heart patient7" in html
    assert "Experiment mine, seed 1, ecgi 9." in html
    assert list(content["beats"]) == ["1", "3"]
    shown = content["beats"]["3"]
    assert shown["kind"] == "single site"
    truth = dataset["activation_time"].values[3][dataset["tissue"].values > 0]
    np.testing.assert_allclose(numbers(shown["truth"]), truth, atol=0.051)
    np.testing.assert_allclose(numbers(shown["predictions"]["nearest"]["mean"]), truth, atol=0.051)
    np.testing.assert_allclose(numbers(shown["predictions"]["nearest"]["sd"]), np.sqrt(8), atol=0.051)


def test_a_single_sample_has_no_sd(case):
    _, dataset, prediction = case
    mask = dataset["tissue"].values > 0
    assert summarised(prediction.isel(sample=[0]), 1, mask).sd is None
    assert summarised(prediction, 1, mask).sd.shape == (mask.sum(),)


def test_times_on_the_wall_come_from_the_chunk_that_holds_the_beat(case):
    simulated, _, _ = case
    np.testing.assert_array_equal(wall_times(simulated, 2), simulated[1]["activation_time"][0])
    np.testing.assert_array_equal(wall_times(simulated, 1), simulated[0]["activation_time"][1])
