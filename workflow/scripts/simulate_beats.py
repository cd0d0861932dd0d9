"""Simulate a chunk of beats: activation times by the eikonal equation, BSP by dipoles."""

import numpy as np
import pandas as pd
from tqdm import tqdm

from ecgi import eikonal, forward, logs, pacing, store, volume
from ecgi.anatomy import to_patient
from ecgi.errors import InputError


def velocity_from_image(anatomy, path, case):
    """Velocity of each wall voxel in m/s from an image."""
    velocity = volume.sample_volume(path, anatomy.positions(anatomy.wall))
    bad = ~(np.isfinite(velocity) & (velocity > 0))
    if bad.any():
        raise InputError(
            f"case {case}: {path} gives {bad.sum()} of {len(bad)} wall voxels no positive velocity; "
            "it must cover the wall, in m/s, in the same patient frame"
        )
    return velocity


def velocity_of_beat(beat, tissues, median, mapped):
    """Velocity of each wall voxel in mm/ms: its tissue's, or the image's with the beat's deviation."""
    drawn = {tissue: getattr(beat, f"velocity_{tissue}_m_per_s") for tissue in median}
    if mapped is None:
        return pacing.velocity_of(tissues, drawn)
    deviation = {tissue: drawn[tissue] / median[tissue] for tissue in median}
    return mapped * pacing.velocity_of(tissues, deviation)


def simulate(anatomy, beats, sites, radius_mm, median, mapped, bsp_of):
    """Activation times (beat, voxel) in ms and BSP (beat, electrode, time) in mV."""
    voxel_of = np.linalg.inv(anatomy.affine)
    domain = eikonal.conducting_domain(anatomy.wall, anatomy.spacing[0])
    tissues = anatomy.labels[anatomy.wall]
    activations, signals = [], []
    for beat in tqdm(beats.itertuples(), total=len(beats), desc="beats"):
        own = sites[sites["activation"] == beat.activation]
        centres = to_patient(voxel_of, own[["x_mm", "y_mm", "z_mm"]].to_numpy())
        sources = [
            eikonal.Source(centre, radius_mm, onset)
            for centre, onset in zip(centres, own["onset_ms"], strict=True)
        ]
        try:
            activation = eikonal.activation_times(
                domain, velocity_of_beat(beat, tissues, median, mapped), sources
            ).astype(np.float32)
            signal = bsp_of(activation)
        except InputError as error:
            raise InputError(f"case {beat.case}, activation {beat.activation}: {error}") from None
        activations.append(activation)
        signals.append(signal)
    return np.stack(activations), np.stack(signals)


if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    case = snakemake.wildcards.case
    anatomy = volume.read_anatomy(snakemake.input.labels)
    lead_field = store.read(snakemake.input.lead_field)
    first, last = (int(end) for end in snakemake.wildcards.chunk.split("-"))
    of_chunk = f"{first} <= activation <= {last}"
    beats = pd.read_csv(snakemake.input.activations, sep="\t").query(of_chunk)
    sites = pd.read_csv(snakemake.input.sites, sep="\t").query(of_chunk)
    image = snakemake.input.get("velocity_map")
    times, bsp_of = forward.bsp_simulator(
        lead_field["lead_field"].values, snakemake.params.action_potential, **snakemake.params.sampling
    )
    activation, bsp = simulate(
        anatomy,
        beats,
        sites,
        snakemake.params.pacing_radius_mm,
        snakemake.params.median_velocity,
        velocity_from_image(anatomy, image, case) if image else None,
        bsp_of,
    )
    store.write(
        snakemake.output[0],
        {
            "activation_time": (("activation", "voxel"), activation),
            "bsp": (("activation", "electrode", "time"), bsp),
        },
        {
            "activation": beats["activation"].to_numpy(),
            "voxel": lead_field["voxel"].values,
            "electrode": lead_field["electrode"].values,
            "time": times,
        },
        store.provenance(snakemake.params.provenance, case=case),
    )
