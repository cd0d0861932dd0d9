"""Generative models of activation maps and body surface potentials.

Each family is one file with a function ``networks(variant, shapes)`` that returns the networks of a
`GenerativeModel`; `FAMILIES` names them all.
"""

from .families import FAMILIES, build, load
from .generative import GenerativeModel

__all__ = ["FAMILIES", "GenerativeModel", "build", "load"]
