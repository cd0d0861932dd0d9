import base64
import json
import re

import numpy as np
import pandas as pd
import pytest
import pyvista
import xarray as xr
from plotly.offline import get_plotlyjs

from ecgi.anatomy.triangles import Shape
from ecgi.reporting.shapes import electrode_sheet
from ecgi.reporting.viewer.case_page import case_page, on_surface, reach_of, wall_times
from ecgi.reporting.viewer.heart_page import MISSING, Beat, Map, Site, page

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


def make_page(
    rng, title="Heart a", beats=2, methods=2, electrodes=(5, 4), kind="sinus", site="LV, apex", simulated=2
):
    heart = ball()
    x, z = np.meshgrid(np.arange(electrodes[1]) * 25.0, np.arange(electrodes[0]) * 25.0)
    grid = np.stack([x.ravel(), np.full(x.size, 80.0), z.ravel()], -1)

    def wave():
        return 60 + heart.points @ rng.uniform(-1, 1, 3)

    def beat():
        bsp = rng.normal(0, 1, (x.size, 128))
        place = Site(heart.points[0], site, [site, "10 mm from the base"], [10.0, 20.0])
        predictions = {
            f"m{at}": Map(
                wave(),
                rng.uniform(0, 9, len(heart.points)) if at else None,
                place,
                simulated and simulated * bsp,
                wave() - 60,
            )
            for at in range(methods)
        }
        return Beat(kind, bsp, Map(wave(), site=place), predictions)

    made = {str(at): beat() for at in range(beats)}
    names = [f"E{at}" for at in range(x.size)]
    args = (title, ["Made of <b>&c</b>."], heart, electrode_sheet(grid, np.zeros(3)), names)
    return page(*args, np.arange(128) * 4.0, made, np.eye(3)), made


def test_what_goes_in_stands_in_the_page(rng):
    html, beats = make_page(rng)
    content = content_of(html)
    for number, beat in beats.items():
        shown = content["beats"][number]
        np.testing.assert_allclose(numbers(shown["truth"]["times"]), beat.truth.times, atol=0.051)
        np.testing.assert_allclose(
            numbers(shown["bsp"]).reshape(beat.bsp.shape), beat.bsp, atol=2e-5 * abs(beat.bsp).max()
        )
        found, made = shown["predictions"]["m1"], beat.predictions["m1"]
        np.testing.assert_allclose(numbers(found["times"]), made.times, atol=0.051)
        np.testing.assert_allclose(numbers(found["sd"]), made.sd, atol=0.051)
        np.testing.assert_allclose(
            numbers(found["bsp"]).reshape(made.bsp.shape), made.bsp, atol=2e-5 * abs(made.bsp).max()
        )
        assert found["site"]["name"] == made.site.name
        assert shown["predictions"]["m0"]["sd"] is None
    np.testing.assert_allclose(numbers(content["heart"]["points"]).reshape(-1, 3), ball().points)
    np.testing.assert_array_equal(numbers(content["heart"]["triangles"]).reshape(-1, 3), ball().triangles)


def test_the_region_of_a_site_is_lines_at_its_radii(rng):
    html, beats = make_page(rng, beats=1)
    site = beats["0"].predictions["m1"].site
    region = content_of(html)["beats"]["0"]["predictions"]["m1"]["site"]["region"]
    points = numbers(region).reshape(-1, 3)
    distance = np.linalg.norm(points[np.isfinite(points).all(1)] - site.position, axis=1)
    near, far = distance[distance < 15], distance[distance >= 15]
    assert near == pytest.approx(10, abs=1)
    assert far == pytest.approx(20, abs=1)


def test_isochrones_are_broken_by_a_value_that_is_missing(rng):
    lines = content_of(make_page(rng)[0])["beats"]["0"]["truth"]
    gaps = np.isnan(numbers(lines["lines"]).reshape(-1, 3)).all(1)
    np.testing.assert_array_equal(np.isnan(numbers(lines["lineTimes"])), gaps)
    assert gaps.any()
    assert not gaps.all()


@pytest.mark.parametrize("name", ["</script><script>alert(1)</script>", '"><img src=x onerror=alert(1)>'])
def test_names_are_shown_and_not_run(rng, name):
    html, _ = make_page(rng, title=name, kind=name, site=name)
    assert name not in html
    assert "<b>&c" not in html
    assert content_of(html)["beats"]["0"]["kind"] == name


def test_the_page_stays_small_with_as_much_on_it_as_the_workflow_puts_there(rng):
    html, _ = make_page(rng, beats=5, methods=8, electrodes=(20, 20), simulated=None)
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
    grid += small_heart.positions(small_heart.wall).mean(0) - grid.mean((0, 1, 2))
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
    assert "Beats of patient7" in html
    assert "Experiment mine, seed 1, ecgi 9." in html
    assert list(content["beats"]) == ["1", "3"]
    shown = content["beats"]["3"]
    assert shown["kind"] == "single site"
    found = shown["predictions"]["nearest"]
    times = numbers(found["times"])
    assert np.isfinite(times).sum() == np.isfinite(numbers(found["sd"])).sum()
    assert numbers(found["sd"])[np.isfinite(times)] == pytest.approx(np.sqrt(8), abs=0.051)
    assert found["site"]["sentences"][1].endswith("mm from the simulated site")


def test_pixels_are_carried_to_the_surface_as_far_as_they_reach():
    positions = np.stack(np.meshgrid(np.arange(6.0), np.arange(6.0), [0.0, 9.0]), -1).transpose(2, 0, 1, 3)
    assert reach_of(positions) == 6.75
    pixels = positions.reshape(-1, 3)
    points = np.array([[2.0, 2.0, 0.0], [3.0, 3.0, 40.0]])
    samples = np.stack([pixels[:, 0] - 1, pixels[:, 0] + 1])
    far = np.array([False, True])
    carried = on_surface(points, pixels, samples, pixels[:, 0] - 3, far)
    np.testing.assert_allclose(carried.times, [2.0, np.nan], atol=1e-6)
    np.testing.assert_allclose(carried.sd, [np.sqrt(2), np.nan])
    np.testing.assert_allclose(carried.error, [3, np.nan])
    assert on_surface(points, pixels, samples[:1], pixels[:, 0], far).sd is None


def test_times_on_the_wall_come_from_the_chunk_that_holds_the_beat(case):
    simulated, _, _ = case
    np.testing.assert_array_equal(wall_times(simulated, 2), simulated[1]["activation_time"][0])
    np.testing.assert_array_equal(wall_times(simulated, 1), simulated[0]["activation_time"][1])
