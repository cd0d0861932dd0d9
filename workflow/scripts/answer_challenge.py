"""Answer a recording of the challenge: potentials at the heart's points, and the earliest site."""

from ecgi.core.jobs import start
from ecgi.data.whole_recordings import whole_recording
from ecgi.evaluation.sites import earliest_site
from ecgi.inverse import registry
from ecgi.inverse.heart_potentials import heart_potentials
from ecgi.io import stores
from ecgi.io.challenge_answers import Answer, write_answer
from ecgi.io.units import in_file
from ecgi.io.volumes import read_anatomy

if __name__ == "__main__":
    start(snakemake)
    given, params = snakemake.input, snakemake.params
    anatomy, prepared = read_anatomy(given.labels), stores.read(given.recording).load()
    prediction, heart = stores.read(given.prediction), stores.read(given.transfer).load()
    recording = whole_recording(given.bsp, prepared["name"].values.tolist(), prepared, params.settings)
    potentials = heart_potentials(
        registry.kind(params.method["kind"])(**params.method),
        heart["transfer"].values.astype(float)[prepared["good"].values],
        heart["laplacian"].values.astype(float),
        recording.signals_mv,
    )
    site = earliest_site(prediction["activation_time"].values.mean(0), anatomy.positions(anatomy.wall))
    print(
        f"{potentials.shape[0]} vertices, {potentials.shape[1]} samples, site {site.round(1)} mm, patient RAS"
    )
    write_answer(
        snakemake.output[0],
        Answer(
            potentials[heart["vertex_of"].values] / recording.mv_per_unit,
            in_file(site, params.of_files["coordinates"], params.of_files["length_units"]),
            recording.mv_per_unit,
        ),
    )
