"""A Slurm of one node, this machine: its daemons in a folder and on ports of their own."""

import getpass
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

PROGRAMS = ("munged", "slurmctld", "slurmd", "sbatch", "scontrol")
GPUS = ("/dev/null", "/dev/zero")

SLURM_CONF = """
ClusterName=tests
SlurmctldHost={host}(127.0.0.1)
SlurmUser={user}
SlurmdUser={user}
SlurmctldPort={controller_port}
SlurmdPort={node_port}
SlurmctldPidFile={folder}/slurmctld.pid
SlurmdPidFile={folder}/slurmd.pid
SlurmctldLogFile={folder}/slurmctld.log
SlurmdLogFile={folder}/slurmd.log
StateSaveLocation={folder}/state
SlurmdSpoolDir={folder}/spool
AuthType=auth/munge
AuthInfo=socket={folder}/munge/socket
AccountingStorageType=accounting_storage/none
JobAcctGatherType=jobacct_gather/linux
JobAcctGatherFrequency=task=2
JobAcctGatherParams=OverMemoryKill
ProctrackType=proctrack/linuxproc
TaskPlugin=task/none
SwitchType=switch/none
MpiDefault=none
SelectType=select/cons_tres
SelectTypeParameters=CR_Core_Memory
ReturnToService=2
MinJobAge=3600
KillWait=2
SchedulerParameters=sched_min_interval=1,batch_sched_delay=1
GresTypes=gpu
NodeName={host} NodeAddr=127.0.0.1 CPUs={cpus} RealMemory={memory_mb} Gres=gpu:{gpus}
PartitionName=all Nodes={host} Default=YES MaxTime=INFINITE State=UP
"""


@pytest.fixture(scope="session")
def slurm():
    """A running Slurm, found by its commands through the environment; stopped whatever happens."""
    missing = [program for program in PROGRAMS if not _found(program)]
    if missing:
        pytest.skip(f"Slurm is not installed ({', '.join(missing)} missing): apt-get install slurm-wlm munge")
    with ExitStack() as stack:
        folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="slurm-")))
        patch = stack.enter_context(pytest.MonkeyPatch.context())
        patch.setenv("SLURM_CONF", str(_configure(folder)))
        patch.setenv("PATH", f"{_wrap_srun(folder)}{os.pathsep}{os.environ['PATH']}")
        munge = folder / "munge"
        options = {"socket": "socket", "key-file": "key", "log-file": "log", "pid-file": "pid"}
        options |= {"seed-file": "seed"}
        stack.enter_context(
            _daemon("munged", *(f"--{option}={munge / name}" for option, name in options.items()))
        )
        _wait("munged", munge / "log", (munge / "socket").exists)
        stack.enter_context(_daemon("slurmctld", "-D"))
        _wait("slurmctld", folder / "slurmctld.log", lambda: _succeeds("scontrol", "ping"))
        stack.enter_context(_daemon("slurmd", "-D"))
        _wait("slurmd", folder / "slurmd.log", lambda: "idle" in _output("sinfo", "-h", "-o", "%T"))
        yield folder


def _found(program):
    """Where a program is, which for a daemon may be a folder that is not in everyone's PATH."""
    return shutil.which(program, path=f"{os.environ['PATH']}:/usr/local/sbin:/usr/sbin:/sbin")


def _configure(folder):
    """Write a configuration of one node, with GPUs in name alone; return slurm.conf."""
    for name in ("state", "spool", "munge"):
        (folder / name).mkdir()
    folder.chmod(0o755)
    (folder / "munge/key").write_bytes(os.urandom(128))
    (folder / "munge/key").chmod(0o600)
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2**20
    controller_port, node_port = _free_ports(2)
    (folder / "slurm.conf").write_text(
        SLURM_CONF.format(
            folder=folder,
            host=socket.gethostname().split(".")[0],
            user=getpass.getuser(),
            controller_port=controller_port,
            node_port=node_port,
            cpus=os.cpu_count(),
            memory_mb=memory,
            gpus=len(GPUS),
        )
    )
    (folder / "gres.conf").write_text("AutoDetect=off\n" + "".join(f"Name=gpu File={one}\n" for one in GPUS))
    (folder / "cgroup.conf").write_text(f"CgroupPlugin={_cgroup_plugin()}\n")
    return folder / "slurm.conf"


def _wrap_srun(folder):
    """Give srun the configuration back: within a job the executor takes it from the environment."""
    wrapper = folder / "bin/srun"
    wrapper.parent.mkdir()
    wrapper.write_text(f'#!/bin/sh\nSLURM_CONF={folder}/slurm.conf exec {shutil.which("srun")} "$@"\n')
    wrapper.chmod(0o755)
    return wrapper.parent


def _cgroup_plugin():
    """A plugin that asks nothing of a machine without cgroups."""
    version = re.search(r"\d+\.\d+", _output(_found("slurmd"), "-V"))[0]
    return "disabled" if version >= "23.11" else "cgroup/v1"


def _free_ports(number):
    with ExitStack() as stack:
        taken = [stack.enter_context(socket.socket()) for _ in range(number)]
        for one in taken:
            one.bind(("127.0.0.1", 0))
        return [one.getsockname()[1] for one in taken]


@contextmanager
def _daemon(program, *options):
    """Run a daemon in the foreground until the end of the block."""
    foreground = ["--foreground"] if program == "munged" else []
    process = subprocess.Popen(
        [_found(program), *foreground, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    )
    try:
        yield process
    finally:
        process.terminate()
        try:
            process.wait(20)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()


def _wait(program, log, ready, seconds=30):
    """Wait for a daemon; say what it wrote if it doesn't come up."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            written = log.read_text()[-3000:] if log.exists() else "nothing"
            pytest.fail(f"{program} did not start; its log:\n{written}")
        time.sleep(0.2)


def _succeeds(*command):
    return subprocess.run(command, capture_output=True).returncode == 0


def _output(*command):
    return subprocess.run(command, capture_output=True, text=True).stdout
