# Lets one run at a time write to this folder, and clears the locks of Snakemake that a killed run left behind,
# see ecgi/core/run_lock.py.
#
# Dry runs and commands that run no job, such as --report and --dag, take no lock. Used as a module, these
# rules clear no lock of Snakemake's, as the workflow that uses them may have jobs on other hosts.

import sys
from pathlib import Path

from snakemake.exceptions import WorkflowError
from snakemake.logging import logger

from ecgi.core.run_lock import RunLock

RUN_LOCK = RunLock(Path.cwd())
IS_MODULE = not workflow.modifier.is_main_snakefile()


def runs_jobs():
    """Whether this process runs jobs; without --cores and --jobs Snakemake only inspects results."""
    given = workflow.resource_settings.cores or workflow.resource_settings.nodes
    return workflow.is_main_process and given and not workflow.output_settings.dryrun


def locks_of_snakemake():
    """Files of the locks that Snakemake wrote for this run."""
    return getattr(workflow.persistence, "_lockfile", {}).values()


IN_THE_WAY = None
if runs_jobs():
    IN_THE_WAY = RUN_LOCK.acquire(clears=not IS_MODULE)
if IN_THE_WAY and IS_MODULE:
    raise WorkflowError(IN_THE_WAY)
if IN_THE_WAY:
    logger.warning(IN_THE_WAY)


onstart:
    if IN_THE_WAY and workflow.execution_settings.lock:
        raise WorkflowError(IN_THE_WAY)
    RUN_LOCK.record(locks_of_snakemake(), elsewhere=workflow.non_local_exec)
