"""Write a simulated beat as files of another program."""

from ecgi.anatomy.fibres import rule_based
from ecgi.core.jobs import start
from ecgi.io import stores
from ecgi.io.checked_files import read_table
from ecgi.io.volumes import read_anatomy
from ecgi.physics.electrodes import COORDINATES
from ecgi.reporting.exchange import WRITERS, Beat, recovery_times

if __name__ == "__main__":
    start(snakemake)
    params, fibres = snakemake.params, snakemake.input.get("fibres")
    anatomy = read_anatomy(snakemake.input.labels)
    simulated = stores.read(snakemake.input.beats).sel(beat=int(snakemake.wildcards.beat))
    times = simulated["activation_time"].values
    beat = Beat(
        times,
        recovery_times(anatomy, times, params.action_potential),
        stores.read(fibres)["fibre"].values if fibres else rule_based(anatomy, **params.fibres),
        simulated["bsp"].values,
        simulated["time"].values,
        read_table(snakemake.input.electrodes)[COORDINATES].to_numpy(),
    )
    WRITERS[snakemake.wildcards.program](snakemake.output[0], anatomy, beat)
