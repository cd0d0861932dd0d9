"""Read a torso and its electrodes, and keep them in patient RAS and mm."""

import pandas as pd

from ecgi.anatomy.triangles import Shape, mesh_of
from ecgi.core.jobs import start
from ecgi.io.checked_files import write_table
from ecgi.io.torso_electrodes import read_torso_and_electrodes
from ecgi.physics.electrodes import COORDINATES

if __name__ == "__main__":
    start(snakemake)
    of_files = snakemake.params.of_files
    surface, names, positions = read_torso_and_electrodes(
        snakemake.input.torso[0],
        snakemake.input.get("electrodes") or "",
        of_files["coordinates"],
        of_files["length_units"],
    )
    print(f"{len(surface.points)} points, {len(names)} electrodes")
    mesh = mesh_of(Shape(*surface))
    mesh.field_data["SPACE"] = ["RAS"]
    mesh.save(snakemake.output.torso)
    table = pd.DataFrame(positions, columns=COORDINATES)
    table.insert(0, "name", names)
    write_table(snakemake.output.electrodes, table)
