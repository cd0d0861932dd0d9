"""A job's share of the machine; to be taken before Keras is imported."""

import os


def keep_to(threads, gpus=""):
    """Let Keras's backend use so many threads, only some GPUs, and no more of their memory than it needs.

    Numba uses as many threads; what OpenMP and BLAS use is set by Snakemake already.

    Parameters
    ----------
    threads : int
    gpus : str
        As ``CUDA_VISIBLE_DEVICES`` takes them; none unless told.
    """
    tensorflow = {f"TF_NUM_{pool}_THREADS": str(threads) for pool in ("INTRAOP", "INTEROP")}
    tensorflow |= {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "TF_CPP_MIN_LOG_LEVEL": "1"}
    jax = {"PJRT_NPROC": str(threads), "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    numba = {"NUMBA_NUM_THREADS": str(threads)}
    os.environ |= {"CUDA_VISIBLE_DEVICES": gpus} | tensorflow | jax | numba
