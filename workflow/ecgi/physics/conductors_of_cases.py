"""The conductor of a case, by the name that the settings give it."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..anatomy import torso_shapes
from ..anatomy.heart import Anatomy, AnatomyError
from ..anatomy.torso import Region, Torso
from ..core.seeds import generator
from .conductor import Conductor, InfiniteConductor

SKIN, LUNG, BLOOD = 700, 150, 200  # points of each surface
FINER = 2.0  # times as many points on a torso that beats are simulated in and methods are not given
ABOVE_MM, BELOW_MM = 200.0, 300.0  # ends of an elliptic torso from the centre of the heart


def conductor_of(
    kind: str,
    case: str,
    seed: int,
    anatomy: Anatomy,
    electrodes: NDArray,
    layout: Mapping[str, Any],
    conductivity: Mapping[str, float],
    finer: bool = False,
    surfaces: Sequence[Region] = (),
) -> Conductor:
    """Make the conductor of a case.

    Parameters
    ----------
    kind : {"auto", "infinite", "hull", "hull_and_blood", "lungs_and_blood", "surfaces", \
"surfaces_and_blood"}
        Auto is surfaces_and_blood where there are surfaces, hull_and_blood where the electrodes surround a
        heart with cavities, else infinite.
    case : str
        Name of the case.
    seed : int
        Seed of the experiment; it draws the lungs.
    anatomy : Anatomy
        In its short-axis frame.
    electrodes : numpy.ndarray, shape (electrode, 3)
        Patient RAS, mm.
    layout : mapping
        See `layouts.layout_of_case`; its ``torso`` has the sizes of an elliptic torso.
    conductivity : mapping
        ``sigma_t``, ``sigma_lungs`` and ``sigma_blood``, S/m.
    finer : bool
        Whether surfaces have more points, so that beats simulated in this torso differ from those of the
        torso that methods are given.
    surfaces : sequence of Region
        Surfaces of the patient's torso, the skin first, see `io.torso_files.read_torso`.

    Returns
    -------
    Conductor

    Raises
    ------
    AnatomyError
        If electrodes or cavities can't make this conductor.
    """
    if kind == "auto":
        kind = _found(anatomy, electrodes, surfaces, conductivity["sigma_blood"])
    if kind == "infinite":
        return InfiniteConductor(conductivity["sigma_t"])
    from .torso_conductor import bounded

    torso = torso_of(kind, case, seed, anatomy, electrodes, layout, conductivity, finer, surfaces)
    return bounded(torso, anatomy, conductivity["sigma_t"])


def torso_of(
    kind: str,
    case: str,
    seed: int,
    anatomy: Anatomy,
    electrodes: NDArray,
    layout: Mapping[str, Any],
    conductivity: Mapping[str, float],
    finer: bool = False,
    surfaces: Sequence[Region] = (),
) -> Torso:
    """Make the torso of a case.

    Parameters
    ----------
    kind : {"hull", "hull_and_blood", "lungs_and_blood", "surfaces", "surfaces_and_blood"}
    case, seed, anatomy, electrodes, layout, conductivity, finer, surfaces
        See `conductor_of`.

    Returns
    -------
    Torso

    Raises
    ------
    AnatomyError
        If electrodes or cavities can't make this torso.
    """
    wall_positions = anatomy.positions(anatomy.wall)
    more = FINER if finer else 1.0
    skin_nodes, lung_nodes, blood_nodes = (round(more * nodes) for nodes in (SKIN, LUNG, BLOOD))
    sigma_t = conductivity["sigma_t"]
    if kind.startswith("surfaces"):
        regions = list(surfaces)
    elif kind == "lungs_and_blood":
        sizes = layout["torso"]
        middle = wall_positions.mean(0)
        centre = middle[:2] + np.array([sizes["heart_left_mm"], -sizes["heart_front_mm"]])
        across = (sizes["width_mm"], sizes["depth_mm"])
        ends = (middle[2] - BELOW_MM, middle[2] + ABOVE_MM)
        skin = torso_shapes.elliptic(centre, *across, *ends, skin_nodes)
        lungs = torso_shapes.lungs(
            anatomy,
            centre,
            *across,
            conductivity["sigma_lungs"],
            generator(seed, f"lungs {case}"),
            lung_nodes,
        )
        regions = [Region("skin", skin, sigma_t), *lungs]
    else:
        skin = torso_shapes.hull(electrodes, wall_positions, nodes=skin_nodes)
        regions = [Region("hull of the electrodes", skin, sigma_t)]
    if kind.endswith("and_blood"):
        regions += torso_shapes.blood_pools(anatomy, conductivity["sigma_blood"], blood_nodes)
    return Torso(tuple(regions))


def _found(anatomy: Anatomy, electrodes: NDArray, surfaces: Sequence[Region], sigma_blood: float) -> str:
    """The conductor that surfaces, electrodes and cavities allow."""
    wall_positions = anatomy.positions(anatomy.wall)
    if not surfaces and not torso_shapes.surround(electrodes, wall_positions):
        print("conductor: infinite, as the electrodes do not surround the heart")
        return "infinite"
    skin = "surfaces" if surfaces else "hull"
    if any("blood" in region.name.lower() for region in surfaces):
        return skin
    try:
        torso_shapes.blood_pools(anatomy, sigma_blood)
    except AnatomyError as error:
        print(f"conductor: a torso without blood; {error}")
        return skin
    return f"{skin}_and_blood"
