"""Simulated map, predicted mean, SD and error of the methods that draw samples (the paper's figure 6)."""

from ecgi import figures, logs, store

if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    whole = store.read(snakemake.input.dataset)
    figures.refuse_empty_slice(store.grid_of(whole), snakemake.params.shown_slice)
    heart = whole.isel(slice=snakemake.params.shown_slice)
    draws = {}
    for name, path in zip(snakemake.params.methods, snakemake.input.predictions, strict=True):
        prediction = store.read(path).isel(slice=snakemake.params.shown_slice)
        test = prediction.isel(activation=prediction["split"].values == "test")
        shown = int(test["activation"][snakemake.params.shown_activation])
        draws[name] = test["activation_time"].sel(activation=shown).where(heart["tissue"] > 0).values
    truth = heart["activation_time"].sel(activation=shown).values
    extent = figures.extent_of(heart["x"].values, heart["y"].values)
    figures.uncertainty(snakemake.output, truth, draws, extent)
