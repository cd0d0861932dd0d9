"""Start of a job of the workflow: its log, threads and GPUs."""

from typing import Any

from . import logs, resources


def start(snakemake: Any) -> None:
    """Redirect the output of a job to its log, and limit it to its threads and GPUs.

    To be called before Keras is imported, as its backend reads the environment only once.

    Parameters
    ----------
    snakemake : snakemake.script.Snakemake
        The object that Snakemake defines in a script; its ``log``, ``threads`` and resource ``gpu`` are used.
        A job without that resource gets no GPU.
    """
    logs.to_file(snakemake.log[0])
    gpus = resources.visible() if snakemake.resources.get("gpu") else []
    resources.keep_to(snakemake.threads, resources.claim(gpus) or ",".join(gpus))
