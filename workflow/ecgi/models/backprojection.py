"""The back-projection network: a model of activation maps that takes any heart and any electrodes."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from ..core.fields import NotNegative, Settings
from .settings import ModelInputs, OfMaps, Variant

if TYPE_CHECKING:
    import keras

COARSEST = 8  # pixels along each side of a token of attention


class Augmentation(Settings):
    """How recordings are varied at each step of training, beside their beats."""

    onset: NotNegative = Field(3.0, le=100, description="largest shift in time, in samples of the network")
    snr_db: tuple[Annotated[float, Field(ge=-20, le=100)], Annotated[float, Field(ge=-20, le=100)]] = Field(
        (10.0, 50.0),
        description="lowest and highest signal-to-noise ratio of the network's samples in dB; each is a mean "
        "of n = bsp.samples / dataset.network_samples recorded ones, whose ratio is 10 log10 n lower",
    )
    electrode_mm: NotNegative = Field(
        10.0,
        le=50,
        description="largest SD along each axis of the electrodes' error; half of the recordings have none",
    )
    fewest: Annotated[float, Field(gt=0, le=1)] = Field(
        0.08, description="smallest share of the electrodes that are there; half of the recordings have all"
    )


class MapBackprojection(OfMaps, Variant):
    """BSP back-projected onto the wall by the patient's own dipole kernels, sharpened by a network."""

    conditions: ClassVar[tuple[str, ...]] = (
        "recording",
        "mask",
        "electrode_position",
        "blocks",
        "distance",
        "boundary_kernels",
    )
    loss: ClassVar[Literal["crps"]] = "crps"
    any_heart: ClassVar[bool] = True

    family: Literal["map_backprojection"]
    augmentation: Augmentation = Field(Augmentation(), description="how recordings are varied in training")

    def networks(self, shapes: Mapping[str, Sequence[int]]) -> dict[str, "keras.Model"]:
        """Context, prior and decoder, see `settings.Variant.networks`."""
        from .backprojection_net import networks

        return networks(self.filters, self.latent, self.augmentation, COARSEST, shapes)

    def check(self, inputs: ModelInputs) -> None:
        """Check that attention can divide a map into whole tokens, see `settings.Variant.check`."""
        if inputs.pixels % COARSEST:
            raise ValueError(
                f"map_backprojection needs slices.pixels to be a multiple of {COARSEST}, not {inputs.pixels}"
            )
