"""Muscle of one label is divided into ventricles whatever its pose and size."""

import numpy as np
import pytest
from hearts import dice, on_grid_of, rotation

from ecgi.anatomy.cavities import label_cavities
from ecgi.anatomy.enclosure import enclosure
from ecgi.anatomy.heart import CAVITIES, Anatomy, AnatomyError, Tissue
from ecgi.anatomy.phantom import make_phantom
from ecgi.anatomy.ventricles import split_ventricles
from ecgi.anatomy.voxelisation import grid_around, inside_surface
from ecgi.anatomy.wall_surface import wall_surface

SPACING = 2.0
MANY = [pytest.param(seed, marks=pytest.mark.exhaustive) for seed in range(2, 25)]


def posed(seed, spacing=SPACING):
    """A phantom as among adults, turned at random and 0.8 to 1.25 times as large."""
    heart = make_phantom(seed, spacing, spread="adults")
    affine = np.eye(4)
    affine[:3, :3] = rotation(seed) * np.exp(np.random.default_rng(seed).uniform(-0.22, 0.22))
    return Anatomy(heart.labels, affine @ heart.affine)


def one_label(heart, spacing=SPACING):
    """Its wall as a closed surface, voxelised on axes along the patient's."""
    surface = wall_surface(heart, 20_000)
    grid = grid_around(surface.points.min(0), surface.points.max(0), spacing)
    muscle = inside_surface(*surface, grid)
    return Anatomy(muscle.astype(np.uint8) * np.uint8(Tissue.LV_WALL), grid.affine)


@pytest.mark.parametrize("seed", [0, 1, *MANY])
def test_muscle_of_one_label_is_divided_as_it_was_labelled(seed):
    truth = posed(seed)
    found = split_ventricles(one_label(truth))
    labels = on_grid_of(truth, found)
    overlap = {tissue: dice(found.labels == tissue, labels == tissue) for tissue in list(Tissue)[1:5]}
    assert overlap[Tissue.LV_WALL] > 0.92
    assert overlap[Tissue.RV_WALL] > 0.75
    assert min(overlap[cavity] for cavity in CAVITIES) > 0.9


def test_muscle_with_one_cavity_is_an_lv():
    heart = make_phantom(3, 2.0)
    lv = np.isin(heart.labels, (Tissue.LV_WALL, Tissue.LV_CAVITY))
    muscle = Anatomy(np.where(lv, heart.labels % Tissue.LV_CAVITY, 0).astype(np.uint8), heart.affine)
    found = on_grid_of(split_ventricles(muscle), heart)
    assert not np.isin(found, (Tissue.RV_WALL, Tissue.RV_CAVITY)).any()
    assert dice(found == Tissue.LV_CAVITY, heart.labels == Tissue.LV_CAVITY) > 0.95


def test_solid_muscle_is_refused():
    with pytest.raises(AnatomyError, match="the muscle has no cavity"):
        split_ventricles(Anatomy(np.pad(np.ones((30, 30, 30), np.uint8), 2), np.diag([2.0, 2, 2, 1])))


def test_two_like_ventricles_are_refused():
    x, y, z = np.mgrid[-50:51:2, -30:31:2, -40:41:2]
    inner = ((np.abs(x) - 24) / 16.0) ** 2 + (y / 16.0) ** 2 + (z / 30.0) ** 2 <= 1
    outer = ((np.abs(x) - 24) / 24.0) ** 2 + (y / 24.0) ** 2 + (z / 38.0) ** 2 <= 1
    muscle = outer & ~inner & (z < 15)
    with pytest.raises(AnatomyError, match="give LV wall and RV wall labels of their own"):
        split_ventricles(Anatomy(muscle.astype(np.uint8), np.diag([2.0, 2, 2, 1])))


def test_half_of_the_directions_off_a_plane_are_enclosed_on_it():
    muscle = np.zeros((9, 9, 9), bool)
    muscle[:, :, 5:] = True
    share = enclosure(np.pad(muscle, ((40, 40), (40, 40), (0, 0)), mode="edge"))
    in_the_plane = 4 * (0.0476 + 0.0381)
    assert share[44, 44, 4] == pytest.approx((1 - in_the_plane) / 2, abs=1e-3)


@pytest.mark.parametrize("coarse", [1, 2])
def test_walls_of_coarse_voxels_enclose_their_cavities(coarse):
    truth = make_phantom(3, 4.0)
    fine = np.kron(truth.labels, np.ones((coarse,) * 3, np.uint8))
    affine = truth.affine @ np.diag([1 / coarse] * 3 + [1])
    walls = Anatomy(np.where(fine <= Tissue.RV_WALL, fine, 0).astype(np.uint8), affine)
    found = label_cavities(walls)
    for cavity in CAVITIES:
        assert dice(found.labels == cavity, fine == cavity) > 0.97
