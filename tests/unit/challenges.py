"""Lookalikes of a Challenge's folder: a phantom in a torso, paced at known sites, in two dialects."""

from typing import NamedTuple

import numpy as np
import pyvista
from scipy.io import savemat

from ecgi.anatomy.heart import Anatomy
from ecgi.anatomy.interpolation import spread_out
from ecgi.anatomy.phantom import make_phantom
from ecgi.anatomy.reslice import short_axis
from ecgi.anatomy.torso import Region, Torso
from ecgi.anatomy.torso_shapes import elliptic
from ecgi.anatomy.triangles import Shape
from ecgi.anatomy.wall_surface import wall_surface
from ecgi.config.simulation import ActionPotentialSettings
from ecgi.physics import eikonal
from ecgi.physics.bsp import bsp_simulator
from ecgi.physics.lead_field import lead_field, lead_field_in
from ecgi.physics.torso_conductor import bounded

SPACING_MM, RATE_HZ, PAUSE_MS, LEADS, TRIANGLES = 4.0, 500, 100, 60, 900
LPS = np.array([-1.0, -1.0, 1.0])


class Lookalike(NamedTuple):
    """What the files are written from; RAS, mm, mV."""

    anatomy: Anatomy
    heart: Shape
    torso: Shape
    leads: np.ndarray  # indices of the torso's points
    sites: np.ndarray
    recordings: list[np.ndarray]
    truths: list[np.ndarray]


def lookalike(count=2, seed=5):
    """Simulate beats of a phantom in a homogeneous elliptic torso."""
    phantom = make_phantom(seed, SPACING_MM)
    surface = pyvista.PolyData.from_regular_faces(*wall_surface(phantom, TRIANGLES)).clean().triangulate()
    heart = Shape(np.asarray(surface.points, float), surface.regular_faces)
    anatomy, _ = short_axis(phantom, SPACING_MM, True)
    wall = anatomy.positions(anatomy.wall)
    centre = wall.mean(0)
    torso = elliptic(centre[:2] + np.array([25, -30]), 320.0, 240.0, centre[2] - 180, centre[2] + 160, 500)
    middle = np.flatnonzero(np.abs(torso.points[:, 2] - centre[2]) < 110)
    leads = middle[spread_out(torso.points[middle], LEADS)]
    conductor = bounded(Torso((Region("skin", torso, 0.2),)), anatomy, 0.2)
    places = torso.points[leads]
    outwards = surface.compute_normals(auto_orient_normals=True, split_vertices=False).point_data["Normals"]
    beside = heart.points + SPACING_MM * outwards  # as dipoles lie on the surface itself
    fields = [
        lead_field_in(conductor, anatomy.wall, anatomy.affine, places, 0.2),
        lead_field(anatomy.wall, anatomy.affine, beside, 0.2, 0.2),
    ]
    cell = ActionPotentialSettings().model_dump()
    simulators = [bsp_simulator(field, cell, RATE_HZ // 2, 1000 / RATE_HZ)[1] for field in fields]
    domain = eikonal.conducting_domain(anatomy.wall, SPACING_MM)
    voxels = np.argwhere(anatomy.wall)[spread_out(wall, count)]
    before = PAUSE_MS * RATE_HZ // 1000
    around, on_heart = [], []
    for voxel in voxels:
        times = eikonal.activation_times(domain, np.full(len(wall), 0.6), [eikonal.Source(voxel, 6.0)])
        for simulate, kept in zip(simulators, (around, on_heart), strict=True):
            beat = simulate(times)
            kept.append(np.concatenate([np.zeros((len(beat), before)), beat], 1))
    sites = wall[spread_out(wall, count)]
    return Lookalike(anatomy, heart, torso, leads, sites, around, on_heart)


def write_challenge(folder, made, name="P001", scale=1.0):
    """As the Challenge's: LPS, mm, points counted from 0, electrodes as leadlinks, mV at a stated rate."""
    for part in ("Geometries", "Signals"):
        (folder / part).mkdir(parents=True, exist_ok=True)
    for what, surface, more in (
        ("torso", made.torso, {"leadlinks": made.leads[:, None]}),
        ("EndoEpi", made.heart, {}),
    ):
        fields = {"node": scale * LPS * surface.points, "face": surface.triangles, **more}
        savemat(folder / f"Geometries/{name}_{what}.mat", {what.lower(): fields})
    for number, (recording, truth, site) in enumerate(
        zip(made.recordings, made.truths, made.sites, strict=True), 1
    ):
        common = {"unit": "mV", "samplefrequency": RATE_HZ}
        beat = folder / f"Signals/{name}-b{number}"
        savemat(f"{beat}-ts.mat", {"ts": {"potvals": recording, **common}})
        savemat(f"{beat}-cs.mat", {"ts": {"potvals": truth, "pacingLoc": scale * LPS * site, **common}})


def write_edgar(folder, made):
    """As other laboratories': 3 x N from 1, a channel for each point, uV, frames x leads, without a site."""
    folder.mkdir(parents=True, exist_ok=True)
    channels = np.zeros(len(made.torso.points))
    channels[made.leads] = np.arange(1, len(made.leads) + 1)
    for what, surface, more in (("tank", made.torso, {"channels": channels}), ("sock", made.heart, {})):
        fields = {"pts": surface.points.T, "fac": surface.triangles.T + 1, **more}
        savemat(folder / f"{what}.mat", {"geom": fields})
    for number, recording in enumerate(made.recordings, 1):
        savemat(folder / f"run{number}.mat", {"bspm": {"potvals": 1000 * recording.T, "unit": "uV"}})
