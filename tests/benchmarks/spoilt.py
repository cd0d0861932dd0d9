"""Simulated recordings of known onset, with a P wave and the flaws of real ones."""

from dataclasses import dataclass

import numpy as np
from scipy.interpolate import make_interp_spline

from ecgi.anatomy.phantom import make_phantom
from ecgi.anatomy.reslice import short_axis
from ecgi.config.electrodes import TorsoSettings
from ecgi.config.simulation import ActionPotentialSettings
from ecgi.physics import electrodes, pacing, simulation
from ecgi.physics.conductor import InfiniteConductor
from ecgi.physics.lead_field import lead_field

STEP_MS, SAMPLES, FOOT_MS = 0.5, 1300, 30.0
RADIUS_MM = 3.0
KINDS = {"single_site": 2.0, "sinus": 1.0, "left_bundle_branch_block": 1.0, "right_bundle_branch_block": 1.0}
# Places of two atrial dipoles from the wall's centroid, mm, and their directions, patient RAS.
ATRIA = np.array([[50.0, -15.0, 40.0], [20.0, -50.0, 40.0]])
TOWARDS = np.array([[-0.5, 0.3, -0.8], [-0.9, -0.3, -0.2]])
LONGEST_MS = 260.0  # of a QRS complex; slower beats are sped up


@dataclass(frozen=True)
class Beat:
    """Beat of a phantom, without flaws.

    Attributes
    ----------
    bsp : numpy.ndarray, shape (electrode, time)
        mV, every `STEP_MS`; the earliest activation is at `FOOT_MS`.
    atria : numpy.ndarray, shape (2, electrode)
        Potentials of the two atrial dipoles.
    end_ms : float
        Latest activation after the earliest.
    """

    bsp: np.ndarray
    atria: np.ndarray
    end_ms: float


@dataclass(frozen=True)
class Flaws:
    """What is added to a beat, and how it is recorded."""

    rate_hz: float = 1000.0
    leads: int = 60
    before_ms: float = 300.0
    noise_db: float | None = 40.0
    p_mv: float = 0.0
    pr_ms: float = 150.0
    atrial_t: bool = False
    wander_mv: float = 0.0
    wander_hz: float = 0.3
    drift_mv_s: float = 0.0
    hum_mv: float = 0.0
    hum_hz: float = 50.0
    spike_mv: float = 0.0
    spike_ms: float = -30.0
    foot: bool = True


def bank(seed, hearts, beats, spacing_mm=4.0):
    """Beats of phantoms, with sites and velocities drawn.

    Parameters
    ----------
    seed, hearts, beats : int
        Number of phantoms, and of beats of each.
    spacing_mm : float

    Returns
    -------
    list of Beat
    """
    found = []
    for heart in range(hearts):
        anatomy, _ = short_axis(
            make_phantom(1000 * seed + heart, spacing_mm, spread="adults"), spacing_mm, True
        )
        wall = anatomy.positions(anatomy.wall)
        places = electrodes.vest(wall, 10, 25, 35.0, TorsoSettings().model_dump())
        field_ = lead_field(anatomy.wall, anatomy.affine, places, 0.2, 0.2)
        protocol = {"kinds": KINDS, "surface": "anywhere", "sites": 3, "delay_ms": 40.0}
        velocities = {"lv": (0.6, 0.35), "rv": (0.6, 0.35)}
        table, sites = pacing.plan_beats(anatomy, f"heart{heart}", beats, protocol, velocities, seed)
        cell = ActionPotentialSettings(apd_gradient=("none", "transmural")[heart % 2]).model_dump()
        sampling = {"samples": SAMPLES, "time_step_ms": STEP_MS}
        _, bsp_of = simulation.bsp_solver(anatomy, field_, cell, sampling)
        solve = simulation.wave_solver(anatomy, {})
        kernels = InfiniteConductor(0.2).kernels(wall.mean(0) + ATRIA, places)
        atria = np.einsum("pa,pae->pe", TOWARDS, kernels)
        for beat in range(beats):
            own = table[table["beat"] == beat]
            activation, _ = simulation.simulate(
                anatomy, own, sites, RADIUS_MM + spacing_mm, {"lv": 0.6, "rv": 0.6}, solve, lambda t: t[None]
            )
            times = activation[0] - activation[0].min()
            times *= min(1.0, LONGEST_MS / times.max())
            found.append(Beat(bsp_of(times + FOOT_MS), atria, float(times.max())))
    return found


def recorded(beat, flaws, rng):
    """Record a beat with flaws.

    Parameters
    ----------
    beat : Beat
    flaws : Flaws
    rng : numpy.random.Generator

    Returns
    -------
    signals : numpy.ndarray, shape (electrode, time)
        mV.
    times : numpy.ndarray, shape (time,)
        ms; the earliest activation is at `flaws.before_ms`.
    clean : numpy.ndarray, shape (electrode, time)
        mV, without flaws.
    """
    leads = np.sort(rng.permutation(beat.bsp.shape[0])[: flaws.leads])
    step = 1000 / flaws.rate_hz
    phase = rng.uniform(0, step)
    times = phase + np.arange(int((flaws.before_ms + SAMPLES * STEP_MS - FOOT_MS - 10) / step)) * step
    since = times - flaws.before_ms
    course = make_interp_spline(np.arange(SAMPLES) * STEP_MS - FOOT_MS, beat.bsp[leads], k=3, axis=1)
    first = -FOOT_MS if flaws.foot else 0.0
    signals = np.where(since >= first, course(np.maximum(since, first)), 0.0)
    clean = signals
    power = np.mean(signals[:, since >= 0] ** 2)
    signals = signals + _atria(beat.atria[:, leads], since, flaws)
    gain, turn = rng.uniform(0.3, 1, (2, len(leads), 1)), rng.uniform(0, 2 * np.pi)
    turns = turn + rng.normal(0, 0.3, (len(leads), 1))
    sign = rng.choice([-1.0, 1.0], (len(leads), 1))
    signals += flaws.wander_mv * gain[0] * np.sin(2e-3 * np.pi * flaws.wander_hz * times + turns)
    signals += flaws.drift_mv_s * sign * gain[0] * times / 1000
    mains = flaws.hum_hz + rng.normal(0, 0.05)
    turns = rng.uniform(0, 2 * np.pi) + rng.normal(0, 0.3, (len(leads), 1))
    hum = np.sin(2e-3 * np.pi * mains * times + turns)
    hum += 0.15 * np.sin(6e-3 * np.pi * mains * times + 3 * turns)
    signals += flaws.hum_mv * gain[1] * hum
    spike = (np.abs(since - flaws.spike_ms) <= max(0.75, step / 2)).astype(float)
    signals += flaws.spike_mv * sign * rng.uniform(0.1, 1, (len(leads), 1)) * spike
    if flaws.noise_db is not None:
        signals += rng.normal(0, np.sqrt(power / 10 ** (flaws.noise_db / 10)), signals.shape)
    return signals + rng.normal(0, 1, (len(leads), 1)), times, clean


def _atria(atria, since, flaws):
    """P wave of two dipoles one after the other, and their repolarisation."""
    lasts = min(100.0, flaws.pr_ms)
    starts, length = np.array([[0.0], [0.35 * lasts]]) - flaws.pr_ms, 0.65 * lasts

    def wave(times):
        return np.sin(np.pi * np.clip((times - starts) / length, 0, 1)) ** 2

    largest = np.abs(atria.T @ wave(np.arange(-flaws.pr_ms, 0))).max()
    late = np.clip((since - starts - length) / 250, 0, 1)
    return flaws.p_mv / largest * (atria.T @ (wave(since) - 0.25 * flaws.atrial_t * np.sin(np.pi * late)))


def cases(seed, each):
    """Flaws of the sweep: one kind at a time over its range, and several together.

    Parameters
    ----------
    seed, each : int
        Number of recordings of each kind.

    Returns
    -------
    list of (str, Flaws)
    """
    rng = np.random.default_rng(seed)

    def uniform(low, high):
        return float(rng.uniform(low, high))

    def logarithmic(low, high):
        return float(np.exp(rng.uniform(np.log(low), np.log(high))))

    def atrial():
        return {"p_mv": uniform(0, 0.2), "pr_ms": uniform(80, 220), "atrial_t": bool(rng.integers(2))}

    def wander():
        return {
            "wander_mv": uniform(0, 0.2),
            "wander_hz": uniform(0.05, 0.7),
            "drift_mv_s": uniform(-0.3, 0.3),
        }

    def hum():
        return {"hum_mv": uniform(0, 0.1), "hum_hz": float(rng.choice([50.0, 60.0]))}

    def noise():
        return {"noise_db": uniform(10, 40)}

    def spike():
        return {"spike_mv": logarithmic(0.2, 10), "spike_ms": -uniform(3, 60)}

    def layout():
        return {"rate_hz": logarithmic(250, 10_000), "leads": round(logarithmic(9, 250))}

    def together():
        chosen = rng.permutation([atrial, wander, hum, noise, spike, layout])[: rng.integers(2, 5)]
        return {name: value for kind in chosen for name, value in kind().items()}

    kinds = {
        "none": dict,
        "P wave": atrial,
        "wander": wander,
        "hum": hum,
        "noise": noise,
        "spike": spike,
        "rate and leads": layout,
        "several": together,
    }
    found = []
    for name, kind in kinds.items():
        for _ in range(2 * each if name == "several" else each):
            plain = {
                "foot": bool(rng.integers(2)),
                "before_ms": uniform(200, 400),
                "noise_db": uniform(28, 40),
            }
            found.append((name, Flaws(**{**plain, **kind()})))
    return found
