"""The sections of the config: each key with its type, range, default and meaning."""

from typing import Annotated

from pydantic import Field

from ..core.fields import Count, Name, Positive, Settings


class CohortPart(Settings):
    """Phantoms of one part of a cohort."""

    hearts: Annotated[int, Field(ge=1, le=9999)] = Field(description="how many")
    beats: Annotated[int, Field(ge=1, le=100_000)] = Field(description="beats of each")
    first: Annotated[int, Field(ge=1, le=9999)] = Field(
        1, description="number of the first; other numbers are other hearts"
    )


class Cohort(Settings):
    """Phantoms for models of hearts never seen; `cases` are then test hearts too."""

    training: CohortPart = Field(CohortPart(hearts=16, beats=50), description="to train on")
    validation: CohortPart = Field(CohortPart(hearts=4, beats=20), description="to stop and choose by")
    test: CohortPart = Field(CohortPart(hearts=4, beats=20), description="to judge by")


class Transfer(Settings):
    """Going on with the training of a variant on a few beats of a new heart."""

    variant: Name = Field(description="trained model that goes on, whose family takes any heart")
    case: Name = Field(description="the new heart, one of cases; its test beats judge")
    beats: list[Count] = Field([5, 20, 80], min_length=1, description="how many beats, one model for each")
    epochs: Count = Field(10, description="how often each beat is learnt from; more forgets other hearts")
    learning_rate: Positive = Field(1e-4, description="falling to zero along a cosine")


SEEDS = {"train": 10_000, "validation": 20_000, "test": 30_000}


def parts(cohort):
    """Settings of each part of a cohort, by the name that the split of the data has for it."""
    return {"train": cohort.training, "validation": cohort.validation, "test": cohort.test}


def phantoms(cohort):
    """Phantoms of a cohort.

    Parameters
    ----------
    cohort : settings.Cohort

    Returns
    -------
    dict of str to (str, int)
        Name of each heart, to its part of the data and the seed of its shape.
    """
    return {
        f"{part}{number:04d}": (part, SEEDS[part] + number)
        for part, settings in parts(cohort).items()
        for number in range(settings.first, settings.first + settings.hearts)
    }
