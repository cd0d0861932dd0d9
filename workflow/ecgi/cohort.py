"""Phantoms of a cohort: for each part of the data so many hearts, each with a name and a seed of its own."""

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
