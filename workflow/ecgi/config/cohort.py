"""Settings of a cohort of phantoms, and of fine-tuning on a new heart."""

from collections.abc import Iterable
from typing import Annotated, Final, Literal, NamedTuple, Self

import numpy as np
from pydantic import Field, model_validator

from ..core.fields import Count, Name, Positive, Settings
from ..core.seeds import generator

LAST = 9999  # number of a phantom
DrawnConductor = Literal["infinite", "hull", "hull_and_blood", "lungs_and_blood"]
SAME: Final = "same"


class CohortPart(Settings):
    """Phantoms of one part of a cohort."""

    hearts: Annotated[int, Field(ge=1, le=9999)] = Field(description="number of phantoms")
    beats: Annotated[int, Field(ge=1, le=100_000)] = Field(description="beats per phantom")
    first: Annotated[int, Field(ge=1, le=9999)] = Field(
        1, description="number of the first phantom; other numbers are other hearts"
    )

    @model_validator(mode="after")
    def _numbers_of_four_digits(self) -> Self:
        last = self.first + self.hearts - 1
        if last > LAST:
            raise ValueError(
                f"first {self.first} and hearts {self.hearts} make the last phantom number {last}; {LAST} is "
                "the highest, as higher ones would be hearts of another part"
            )
        return self


class Cohort(Settings):
    """Phantoms to train, validate and test on, for models of new hearts; `cases` are test hearts then."""

    training: CohortPart = Field(CohortPart(hearts=16, beats=50), description="to train on")
    validation: CohortPart = Field(
        CohortPart(hearts=4, beats=20), description="for early stopping and model selection"
    )
    test: CohortPart = Field(CohortPart(hearts=4, beats=20), description="to test on")
    conductors: dict[DrawnConductor, Positive] | None = Field(
        None,
        min_length=1,
        description="weight of each conductor, one of which is drawn for each heart to train and validate "
        "on, on finer surfaces than those that methods are given; null for `electrodes.conductor`",
    )
    known_conductors: dict[DrawnConductor | Literal["same"], Positive] | None = Field(
        None,
        min_length=1,
        description="weight of each conductor that methods are given of these hearts, drawn likewise; same "
        "is the heart's own on coarser surfaces, as is null",
    )

    @model_validator(mode="after")
    def _known_of_drawn(self) -> Self:
        if self.known_conductors and not self.conductors:
            raise ValueError(
                "known_conductors is for hearts whose conductor is drawn; set conductors, or remove it"
            )
        return self


class DrawnConductors(NamedTuple):
    """Conductors drawn for a heart.

    Attributes
    ----------
    true : str
        That its beats are simulated in.
    known : str
        That methods are given.
    """

    true: str
    known: str


class Transfer(Settings):
    """Fine-tuning of a variant on a few beats of a new heart."""

    variant: Name = Field(description="trained model to fine-tune, of a family that takes any heart")
    case: Name = Field(description="the new heart, one of cases; evaluated on its test beats")
    beats: list[Count] = Field(
        [5, 20, 80], min_length=1, description="numbers of beats, one fine-tuned model for each"
    )
    epochs: Count = Field(
        10, description="passes over the beats; with more of them, accuracy on other hearts is lost"
    )
    learning_rate: Positive = Field(1e-4, description="step size, which falls to zero along a cosine")


SEEDS = {"train": 10_000, "validation": 20_000, "test": 30_000}
PHANTOM = rf"(?:{'|'.join(SEEDS)})\d{{4}}"  # name of a phantom, as a regular expression


def parts(cohort: Cohort) -> dict[str, CohortPart]:
    """Return the settings of each part of a cohort by the name of the part in the data.

    Parameters
    ----------
    cohort : Cohort
        Settings of the cohort.

    Returns
    -------
    dict of str to CohortPart
        "train", "validation" and "test".
    """
    return {"train": cohort.training, "validation": cohort.validation, "test": cohort.test}


def phantoms(cohort: Cohort) -> dict[str, tuple[str, int]]:
    """List the phantoms of a cohort.

    Parameters
    ----------
    cohort : Cohort
        Settings of the cohort.

    Returns
    -------
    dict of str to (str, int)
        Name of each phantom, to its part of the data and the seed of its shape.
    """
    return {
        f"{part}{number:04d}": (part, SEEDS[part] + number)
        for part, settings in parts(cohort).items()
        for number in range(settings.first, settings.first + settings.hearts)
    }


def draw_conductors(cohort: Cohort, case: str, seed: int) -> DrawnConductors | None:
    """Draw the conductors of a phantom to train or validate on.

    Parameters
    ----------
    cohort : Cohort
        Settings of the cohort.
    case : str
        Name of the phantom.
    seed : int
        Seed of the experiment.

    Returns
    -------
    DrawnConductors or None
        None without ``conductors``, where none are drawn.
    """
    if not cohort.conductors:
        return None
    known_conductors = cohort.known_conductors or {SAME: 1.0}
    true = _drawn(cohort.conductors.items(), f"conductor {case}", seed)
    known = _drawn(known_conductors.items(), f"known conductor {case}", seed)
    return DrawnConductors(true, true if known == SAME else known)


def _drawn(weights: Iterable[tuple[str, float]], purpose: str, seed: int) -> str:
    """One of the names, each as likely as its weight, in whatever order they come."""
    names, sizes = zip(*sorted(weights), strict=True)
    return str(generator(seed, purpose).choice(names, p=np.divide(sizes, sum(sizes))))
