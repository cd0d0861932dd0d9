"""Start of a job of the workflow: its log, and its share of the machine."""

from typing import Any

from . import logs, resources


def start(snakemake: Any) -> None:
    """Send the output of a job to its log and keep it to its threads and GPUs.

    To be called before Keras is imported, which reads its threads and GPUs once.

    Parameters
    ----------
    snakemake : snakemake.script.Snakemake
        What Snakemake gives to a script: of it ``log``, ``threads`` and the resource ``gpu``. A job that
        asks for no GPU gets none.
    """
    logs.to_file(snakemake.log[0])
    given = resources.visible() if snakemake.resources.get("gpu") else []
    resources.keep_to(snakemake.threads, resources.claim(given) or ",".join(given))
