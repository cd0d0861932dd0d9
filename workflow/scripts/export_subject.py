"""Write a prediction as files that other tools open, and a page that says how far to believe it."""

from ecgi.core import logs
from ecgi.evaluation.uncertainty import mean_and_spread
from ecgi.io import stores, volumes
from ecgi.reporting import export, subject_page

if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    anatomy = volumes.read_anatomy(snakemake.input.labels)
    prediction = stores.read(snakemake.input.prediction)
    samples = prediction["activation_time"].values
    mean, spread = mean_and_spread(samples)
    grid = (
        anatomy,
        volumes.read_anatomy(snakemake.input.segmentation),
        *volumes.read_grid(snakemake.input.grid),
        snakemake.params.coordinates,
    )
    affine = grid[3]
    for path, values, what in (
        (snakemake.output.mean, mean, "local activation time, ms; -1 where there is none"),
        (snakemake.output.spread, spread, "SD of the activation time, ms; -1 where there is none"),
    ):
        volumes.write_volume(path, export.on_grid(values, *grid), affine, what)
    export.wall_mesh(
        anatomy,
        {
            "activation_time_ms": mean,
            "activation_time_sd_ms": spread,
            "tissue": anatomy.labels[anatomy.wall],
        },
    ).save(snakemake.output.mesh)
    sites = export.earliest_sites(samples, anatomy.positions(anatomy.wall))
    sites.to_csv(snakemake.output.site, index=False)
    subject_page.page(
        snakemake.output.summary,
        anatomy,
        mean,
        spread,
        sites,
        prediction,
        stores.read(snakemake.input.recording).attrs,
    )
