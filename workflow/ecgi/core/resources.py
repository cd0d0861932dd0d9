"""Threads and GPUs of a job; to be set before Keras is imported."""

import fcntl
import getpass
import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path


def keep_to(threads: int, gpus: str = "") -> None:
    """Limit the threads and GPUs of Keras's backend, and the GPU memory to what it needs.

    Numba uses as many threads; those of OpenMP and BLAS are set by Snakemake already.

    Parameters
    ----------
    threads : int
    gpus : str
        As ``CUDA_VISIBLE_DEVICES`` takes them; none by default.
    """
    tensorflow = {f"TF_NUM_{pool}_THREADS": str(threads) for pool in ("INTRAOP", "INTEROP")}
    tensorflow |= {"TF_FORCE_GPU_ALLOW_GROWTH": "true", "TF_CPP_MIN_LOG_LEVEL": "1"}
    jax = {"PJRT_NPROC": str(threads), "XLA_PYTHON_CLIENT_PREALLOCATE": "false"}
    numba = {"NUMBA_NUM_THREADS": str(threads)}
    os.environ |= {"CUDA_VISIBLE_DEVICES": gpus} | tensorflow | jax | numba


def visible(environment: Mapping[str, str] = os.environ) -> list[str]:
    """GPUs that a process may use: those that it was assigned, else all of the machine.

    Parameters
    ----------
    environment : mapping of str to str
        Its ``CUDA_VISIBLE_DEVICES``, set by a cluster, lists those assigned.

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


def claim(names: Sequence[str], folder: str | os.PathLike[str] | None = None) -> str | None:
    """Lock a GPU that no other process holds, until this process ends.

    Parameters
    ----------
    names : sequence of str
        GPUs to choose from.
    folder : path-like, optional
        For the lock files of one user's processes; by default the machine's temporary folder.

    Returns
    -------
    str or None
        Name of the GPU; None if all are held.
    """
    folder = Path(folder or tempfile.gettempdir())
    for name in names:
        lock = os.open(folder / f"ecgi-{getpass.getuser()}-gpu-{name}.lock", os.O_CREAT | os.O_RDWR, 0o600)
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(lock)
        else:
            return name
    return None
