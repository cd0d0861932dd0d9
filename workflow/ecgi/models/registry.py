"""The families of models by name: their settings, and how a model is made or opened.

Families are named, not imported, so that an edit of one family concerns its own variants only.
"""

from collections.abc import Mapping, Sequence
from importlib import import_module
from os import PathLike
from typing import TYPE_CHECKING, Any

from ..core.errors import InputError, one_line
from .settings import Variant

if TYPE_CHECKING:
    from .base import GenerativeModel

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
    """Module of the package that a family is in, such as "models.paper"."""
    return f"models.{FAMILIES[name].split('.')[0]}"


def variant_of(settings: Mapping[str, Any]) -> Variant:
    """Settings of a variant from a dictionary that names its family."""
    return family(settings["family"]).model_validate(settings)


def build(variant: Variant, shapes: Mapping[str, Sequence[int]], seed: int) -> "GenerativeModel":
    """Untrained model of a variant.

    Parameters
    ----------
    variant : Variant
    shapes : dict of str to sequence of int
        Shape of one sample of each input.
    seed : int
        Of weights and samples; the global Keras seed is set.

    Returns
    -------
    base.GenerativeModel
    """
    import keras

    from .crps_model import ScoredModel
    from .vae import VariationalModel

    keras.utils.set_random_seed(seed)
    kind = {"crps": ScoredModel, "elbo": VariationalModel}[variant.loss]
    return kind(variant.model_dump(), {name: list(shape) for name, shape in shapes.items()}, seed)


def load(path: str | PathLike[str]) -> "GenerativeModel":
    """Open a trained model.

    Raises
    ------
    InputError
        If it is none, or carries code, which is never run.
    """
    import keras

    from . import crps_model, vae  # noqa: F401  so that Keras knows the classes of a file
    from .base import GenerativeModel

    try:
        model = keras.saving.load_model(path, compile=False, safe_mode=True)
    except Exception as error:  # Keras raises whatever a damaged or hostile file makes it trip over
        raise InputError(f"{path}: not a model of this workflow ({one_line(error)})") from None
    if not isinstance(model, GenerativeModel):
        raise InputError(f"{path}: not a model of this workflow, but a {type(model).__name__}")
    return model
