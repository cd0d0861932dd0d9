from pathlib import Path

import numpy as np
import patients
import pytest

from ecgi.anatomy.frame import short_axis_frame
from ecgi.anatomy.heart import Anatomy, to_patient
from ecgi.anatomy.phantom import make_phantom
from ecgi.anatomy.repair import keep_largest_piece
from ecgi.anatomy.reslice import reslice
from ecgi.io.volumes import read_volume
from ecgi.physics import eikonal

DATA = Path(__file__).resolve().parents[3] / "shared/data"


def _segmentation(name, label_map, coordinates):
    path = DATA / name
    if not path.is_file():
        pytest.skip(f"{name} is not in {DATA.parent.name}/{DATA.name} beside the project")
    return read_volume(path, label_map, coordinates)


@pytest.fixture(scope="session")
def rodero():
    """A heart from CT with thin walls, in a file whose writer stored LPS as if it were RAS."""
    label_map = {"rv_cavity": [1], "lv_wall": [2], "lv_cavity": [3], "rv_wall": [4]}
    return _segmentation("rodero01_labels_1mm.nii.gz", label_map, "LPS")


@pytest.fixture(scope="session")
def ghd():
    """A heart from MR on anisotropic voxels, without an RV wall."""
    label_map = {"lv_cavity": [1], "lv_wall": [2], "rv_cavity": [4]}
    return _segmentation("ghd_mr_label_ED.nii.gz", label_map, "RAS")


@pytest.fixture(scope="session")
def phantom():
    """A phantom with a scar, on axes along the patient's."""
    return make_phantom(2, 2.0, scar_radius_mm=12.0)


@pytest.fixture(scope="session")
def heart(phantom):
    """The phantom in its short-axis frame."""
    return reslice(phantom, short_axis_frame(phantom), 2.0)


@pytest.fixture(scope="session")
def small_heart():
    """A phantom on coarse voxels in its short-axis frame, its wall in one piece."""
    coarse = make_phantom(1, 3.0)
    resliced = reslice(coarse, short_axis_frame(coarse), 3.0)
    return Anatomy(keep_largest_piece(resliced.labels)[0], resliced.affine)


@pytest.fixture(scope="session")
def patient():
    """A patient on a coarse phantom with electrodes all around the torso."""
    anatomy = patients.phantom(4)
    return patients.patient_of(anatomy, patients.vest(anatomy))


@pytest.fixture(scope="session")
def beats(patient):
    """Sites of beats, and activation times of the waves from them."""
    walls = np.argwhere(patient.anatomy.wall)
    sites = walls[[100, len(walls) // 2, -200]]
    domain = eikonal.conducting_domain(patient.anatomy.wall, patients.SPACING)
    speed = np.full(len(walls), 0.55)
    waves = [eikonal.activation_times(domain, speed, [eikonal.Source(site, 5.0)]) for site in sites]
    return to_patient(patient.anatomy.affine, sites), np.stack(waves)


@pytest.fixture
def signals():
    """Recording of six leads in mV, shape (electrode, time)."""
    return np.random.default_rng(0).normal(size=(6, 40)).round(4)


@pytest.fixture
def ten():
    """Recording of ten leads in mV, shape (electrode, time)."""
    return np.random.default_rng(2).normal(size=(10, 40)).round(3)
