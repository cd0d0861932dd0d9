# Lets one run at a time write to this folder, and clears the lock of a run that was killed.
#
# A run holds .snakemake/run.lock as its standard input, and so does everything it starts: the kernel
# keeps the lock until the last of these processes has ended, jobs that outlive a killed run included.
# Dry runs and commands that run no job, such as --report and --dag, take no lock. Used as a module, these
# rules clear no lock of Snakemake's, as the workflow that uses them may have jobs on other hosts.

import fcntl
import os
import platform
import shutil
from contextlib import suppress
from pathlib import Path

import psutil

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

RUN_LOCK = Path(".snakemake/run.lock").absolute()
SNAKEMAKE_LOCKS = RUN_LOCK.with_name("locks")
HOST = platform.node()
IS_MODULE = not workflow.modifier.is_main_snakefile()


def lock_folder():
    """Lock the folder for this process and its children; return why it can't be locked, or None."""
    try:
        RUN_LOCK.parent.mkdir(exist_ok=True)
        lock = os.open(RUN_LOCK, os.O_RDWR | os.O_CREAT, 0o666)
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        return (
            f"another run writes to {RUN_LOCK.parents[1]}: wait until it has ended, or end its processes: "
            f"{', '.join(map(str, _holders())) or 'those of another user or host'}"
        )
    except OSError:  # the file system has no such locks: Snakemake's own is used, and never cleared
        return None
    owner = os.read(lock, 1000).decode()
    if owner == HOST and not IS_MODULE:
        shutil.rmtree(SNAKEMAKE_LOCKS, ignore_errors=True)
    elif SNAKEMAKE_LOCKS.is_dir() and any(SNAKEMAKE_LOCKS.iterdir()):
        os.close(lock)
        return (
            f"a run on {owner or 'an unknown host'} has locked {RUN_LOCK.parents[1]}, and from {HOST} "
            "nobody can tell whether it lives: once it and its jobs have ended, run snakemake --unlock"
        )
    RUN_LOCK.write_text(HOST)
    os.dup2(lock, 0)
    os.close(lock)
    return None


def _holders():
    """Processes of the run that holds the lock."""
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if str(RUN_LOCK) in {file.path for file in process.open_files()}:
                yield process.pid


def runs_jobs():
    """Whether this process runs jobs; without --cores and --jobs Snakemake only inspects results."""
    given = workflow.resource_settings.cores or workflow.resource_settings.nodes
    return workflow.is_main_process and given and not workflow.output_settings.dryrun


IN_THE_WAY = None
if runs_jobs():
    IN_THE_WAY = lock_folder()
if IN_THE_WAY and IS_MODULE:
    raise WorkflowError(IN_THE_WAY)
if IN_THE_WAY:
    logger.warning(IN_THE_WAY)


onstart:
    if IN_THE_WAY and workflow.execution_settings.lock:
        raise WorkflowError(IN_THE_WAY)
    if workflow.non_local_exec:
        RUN_LOCK.write_text(f"{HOST} with jobs on other hosts")
