"""Files of openCARP and ECGSIM: what is written is what they read, and is read back."""

import struct

import numpy as np
import pytest

from ecgi.anatomy.fibres import rule_based
from ecgi.anatomy.heart import Anatomy, AnatomyError, Tissue
from ecgi.anatomy.reslice import short_axis
from ecgi.anatomy.triangles import Shape
from ecgi.anatomy.triangulation import edge_counts
from ecgi.anatomy.wall_surface import closed_wall_surface, wall_surface
from ecgi.config.electrodes import TorsoSettings
from ecgi.config.simulation import ActionPotentialSettings
from ecgi.config.subject import PROGRAMS
from ecgi.core.errors import InputError
from ecgi.io import ecgsim, igb, opencarp
from ecgi.io.contact_maps import read_contact_map
from ecgi.io.meshes import read_fibres, read_mesh
from ecgi.io.recordings import read_recording
from ecgi.io.surfaces import read_surface
from ecgi.physics.electrodes import vest
from ecgi.reporting.exchange import WRITERS, Beat, recovery_times, write_opencarp

CELL = ActionPotentialSettings().model_dump()


@pytest.fixture(scope="module")
def beat(small_heart):
    """A beat whose time is the distance from the patient's left, so that sides can't be mixed up."""
    wall = small_heart.positions(small_heart.wall)
    times = wall[:, 0].max() - wall[:, 0]
    rng = np.random.default_rng(0)
    return Beat(
        times,
        recovery_times(small_heart, times, CELL),
        rule_based(small_heart, 60.0, -60.0),
        rng.normal(size=(40, 50)),
        np.arange(50) * 4.0,
        vest(wall, 5, 8, 70.0, TorsoSettings().model_dump()),
    )


@pytest.fixture(scope="module")
def written(small_heart, beat, tmp_path_factory):
    """Folder of each program's files."""
    folder = tmp_path_factory.mktemp("written")
    for program, write in WRITERS.items():
        write(folder / program, small_heart, beat)
    return folder


def test_each_program_that_can_be_asked_for_has_a_writer():
    assert set(PROGRAMS) == set(WRITERS)


def test_a_mesh_of_opencarp_is_in_micrometres_with_the_left_where_it_is(small_heart, beat, written):
    stem = written / "opencarp/heart"
    nodes = np.loadtxt(stem.with_suffix(".pts"), skiprows=1)
    times = np.loadtxt(stem.with_suffix(".dat"))
    wall = small_heart.positions(small_heart.wall)
    assert len(nodes) == len(times) == int(stem.with_suffix(".pts").read_text().split("\n", 1)[0])
    np.testing.assert_allclose(np.ptp(nodes, axis=0) / 1000, np.ptp(wall, axis=0) + 3.0, atol=4.0)
    np.testing.assert_allclose(times, wall[:, 0].max() - nodes[:, 0] / 1000, atol=4.0)
    assert nodes[times.argmin(), 0] / 1000 > wall[:, 0].max() - 6.0


@pytest.mark.parametrize("mirrored", [False, True])
def test_tetrahedra_fill_the_wall_are_not_inverted_and_meet(small_heart, beat, tmp_path, mirrored):
    """Also where the axes of the voxels are left-handed."""
    if mirrored:
        turn = np.diag([-1.0, 1.0, 1.0, 1.0])
        turn[0, 3] = len(small_heart.labels) - 1
        small_heart = Anatomy(small_heart.labels[::-1], small_heart.affine @ turn)
    stem = tmp_path / "heart"
    write_opencarp(tmp_path, small_heart, beat)
    nodes = np.loadtxt(stem.with_suffix(".pts"), skiprows=1) / 1000
    rows = [line.split() for line in stem.with_suffix(".elem").read_text().splitlines()[1:]]
    assert {row[0] for row in rows} == {"Tt"}
    cells = np.array([row[1:5] for row in rows], int)
    a, b, c, d = (nodes[cells[:, corner]] for corner in range(4))
    volumes = np.einsum("ij,ij->i", np.cross(b - a, c - a), d - a) / 6
    assert volumes.min() > 0
    assert volumes.sum() == pytest.approx(small_heart.wall.sum() * 27.0, rel=1e-3)
    faces = np.sort(cells[:, [[1, 2, 3], [0, 2, 3], [0, 1, 3], [0, 1, 2]]].reshape(-1, 3), axis=1)
    _, counts = np.unique(faces, axis=0, return_counts=True)
    steps = sum(np.diff(np.pad(small_heart.wall, 1), axis=axis).sum() for axis in range(3))
    assert counts.max() == 2
    assert (counts == 1).sum() == 2 * steps


def test_the_mesh_is_read_back_as_the_heart_that_it_was_with_its_fibres(small_heart, beat, written):
    path = written / "opencarp/heart.elem"
    labels = {"lv_wall": [Tissue.LV_WALL], "rv_wall": [Tissue.RV_WALL]}
    heart = read_mesh(path, "", labels, "RAS", 3.0)
    for tissue in (Tissue.LV_WALL, Tissue.RV_WALL):
        mine, theirs = (some.labels == tissue for some in (heart, small_heart))
        assert mine.sum() == pytest.approx(theirs.sum(), rel=0.05)
        centre = small_heart.positions(theirs).mean(0)
        np.testing.assert_allclose(heart.positions(mine).mean(0), centre, atol=1.0)
    positions, fibres = read_fibres(path, "fibre", "RAS")
    np.testing.assert_allclose(fibres[::6], beat.fibres, atol=1e-4)
    wall = small_heart.positions(small_heart.wall)
    np.testing.assert_allclose(positions.reshape(-1, 6, 3).mean(1), wall, atol=0.01)


def test_a_surface_of_ecgsim_is_clockwise_in_metres_and_is_read_back_outwards(small_heart, written):
    lines = (written / "ecgsim/heart.tri").read_text().splitlines()
    count = int(lines[0])
    points = np.array([line.split() for line in lines[1 : count + 1]], float)
    triangles = np.array([line.split() for line in lines[count + 2 :]], int)
    assert len(triangles) == int(lines[count + 1])
    assert points[:, 0].tolist() == list(range(1, count + 1))
    shape = Shape(points[:, 1:], triangles[:, 1:] - 1)
    wall_m3 = small_heart.wall.sum() * 27e-9
    assert shape.volume == pytest.approx(-wall_m3, rel=0.15)
    back = read_surface(written / "ecgsim/heart.tri", "RAS", "m")
    assert Shape(*back).volume == pytest.approx(wall_m3 * 1e9, rel=0.15)
    with pytest.raises(AnatomyError, match="set length_units to m"):
        read_surface(written / "ecgsim/heart.tri", "RAS", None, (50, 250))


@pytest.mark.slow
def test_the_surface_of_a_thin_real_wall_is_closed(rodero):
    """A decimated surface of 6000 triangles has an edge at which three meet."""
    heart = short_axis(rodero, 1.0, True)[0]
    assert (edge_counts(wall_surface(heart, 6000).triangles)[1] != 2).any()
    surface = closed_wall_surface(heart, 6000)
    assert (edge_counts(surface.triangles)[1] == 2).all()
    assert surface.volume == pytest.approx(heart.wall.sum(), rel=0.03)


def test_recovery_follows_activation_by_the_duration_of_the_action_potential(written, beat):
    dep, rep = (ecgsim.read_matrix(written / f"ecgsim/heart.{of}") for of in ("dep", "rep"))
    assert dep.shape == rep.shape
    assert dep.shape[1] == 1
    duration = float((beat.recovery_ms - beat.activation_ms)[0])
    assert 200 < duration < 350
    np.testing.assert_allclose(rep - dep, duration, atol=0.01)


@pytest.mark.parametrize("name", ["opencarp/heart.pts", "ecgsim/heart.tri"])
def test_a_map_is_read_back_with_its_times_where_they_were(written, beat, small_heart, name):
    found = read_contact_map(written / name)
    wall = small_heart.positions(small_heart.wall)
    np.testing.assert_allclose(found.times_ms, wall[:, 0].max() - found.points[:, 0], atol=5.0)


@pytest.mark.parametrize(
    ("name", "settings"),
    [("opencarp/electrodes.igb", {}), ("ecgsim/electrodes.bsm", {"units": "mV", "sampling_hz": 1000})],
)
def test_potentials_are_read_as_a_recording(written, beat, name, settings):
    names = [f"E{number}" for number in range(40)]
    found = read_recording(written / name, names, **settings)
    at = np.searchsorted(found.times_ms, beat.time_ms)
    np.testing.assert_allclose(found.times_ms[at], beat.time_ms)
    np.testing.assert_allclose(found.signals_mv[:, at], beat.bsp_mv, rtol=1e-4, atol=1e-5)


def test_electrodes_lie_where_they_are(written, beat):
    np.testing.assert_allclose(
        opencarp.read_points(written / "opencarp/electrodes.pts"), beat.electrodes, atol=1e-3
    )
    rows = (written / "ecgsim/electrodes.tri").read_text().splitlines()[1:41]
    points = np.array([row.split()[1:] for row in rows], float)
    np.testing.assert_allclose(1000 * points, beat.electrodes, atol=1e-3)


def test_a_voxel_without_a_time_gives_nodes_that_are_never_activated(small_heart, beat, tmp_path):
    times = beat.activation_ms.copy()
    times[small_heart.positions(small_heart.wall)[:, 2] > 0] = np.nan
    WRITERS["opencarp"](tmp_path / "some", small_heart, beat._replace(activation_ms=times))
    nodes = opencarp.read_points(tmp_path / "some/heart.pts")
    found = np.loadtxt(tmp_path / "some/heart.dat")
    assert (found[nodes[:, 2] > 3.0] == -1).all()
    assert (found[nodes[:, 2] < -3.0] >= 0).all()


MATRIX = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]])


@pytest.mark.parametrize(
    "content",
    [
        b"2 3\n1 2 3\n4 5\n6.5 some words after it",
        struct.pack("<2i6f", 2, 3, *MATRIX.ravel()) + b"some words after it, of any length",
        struct.pack("<2i6d", 2, 3, *MATRIX.ravel()),
        b";;mbfmat" + bytes(8) + struct.pack("<2i6d", 2, 3, *MATRIX.ravel()),
    ],
    ids=["text", "float32", "float64", "with a header"],
)
def test_matrices_of_ecgsim_are_read_row_by_row(tmp_path, content):
    (tmp_path / "some.bsm").write_bytes(content)
    np.testing.assert_allclose(ecgsim.read_matrix(tmp_path / "some.bsm"), MATRIX)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"2 3\n1 2 3\n4 5\n", "2 rows of 3 are stated, and 5 numbers follow"),
        (b"2 3\n1 2 3\n4 x 5\n", "is no number"),
        (struct.pack("<2i5f", 2, 3, *range(5)), "2 rows of 3 are stated, and 5 numbers follow"),
        (struct.pack("<2i", 2**30, 2**30), "stated, and 0 numbers follow"),
        (b"", "no matrix of ECGSIM"),
    ],
)
def test_a_damaged_matrix_is_refused(tmp_path, content, message):
    (tmp_path / "some.bsm").write_bytes(content)
    with pytest.raises(InputError, match=message):
        ecgsim.read_matrix(tmp_path / "some.bsm")


def series_file(path, old=b"", new=b""):
    igb.write_igb(path, igb.Series(MATRIX, -2.0, 0.5, "mV"))
    path.write_bytes(path.read_bytes().replace(old, new.ljust(len(old)), 1))
    return path


def test_a_series_is_read_back_whatever_its_order_of_bytes(tmp_path):
    path = series_file(tmp_path / "some.igb")
    content = path.read_bytes()
    assert content[1022:1024] == b" \f"
    back = igb.read_igb(path)
    np.testing.assert_allclose(back.values, MATRIX)
    assert back[1:] == (-2.0, 0.5, "mV")
    header = content[:1024].replace(b"little_endian", b"big_endian   ").replace(b"type:float", b"type:double")
    path.write_bytes(header[:1024] + MATRIX.T.astype(">f8").tobytes())
    np.testing.assert_allclose(igb.read_igb(path).values, MATRIX)


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        (b"x:2", b"", "lack x"),
        (b"x:2", b"x:3", "1048 bytes, and its header states 1060"),
        (b"type:float", b"type:vec3f", "known are byte"),
        (b"facteur:1", b"facteur:2", "scaled by facteur"),
        (b"unites_t:ms", b"unites_t:us", "ms are needed"),
        (b"x:2", b"x:?", "x of its header"),
    ],
)
def test_a_series_that_is_damaged_or_scaled_is_refused(tmp_path, old, new, message):
    with pytest.raises(InputError, match=message):
        igb.read_igb(series_file(tmp_path / "some.igb", old, new))


def test_of_all_activations_of_opencarp_the_first_of_a_node_counts(tmp_path):
    (tmp_path / "some.dat").write_text("0 12.5\n2 3\n0 400\n2 -1\n")
    np.testing.assert_array_equal(opencarp.read_times(tmp_path / "some.dat", 3), [12.5, np.nan, 3.0])
    with pytest.raises(AnatomyError, match="none of the 2 of the mesh"):
        opencarp.read_times(tmp_path / "some.dat", 2)
    (tmp_path / "some.dat").write_text("12.5\n-1\n")
    with pytest.raises(AnatomyError, match="2 times, and the mesh has 3 nodes"):
        opencarp.read_times(tmp_path / "some.dat", 3)
