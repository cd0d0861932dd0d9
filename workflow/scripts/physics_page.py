"""Copy the page with the checks of the physics, which lies beside the package."""

import shutil
from pathlib import Path

import ecgi
from ecgi.core.jobs import start

if __name__ == "__main__":
    start(snakemake)
    shutil.copyfile(Path(ecgi.__file__).parents[1] / "report/physics.html", snakemake.output[0])
