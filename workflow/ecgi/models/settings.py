"""Settings of a trained model that all families share."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Literal, NamedTuple

from pydantic import Field

from ..core.fields import Count, NotNegative, Positive, Settings

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import keras


class ModelInputs(NamedTuple):
    """Sizes of an experiment's samples, for a family to check that it can take them.

    Attributes
    ----------
    network_samples : int
        Time samples of the BSP.
    pixels : int
        Pixels along each side of a map.
    electrodes : int or None
        Number of electrodes; None where it is not known yet.
    electrode_grid : bool
        Whether the electrodes stand in rows and columns.
    """

    network_samples: int
    pixels: int
    electrodes: int | None
    electrode_grid: bool


class Variant(Settings):
    """A trained model: a family and its hyper-parameters.

    A family is a subclass, in a file of its own that imports Keras only where networks are built.

    Attributes
    ----------
    target : {"bsp", "map"}
        What is modelled.
    conditions : tuple of str
        Inputs it is modelled from, see `data.inputs.condition_inputs`; a family with conditions is an inverse
        method.
    loss : {"elbo", "crps"}
        How it is trained: by the evidence lower bound or by the continuous ranked probability score.
    any_heart : bool
        Whether it takes hearts and electrodes that it was not trained on.
    """

    target: ClassVar[str]
    conditions: ClassVar[tuple[str, ...]] = ()
    loss: ClassVar[Literal["elbo", "crps"]] = "elbo"
    any_heart: ClassVar[bool] = False

    family: str = Field(description="architecture")
    latent: Count = Field(6, le=10_000, description="size of the latent code")
    filters: Count = Field(16, le=1000, description="filters of the convolutions")
    reconstruction: str = Field("full_frame", description="where errors count")
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

    def networks(self, shapes: Mapping[str, Sequence[int]]) -> dict[str, keras.Model]:
        """Build the networks of a model.

        Parameters
        ----------
        shapes : dict of str to sequence of int
            Shape of one sample of each input.

        Returns
        -------
        dict of str to keras.Model
            ``decoder``, and ``encoder``, ``prior`` and ``context`` where the family has them.
        """
        raise NotImplementedError

    def check(self, inputs: ModelInputs) -> None:
        """Check that the family can take the samples of an experiment.

        Parameters
        ----------
        inputs : ModelInputs

        Raises
        ------
        ValueError
            Saying what would be right.
        """


class Variational(Variant):
    """A model trained by the beta-weighted evidence lower bound, see `vae.VariationalModel`."""

    beta: NotNegative = Field(1.0, description="weight of the KL divergence, summed over the latent code")
    likelihood_sd: Positive = Field(
        0.1,
        description="SD of the Gaussian likelihood, which weighs the squared error against the KL divergence",
    )
    prior_weight: NotNegative = Field(
        0.0, description="weight of the reconstruction from a prior sample, beside that of the posterior"
    )


class OfMaps(Variant):
    """What a model of activation maps has in common with others."""

    target: ClassVar[str] = "map"

    reconstruction: Literal["full_frame", "wall"] = Field(
        "full_frame", description="pixels whose error counts: all alike, or those of the wall only"
    )


class OfSignals(Variant):
    """What a model of body surface potentials has in common with others."""

    target: ClassVar[str] = "bsp"

    reconstruction: Literal["full_frame", "signal"] = Field(
        "full_frame",
        description="what the squared error counts: all alike, or each signal relative to its own variance",
    )
