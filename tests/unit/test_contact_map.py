"""Contact maps are read with their units and compared with a map whose errors are known."""

import numpy as np
import pytest
import pyvista

from ecgi.core.errors import InputError
from ecgi.evaluation.contact_map import FARTHEST_MM, compare, summary
from ecgi.io.contact_maps import read_contact_map


@pytest.fixture(scope="module")
def wall(small_heart):
    """Positions of the wall, off the origin, so that LPS is another place."""
    return small_heart.positions(small_heart.wall) + np.array([60.0, -40.0, 200.0])


@pytest.fixture(scope="module")
def times(wall):
    """Time from a site, one voxel of which is the earliest."""
    return np.linalg.norm(wall - wall[100], axis=1) / 0.6


def some(wall, count=60):
    return np.random.default_rng(1).choice(len(wall), count, replace=False)


def test_the_true_map_is_found_without_error_whatever_the_origin_of_its_times(wall, times):
    at = some(wall)
    found = compare(wall[at], times[at] - 132.0, wall, times)
    assert found.used.all()
    assert found.mae_ms == pytest.approx(0, abs=1e-9)
    assert found.offset_ms == pytest.approx(-132.0)
    assert found.pearson == pytest.approx(1)
    assert found.spearman == pytest.approx(1)
    first = wall[at][times[at].argmin()]
    assert found.earliest_distance_mm == pytest.approx(np.linalg.norm(first - wall[100]))


def test_errors_that_are_put_in_come_out(wall, times):
    at = some(wall, 61)
    error = np.where(np.arange(61) % 2, 4.0, -4.0)
    found = compare(wall[at], times[at] + error, wall, times)
    assert found.mae_ms == pytest.approx(np.abs(error - np.median(error)).mean())
    opposite = compare(wall[at], -times[at], wall, times)
    assert opposite.pearson == pytest.approx(-1)
    assert opposite.spearman == pytest.approx(-1)
    rank_only = compare(wall[at], times[at] ** 2 / times.max(), wall, times)
    assert rank_only.spearman == pytest.approx(1)
    assert rank_only.pearson < 0.999


def test_points_off_the_wall_or_without_a_time_are_left_out_and_named(wall, times):
    at = some(wall)
    points, measured = wall[at].copy(), times[at].copy()
    points[3] = wall.max(0) + FARTHEST_MM
    measured[5] = np.nan
    found = compare(points, measured, wall, times)
    told = summary(found, [f"p{number}" for number in range(60)])
    assert told["points_used"] == 58
    assert (told["left_out_far"], told["left_out_without_time"]) == (["p3"], ["p5"])
    assert told["mae_ms"] == 0
    assert told["warnings"] == []


def test_a_part_of_the_map_without_times_is_not_compared(wall, times):
    partial = np.where(wall[:, 2] > np.quantile(wall[:, 2], 0.2), np.nan, times)
    found = compare(wall[::20], times[::20], wall, partial)
    below = wall[::20, 2] <= np.quantile(wall[:, 2], 0.2)
    assert found.used[below].all()
    assert 0.5 > found.used.mean() > 0.2
    assert found.distance_mm[found.used].max() <= FARTHEST_MM


@pytest.mark.parametrize(
    ("factors", "message"),
    [
        ((-1, -1, 1), "read as LPS the median is 0.0 mm: if they are, change the signs of x and y"),
        ((0.1, 0.1, 0.1), "read as cm the median is 0.0 mm: if they are, call the columns x_cm"),
        ((1, 1, -1), "they must be patient RAS, in the frame of the segmentation"),
    ],
)
def test_points_of_another_frame_are_refused_with_the_one_that_fits(wall, times, factors, message):
    at = some(wall)
    with pytest.raises(InputError, match="of the points lie more than 10 mm from the wall") as refused:
        compare(wall[at] * factors, times[at], wall, times)
    assert message in str(refused.value)
    assert "\n" not in str(refused.value)


def test_points_in_another_unit_near_the_origin_are_refused_although_they_are_near(small_heart):
    wall = small_heart.positions(small_heart.wall)
    wall = wall - wall[50]
    at, times = some(wall), np.linalg.norm(wall - wall[100], axis=1)
    with pytest.raises(InputError, match=r"all points lie within .* read as cm the median is 0.0 mm"):
        compare(wall[at] / 10, times[at], wall, times)


def test_a_frame_in_which_points_lie_nearer_is_warned_of(small_heart):
    """Turned by LPS about an axis through the LV, many points still lie near some wall."""
    wall = small_heart.positions(small_heart.wall)
    wall = wall - np.append(wall.mean(0)[:2], 0.0)
    at, times = some(wall, 200), np.linalg.norm(wall - wall[100], axis=1)
    distance = np.linalg.norm(wall[at][:, None] * (-1, -1, 1) - wall[None, ::3], axis=2).min(1)
    turned = wall[at][distance < 9.0] * (-1, -1, 1)
    found = compare(turned, times[at][distance < 9.0], wall, times)
    assert "read as LPS the median is 0.0 mm" in found.warning


@pytest.mark.parametrize(
    ("factor", "message"),
    [(0.001, "times spread over 0.1"), (10.0, "where ventricles take 3 to 500")],
)
def test_times_that_cannot_be_are_refused(wall, times, factor, message):
    at = some(wall)
    with pytest.raises(InputError, match=message):
        compare(wall[at], times[at] * factor, wall, times)


def test_too_few_points_are_refused(wall, times):
    assert len(wall[::2000]) == 4
    with pytest.raises(
        InputError, match="4 of 4 points have a time and lie within 10 mm of a predicted one; 5"
    ):
        compare(wall[::2000], times[::2000], wall, times)


@pytest.mark.parametrize(
    "text",
    [
        "name,x_mm,y_mm,z_mm,lat_ms\nP7,10,20,30,-12.5\nP9,1,2,3,\n",
        "Point;X [cm];Y [cm];Z [cm];LAT (ms)\nP7;1,0;2,0;3,0;-12,5\nP9;0,1;0,2;0,3;\n",
        "x_m\ty_m\tz_m\tactivation time [s]\tname\n.01\t.02\t.03\t-0.0125\tP7\n.001\t.002\t.003\t\tP9\n",
    ],
)
def test_a_table_is_read_in_its_units(tmp_path, text):
    (tmp_path / "map.csv").write_text(text)
    found = read_contact_map(tmp_path / "map.csv")
    np.testing.assert_allclose(found.points, [[10, 20, 30], [1, 2, 3]])
    np.testing.assert_allclose(found.times_ms, [-12.5, np.nan])
    assert found.names == ["P7", "P9"]


@pytest.mark.parametrize(
    ("header", "message"),
    [
        ("x,y,z,lat_ms", "have no unit: call them x_mm, x_cm or x_m"),
        ("x_mm,y_mm,z_mm,lat", "'lat' has no unit; call it lat_ms or lat_s"),
        ("x_mm,y_mm,z_mm,voltage", "no column lat_ms or lat_s, only x_mm"),
        ("x_mm,y_mm,lat_ms,time_ms", "there is no column z_mm"),
    ],
)
def test_a_table_without_units_or_times_is_refused(tmp_path, header, message):
    (tmp_path / "map.csv").write_text(f"{header}\n1,2,3,4\n")
    with pytest.raises(InputError, match=message):
        read_contact_map(tmp_path / "map.csv")


def test_two_columns_of_times_and_words_among_times_are_refused(tmp_path):
    (tmp_path / "map.csv").write_text("x_mm,y_mm,z_mm,lat_ms,time_ms\n1,2,3,4,5\n")
    with pytest.raises(InputError, match="lat_ms, time_ms may all be activation times"):
        read_contact_map(tmp_path / "map.csv")
    (tmp_path / "map.csv").write_text("x_mm,y_mm,z_mm,lat_ms\n1,2,3,early\n")
    with pytest.raises(InputError, match="lat_ms is 'early'"):
        read_contact_map(tmp_path / "map.csv")


@pytest.mark.parametrize("ending", [".vtp", ".vtk"])
def test_polydata_are_read_in_the_frame_that_they_state(tmp_path, ending):
    data = pyvista.PolyData(np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.0]]))
    data["LAT_ms"], data["bipolar_mv"] = [7.0, 8.0], [1.0, 2.0]
    data.field_data["SPACE"] = ["LPS"]
    data.save(tmp_path / f"map{ending}")
    found = read_contact_map(tmp_path / f"map{ending}")
    np.testing.assert_allclose(found.points, [[-1, -2, 3], [-4, -5, 6]])
    assert found.times_ms.tolist() == [7, 8]
    data.points[0, 0] = np.nan
    data.save(tmp_path / f"map{ending}")
    with pytest.raises(InputError, match="not finite"):
        read_contact_map(tmp_path / f"map{ending}")
    del data.point_data["LAT_ms"]
    data.save(tmp_path / f"map{ending}")
    with pytest.raises(InputError, match="no point array lat_ms or lat_s, only bipolar_mv"):
        read_contact_map(tmp_path / f"map{ending}")


def test_times_of_another_mesh_and_other_formats_are_refused(tmp_path):
    (tmp_path / "map.tri").write_text("3\n1 0 0 0\n2 1 0 0\n3 0 1 0\n1\n1 1 2 3\n")
    (tmp_path / "map.dep").write_text("2 1\n5\n6\n")
    with pytest.raises(InputError, match=r"2 rows of 1, and .* has 3 points"):
        read_contact_map(tmp_path / "map.tri")
    with pytest.raises(InputError, match="not one of the formats of a contact map"):
        read_contact_map(tmp_path / "map.xlsx")
