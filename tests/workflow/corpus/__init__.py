"""Broken and hostile inputs, each with the line that it must get.

An entry of `CORPUS` is a name, a function that writes files into the folder it is called in and returns
settings to lay over `tiny.yaml`, and a part of the line. Those with a subject are for `snakemake predict`.
To add one, write it into the module of its kind.
"""

from .electrodes import ELECTRODES
from .hearts import HEARTS
from .images import IMAGES
from .lead_fields import LEAD_FIELDS
from .meshes import MESHES
from .recordings import RECORDINGS
from .segments import SEGMENTS
from .settings import SETTINGS
from .surfaces import SURFACES
from .tables import TABLES
from .velocities import VELOCITIES

CORPUS = (
    IMAGES
    + SEGMENTS
    + HEARTS
    + MESHES
    + SURFACES
    + VELOCITIES
    + ELECTRODES
    + LEAD_FIELDS
    + TABLES
    + RECORDINGS
    + SETTINGS
)
