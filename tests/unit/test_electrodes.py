from functools import partial

import numpy as np
import pandas as pd
import pytest
import xarray as xr
from scipy import stats

from ecgi.config.electrodes import ElectrodeSettings
from ecgi.core.errors import InputError
from ecgi.io import stores
from ecgi.io.electrodes import electrodes_with_lead_field, from_table, place_electrodes
from ecgi.io.lead_fields import read_lead_field
from ecgi.physics import electrodes
from ecgi.physics.conductor import InfiniteConductor
from ecgi.physics.electrodes import (
    TWELVE_LEAD,
    front_grid,
    on_torso,
    refuse_near_wall,
    terminal,
    twelve_lead,
    vary_torso,
    vest,
)
from ecgi.physics.layouts import electrodes_of_layout, layout_of_case, referenced_lead_field
from ecgi.physics.lead_field import lead_field

TORSO = {"width_mm": 320.0, "depth_mm": 240.0, "heart_left_mm": 25.0, "heart_front_mm": 30.0}
SIGMA = {"sigma_i": 0.2, "sigma_t": 0.2}


@pytest.fixture
def wall():
    return np.random.default_rng(0).uniform([-60, 20, -40], [50, 110, 30], (500, 3))


def test_grid_lies_in_a_plane_in_front_of_the_heart(wall):
    grid = front_grid(wall, 3, 4, 25, 40)
    np.testing.assert_allclose(grid[:, 1], wall[:, 1].max() + 40)


def test_grid_is_centred_on_the_heart(wall):
    grid = front_grid(wall, 3, 4, 25, 40)
    np.testing.assert_allclose(grid.mean(0)[[0, 2]], wall.mean(0)[[0, 2]])


def test_electrodes_run_from_head_to_foot_row_by_row_from_right_to_left(wall):
    rows = front_grid(wall, 3, 4, 25, 40).reshape(3, 4, 3)
    np.testing.assert_allclose(np.diff(rows, axis=1), np.broadcast_to([-25, 0, 0], (3, 3, 3)), atol=1e-9)
    np.testing.assert_allclose(np.diff(rows, axis=0), np.broadcast_to([0, 0, -25], (2, 4, 3)), atol=1e-9)


def test_a_single_electrode_stands_over_the_centre(wall):
    (electrode,) = front_grid(wall, 1, 1, 25, 10)
    np.testing.assert_allclose(electrode, [wall[:, 0].mean(), wall[:, 1].max() + 10, wall[:, 2].mean()])


def test_grid_follows_the_heart(wall):
    step = np.array([7, -8, 9])
    np.testing.assert_allclose(front_grid(wall + step, 3, 4, 25, 40), front_grid(wall, 3, 4, 25, 40) + step)


@pytest.fixture(scope="module")
def heart_wall(small_heart):
    return small_heart.positions(small_heart.wall)


def layout_of(**settings):
    return ElectrodeSettings(**settings).model_dump()


def test_torso_is_an_ellipse_around_its_axis_with_the_heart_at_its_given_position(wall):
    skin = on_torso(wall, np.arange(0, 360, 10), 0.0, **TORSO)
    np.testing.assert_allclose(np.ptp(skin, 0)[:2], [320, 240], rtol=0.02)
    left, front = -1, 1
    axis = skin.mean(0)
    np.testing.assert_allclose(wall.mean(0) - axis, [left * 25, front * 30, 0], atol=1e-9)


def test_torso_begins_in_front_and_turns_to_the_patients_left(wall):
    front, left = on_torso(wall, [0, 90], 0.0, **TORSO)
    assert front[1] - left[1] == pytest.approx(120)
    assert left[0] - front[0] == pytest.approx(-160)


PLACE = {"left_mm": 7.0, "front_mm": 5.0, "up_mm": 20.0, "torso": 0.05}


def test_torsos_of_hearts_differ_as_asked_for_and_by_no_more_than_twice_that():
    mean = TORSO | {"heart_up_mm": 3.0}
    torsos = [vary_torso(mean, PLACE, np.random.default_rng(seed)) for seed in range(300)]
    scales = {"heart_left_mm": 7, "heart_front_mm": 5, "heart_up_mm": 20, "width_mm": 0.05, "depth_mm": 0.05}
    for name, sd in scales.items():
        found, middle = np.array([torso[name] for torso in torsos]), mean[name]
        off = np.log(found / middle) if sd < 1 else found - middle
        assert np.abs(off).max() <= 2 * sd + 1e-9
        assert off.std() == pytest.approx(stats.truncnorm(-2, 2).std() * sd, rel=0.12)
        assert abs(off.mean()) < 0.2 * sd


def test_the_torso_of_a_heart_is_drawn_from_its_seed_and_without_spread_is_the_mean():
    mean = TORSO | {"heart_up_mm": 3.0}
    one, same, other = (vary_torso(mean, PLACE, np.random.default_rng(seed)) for seed in (1, 1, 2))
    assert one == same != other
    assert vary_torso(mean, dict.fromkeys(PLACE, 0.0), np.random.default_rng(1)) == mean


def test_a_heart_higher_in_its_torso_has_electrodes_lower_on_its_own_scale(wall):
    step = on_torso(wall, 40, 10.0, **TORSO, heart_up_mm=15.0) - on_torso(wall, 40, 10.0, **TORSO)
    np.testing.assert_allclose(step, [0, 0, -15], atol=1e-9)


def test_vest_surrounds_the_heart(heart_wall):
    rings = vest(heart_wall, 5, 12, 40.0, TORSO).reshape(5, 12, 3)
    np.testing.assert_allclose(np.diff(rings[..., 2], axis=0), -40)
    assert np.ptp(rings[..., 2], axis=1).max() < 1e-9
    assert rings[..., 2].mean() == pytest.approx(heart_wall[:, 2].mean())
    around = rings[2, :, :2] - heart_wall[:, :2].mean(0)
    turns = np.diff(np.unwrap(np.arctan2(around[:, 1], around[:, 0])))
    assert (turns > 0).all() or (turns < 0).all()
    assert 2 * np.pi - np.abs(turns.sum()) < 2 * np.abs(turns).max()
    furthest = np.linalg.norm(heart_wall[:, :2] - heart_wall[:, :2].mean(0), axis=1).max()
    assert np.linalg.norm(around, axis=1).min() > furthest


def test_vest_runs_from_the_back_over_the_right_to_the_front(heart_wall):
    ring = vest(heart_wall, 2, 8, 40.0, TORSO)[:8] - heart_wall.mean(0)
    assert ring[0, 1] < 0
    assert ring[1, 0] > ring[6, 0]
    assert ring[3, 1] > 0


def test_electrodes_of_the_12_leads_stand_where_they_are_stuck(heart_wall):
    places = dict(zip(TWELVE_LEAD, twelve_lead(heart_wall, TORSO) - heart_wall.mean(0), strict=True))
    right, front, up = np.eye(3)
    assert places["RA"] @ right > 0 > places["LA"] @ right
    assert min(places["RA"] @ up, places["LA"] @ up) > 80
    assert places["LL"] @ up < -100
    assert places["V1"] @ right > places["V2"] @ right
    chest = np.array([places[f"V{number}"] for number in range(1, 7)])
    assert (np.diff(chest @ right) < 0).all()
    assert (np.diff(chest[1:] @ front) < 0).all()
    np.testing.assert_allclose(chest[3:, 2], chest[3, 2])


def table_of(text):
    rows = [line.split(",") for line in text.split()]
    cells = [[cell or np.nan for cell in row] for row in rows[1:]]
    return pd.DataFrame(cells, range(2, len(rows) + 1), rows[0])


def test_a_table_gives_names_and_positions_in_its_order():
    names, places = from_table(table_of("z_mm,name,x_mm,more,y_mm\n3,RA,1,?,2\n6,,4,!,5.5"), "mine.csv")
    assert names == ["RA", "E2"]
    np.testing.assert_array_equal(places, [[1, 2, 3], [4, 5.5, 6]])


@pytest.mark.parametrize(
    "column", ["Name", "NAME", "names", "label", "Label", "electrode", "Lead", "channel"]
)
def test_names_stand_in_a_column_of_any_usual_name(column):
    names, _ = from_table(table_of(f"x_mm,y_mm,z_mm,{column}\n1,2,3,V2\n4,5,6,17"), "mine.csv")
    assert names == ["V2", "17"]


@pytest.mark.parametrize("name", ["=cmd|' /C calc'!A0", "@SUM(A1)"])
def test_a_name_that_a_spreadsheet_would_run_is_refused(name):
    table = pd.DataFrame({"name": ["E1", name], "x_mm": ["1", "2"], "y_mm": ["0", "0"], "z_mm": ["0", "0"]})
    with pytest.raises(InputError, match="for a formula; rename the electrode"):
        from_table(table, "electrodes.csv")


def test_a_column_called_name_comes_before_numbers_of_electrodes():
    names, _ = from_table(table_of("electrode,Name,x_mm,y_mm,z_mm\n0,V1,1,2,3\n1,V2,4,5,6"), "mine.csv")
    assert names == ["V1", "V2"]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("x_mm,y_mm\n1,2", "mine.csv: there is no column z_mm, only x_mm, y_mm"),
        ("x_mm,y_mm,z_mm", "mine.csv: there is no electrode below the header"),
        ("x_mm,y_mm,z_mm\n1,2,3\n1,,4", "mine.csv, line 3: y_mm is empty; give a number"),
        ("x_mm,y_mm,z_mm\n1,2,nan", "mine.csv, line 2: z_mm is 'nan'"),
        ("x_mm,y_mm,z_mm\n1,2,3cm", "mine.csv, line 2: z_mm is '3cm'"),
        ("x_mm,y_mm,z_mm\n1,2,3\n4,5,6\n1,2,3.0", "mine.csv, line 4: the same position as line 2"),
        ("name,x_mm,y_mm,z_mm\nV1,1,2,3\nV1,4,5,6", "mine.csv, line 3: the same name as line 2, V1"),
        ("Label,x_mm,y_mm,z_mm\nV1,1,2,3\nV1,4,5,6", "mine.csv, line 3: the same name as line 2, V1"),
        ("name,Name,x_mm,y_mm,z_mm\nV1,a,1,2,3", "mine.csv: columns name, Name both hold names; remove one"),
        ("x_mm,y_mm,z_mm,Ort\n1,2,3,V1\n4,5,6,V2", "mine.csv: column 'Ort' may hold names of electrodes"),
    ],
)
def test_a_wrong_table_is_refused_by_file_and_line(text, message):
    with pytest.raises(InputError) as mistake:
        from_table(table_of(text), "mine.csv")
    assert str(mistake.value).startswith(message)


@pytest.mark.parametrize("distance", [0.0, 2.9])
def test_an_electrode_in_the_wall_or_a_voxel_from_it_is_refused(heart_wall, distance):
    right = heart_wall[heart_wall[:, 0].argmax()] + [distance, 0, 0]
    with pytest.raises(
        InputError, match=r"mine.csv, line 3: in the wall or nearer to it than one voxel, 3 mm"
    ):
        refuse_near_wall(
            np.stack([right + np.array([99, 0, 0]), right]), heart_wall, 3.0, ["", "mine.csv, line 3"]
        )
    refuse_near_wall(right[None] + [3.1, 0, 0], heart_wall, 3.0, [""])


@pytest.mark.parametrize("layout", ["grid", "vest", "twelve_lead"])
def test_each_layout_has_as_many_electrodes_as_it_says_with_names_of_their_own(heart_wall, layout):
    settings = ElectrodeSettings(layout=layout, rows=3, columns=7)
    table = place_electrodes(heart_wall, settings.model_dump(), 3.0)
    assert list(table) == ["electrode", "name", "x_mm", "y_mm", "z_mm"]
    assert len(table) == len(set(table["name"])) == settings.count


def test_a_layout_can_be_given_back_as_a_table(heart_wall, tmp_path):
    table = place_electrodes(heart_wall, layout_of(layout="twelve_lead"), 3.0)
    for name, separator in (("mine.csv", ","), ("mine.tsv", "\t")):
        path = str(tmp_path / name)
        table.to_csv(path, sep=separator, index=False)
        again = place_electrodes(heart_wall, layout_of(layout="csv", file=path), 3.0, path)
        pd.testing.assert_frame_equal(again, table)


def test_a_table_with_an_electrode_in_the_wall_is_refused_by_its_line(heart_wall, tmp_path):
    path = tmp_path / "mine.csv"
    x, y, z = heart_wall[7]
    path.write_text(f"name,x_mm,y_mm,z_mm\nfar,900,0,0\nV1,{x},{y},{z}\n")
    with pytest.raises(InputError, match=r"mine.csv, line 3 \(V1\): in the wall"):
        place_electrodes(heart_wall, layout_of(layout="csv", file=str(path)), 3.0, str(path))


def test_empty_lines_and_comments_count_as_lines_of_a_table(heart_wall, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("# vest of May\n\nname,x_mm,y_mm,z_mm\n# front\nV1,900,0,0\n\nV2,1,?,3\n")
    with pytest.raises(InputError, match=r"mine.csv, line 7: y_mm is '\?'"):
        place_electrodes(heart_wall, layout_of(layout="csv", file=str(path)), 3.0, str(path))


def test_a_file_that_is_no_table_is_refused(heart_wall, tmp_path):
    path = tmp_path / "mine.csv"
    path.write_text("")
    with pytest.raises(InputError, match=r"mine\.csv: the table is empty"):
        place_electrodes(heart_wall, layout_of(layout="csv", file=str(path)), 3.0, str(path))


def referenced_field(heart, layout, dtype=np.float64):
    """Lead field of a layout against its reference."""
    wall = heart.positions(heart.wall)
    names, positions = electrodes_of_layout(wall, layout)
    field_at = partial(lead_field, heart.wall, heart.affine, **SIGMA, dtype=dtype)
    return referenced_lead_field(names, positions, wall, layout, field_at), names


@pytest.mark.parametrize("layout", ["grid", "vest", "twelve_lead"])
@pytest.mark.parametrize("reference", ["mean", "wilson"])
def test_a_constant_added_to_all_potentials_changes_nothing(layout, reference, wall):
    settings = layout_of(layout=layout, reference=reference)
    names = place_electrodes(wall, settings, 1.0)["name"].tolist()
    columns, limbs = terminal(settings["reference"], names, wall, settings["torso"])
    potentials = np.random.default_rng(0).random((2, len(names) + len(limbs)))
    lifted = electrodes.referenced(potentials + 5.0, columns)
    np.testing.assert_allclose(lifted, electrodes.referenced(potentials, columns), atol=1e-12)


@pytest.mark.parametrize("axis", [0, 1, -1])
def test_electrodes_are_referenced_along_any_axis_and_in_place_only_if_asked(axis):
    potentials = np.random.default_rng(0).random((4, 5, 6))
    first_two = np.take(potentials, [0, 1], axis).mean(axis, keepdims=True)
    before = potentials.copy()
    against = electrodes.referenced(potentials, [0, 1], axis)
    np.testing.assert_array_equal(potentials, before)
    np.testing.assert_allclose(against, before - first_two, atol=1e-15)
    np.testing.assert_allclose(electrodes.referenced(potentials, axis=axis).mean(axis), 0, atol=1e-15)
    assert electrodes.referenced(potentials, [0, 1], axis, copy=False) is potentials
    np.testing.assert_array_equal(potentials, against)


def test_wilsons_terminal_of_the_12_leads_is_the_mean_of_their_own_limbs(small_heart):
    field, names = referenced_field(small_heart, layout_of(layout="twelve_lead", reference="wilson"))
    limbs = [names.index(limb) for limb in ("RA", "LA", "LL")]
    np.testing.assert_allclose(field[:, limbs].sum(1), 0, atol=1e-12 * np.abs(field).max())


def test_wilsons_terminal_is_the_same_for_every_layout(small_heart):
    terminals = []
    for layout in ("grid", "twelve_lead"):
        free, against = (
            referenced_field(small_heart, layout_of(layout=layout, reference=reference))[0]
            for reference in ("infinity", "wilson")
        )
        terminals.append((free - against)[:, :3])
    np.testing.assert_allclose(*terminals, atol=1e-12 * np.abs(terminals[0]).max())
    assert np.ptp(terminals[0], axis=1).max() < 1e-12


def test_against_their_mean_electrodes_add_up_to_nothing(small_heart):
    field, _ = referenced_field(small_heart, layout_of(reference="mean"))
    np.testing.assert_allclose(field.sum(1), 0, atol=1e-12 * np.abs(field).max())


def write_field(path, small_heart, places):
    """A store with a lead field, its rows turned about."""
    wall = small_heart.positions(small_heart.wall)
    field = lead_field(small_heart.wall, small_heart.affine, places, **SIGMA)
    source = xr.Dataset(
        {
            "lead_field": (("voxel", "electrode"), field[::-1]),
            "voxel_position": (("voxel", "axis"), wall[::-1].astype(np.float32)),
            "electrode_position": (("electrode", "axis"), places),
        }
    )
    if path.suffix == ".nc":
        source.to_netcdf(path, format="NETCDF3_64BIT")
    else:
        source.to_zarr(path, consolidated=False)
    return wall, field


@pytest.mark.parametrize("name", ["torso.zarr", "torso.nc"])
def test_a_lead_field_is_read_from_a_file(small_heart, tmp_path, name):
    places = front_grid(small_heart.positions(small_heart.wall), 2, 3, 40, 30)
    wall, field = write_field(tmp_path / name, small_heart, places)
    np.testing.assert_array_equal(read_lead_field(str(tmp_path / name), wall, places, 3.0), field)


def test_a_lead_field_file_for_other_electrodes_is_refused(small_heart, tmp_path):
    places = front_grid(small_heart.positions(small_heart.wall), 2, 3, 40, 30)
    wall, _ = write_field(tmp_path / "torso.zarr", small_heart, places)
    with pytest.raises(
        InputError, match=r"torso.zarr: electrode at .* make it for this case's electrodes.tsv"
    ):
        read_lead_field(str(tmp_path / "torso.zarr"), wall, places + 2, 3.0)


def test_a_store_without_a_lead_field_or_that_is_none_is_refused(heart_wall, tmp_path):
    stores.write(tmp_path / "other.zarr", {"bsp": (("time",), np.zeros(3))}, {}, {})
    with pytest.raises(InputError, match=r"other.zarr: there is no electrode_position, only bsp"):
        read_lead_field(str(tmp_path / "other.zarr"), heart_wall, heart_wall[:2], 3.0)
    (tmp_path / "torso.nc").write_text("nothing")
    with pytest.raises(InputError, match=r"torso\.nc: not a store that xarray can open here"):
        read_lead_field(str(tmp_path / "torso.nc"), heart_wall, heart_wall[:2], 3.0)


@pytest.mark.parametrize("reference", ["infinity", "mean", "wilson"])
def test_the_electrodes_of_a_heart_come_with_their_referenced_lead_field(small_heart, reference):
    layout = layout_of(rows=2, columns=3, reference=reference)
    table, field, conductor = electrodes_with_lead_field(small_heart, layout, SIGMA)
    expected, names = referenced_field(small_heart, layout, np.float32)
    np.testing.assert_array_equal(field, expected)
    assert conductor == InfiniteConductor(SIGMA["sigma_t"])
    assert table["name"].tolist() == names
    _, positions = electrodes_of_layout(small_heart.positions(small_heart.wall), layout)
    np.testing.assert_array_equal(table[electrodes.COORDINATES], positions)


def test_a_lead_field_of_a_file_is_measured_against_the_reference_too(small_heart, tmp_path):
    layout = layout_of(rows=2, columns=3, reference="mean")
    _, computed, _ = electrodes_with_lead_field(small_heart, layout, SIGMA)
    places = electrodes_of_layout(small_heart.positions(small_heart.wall), layout)[1]
    write_field(tmp_path / "torso.zarr", small_heart, places)
    _, read, conductor = electrodes_with_lead_field(
        small_heart, layout, SIGMA, lead_field_path=str(tmp_path / "torso.zarr")
    )
    np.testing.assert_array_equal(read, computed)
    assert conductor is None


def test_hearts_of_an_experiment_lie_in_torsos_of_their_own():
    layout = layout_of(layout="vest", place=PLACE)
    one, same, other = (layout_of_case(layout, case, 1) for case in ("a", "a", "b"))
    assert one == same
    assert one["torso"] != other["torso"]
    assert {**one, "torso": None} == {**layout, "torso": None}
    assert layout_of_case(layout, "a", 2)["torso"] != one["torso"]
