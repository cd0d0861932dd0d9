"""Put the beats of a heart on the network's grids and assign them to train, validation and test."""

from ecgi.core.jobs import start
from ecgi.data.boundary_kernels import boundary_kernels
from ecgi.data.network_beats import network_beats
from ecgi.data.splits import split_case
from ecgi.data.summary import summarise
from ecgi.io import stores
from ecgi.io.checked_files import read_table, write_json
from ecgi.io.conductors import conductor_in
from ecgi.io.volumes import read_anatomy
from ecgi.physics.conductors_of_cases import conductor_of
from ecgi.physics.layouts import layout_of_case

if __name__ == "__main__":
    start(snakemake)
    params, case = snakemake.params, snakemake.wildcards.case
    beats = stores.read_beats(snakemake.input.beats)
    kinds = read_table(snakemake.input.planned).set_index("beat")["kind"]
    seed, count = params.provenance["seed"], beats.sizes["beat"]
    split = split_case(count, case, seed, params.dataset, params.part, params.to_learn)
    anatomy = read_anatomy(snakemake.input.labels)
    made = network_beats(
        anatomy,
        case,
        params.slices,
        params.dataset["network_samples"],
        (activation.values for activation in beats["activation_time"]),
        beats["bsp"].values,
        beats["time"].values,
    )
    grid, leads = made.grid, stores.read(snakemake.input.lead_field)
    electrodes = leads["electrode_position"].values
    known = conductor_in(leads)
    if params.known_conductor:
        layout = layout_of_case(params.layout, case, seed)
        known = conductor_of(
            params.known_conductor, case, seed, anatomy, electrodes, layout, params.conductivity
        )
        print(f"conductor that methods are given: {known.description}")
    boundary = boundary_kernels(grid, electrodes, known)
    stores.write(
        snakemake.output[0],
        {
            "activation_time": (("beat", "slice", "y", "x"), made.activation_ms),
            "bsp": (("beat", "electrode", "time"), made.bsp_mv),
            "tissue": (("slice", "y", "x"), grid.tissue),
            "segment": (("slice", "y", "x"), made.segments),
            "position": (("slice", "y", "x", "axis"), grid.positions),
            "electrode_position": (("electrode", "axis"), electrodes),
            **({} if boundary is None else {"boundary_kernels": (stores.BOUNDARY_DIMS, boundary)}),
        },
        {
            "beat": beats["beat"].values,
            "split": ("beat", split),
            "kind": ("beat", kinds.loc[beats["beat"].values].to_numpy(str)),
            "electrode": beats["electrode"].values,
            "time": made.times_ms,
            "z": ("slice", grid.z),
            "y": grid.y,
            "x": grid.x,
            "axis": ["right", "anterior", "superior"],
        },
        stores.provenance(params.provenance, case=case, is_volume=int(grid.is_volume)),
    )
    write_json(
        snakemake.output.summary,
        summarise(case, beats["beat"].values, split, made.activation_ms, made.bsp_mv, electrodes),
    )
