"""A job's share of the machine; to be taken before Keras is imported."""

import fcntl
import getpass
import os
import subprocess
import tempfile
from pathlib import Path


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


def visible(environment=os.environ):
    """GPUs that a process may use: those that it was given, else all of the machine.

    Parameters
    ----------
    environment : mapping of str to str
        ``CUDA_VISIBLE_DEVICES`` in it says which were given; a cluster sets it.

    Returns
    -------
    list of str
        Numbers or names as ``CUDA_VISIBLE_DEVICES`` takes them; none where there is no GPU.
    """
    given = environment.get("CUDA_VISIBLE_DEVICES")
    if given is not None:
        return [name for name in given.split(",") if name]
    try:
        listed = subprocess.run(["nvidia-smi", "--list-gpus"], capture_output=True, text=True, check=True)
    except (OSError, subprocess.CalledProcessError):
        return []
    return [str(number) for number, line in enumerate(listed.stdout.splitlines()) if line.startswith("GPU")]


def claim(names, folder=None):
    """Take a GPU that no other process holds, until this process ends.

    Parameters
    ----------
    names : list of str
        GPUs to choose from.
    folder : path, optional
        Where processes of one user leave their marks; by default the machine's temporary folder.

    Returns
    -------
    str or None
        Name of the GPU; none where all are held.
    """
    folder = Path(folder or tempfile.gettempdir())
    for name in names:
        mark = os.open(folder / f"ecgi-{getpass.getuser()}-gpu-{name}.lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(mark, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(mark)
        else:
            return name
    return None
