"""Whatever is read either is read or is refused as the user's mistake; nothing else is ever raised."""

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import pyvista
import SimpleITK as sitk
import xarray as xr
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from scipy.io import savemat
from surface_files import SURFACE_WRITERS, write_opencarp, write_vtk

from ecgi.anatomy.heart import Anatomy
from ecgi.config.cases import Case, read_cases
from ecgi.config.experiment import Experiment, read_experiment
from ecgi.config.messages import MOST_MISTAKES, ConfigError
from ecgi.core.errors import InputError, shown
from ecgi.data import preprocessing
from ecgi.data.ecg.choosing import Choice
from ecgi.io.electrodes import from_table, read_electrode_table
from ecgi.io.lead_fields import read_lead_field
from ecgi.io.meshes import read_cells
from ecgi.io.recordings import read_recording
from ecgi.io.surfaces import Surface, read_surface
from ecgi.io.volumes import read_velocity, read_volume

often = settings(
    max_examples=100,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)

# Settings.

scalars = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.sampled_from([-1, 0, 1, 2, 8, 16, 10**12, 10**400])
    | st.floats()
    | st.text(max_size=20)
    | st.dates()
    | st.binary(max_size=9)
)
anything = st.recursive(
    scalars,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9) | scalars, inner, max_size=4)
    ),
    max_leaves=12,
)
VALID = Experiment(variants={"mine": {"family": "map_vae"}}).model_dump()


def places(tree, path=()):
    """Every place in nested dictionaries, as a path of keys."""
    for key, value in tree.items():
        yield (*path, key)
        if isinstance(value, dict):
            yield from places(value, (*path, key))


def with_value(tree, path, value):
    """Nested dictionaries with another value at one place."""
    key, *rest = path
    return {**tree, key: with_value(tree[key], rest, value) if rest else value}


def settle(tree):
    """Read settings; if they are refused, every line says where and can be shown."""
    try:
        assert isinstance(read_experiment(tree), Experiment)
    except ConfigError as mistake:
        lines = str(mistake).split("\n")
        assert 1 <= len(lines) <= MOST_MISTAKES + 1
        assert all(line.startswith("config: ") and line.isprintable() for line in lines)
        assert max(map(len, lines)) < 2000


@often
@given(st.dictionaries(st.sampled_from(sorted(VALID)) | st.text(max_size=9), anything, max_size=5) | anything)
@example({"cases": ["\ud800"]})
@example({"a\nb\x1b[31m": 1})
def test_any_settings_are_read_or_refused(tree):
    settle(tree)


@often
@given(st.lists(st.tuples(st.sampled_from(sorted(places(VALID))), anything), min_size=1, max_size=3))
def test_settings_with_other_values_are_read_or_refused(changes):
    tree = VALID
    for path, value in changes:
        try:
            tree = with_value(tree, path, value)
        except (TypeError, KeyError):  # an earlier change took the place away
            continue
    settle(tree)


def test_numbers_that_python_does_not_print_are_refused_too():
    settle({"seed": 16**5000, 16**5000: 1, "bsp": {"samples": [16**5000]}})


@often
@given(anything)
def test_any_value_can_be_shown_on_one_line(value):
    assert len(shown([value] * 1000).splitlines()) <= 1
    assert len(shown([value] * 1000)) < 5000


# Files.


@st.composite
def damaged(rng, content):
    """Bytes some of which are others, missing or new."""
    content = bytearray(content)
    for _ in range(rng(st.integers(1, 4))):
        start = rng(st.integers(0, len(content)))
        content[start : start + rng(st.integers(0, 8))] = rng(st.binary(max_size=8))
    return bytes(content)


@st.composite
def renumbered(rng, text):
    """Text some of whose numbers are others."""
    words = text.split(" ")
    numbers = [place for place, word in enumerate(words) if word.strip().lstrip("-").isdigit()]
    for place in rng(st.lists(st.sampled_from(numbers), min_size=1, max_size=3)):
        words[place] = rng(st.sampled_from(["-1", "0", "7", "12", "42", "99999999", "1e300", "nan", "x"]))
    return " ".join(words)


def read_or_refuse(path, content, read, kind):
    """Read a file of this content; what is returned is of a kind, what is raised an `InputError`."""
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    try:
        assert isinstance(read(path), kind)
    except InputError as mistake:
        lines = str(mistake).splitlines()
    else:
        return
    assert lines
    assert all(str(path) in line for line in lines)


LABELS = np.pad(np.ones((6, 6, 6), np.uint8), 1)


def written(folder, name):
    """A small image in a format, as bytes."""
    image = sitk.GetImageFromArray(LABELS)
    image.SetSpacing([4.0] * 3)
    path = folder / name
    sitk.WriteImage(image, str(path))
    return path.read_bytes()


@pytest.mark.parametrize("name", ["heart.nii", "heart.nii.gz", "heart.nrrd", "heart.mha"])
def test_a_damaged_image_is_read_or_refused(name, tmp_path):
    whole = written(tmp_path, name)
    heart = read_volume(tmp_path / name, {"lv_wall": [1]})

    @often
    @given(damaged(whole))
    def check(content):
        read_or_refuse(tmp_path / name, content, lambda path: read_volume(path, {"lv_wall": [1]}), Anatomy)
        read_or_refuse(tmp_path / name, content, lambda path: read_velocity(path, heart, "mine"), np.ndarray)

    check()


def heart_mesh(path):
    """A small mesh as text."""
    grid = pyvista.ImageData(dimensions=(4, 4, 4), spacing=(9.0,) * 3).cast_to_unstructured_grid()
    grid.cell_data["part"] = np.arange(grid.n_cells) % 2 + 1
    grid.save(path, binary=False)
    return path.read_text()


def test_a_damaged_mesh_is_read_or_refused(tmp_path):
    path = tmp_path / "heart.vtu"
    whole = heart_mesh(path)

    def read(path):
        return read_cells(path, "part").solid

    assert read(path).n_cells == 27

    @settings(often, max_examples=40)
    @given(renumbered(whole) | damaged(whole.encode()))
    def check(content):
        read_or_refuse(path, content, read, pyvista.UnstructuredGrid)

    check()


few = settings(often, max_examples=20)
RARER = [
    pytest.param(name, marks=pytest.mark.exhaustive)
    for name in ("s.stl", "s.vtp", "surface.obj", "surface.tri", "patch.mat")
]


@pytest.mark.parametrize("name", ["heart.vtk", "heart.elem"])
def test_a_damaged_mesh_of_another_format_is_read_or_refused(name, tmp_path):
    path = tmp_path / name
    grid = pyvista.ImageData(dimensions=(4, 4, 4), spacing=(9.0,) * 3).cast_to_unstructured_grid()
    if name == "heart.vtk":
        grid.cell_data["tag"] = np.arange(grid.n_cells) % 2 + 1
        grid.save(path, binary=False)
    else:
        write_opencarp(path, grid, [1] * grid.n_cells)
    whole = path.read_text()

    def read(path):
        return read_cells(path, "tag").solid

    assert read(path).n_cells == 27

    @few
    @given(renumbered(whole) | damaged(whole.encode()))
    def check(content):
        read_or_refuse(path, content, read, pyvista.UnstructuredGrid)

    check()


@pytest.mark.parametrize("name", ["s.ply", "s.vtk", *RARER])
def test_a_damaged_surface_is_read_or_refused(name, tmp_path):
    path = tmp_path / name
    ball = pyvista.Icosphere(radius=40, nsub=1)
    SURFACE_WRITERS.get(name, write_vtk)(path, ball.points, ball.regular_faces)
    whole = path.read_bytes()

    @few
    @given(damaged(whole))
    def check(content):
        read_or_refuse(path, content, lambda path: read_surface(path, "RAS"), Surface)

    check()


def test_a_damaged_lead_field_is_read_or_refused(tmp_path):
    path = tmp_path / "field.nc"
    wall, places = np.array([[0.0, 0, 0], [4, 0, 0]]), np.array([[90.0, 0, 0]])
    source = {
        "lead_field": (("voxel", "electrode"), [[1.0], [-1.0]]),
        "voxel_position": (("voxel", "axis"), wall),
        "electrode_position": (("electrode", "axis"), places),
    }
    xr.Dataset(source).to_netcdf(path, format="NETCDF3_64BIT")
    whole = path.read_bytes()

    def read(path):
        return read_lead_field(str(path), wall, places, 4.0)

    assert isinstance(read(path), np.ndarray)

    @often
    @given(damaged(whole))
    def check(content):
        read_or_refuse(path, content, read, np.ndarray)

    check()


# A bump on six leads, at 500 Hz.
LEADS = [f"L{number}" for number in range(6)]
TIMES = np.arange(60) * 2.0
BEAT = np.linspace(-2, 1, 6)[:, None] * np.exp(-(((TIMES - 60) / 20) ** 2))


def judged(path, onset_ms=None, sampling_hz=None):
    """Read a recording and judge it; until its end, leads that are called good hold numbers alone."""
    signals, times, _, _ = read_recording(path, LEADS, "mV", sampling_hz)
    prepared = preprocessing.prepare(signals, times, LEADS, Choice(onset_ms), 40, 2.0, str(path))
    recorded = prepared.onset.at + np.arange(40) * 2.0 <= times[-1]
    assert recorded[0]
    assert np.isfinite(prepared.bsp[prepared.good][:, recorded]).all()
    return prepared


def written_recording(path):
    """The bump in a format, as bytes."""
    if path.suffix == ".csv":
        pd.DataFrame(BEAT.T, columns=LEADS).to_csv(path, index=False)
    elif path.suffix == ".mat":
        savemat(path, {"bsp": BEAT})
    elif path.suffix == ".npz":
        np.savez(path, bsp=BEAT)
    else:
        np.save(path, BEAT)
    return path.read_bytes()


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize("name", ["bsp.csv", "bsp.npy", "bsp.npz", "bsp.mat"])
def test_a_damaged_recording_is_read_or_refused(name, tmp_path):
    path = tmp_path / name
    whole = written_recording(path)
    assert judged(path, sampling_hz=500).good.all()

    @often
    @given(damaged(whole) | st.text(max_size=60) | st.binary(max_size=60))
    def check(content):
        read_or_refuse(path, content, lambda path: judged(path, sampling_hz=500), preprocessing.Prepared)

    check()


@pytest.mark.filterwarnings("ignore")
@often
@given(
    st.lists(st.tuples(st.integers(0, 59), st.integers(0, 6), st.floats()), max_size=4),
    st.none() | st.floats(-1, 120),
    st.sampled_from([1e-300, 1e-3, 1.0, 1e3, 1e160, 1e300]),
)
@example([], 117.0, 1.0)
def test_a_recording_of_any_numbers_is_read_or_refused(tmp_path, others, onset_ms, scale):
    table = np.vstack([TIMES, scale * BEAT]).T
    for row, column, value in others:
        table[row, column] = value
    content = pd.DataFrame(table, columns=["time_ms", *LEADS]).to_csv(index=False)
    read_or_refuse(tmp_path / "bsp.csv", content, lambda path: judged(path, onset_ms), preprocessing.Prepared)


ELECTRODES = "name,x_mm,y_mm,z_mm\nRA,-50,300,10\nLA,50,300,10\nLL,60.5,300,-200\n"
HEARTS = "# hearts\ncase\tkind\tsource\tseed\nheart\tphantom\t\t3\nother\tvolume\theart.nii\t\n"


@often
@given(damaged(ELECTRODES.encode()) | st.text(max_size=60) | st.binary(max_size=60))
def test_a_damaged_table_of_electrodes_is_read_or_refused(tmp_path, content):
    read_or_refuse(
        tmp_path / "mine.csv", content, lambda path: from_table(read_electrode_table(path), str(path)), tuple
    )


@often
@given(damaged(HEARTS.encode()) | st.text(max_size=60) | st.binary(max_size=60))
def test_a_damaged_cases_table_is_read_or_refused(tmp_path, content):
    experiment = read_experiment({"cases_table": str(tmp_path / "hearts.tsv"), "cases": ["heart"]})
    read_or_refuse(Path(experiment.cases_table), content, lambda path: read_cases(experiment), dict)


def test_the_tables_that_are_damaged_here_are_sound(tmp_path):
    (tmp_path / "mine.csv").write_text(ELECTRODES)
    assert from_table(read_electrode_table(tmp_path / "mine.csv"), "mine.csv")[0] == ["RA", "LA", "LL"]
    (tmp_path / "hearts.tsv").write_text(HEARTS)
    experiment = read_experiment({"cases_table": str(tmp_path / "hearts.tsv"), "cases": ["heart"]})
    assert read_cases(experiment) == {"heart": Case(case="heart", kind="phantom", seed=3)}
