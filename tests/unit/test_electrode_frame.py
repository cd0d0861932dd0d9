"""Positions of electrodes that can't be on the skin are refused, and those that hardly can be named."""

import numpy as np
import pytest
from hearts import CENTRE, ellipsoidal_heart

from ecgi.core.errors import InputError
from ecgi.physics import electrodes
from ecgi.physics.electrode_frame import check_electrodes

NAMES = [f"L{number}" for number in range(200)]


@pytest.mark.parametrize(
    ("place", "message"),
    [
        ([0.0, 0.0, 0.0], "L3 inside the heart"),
        ([0.0, 0.0, 900.0], r"L3 is 8\d\d mm from the heart"),
    ],
)
def test_electrodes_where_no_skin_is_are_refused(place, message):
    heart = ellipsoidal_heart(np.eye(3), 4.0)
    wall = heart.positions(heart.wall)
    electrodes = CENTRE + 150 * np.array([[1.0, 0, 0], [0, 1, 0], [0, 0, 1], [-1, 0, 0]])
    check_electrodes(electrodes, wall, NAMES[:4])
    electrodes[3] = CENTRE + place
    with pytest.raises(InputError, match=message):
        check_electrodes(electrodes, wall, NAMES[:4])


def test_electrodes_in_another_frame_are_refused():
    heart = ellipsoidal_heart(np.eye(3), 4.0)
    wall = heart.positions(heart.wall)
    with pytest.raises(
        InputError, match=r"the nearest electrode .*; check that their positions are patient RAS"
    ):
        check_electrodes(wall[::1000] + np.array([0, 400.0, 0]), wall, NAMES)


@pytest.fixture(scope="module")
def vest():
    """Electrodes on a torso around a heart near the origin, and the positions of its wall."""
    heart = ellipsoidal_heart(np.eye(3), 4.0)
    wall = heart.positions(heart.wall)
    wall = wall - wall.mean(0) + [5.0, 3.0, 20.0]
    torso = {"width_mm": 320.0, "depth_mm": 240.0, "heart_left_mm": 25.0, "heart_front_mm": 30.0}
    positions = electrodes.vest(wall, 5, 12, 50.0, {**torso, "heart_up_mm": 0.0})
    return positions, wall, [f"E{number}" for number in range(60)]


def test_sound_positions_get_no_warning(vest):
    positions, wall, names = vest
    assert check_electrodes(positions, wall, names) == []
    assert check_electrodes(electrodes.front_grid(wall, 8, 8, 30.0, 40.0), wall, names) == []


@pytest.mark.parametrize(
    ("factor", "cure"),
    [(0.1, "call the columns x_cm, y_cm and z_cm"), (1e-3, "call the columns x_m, y_m and z_m")],
)
def test_positions_in_other_units_are_refused_with_the_unit(vest, factor, cure):
    positions, wall, names = vest
    far = np.array([0, 0, 130.0])
    for moved in (np.zeros(3), far):
        with pytest.raises(InputError, match=f"electrodes: .*nothing is unusual: if they are, {cure}"):
            check_electrodes(factor * (positions + moved), wall + moved, names)


def test_positions_in_lps_are_named(vest):
    positions, wall, names = vest
    (note,) = check_electrodes(positions * [-1, -1, 1], wall, names)
    assert note == (
        "warning: electrodes: the heart's centre lies 35 mm to the right of the middle between them; "
        "read as LPS nothing is unusual: if they are, change the signs of x and y, which gives RAS"
    )


@pytest.mark.parametrize(
    ("move", "message"),
    [
        ([0, 60.0, 0], "30 mm behind the middle between them"),
        ([60.0, 0, 0], "85 mm to the left of the middle"),
        ([0, 0, 125.0], "lies below all of them"),
    ],
)
def test_a_heart_beside_its_usual_place_is_named(vest, move, message):
    positions, wall, names = vest
    (note,) = check_electrodes(positions + move, wall, names)
    assert message in note


def test_an_array_behind_the_heart_is_named(vest):
    _, wall, names = vest
    grid = electrodes.front_grid(wall, 6, 6, 30.0, 40.0)
    behind = grid * [1, -1, 1] + [0, 2 * wall[:, 1].mean(), 0]
    (note,) = check_electrodes(behind, wall, names)
    assert "all lie behind the heart's centre" in note
