"""Settings of a cohort of phantoms, and of fine-tuning on a new heart."""

from typing import Annotated, Self

from pydantic import Field, model_validator

from ..core.fields import Count, Name, Positive, Settings

LAST = 9999  # number of a phantom


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
