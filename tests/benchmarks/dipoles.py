"""Errors of the dipole formulation: lead field, bins, stencil, closed wave fronts."""

from itertools import pairwise

import numpy as np
import potentials
import waves
from rows import orders, row, table
from scipy import ndimage

from ecgi.anatomy.heart import Anatomy, Tissue

SEED, VELOCITY = 1, 0.6
HEART = {"quick": 4.0, "normal": 2.0, "full": 2.0}
BINS_MS, STEP, SAMPLES = (2.0, 1.0, 0.5, 0.25, 0.125), 2.0, 200
SPACINGS = {"quick": (2.0, 1.0), "normal": (2.0, 1.0, 0.5, 0.25), "full": (2.0, 1.0, 0.5, 0.25)}
SLAB_MM = np.array([36.0, 24.0, 12.0])
LAYERS = 2


def measure(size):
    """Measure relative errors (L2 over electrodes and times)."""
    heart = waves.phantom(SEED, HEART[size])
    places = potentials.grid(heart, 4, 5)
    site = waves.sites(heart, 3)[1]
    domain = waves.prepared(heart.wall, HEART[size])
    activation = waves.solve(domain, VELOCITY, [(site, 3.0 + HEART[size], 0.0)])
    field = potentials.lead_field(heart, places)
    return table(
        [
            *_plain_sum(heart, places, field, activation),
            *_bins(field, activation),
            *_carrying(heart, field, activation),
            *_layers(heart, field, activation),
            *_stencil(SPACINGS[size]),
            *_closed_front(SPACINGS[size]),
        ]
    )


def _apart(found, truth):
    """Relative L2 difference."""
    return np.linalg.norm(found - truth) / np.linalg.norm(truth)


def _plain_sum(heart, places, field, activation):
    """Product of lead field and potential against the sum over dipoles at each time."""
    times = np.linspace(5, 300, 12)
    potential = potentials.transmembrane(activation, times)
    kernel = potentials.kernels(heart, places)
    summed = np.stack([potentials.dipole_sum(heart, kernel, v) for v in potential])
    double = potentials.lead_field(heart, places, dtype=float)
    check = "lead field against dipole sum"
    return [
        row(check, "relative error", "double precision", _apart(potential @ double, summed), ""),
        row(check, "relative error", "single precision, as stored", _apart(potential @ field, summed), ""),
    ]


def _product(field, activation):
    """BSP as the product of lead field and transmembrane potential at every voxel and sample."""
    times = np.arange(SAMPLES) * STEP
    return (potentials.transmembrane(activation, times) @ field.astype(float)).T


def _bins(field, activation):
    """BSP from histograms of several bins against the product."""
    check, truth = "histogram of activation times", _product(field, activation)
    rows = []
    for width in BINS_MS:
        bsp = potentials.simulator(field, SAMPLES, STEP, bin_ms=width, tolerance=0.0)(activation)
        rows.append(row(check, "relative error", f"{width:g} ms", _apart(bsp, truth), ""))
    return rows + orders(rows, check, "relative error")


def _carrying(heart, field, activation):
    """BSP as the workflow simulates them, from some of the voxels, against the product."""
    bsp = potentials.simulator(field, SAMPLES, STEP)(activation)
    check, setting = "simulated potentials", f"{heart.spacing[0]:g} mm"
    kept = potentials.carrying_voxels(field) / len(field)
    return [
        row(check, "voxels kept", setting, 100 * kept, "%"),
        row(check, "relative error", setting, _apart(bsp, _product(field, activation)), ""),
    ]


def _layers(heart, field, activation):
    """Contribution of the voxels near the surface."""
    inner = ndimage.binary_erosion(heart.wall, iterations=LAYERS)[heart.wall]
    outer = np.where(inner[:, None], 0, field)
    times = np.linspace(5, 300, 60)
    potential = potentials.transmembrane(activation, times)
    share = _apart(potential @ outer.astype(float), potential @ field.astype(float))
    check, setting = "two outer layers of the wall", f"{heart.spacing[0]:g} mm"
    return [
        row(check, "share of voxels", setting, 100 * (1 - inner.mean()), "%"),
        row(check, "relative error without the rest", setting, share, ""),
    ]


def _slab(spacing):
    """Slab of wall centred at the origin, with the same size at every spacing."""
    labels = np.full(np.rint(SLAB_MM / spacing).astype(int), np.uint8(Tissue.LV_WALL))
    affine = np.diag([spacing] * 3 + [1.0])
    affine[:3, 3] = (spacing - SLAB_MM) / 2
    return Anatomy(labels, affine)


def _stencil(spacings):
    """Potential of a wave through a slab against the limit of small voxels."""
    places = np.array([[0.0, 0.0, 45.0], [30.0, 10.0, 40.0], [-50.0, 0.0, 0.0], [10.0, 60.0, 20.0]])
    start = -SLAB_MM / 2 - [2.0, 3.0, 4.0]
    times = np.linspace(5, 400, 80)
    found = []
    for spacing in spacings:
        slab = _slab(spacing)
        activation = np.linalg.norm(slab.positions(slab.wall) - start, axis=1) / VELOCITY
        field = potentials.lead_field(slab, places).astype(float)
        found.append(np.stack([potentials.transmembrane(activation, [t])[0] @ field for t in times]))
    check, rows = "stencil", []
    order = 2.0
    if len(found) > 2:
        change = [np.linalg.norm(b - a) for a, b in pairwise(found)]
        order = np.log2(change[-2] / change[-1])
    limit = found[-1] + (found[-1] - found[-2]) / (2**order - 1)
    for spacing, bsp in zip(spacings, found, strict=True):
        rows.append(row(check, "relative error", f"{spacing:g} mm", _apart(bsp, limit), ""))
    return [*rows, *orders(rows, check, "relative error")]


def _closed_front(spacings):
    """Potential of a spherical front within the wall: a closed double layer gives none outside."""
    places = np.array([[0.0, 40.0, 0.0], [-32.0, -7.0, 18.0], [11.0, -25.0, -36.0]])
    edge, radius, width = 24.0, 7.0, 1.0
    check, rows = "closed wave front", []
    for spacing in spacings:
        labels = np.full([round(edge / spacing)] * 3, np.uint8(Tissue.LV_WALL))
        affine = np.diag([spacing] * 3 + [1.0])
        affine[:3, 3] = (spacing - edge) / 2
        block = Anatomy(labels, affine)
        positions = block.positions(block.wall)
        field = potentials.lead_field(block, places).astype(float)
        closed = 1 / (1 + np.exp((np.linalg.norm(positions, axis=1) - radius) / (width / 2)))
        across = 1 / (1 + np.exp(positions[:, 1] / (width / 2)))
        ratio = np.abs(closed @ field).max() / np.abs(across @ field).max()
        rows.append(row(check, "potential relative to an open front", f"{spacing:g} mm", ratio, ""))
    return rows
