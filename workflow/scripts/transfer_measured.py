"""Transfer matrices between a measured heart, as filed and as fitted, and the electrodes around it."""

from ecgi.core.jobs import start
from ecgi.evaluation.measured import measured_of, transfers
from ecgi.io import stores
from ecgi.physics.heart_transfer import MATRICES

if __name__ == "__main__":
    start(snakemake)
    params = snakemake.params
    store = stores.read(snakemake.input[0]).load()
    matrices = {name: MATRICES[name] for name in params.matrices}
    found = transfers(store, measured_of(store, params.qrs), matrices, params.blocks)
    print(found.attrs)
    stores.write(
        snakemake.output[0],
        *stores.parts_of(found),
        stores.provenance(params.provenance) | found.attrs,
    )
