"""Lookalikes of the files of a torso tank: a sphere with a heart's sock in it, recorded together."""

import hashlib

import numpy as np
from scipy.io import savemat
from spheres import sphere
from surface_files import write_pairs

from ecgi.physics.heart_transfer import MATRICES

RADIUS_MM = 120.0
ONSETS = (60, 160)
MOVED_MM = (6.0, -4.0, 5.0)
BAD_LEAD = 5  # of the heart, from 1


def write_tank(folder, potentials=None, centre=(0.0, 0.0, 30.0)):
    """Write the files and return the settings of a measured case, with a beat that is known at the sock.

    `potentials` maps (nodes, torso, electrodes' node, frames after the onset) to mV on the heart and at the
    electrodes.
    """
    torso, heart = sphere(2, RADIUS_MM), sphere(1, 35.0, centre)
    electrodes = np.arange(0, len(torso.points), 2)
    write_pairs(folder / "tank.fac", *torso)
    write_pairs(folder / "sock.fac", *heart)
    one = heart.triangles[0]
    beside = [number for number, of in enumerate(heart.triangles) if len({*of} & {*one}) > 1][:2]
    write_pairs(folder / "open.fac", heart.points, np.delete(heart.triangles, beside, 0))
    write_pairs(folder / "leads.fac", torso.points[electrodes], np.arange(81).reshape(27, 3))
    after = np.arange(-20, 60)
    on_heart, around = (potentials or wave)(heart, torso, electrodes, after)
    recording = np.zeros((len(electrodes) + 10 + len(heart.points), 240))
    for onset in ONSETS:
        recording[: len(electrodes), onset - 20 : onset + 60] = around
        recording[len(electrodes) + 10 :, onset - 20 : onset + 60] = on_heart
    recording[:, :] += np.linspace(-1, 1, len(recording))[:, None]  # offsets of the amplifiers
    savemat(
        folder / "run.mat", {"onerun": {"potvals": np.rint(1000 * recording).astype(np.int32), "unit": "uV"}}
    )
    lines = [f"{lead} {len(electrodes) + 10 + lead}" for lead in range(1, len(heart.points) + 1)]
    (folder / "sock.channels").write_text(f"{len(lines)} leads\n" + "\n".join(lines) + "\n")
    names = [
        "run.mat",
        "sock.channels",
        *(f"{s}.{e}" for s in ("tank", "sock", "open", "leads") for e in ("pts", "fac")),
    ]
    return {
        "files": {
            "folder": str(folder),
            "sha256": {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in names},
            "licence": "none",
            "credit": "this test",
        },
        "recording": "run.mat",
        "sampling_hz": 1000,
        "torso": "tank.fac",
        "electrodes": {"surface": "leads.fac", "channels": [1, len(electrodes)], "bad": []},
        "heart": {"surface": "sock.fac", "channels": "sock.channels", "bad": [BAD_LEAD]},
        "open_heart": "open.fac",
        "chosen_on": ONSETS[0],
        "scored_on": ONSETS[1],
        "window": [-20, 47],
        "baseline": [-20, -6],
        "qrs": [0, 34],
    }


def write_lone(folder, settings):
    """Write a beat of another heart alone, with an open sock, and return the settings with it."""
    sock = sphere(2, 30.0)
    middle = sock.points[sock.triangles].mean(1)
    shown = np.unique(sock.triangles[middle[:, 2] < 20])
    number = np.full(len(sock.points), -1)
    number[shown] = np.arange(len(shown))
    points, triangles = sock.points[shown], number[sock.triangles[middle[:, 2] < 20]]
    after = np.arange(-20, 60)
    height = points @ [0.6, 0, 0.8]
    on_heart = np.zeros((len(points), 120))
    on_heart[:, 20:100] = -5 * np.tanh((after - 15 - height[:, None] / 3) / 2) * (after > 0)
    on_heart += np.linspace(-1, 1, len(points))[:, None]
    write_pairs(folder / "other.fac", points, triangles)
    savemat(folder / "other.mat", {"ts": {"potvals": on_heart, "unit": "mV", "samplefrequency": 1000}})
    for name in ("other.mat", "other.pts", "other.fac"):
        settings["files"]["sha256"][name] = hashlib.sha256((folder / name).read_bytes()).hexdigest()
    return settings | {
        "placed": {
            "recording": "other.mat",
            "heart": {"surface": "other.fac", "channels": [1, len(points)], "bad": [BAD_LEAD]},
            "onset": 40,
            "window": [-20, 47],
            "baseline": [-20, -6],
            "qrs": [0, 34],
            "shift_mm": [0, 0, 20],
            "rotation_degrees": [0, 0, 45],
            "nodes": 60,
            "moved_mm": [3, 0, 4],
        }
    }


def wave(heart, torso, electrodes, after):
    """A front that runs over the heart, and any potentials around it."""
    height = heart.points[:, 2] - heart.points[:, 2].min()
    on_heart = -5 * np.tanh((after - 5 - height[:, None] / 3) / 2) * (after > 0)
    around = torso.points[electrodes, 2:] / RADIUS_MM * np.exp(-(((after - 15) / 8) ** 2)) * (after > 0)
    return on_heart, around


def consistent(heart, torso, electrodes, after):
    """A wave on a heart that was elsewhere when it was recorded, and the potentials that it makes around."""
    on_heart, _ = wave(heart, torso, electrodes, after)
    moved = heart._replace(points=heart.points + MOVED_MM)
    return on_heart, MATRICES["bem"](torso, moved, torso.points[electrodes]) @ on_heart
