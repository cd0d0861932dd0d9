"""Variational models of activation maps and body surface potentials.

Each family is one file with a function ``networks(variant, shapes)`` that returns the three networks
of a `VariationalModel`; `FAMILIES` names them all.
"""

from .families import FAMILIES, build, load
from .variational import VariationalModel

__all__ = ["FAMILIES", "VariationalModel", "build", "load"]
