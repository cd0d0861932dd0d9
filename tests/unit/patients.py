"""A patient on a coarse phantom, and what inverse methods are made with."""

import numpy as np

from ecgi.anatomy.phantom import make_phantom
from ecgi.anatomy.reslice import short_axis
from ecgi.anatomy.slicing import slice_grid
from ecgi.config.electrodes import TorsoSettings
from ecgi.config.simulation import ActionPotentialSettings
from ecgi.data.inputs import condition_inputs
from ecgi.data.normalisation import Normalisation
from ecgi.inverse.base import Patient, TrainingBeats
from ecgi.inverse.generative import GenerativeInverse
from ecgi.models.building import build
from ecgi.models.registry import family, variant_of
from ecgi.physics import electrodes
from ecgi.physics.bsp import average_in_time
from ecgi.physics.lead_field import lead_field

SPACING = 3.0
ROWS, COLUMNS = 6, 12  # of electrodes
SAMPLING = {"samples": 512, "time_step_ms": 1.0, "averaged": 4}
NETWORK_SAMPLES = 32
SLICES = {"count": 2, "first": 0.3, "last": 0.6, "pixel_mm": 6.0, "pixels": 24}


def phantom(seed):
    """A phantom in its short-axis frame."""
    return short_axis(make_phantom(seed, SPACING), SPACING, True)[0]


def vest(anatomy):
    """Electrodes all around the torso."""
    return electrodes.vest(anatomy.positions(anatomy.wall), ROWS, COLUMNS, 40.0, TorsoSettings().model_dump())


def patient_of(anatomy, places, case="phantom", samples=128):
    """A patient, a recording of whom has a number of samples."""
    times = np.arange(SAMPLING["samples"]).reshape(-1, SAMPLING["averaged"]).mean(1)
    return Patient(
        case,
        anatomy,
        places,
        SAMPLING["time_step_ms"] * times[:samples],
        lambda: lead_field(anatomy.wall, anatomy.affine, places, 0.2, 0.2),
        ActionPotentialSettings().model_dump(),
        SAMPLING,
    )


def training_of(patient, bsp, times):
    """Beats of a patient as a baseline is given them."""
    grid, gather = slice_grid(patient.anatomy, patient.case, **SLICES)
    return TrainingBeats(
        average_in_time(bsp, NETWORK_SAMPLES), gather(times), grid, patient.electrodes, patient.window_ms
    )


def untrained(name, patient, bsp):
    """A model of a family with conditions, at the sizes of a patient's beats, its weights random."""
    settings = family(name)
    slices = SLICES | {"volume": settings.any_heart}
    grid, _ = slice_grid(patient.anatomy, patient.case, **slices)
    signals = average_in_time(bsp, NETWORK_SAMPLES)
    scales = Normalisation(200.0, float(bsp.min()), float(bsp.max()), 0.0)
    inputs = condition_inputs(settings.conditions, signals, grid, patient.electrodes, scales, (ROWS, COLUMNS))
    shapes = {name: values.shape[1:] for name, (values, _) in inputs.items()}
    variant = variant_of({"family": name, "latent": 3, "filters": 4, "reconstruction": "wall"})
    model = build(variant, {"target": (*grid.frame, 1), **shapes}, 0)
    model.adapt(
        next(values for name, (values, _) in inputs.items() if name in ("bsp", "bsp_maps", "recording"))
    )
    electrodes = {patient.case: patient.electrodes}
    return GenerativeInverse(model, scales, slices, NETWORK_SAMPLES, patient.window_ms, electrodes)
