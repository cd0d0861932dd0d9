import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pytest
import pyvista
from matplotlib.colors import Normalize, to_hex

from ecgi.anatomy.triangles import Shape
from ecgi.reporting.figures.bullseye import bullseye, medians_of_segments
from ecgi.reporting.figures.projection import picture_of
from ecgi.reporting.figures.views import BEHIND, VIEWS, Marks, view_of_surface


def ball():
    sphere = pyvista.Sphere(radius=30)
    return Shape(np.asarray(sphere.points, float), sphere.regular_faces)


def seen(axis):
    """The picture of an axis as (row, column, RGBA) with the places of its columns and rows."""
    (image,) = axis.images
    left, right, bottom, top = image.get_extent()
    pixels = np.asarray(image.get_array())
    rows, columns = pixels.shape[:2]
    half = (right - left) / columns / 2
    return (
        pixels,
        np.linspace(left + half, right - half, columns),
        np.linspace(bottom + half, top - half, rows),
    )


def drawn(values, view, marks=None, regions=None):
    figure, axis = plt.subplots()
    view_of_surface(axis, ball(), values, view, "coolwarm", Normalize(-30, 30), marks, regions)
    plt.close(figure)
    return axis


def test_in_the_anterior_view_the_right_side_of_the_patient_is_at_the_left():
    to_the_right = ball().points[:, 0]  # RAS: high on the right
    for view, sign in zip(VIEWS, (-1, 0, 1, 0), strict=True):
        pixels, x, _ = seen(drawn(to_the_right, view))
        there = pixels[..., 3] > 0
        redder = np.where(there, pixels[..., 0] > pixels[..., 2], False)
        if sign:
            columns = np.nonzero(redder)[1]
            assert np.sign(x[columns].mean()) == sign
        else:
            assert redder[there].mean() == pytest.approx(float(view.name == "right"), abs=0.1)


def test_what_lies_behind_is_hidden_and_a_ball_is_as_wide_as_it_is():
    front, back = ball(), ball()
    points = np.vstack([front.points, back.points * 1.5 - [0, 90, 0]])
    both = Shape(points, np.vstack([front.triangles, back.triangles + len(front.points)]))
    picture = picture_of(both, *np.array([[-1.0, 0, 0], [0, 0, 1], [0, 1, 0]]), 0.5)
    number = picture.of(np.repeat([0.0, 1.0], len(front.points)))
    away = np.hypot(picture.x, picture.y[:, None])
    np.testing.assert_allclose(number[away < 28], 0, atol=1e-9)
    np.testing.assert_allclose(number[(away > 31) & (away < 42)], 1)
    assert np.isnan(picture.depth[away > 46]).all()
    np.testing.assert_allclose(picture.depth[away < 10], np.sqrt(900 - away[away < 10] ** 2), atol=0.6)
    np.testing.assert_allclose(
        picture.of(points)[away < 28][:, 0], -np.broadcast_to(picture.x, away.shape)[away < 28]
    )


def test_a_site_on_the_far_side_is_grey_and_its_region_a_ring():
    marks = Marks(np.array([0.0, 30, 0]), (8.0, 12.0), np.array([5.0]))
    axes = {view.name: drawn(ball().points[:, 2], view, marks) for view in VIEWS}
    assert axes["anterior"].lines[0].get_markerfacecolor() == "white"
    assert axes["posterior"].lines[0].get_markerfacecolor() == BEHIND
    assert [ring.get_radius() for ring in axes["anterior"].patches] == [8.0, 12.0]


def test_isochrones_lie_where_the_surface_has_their_times():
    marks = Marks(np.array([0.0, 30, 0]), (), np.array([10.0, 20.0]))
    axis = drawn(ball().points[:, 2], VIEWS[0], marks)
    (lines,) = axis.collections
    for path, height in zip(lines.get_paths(), (10, 20), strict=True):
        np.testing.assert_allclose(path.vertices[:, 1], height, atol=0.1)


def test_parts_of_the_heart_are_named_where_they_are_seen():
    regions = np.where(ball().points[:, 0] > 0, "RV", "lateral")
    places = {
        text.get_text(): text.get_position()
        for text in drawn(ball().points[:, 2], VIEWS[0], None, regions).texts
    }
    assert places["RV"][0] < 0 < places["lateral"][0]


def test_segments_of_a_bullseye_lie_where_the_aha_puts_them():
    values = np.arange(1.0, 18.0)
    medians = medians_of_segments(np.repeat(values, 2), np.repeat(np.arange(1, 18), 2))
    np.testing.assert_array_equal(medians, values)
    figure, axis = plt.subplots()
    bullseye(axis, medians, "viridis", Normalize(0, 17))
    places = {text.get_text(): text.get_position() for text in axis.texts}
    colours = {to_hex(patch.get_facecolor()) for patch in axis.patches}
    plt.close(figure)
    assert len(colours) == 17
    for segment, (x, y) in {"1": (0, 1), "4": (0, -1), "14": (-1, 0), "16": (1, 0), "17": (0, 0)}.items():
        np.testing.assert_array_equal(np.sign(np.round(places[segment], 6)), (x, y))
    assert places["2"][0] < 0 < places["6"][0]


def test_a_segment_without_voxels_has_no_number():
    medians = medians_of_segments(np.array([1.0, np.nan]), np.array([1, 2]))
    assert medians[0] == 1.0
    assert np.isnan(medians[1:]).all()
