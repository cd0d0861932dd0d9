"""Write a prediction as files of another program."""

from ecgi.anatomy.fibres import rule_based
from ecgi.core.jobs import start
from ecgi.evaluation.uncertainty import mean_and_spread
from ecgi.io import stores
from ecgi.io.checked_files import read_table
from ecgi.io.volumes import read_anatomy
from ecgi.physics.electrodes import COORDINATES
from ecgi.reporting.exchange import WRITERS, Beat, recovery_times

if __name__ == "__main__":
    start(snakemake)
    params = snakemake.params
    anatomy = read_anatomy(snakemake.input.labels)
    prediction = stores.read(snakemake.input.prediction)
    electrodes = read_table(snakemake.input.electrodes).set_index("electrode")
    times, _ = mean_and_spread(prediction["activation_time"].values)
    beat = Beat(
        times,
        recovery_times(anatomy, times, params.action_potential),
        rule_based(anatomy, **params.fibres),
        prediction["bsp"].values.mean(0),
        prediction["time"].values,
        electrodes.loc[prediction["electrode"].values, COORDINATES].to_numpy(),
    )
    WRITERS[snakemake.wildcards.program](snakemake.output[0], anatomy, beat)
