import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt
import numpy as np
import pyvista
from matplotlib.colors import Normalize, to_hex

from ecgi.anatomy.triangles import Shape
from ecgi.reporting.figures.bullseye import bullseye, medians_of_segments
from ecgi.reporting.figures.views import VIEWS, view_of_surface


def ball():
    sphere = pyvista.Sphere(radius=30)
    return Shape(np.asarray(sphere.points, float), sphere.regular_faces)


def colours_of(axis):
    """Mean place of red triangles and of blue ones."""
    (polygons,) = axis.collections
    centres = np.array([path.vertices[:-1].mean(0) for path in polygons.get_paths()])
    faces = polygons.get_facecolor()
    return centres[faces[:, 0] > faces[:, 2]].mean(0), centres[faces[:, 2] > faces[:, 0]].mean(0)


def test_in_the_anterior_view_the_right_side_of_the_patient_is_at_the_left():
    surface = ball()
    to_the_right = surface.points[:, 0]  # RAS: high on the right
    for view, sign in zip(VIEWS, (-1, 0, 1, 0), strict=True):
        figure, axis = plt.subplots()
        view_of_surface(axis, surface, to_the_right, view, "coolwarm", Normalize(-30, 30))
        if sign:
            high, low = colours_of(axis)
            assert np.sign(high[0] - low[0]) == sign
        else:
            (polygons,) = axis.collections
            shown = polygons.get_facecolor()
            assert (
                shown[:, 2 if view.name == "left" else 0] > shown[:, 0 if view.name == "left" else 2]
            ).mean() > 0.9
        plt.close(figure)


def test_a_site_on_the_far_side_is_hollow():
    figure, axes = plt.subplots(1, 4)
    for axis, view in zip(axes, VIEWS, strict=True):
        view_of_surface(
            axis, ball(), np.zeros(len(ball().points)), view, "viridis", Normalize(0, 1), (0, 30, 0)
        )
    fills = {view.name: axis.lines[0].get_markerfacecolor() for axis, view in zip(axes, VIEWS, strict=True)}
    plt.close(figure)
    assert fills["anterior"] == "white"
    assert fills["posterior"] == "none"


def test_samples_on_the_far_side_are_not_drawn():
    places = np.array([[0, 30, 0], [0, 28, 5], [0, -30, 0]])
    figure, axes = plt.subplots(1, 4)
    for axis, view in zip(axes, VIEWS, strict=True):
        view_of_surface(
            axis, ball(), np.zeros(len(ball().points)), view, "viridis", Normalize(0, 1), None, places
        )
    dots = {view.name: len(axis.lines) for axis, view in zip(axes, VIEWS, strict=True)}
    plt.close(figure)
    assert (dots["anterior"], dots["posterior"]) == (2, 1)


def test_isochrones_run_where_values_cross_their_multiples():
    surface = ball()
    figure, axes = plt.subplots(1, 2)
    for axis, every in zip(axes, (None, 1000.0), strict=True):
        view_of_surface(
            axis, surface, surface.points[:, 2], VIEWS[0], "viridis", Normalize(-30, 30), every=every
        )
    plain, lined = (axis.collections[0].get_facecolor()[:, :3].sum(1) for axis in axes)
    paths = axes[0].collections[0].get_paths()
    plt.close(figure)
    heights = np.array([path.vertices[:3, 1] for path in paths])
    crossed = (heights.min(1) < 0) & (heights.max(1) >= 0)
    np.testing.assert_array_equal(lined < plain - 1e-6, crossed)


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
