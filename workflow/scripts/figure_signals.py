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
        test = prediction.isel(beat=prediction["split"].values == "test")
        shown = int(test["beat"][snakemake.params.shown_beat])
        outputs[name] = test["bsp"].sel(beat=shown).values
    truth = heart["bsp"].sel(beat=shown).values
    signals(snakemake.output, heart["time"].values, truth, outputs, snakemake.params.shown_electrodes)
