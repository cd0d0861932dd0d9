"""Copy the page with the checks of the physics, which lies beside the package."""

import shutil
from pathlib import Path

import ecgi
from ecgi.core import logs

if __name__ == "__main__":
    logs.to_file(snakemake.log[0])
    shutil.copyfile(Path(ecgi.__file__).parents[1] / "report/physics.html", snakemake.output[0])
