"""The model families: what each models, from what, and how a model is made or opened."""

from collections.abc import Callable
from dataclasses import dataclass

from ..core.errors import InputError, one_line
from . import backprojection_net, paper, prior_cvae, signal_vae


@dataclass(frozen=True)
class Family:
    """An architecture.

    Attributes
    ----------
    networks : callable
        Settings and shapes to a dictionary of networks: encoder, decoder and, if the family has
        them, prior and context.
    target : {"bsp", "map"}
        What is modelled.
    conditions : tuple of {"bsp", "bsp_maps", "mask", "recording", "electrode_position", "blocks", "distance"}
        What it is modelled from; with conditions it is an inverse method. "bsp_maps" are the signals
        of an electrode grid, (row, column, sample), "recording" signals in mV; blocks of wall and the ways
        between them are those of `blocks.wall_blocks` and `block_distances`.
    scored : bool
        Whether its samples are trained by a score, see `crps_model.ScoredModel`, or by the ELBO.
    """

    networks: Callable
    target: str
    conditions: tuple[str, ...] = ()
    scored: bool = False


FAMILIES = {
    "bsp_vae": Family(paper.bsp_networks, "bsp"),
    "bsp_signal_vae": Family(signal_vae.networks, "bsp"),
    "map_vae": Family(paper.map_networks, "map"),
    "map_cvae": Family(paper.map_networks, "map", ("bsp_maps", "mask")),
    "map_prior_cvae": Family(prior_cvae.networks, "map", ("bsp", "mask")),
    "map_lifted": Family(
        backprojection_net.networks,
        "map",
        ("recording", "mask", "electrode_position", "blocks", "distance"),
        scored=True,
    ),
}


def build(variant, shapes, seed):
    """Untrained model of a variant.

    Parameters
    ----------
    variant : settings.Variant
    shapes : dict of str to sequence of int
        Shape of one sample of each input.
    seed : int
        Of weights and samples; the global Keras seed is set.

    Returns
    -------
    generative.GenerativeModel
    """
    import keras

    from .crps_model import ScoredModel
    from .vae import VariationalModel

    keras.utils.set_random_seed(seed)
    kind = ScoredModel if FAMILIES[variant.family].scored else VariationalModel
    return kind(variant.model_dump(), {name: list(shape) for name, shape in shapes.items()}, seed)


def load(path):
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
