"""Settings of a trained model."""

from typing import Annotated, Literal

from pydantic import Field

from ..core.fields import Count, NotNegative, Positive, Settings


class Variety(Settings):
    """How recordings differ in the training of map_lifted, beside their beats; drawn anew at each step."""

    onset: NotNegative = Field(3.0, le=100, description="largest shift in time, in samples of the network")
    snr_db: tuple[Annotated[float, Field(ge=-20, le=100)], Annotated[float, Field(ge=-20, le=100)]] = Field(
        (10.0, 50.0), description="lowest and highest signal-to-noise ratio of the network's samples"
    )
    electrode_mm: NotNegative = Field(
        10.0,
        le=50,
        description="largest SD along each axis of the electrodes' error; half of the recordings have none",
    )
    fewest: Annotated[float, Field(gt=0, le=1)] = Field(
        0.08, description="smallest share of the electrodes that are there; half of the recordings have all"
    )


class Variant(Settings):
    """A trained model: a family and its hyper-parameters."""

    family: Literal["bsp_vae", "map_vae", "map_cvae", "bsp_signal_vae", "map_prior_cvae", "map_lifted"] = (
        Field(description="architecture")
    )
    latent: Count = Field(6, le=10_000, description="size of the latent code")
    filters: Count = Field(16, le=1000, description="filters of the convolutions")
    beta: NotNegative = Field(1.0, description="weight of the KL divergence, summed over the latent code")
    likelihood_sd: Positive = Field(
        0.1,
        description="SD of the Gaussian likelihood, which weighs the squared error against the KL divergence",
    )
    prior_weight: NotNegative = Field(
        0.0, description="weight of the reconstruction from a prior sample, beside that of the posterior"
    )
    reconstruction: Literal["full_frame", "wall", "signal"] = Field(
        "full_frame",
        description="what the squared error counts: all alike, pixels of the wall only (maps), or "
        "each signal relative to its own variance (BSP)",
    )
    variety: Variety = Field(Variety(), description="how recordings differ in training")
    optimizer: Literal["nadam", "rmsprop", "adam", "adamw"] = Field("adam", description="optimiser")
    learning_rate: Positive = Field(1e-3, description="its step size")
    decay: bool = Field(False, description="let the learning rate fall to zero along a cosine")
    warm_up: float = Field(
        0.0, ge=0, lt=1, description="share of the steps in which the learning rate rises before it falls"
    )
    batch: Count = Field(32, le=1_000_000, description="samples per step")
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = Field(
        "float32",
        description="what layers compute in, one of Keras's dtype policies; weights, codes and losses are "
        "single precision always, and the mixed ones save time on GPUs made for them",
    )
    blends: bool = Field(False, description="train on blended beats too")
    epochs: Count = Field(100, le=1_000_000, description="passes over the training part at most")
    patience: Count = Field(
        50, le=1_000_000, description="epochs without a better validation loss before it stops"
    )
