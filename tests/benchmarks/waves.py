"""Interface of the benchmarks to the eikonal solver."""

import numpy as np

from ecgi.anatomy.heart import Anatomy
from ecgi.anatomy.phantom import make_phantom
from ecgi.anatomy.repair import keep_largest_piece
from ecgi.physics import eikonal


def prepared(wall, spacing_mm, rim=True):
    """Conducting domain of a wall, with or without a rim of one voxel around it."""
    domain = eikonal.conducting_domain(wall, spacing_mm)
    if rim:
        return domain
    return domain._replace(conducting=domain.wall, velocity_voxel=np.arange(domain.wall.sum()))


def solve(domain, velocity, sources):
    """Activation times in ms at the wall's voxels, in C order.

    Parameters
    ----------
    domain : eikonal.Domain
        See `prepared`.
    velocity : float or numpy.ndarray, shape (wall voxel,)
        mm/ms.
    sources : sequence of (centre, radius_mm, onset_ms)
        Centres as voxel indices.

    Returns
    -------
    numpy.ndarray, shape (wall voxel,)
    """
    velocity = np.broadcast_to(np.asarray(velocity, float), domain.wall.sum())
    return eikonal.activation_times(domain, velocity, [eikonal.Source(*source) for source in sources])


def solve_cut(domain, velocity, sources, pieces=3):
    """Activation times at one velocity from voxels cut into an odd number of pieces along each axis."""
    wall, conducting = (
        mask.repeat(pieces, 0).repeat(pieces, 1).repeat(pieces, 2)
        for mask in (domain.wall, domain.conducting)
    )
    fine = domain._replace(
        box=tuple(slice(part.start * pieces, part.stop * pieces) for part in domain.box),
        wall=wall,
        conducting=conducting,
        velocity_voxel=np.zeros(conducting.sum(), int),
        spacing_mm=domain.spacing_mm / pieces,
    )
    middle = pieces // 2
    fine_sources = [
        (np.asarray(centre) * pieces + middle, radius, onset) for centre, radius, onset in sources
    ]
    times = np.full(wall.shape, np.nan)
    times[wall] = solve(fine, velocity, fine_sources)
    return times[(slice(middle, None, pieces),) * 3][domain.wall]


def phantom(seed, spacing_mm):
    """Biventricular phantom with a connected wall."""
    heart = make_phantom(seed, spacing_mm)
    return Anatomy(keep_largest_piece(heart.labels)[0], heart.affine)


def sites(heart, count):
    """Indices of wall voxels of a heart, evenly spread in storage order."""
    voxels = np.argwhere(heart.wall)
    return voxels[((np.arange(count) + 0.5) / count * len(voxels)).astype(int)]
