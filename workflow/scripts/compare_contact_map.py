"""Compare a prediction with a contact map of the same heart."""

import pandas as pd

from ecgi.core.errors import InputError
from ecgi.core.jobs import start
from ecgi.evaluation.contact_map import compare, summary
from ecgi.evaluation.uncertainty import mean_and_spread
from ecgi.io import stores
from ecgi.io.checked_files import write_json, write_table
from ecgi.io.contact_maps import read_contact_map
from ecgi.io.volumes import read_anatomy

if __name__ == "__main__":
    start(snakemake)
    path = snakemake.input.contact_map[0]
    contact = read_contact_map(path)
    anatomy = read_anatomy(snakemake.input.labels)
    mean, _ = mean_and_spread(stores.read(snakemake.input.prediction)["activation_time"].values)
    try:
        found = compare(contact.points, contact.times_ms, anatomy.positions(anatomy.wall), mean)
    except InputError as error:
        raise InputError(f"{path}: {error}") from None
    write_json(snakemake.output.scores, summary(found, contact.names))
    table = pd.DataFrame(contact.points, columns=["x_mm", "y_mm", "z_mm"]).assign(
        name=contact.names,
        lat_ms=contact.times_ms,
        predicted_ms=found.predicted_ms + found.offset_ms,
        distance_mm=found.distance_mm,
        used=found.used,
    )
    write_table(snakemake.output.points, table, "%.2f")
