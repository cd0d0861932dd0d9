"""Simulate a chunk of beats: activation times by the eikonal equation, BSP by dipoles."""

import numpy as np
import pandas as pd
from tqdm import tqdm

from ecgi import eikonal, forward, logs, pacing, repolarisation, store, volume
from ecgi.anatomy import to_patient
from ecgi.errors import InputError


def simulate(anatomy, beats, radius_mm, bsp_of):
    """Activation times (beat, voxel) in ms and BSP (beat, electrode, time) in mV."""
    voxel_of = np.linalg.inv(anatomy.affine)
    spacing = float(anatomy.spacing[0])
    activations, signals = [], []
    for beat in tqdm(beats.itertuples(), total=len(beats), desc="beats"):
        site = to_patient(voxel_of, np.array([beat.site_x_mm, beat.site_y_mm, beat.site_z_mm]))
        velocities = {tissue: getattr(beat, f"velocity_{tissue}_m_per_s") for tissue in pacing.CONDUCTING}
        try:
            activation = eikonal.activation_times(
                anatomy.wall, pacing.velocity_map(anatomy.labels, velocities), site, radius_mm, spacing
            ).astype(np.float32)
            signal = bsp_of(activation)
        except InputError as error:
            raise InputError(f"case {beat.case}, activation {beat.activation}: {error}") from None
        activations.append(activation)
        signals.append(signal)
    return np.stack(activations), np.stack(signals)


if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    anatomy = volume.read_anatomy(snakemake.input.labels)
    lead_field = store.read(snakemake.input.lead_field)
    first, last = (int(end) for end in snakemake.wildcards.chunk.split("-"))
    beats = pd.read_csv(snakemake.input.activations, sep="\t").query(f"{first} <= activation <= {last}")
    cell = snakemake.params.action_potential
    times, bsp_of = forward.bsp_simulator(
        lead_field["lead_field"].values,
        cell,
        **snakemake.params.sampling,
        apd_offset_ms=repolarisation.apd_offsets(anatomy, cell["apd_gradient"], cell["apd_range_ms"]),
    )
    activation, bsp = simulate(anatomy, beats, snakemake.params.pacing_radius_mm, bsp_of)
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
        store.provenance(snakemake.params.provenance, case=snakemake.wildcards.case),
    )
