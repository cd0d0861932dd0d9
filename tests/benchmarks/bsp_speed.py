"""Time of the BSP of a beat compared with other ways of computation, on one thread."""

import numpy as np
import potentials
import waves
from measuring import seconds
from rows import row, table

SEED, VELOCITY, SAMPLES, STEP = 1, 0.6, 500, 1.0
VOXELS = {"quick": 5e3, "normal": 1e5, "full": 1e5}
REPEATS = {"quick": 2, "normal": 11, "full": 21}
TIMED_SAMPLES = 3
BEATS = 64


def measure(size):
    """Measure the time for one beat and for 64 beats of 100 electrodes and 500 samples."""
    heart = waves.phantom(SEED, 3.0)
    heart = waves.phantom(SEED, round(3.0 * (heart.wall.sum() / VOXELS[size]) ** (1 / 3), 3))
    places = potentials.grid(heart)
    field = potentials.lead_field(heart, places)
    simulate = potentials.simulator(field, SAMPLES, STEP)
    domain = waves.prepared(heart.wall, heart.spacing[0])
    beats = [
        waves.solve(domain, VELOCITY, [(site, 6.0, 0.0)]).astype(np.float32) for site in waves.sites(heart, 4)
    ]
    activation, many_beats = beats[1], np.stack(beats * (BEATS // len(beats)))
    kernel = potentials.kernels(heart, places)
    some = np.linspace(0, SAMPLES - 1, TIMED_SAMPLES + 2)[1:-1] * STEP
    times = np.arange(SAMPLES) * STEP
    potential = potentials.transmembrane(activation, times).astype(np.float32)
    flat = field.ravel()

    def naive():
        for t in some:
            potentials.dipole_sum(heart, kernel, potentials.transmembrane(activation, [t])[0])

    beat, product, read = "one beat", "product of lead field and potential", "one read of the lead field"
    dipoles, together = f"sum over dipoles, from {TIMED_SAMPLES} of the samples", f"{BEATS} beats together"
    calls = {
        beat: lambda: simulate(activation),
        product: lambda: potential @ field,
        read: lambda: np.add.reduce(flat),
        "one copy of the lead field": lambda: np.copyto(copy, flat),
    }
    copy = np.empty_like(flat)
    taken = seconds(calls, REPEATS[size])
    rounds = min(REPEATS[size], 5)
    sums = seconds({"sums": naive}, rounds)["sums"] / TIMED_SAMPLES * SAMPLES
    many = seconds({"many": lambda: simulate(many_beats)}, rounds)["many"]
    taken[dipoles] = sums
    taken[together] = many
    check = "body surface potentials"
    aims = {product: "≥ 10", read: "≥ 0.25", dipoles: "≥ 5000"} if size != "quick" else {}
    rows = []
    for name, value in taken.items():
        rows.append(row(check, "time", name, 1000 * value, "ms"))
        rows.append(row(check, "times that of one beat", name, value / taken[beat], "", aims.get(name)))
    a_beat = many / BEATS / taken[read]
    rows.append(row(check, "time per beat over one read", together, a_beat, "", "≤ 2" if aims else None))
    check = "size of the problem"
    rows.append(row(check, "wall voxels", "", len(activation), ""))
    rows.append(row(check, "electrodes", "", len(places), ""))
    rows.append(row(check, "samples", "", SAMPLES, ""))
    return table(rows)
