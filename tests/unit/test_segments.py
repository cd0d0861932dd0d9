import numpy as np
import pytest

from ecgi.anatomy.coordinates import aha_segments, angle, apicobasal
from ecgi.anatomy.heart import LV_MUSCLE, Anatomy, Tissue
from ecgi.anatomy.phantom import make_phantom
from ecgi.anatomy.reslice import short_axis


@pytest.fixture(scope="module")
def heart():
    return short_axis(make_phantom(1, 2.5), 2.5, True)[0]


def test_the_muscle_of_the_left_ventricle_has_all_17_segments_and_nothing_else_has_any(heart):
    segments = aha_segments(heart)
    muscle = np.isin(heart.labels[heart.wall], LV_MUSCLE)
    assert set(segments[muscle]) == set(range(1, 18))
    assert not segments[~muscle].any()


def test_segments_lie_where_their_names_say(heart):
    voxels, segments = np.argwhere(heart.wall), aha_segments(heart)
    height = apicobasal(heart, voxels, Tissue.LV_CAVITY)
    turn = angle(heart, voxels, Tissue.LV_CAVITY)
    anterior, septal, inferior, lateral = 90, 180, 270, 360
    for ring, (names, low) in enumerate([((1, 4), 0), ((7, 10), 1 / 3), ((13, 15), 2 / 3)]):
        for segment, middle in zip(names, (anterior, inferior), strict=True):
            assert np.abs(turn[segments == segment] - middle).max() <= (45 if ring == 2 else 30)
            assert height[segments == segment].min() >= low - (1 if ring == 0 else 1e-9)

    def between(number):
        return np.median(turn[segments == number])

    assert anterior < between(2) < septal < between(3) < inferior < between(5) < lateral
    assert between(14) == pytest.approx(septal, abs=15)
    assert height[segments == 17].min() > 1


def test_a_heart_without_a_cavity_has_no_segments(heart):
    labels = np.where(heart.labels == Tissue.LV_CAVITY, Tissue.BACKGROUND, heart.labels)
    assert not aha_segments(Anatomy(labels.astype(np.uint8), heart.affine)).any()
