"""Transfer matrix between the surface of a heart and the electrodes on a torso."""

from ecgi.core.jobs import start
from ecgi.data.heart_transfers import heart_transfer
from ecgi.io import stores
from ecgi.io.checked_files import read_table

if __name__ == "__main__":
    start(snakemake)
    given, of_files = snakemake.input, snakemake.params.of_files
    found = heart_transfer(
        given.heart[0],
        given.torso,
        read_table(given.electrodes),
        of_files["coordinates"],
        of_files["length_units"],
    )
    print(*found.notes, sep="\n")
    stores.write(
        snakemake.output[0],
        {
            "transfer": (("electrode", "vertex"), found.transfer),
            "laplacian": (("vertex", "neighbour"), found.laplacian),
            "vertex_of": ("node", found.vertex_of),
            "node_position": (("node", "axis"), found.nodes),
        },
        {"axis": ["right", "anterior", "superior"]},
        stores.provenance(snakemake.params.provenance, notes=found.notes),
    )
