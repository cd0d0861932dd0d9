"""Input and output of the BSP models at two electrodes (the paper's figure 4)."""

from ecgi.core import logs
from ecgi.io import stores
from ecgi.reporting.figures.signals import signals

if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    heart = stores.read(snakemake.input.dataset)
    outputs = {}
    for name, path in zip(snakemake.params.methods, snakemake.input.predictions, strict=True):
        prediction = stores.read(path)
        test = prediction.isel(activation=prediction["split"].values == "test")
        shown = int(test["activation"][snakemake.params.shown_activation])
        outputs[name] = test["bsp"].sel(activation=shown).values
    truth = heart["bsp"].sel(activation=shown).values
    signals(snakemake.output, heart["time"].values, truth, outputs, snakemake.params.shown_electrodes)
