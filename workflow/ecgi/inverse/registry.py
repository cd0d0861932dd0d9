"""The kinds of inverse methods by name.

Kinds are named, not imported, so that an edit of one kind concerns its own methods only.
"""

from importlib import import_module

from ..core.errors import InputError
from .base import MethodSettings

KINDS = {
    "training_mean": "baselines.TrainingMean",
    "nearest_neighbour": "baselines.NearestNeighbour",
    "kernel_ridge": "baselines.KernelRidge",
    "mean_of_sites": "search.MeanOfSites",
    "physics_search": "search.PhysicsSearch",
    "tikhonov": "classical.Tikhonov",
    "tsvd": "classical.TruncatedSvd",
    "greensite": "classical.Greensite",
    "epicardial": "epicardial.Epicardial",
    "refinement": "refinement.Refinement",
}


def kind(name: str) -> type[MethodSettings]:
    """Settings class of a kind of method.

    Parameters
    ----------
    name : str
        One of `KINDS`.

    Raises
    ------
    InputError
        If there is none of this name.
    """
    if name not in KINDS:
        raise InputError(f"there is no kind {name!r}; there are {', '.join(KINDS)}")
    module, settings = KINDS[name].split(".")
    return getattr(import_module(f".{module}", __package__), settings)


def module_of(name: str) -> str:
    """Module of the package that a kind is in, such as "inverse.classical".

    Parameters
    ----------
    name : str
        One of `KINDS`.
    """
    return f"inverse.{KINDS[name].split('.')[0]}"


def defaults() -> dict[str, MethodSettings]:
    """A method of each kind under the kind's own name, for kinds that need no settings."""
    kinds = {name: kind(name) for name in KINDS}
    return {name: kind(kind=name) for name, kind in kinds.items() if kind.needs != "proposer"}
