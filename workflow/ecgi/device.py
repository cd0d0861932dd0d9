"""A job's share of the machine; to be taken before Keras is imported."""

import os


def keep_to(threads):
    """Let Keras's backend use so many threads and no more memory of a GPU than it needs.

    What OpenMP and BLAS use is set by Snakemake already.

    Parameters
    ----------
    threads : int
    """
    tensorflow = {f"TF_NUM_{pool}_THREADS": str(threads) for pool in ("INTRAOP", "INTEROP")}
    tensorflow |= {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "TF_CPP_MIN_LOG_LEVEL": "1"}
    jax = {"PJRT_NPROC": str(threads), "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    os.environ |= tensorflow | jax
