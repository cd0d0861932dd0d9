"""Settings of the dataset, the test conditions and the evaluation."""

from typing import Annotated, Literal

from pydantic import Field

from ..core.fields import NotNegative, Positive, Settings, Share
from .electrodes import ConductorKind

Factor = Annotated[float, Field(ge=0.1, le=10)]


class DatasetSettings(Settings):
    """Split of the beats, and inputs of the networks."""

    test_fraction: Share = Field(0.2, description="share of the beats kept for the test part")
    validation_fraction: Share = Field(
        0.1, description="share of the training part used for early stopping and choices"
    )
    network_samples: Annotated[int, Field(ge=8, le=10_000, multiple_of=4)] = Field(
        128, description="BSP samples for the networks: means of neighbouring samples"
    )
    background: Annotated[float, Field(ge=-1, le=1)] = Field(
        0.0,
        description="value outside the wall on maps scaled to [0, 1], where 1 is the latest training time",
    )
    blends: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        2048, description="blended beats made from training beats, for what has `blends: true`"
    )


class Condition(Settings):
    """How test beats differ from training beats; methods are given only which electrodes are left."""

    spacing_factor: Annotated[float, Field(gt=0.2, lt=5)] = Field(
        1.0, description="edge of the voxels that test beats are simulated on, relative to training"
    )
    snr_db: Annotated[float, Field(ge=-20, le=100)] | None = Field(
        None, description="signal-to-noise ratio of the recorded samples; null for no noise"
    )
    electrode_error_mm: NotNegative = Field(
        0.0,
        le=50,
        description="SD along each axis of the electrodes' displacement from their nominal positions",
    )
    electrodes: Literal["all", "half", "twelve_lead"] = Field(
        "all",
        description="electrodes that are left: all, a random half per heart, or those of the 12-lead ECG",
    )
    velocity_factor: Positive = Field(1.0, le=10, description="factor on the conduction velocities")
    scar_radius_mm: NotNegative = Field(
        0.0, le=50, description="radius of a scar at a random position in the LV wall; 0 for none"
    )
    conductor: ConductorKind | None = Field(
        None,
        description="conductor that test beats are simulated in, on finer surfaces than those that methods "
        "are given, see `electrodes`; null for that of training",
    )
    known_conductor: ConductorKind | None = Field(
        None, description="conductor that methods are given; null for that of training"
    )
    known_sigma_t_factor: Factor = Field(
        1.0, description="factor on the torso's conductivity in `known_conductor`, which must be set"
    )
    known_sigma_lungs_factor: Factor = Field(1.0, description="the same for the lungs")
    known_sigma_blood_factor: Factor = Field(1.0, description="the same for blood")
    heart_shift_mm: NotNegative = Field(
        0.0,
        le=50,
        description="distance of the heart from where methods suppose it, in a random direction; `conductor` "
        "must be infinite, hull or hull_and_blood",
    )
    heart_turn_degrees: NotNegative = Field(
        0.0, le=90, description="angle by which it is turned about a random axis through its centre, likewise"
    )


class EvaluationSettings(Settings):
    """Evaluation of predictions, and what the figures show."""

    samples: Annotated[int, Field(ge=2, le=1000)] = Field(10, description="samples per prediction")
    bootstrap: Annotated[int, Field(ge=100, le=1_000_000)] = Field(
        2000, description="resamples of the beats for intervals"
    )
    shown_beat: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        0, description="which beat of the test part the figures show"
    )
    shown_slice: Annotated[int, Field(ge=0)] = Field(3, description="which slice the figures show")
    shown_electrodes: tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]] = Field(
        (33, 68), description="electrodes of the signal figure"
    )
