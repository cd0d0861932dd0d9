"""The families of models by name.

Families are named, not imported, so that an edit of one family concerns its own variants only.
"""

from collections.abc import Mapping
from importlib import import_module
from typing import Any

from ..core.errors import InputError
from .settings import Variant

FAMILIES = {
    "bsp_vae": "paper.BspVae",
    "bsp_signal_vae": "signal_vae.BspSignalVae",
    "map_vae": "paper.MapVae",
    "map_cvae": "paper.MapCvae",
    "map_prior_cvae": "prior_cvae.MapPriorCvae",
    "map_backprojection": "backprojection.MapBackprojection",
}


def family(name: str) -> type[Variant]:
    """Settings class of a family.

    Parameters
    ----------
    name : str
        One of `FAMILIES`.

    Raises
    ------
    InputError
        If there is none of this name.
    """
    if name not in FAMILIES:
        raise InputError(f"there is no family {name!r}; there are {', '.join(FAMILIES)}")
    module, settings = FAMILIES[name].split(".")
    return getattr(import_module(f".{module}", __package__), settings)


def module_of(name: str) -> str:
    """Module of the package that a family is in, such as "models.paper".

    Parameters
    ----------
    name : str
        One of `FAMILIES`.
    """
    return f"models.{FAMILIES[name].split('.')[0]}"


def variant_of(settings: Mapping[str, Any]) -> Variant:
    """Settings of a variant from a dictionary that names its family.

    Parameters
    ----------
    settings : dict
        With ``family``.
    """
    return family(settings["family"]).model_validate(settings)
