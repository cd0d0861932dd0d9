"""Blend training beats into more, with the BSP that the lead field gives them."""

import numpy as np

from ecgi.anatomy.slicing import slice_grid
from ecgi.core import logs
from ecgi.core.errors import InputError
from ecgi.core.progress import Progress
from ecgi.data import blending
from ecgi.io import stores, volumes
from ecgi.physics import simulation
from ecgi.physics.bsp import average_in_time


def blend_beats(activations, count, seed, case, gather, bsp_of, network_samples):
    """Maps (beat, slice, y, x) in ms and BSP (beat, electrode, sample) in mV of blended beats."""
    maps, signals = [], []
    blends = blending.blend_activations(activations, count, seed, f"blend {case}")
    for activation in Progress("blends", blends, count):
        maps.append(gather(activation))
        try:
            signals.append(average_in_time(bsp_of(activation), network_samples))
        except InputError as error:
            raise InputError(f"case {case}, a blended beat: {error}") from None
    return np.stack(maps), np.stack(signals)


if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    case = snakemake.wildcards.case
    network_samples = snakemake.params.network_samples
    anatomy = volumes.read_anatomy(snakemake.input.labels)
    _, gather = slice_grid(anatomy, case, **snakemake.params.slices)
    beats = stores.read_beats(snakemake.input.beats)
    training = stores.read(snakemake.input.dataset)["split"].values == "train"
    times, bsp_of = simulation.bsp_solver(
        anatomy,
        stores.read(snakemake.input.lead_field)["lead_field"].values,
        snakemake.params.action_potential,
        snakemake.params.sampling,
    )
    maps, bsp = blend_beats(
        beats["activation_time"].values[training],
        snakemake.params.blends,
        snakemake.params.provenance["seed"],
        case,
        gather,
        bsp_of,
        network_samples,
    )
    stores.write(
        snakemake.output[0],
        {
            "activation_time": (("beat", "slice", "y", "x"), maps),
            "bsp": (("beat", "electrode", "time"), bsp),
        },
        {"beat": np.arange(len(maps)), "time": average_in_time(times, network_samples)},
        stores.provenance(snakemake.params.provenance, case=case),
    )
