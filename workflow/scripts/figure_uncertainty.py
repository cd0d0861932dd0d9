"""Simulated map, predicted mean, SD and error of the methods that sample (the paper's figure 6)."""

from ecgi.core import logs
from ecgi.io import stores
from ecgi.reporting.figures.maps import uncertainty
from ecgi.reporting.figures.style import extent_of, refuse_empty_slice

if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    whole = stores.read(snakemake.input.dataset)
    refuse_empty_slice(stores.grid_of(whole), snakemake.params.shown_slice)
    heart = whole.isel(slice=snakemake.params.shown_slice)
    samples = {}
    for name, path in zip(snakemake.params.methods, snakemake.input.predictions, strict=True):
        prediction = stores.read(path).isel(slice=snakemake.params.shown_slice)
        test = prediction.isel(beat=prediction["split"].values == "test")
        shown = int(test["beat"][snakemake.params.shown_beat])
        samples[name] = test["activation_time"].sel(beat=shown).where(heart["tissue"] > 0).values
    truth = heart["activation_time"].sel(beat=shown).values
    extent = extent_of(heart["x"].values, heart["y"].values)
    uncertainty(snakemake.output, truth, samples, extent)
