"""Closed forms of dipoles in spheres, and spheres of triangles."""

import numpy as np
import pyvista

from ecgi.anatomy.triangles import Shape, oriented

TERMS = 80


def sphere(subdivisions, radius=1.0, centre=(0.0, 0.0, 0.0)):
    """An icosahedron subdivided: 162, 642, 2562 points for 2, 3, 4; of the volume of the sphere."""
    mesh = pyvista.Icosphere(radius=1.0, nsub=subdivisions)
    shape = oriented(np.asarray(mesh.points, float), mesh.regular_faces, "sphere")
    scale = radius * (4 / 3 * np.pi / shape.volume) ** (1 / 3)
    return Shape(scale * shape.points + np.asarray(centre), shape.triangles)


def homogeneous(points, directions, radius, sigma):
    """Kernels (point, 3, electrode) of dipoles in a sphere around 0, electrodes in unit directions.

    The gradient of the Neumann function of a ball with its pole on the surface,
    2 / d - ln((R^2 - r . e) / R + d) / R; Frank 1952, J Appl Phys 23:1225.
    """
    electrodes = radius * directions
    towards = electrodes - points[:, None]
    d = np.linalg.norm(towards, axis=-1, keepdims=True)
    below = radius - (points[:, None] * directions).sum(-1, keepdims=True) + d
    gradient = 2 * towards / d**3 + (directions + towards / d) / (below * radius)
    return gradient.swapaxes(1, 2) / (4 * np.pi * sigma)


def with_core(points, directions, radius, core, sigma, sigma_core):
    """The same with a concentric sphere of another conductivity, dipoles outside it.

    Legendre series of the lead: sigma_c d/dr continuous at the core, at the surface a unit current less its
    mean.
    """
    r = np.linalg.norm(points, axis=1)
    unit = points / r[:, None]
    cosine = np.clip(unit @ directions.T, -1, 1)
    ratio = sigma_core / sigma
    result = np.zeros((len(points), 3, len(directions)))
    before, legendre = np.ones_like(cosine), cosine
    slope_before, slope = np.zeros_like(cosine), np.ones_like(cosine)
    across = directions - cosine[..., None] * unit[:, None]
    for n in range(1, TERMS):
        k = n * (1 - ratio) / (n + 1 + n * ratio)
        # in powers of r / R, so that nothing overflows
        inner = k * (core / radius) ** (2 * n + 1)
        size = (2 * n + 1) / (4 * np.pi * sigma * radius * (n - (n + 1) * inner))
        q = r / radius
        value = size * (q**n + inner * q ** (-n - 1))
        along = size * (n * q ** (n - 1) - (n + 1) * inner * q ** (-n - 2)) / radius
        radial = (along[:, None] * legendre)[..., None] * unit[:, None]
        tangential = (value[:, None] * slope / r[:, None])[..., None] * across
        result += (radial + tangential).swapaxes(1, 2)
        before, legendre, slope_before, slope = (
            legendre,
            ((2 * n + 1) * cosine * legendre - n * before) / (n + 1),
            slope,
            slope_before + (2 * n + 1) * legendre,
        )
    return result


def relative_error(found, truth):
    """After removal of the mean over electrodes, (point, 3, electrode)."""
    found, truth = (values - values.mean(-1, keepdims=True) for values in (found, truth))
    return np.linalg.norm(found - truth) / np.linalg.norm(truth)
