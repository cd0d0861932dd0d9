"""One run at a time in a folder, and the locks of Snakemake that a killed run left behind.

A run locks a file for as long as its main process lives. Its jobs inherit an environment variable, by which
those that outlive a killed run are found. The file also holds which locks Snakemake wrote for the run: these
are removed after a kill, and never those of another workflow.
"""

from __future__ import annotations

import atexit
import fcntl
import hashlib
import json
import os
import platform
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import psutil

VARIABLE = "ECGI_RUN"  # folder of the run that a process belongs to
HOST = platform.node()

_held: dict[Path, int] = {}  # locked files of this process


class RunLock:
    """Lock of a folder.

    Parameters
    ----------
    folder : pathlib.Path
        Where Snakemake runs.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder.absolute()
        self.file = self.folder / ".snakemake/run.lock"
        self.snakemake_locks = self.file.with_name("locks")

    def acquire(self, clears: bool) -> str | None:
        """Lock the folder for this process, which may do so again.

        Parameters
        ----------
        clears : bool
            Whether locks of Snakemake that a killed run left behind are removed.

        Returns
        -------
        str or None
            Why the folder can't be locked.
        """
        if self.file in _held:
            return None
        self.file.parent.mkdir(exist_ok=True)
        descriptor = _above_standard_streams(os.open(self.file, os.O_RDWR | os.O_CREAT, 0o666))
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            os.close(descriptor)
            return self._refusal(self._holders())
        except OSError:  # the file system has no such locks: Snakemake's own are used, and never cleared
            os.close(descriptor)
            return None
        orphans = list(self._orphans())
        reason = self._refusal(orphans) if orphans else self._clear() if clears else None
        if reason:
            os.close(descriptor)
            return reason
        _held[self.file] = descriptor
        atexit.register(self.release)
        os.environ[VARIABLE] = str(self.folder)
        self._write(before=self._present())
        return None

    def record(self, locks: Iterable[str | os.PathLike[str]], elsewhere: bool) -> None:
        """Note which locks Snakemake wrote for this run, so that they can be cleared if it is killed.

        Parameters
        ----------
        locks : iterable of path-like
            Files of the locks.
        elsewhere : bool
            Whether jobs run on other hosts, where this host can't see whether they live.
        """
        if self.file in _held:
            self._write(locks={Path(lock).name: _digest(Path(lock)) for lock in locks}, elsewhere=elsewhere)

    def release(self) -> None:
        """End the lock; nothing is left behind."""
        if self.file in _held:
            self.file.write_text("")
            os.close(_held.pop(self.file))
            os.environ.pop(VARIABLE, None)

    def _write(self, **noted: Any) -> None:
        """Note what a run that finds this one killed needs to know."""
        self.file.write_text(json.dumps({"host": HOST, **noted}))

    def _left_behind(self) -> dict[str, Any]:
        """What a killed run noted; empty after a run that ended, or before the first."""
        try:
            return json.loads(self.file.read_text() or "{}")
        except ValueError:  # written in part
            return {}

    def _present(self) -> dict[str, str]:
        """Names and digests of the locks that Snakemake has now."""
        return {lock.name: _digest(lock) for lock in self.snakemake_locks.glob("*.lock")}

    def _clear(self) -> str | None:
        """Remove the locks of a killed run, and no others; the reason if that isn't safe.

        A run that was killed before it noted its locks wrote those that were not there when it began.
        """
        present, left = self._present(), self._left_behind()
        own = left.get("locks", {})
        if "before" in left:
            own = {name: digest for name, digest in present.items() if left["before"].get(name) != digest}
        names = [name for name, digest in own.items() if present.get(name) == digest]
        elsewhere = left.get("elsewhere", False)
        if names and (left["host"] != HOST or elsewhere):
            jobs = " with jobs on other hosts" if elsewhere else ""
            return (
                f"a run on {left['host']}{jobs} has locked {self.folder}, and from {HOST} nobody can tell "
                "whether it lives: once it and its jobs have ended, run snakemake --unlock"
            )
        for name in names:
            (self.snakemake_locks / name).unlink(missing_ok=True)
        return None

    def _refusal(self, processes: Iterable[int]) -> str:
        """Why the folder can't be locked while processes of another run live."""
        return (
            f"another run writes to {self.folder}: wait until it has ended, or end its processes: "
            f"{', '.join(map(str, processes)) or 'those of another user or host'}"
        )

    def _holders(self) -> Iterator[int]:
        """Main process of the run that holds the lock, and its jobs."""
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if str(self.file) in {file.path for file in process.open_files()}:
                    yield process.pid

    def _orphans(self) -> Iterator[int]:
        """Jobs of a run in this folder, whose main process is dead, as the lock is free."""
        me = psutil.Process()
        relatives = {me.pid, *(process.pid for process in [*me.parents(), *me.children(recursive=True)])}
        for process in psutil.process_iter():
            with suppress(psutil.Error):
                if process.environ().get(VARIABLE) == str(self.folder) and process.pid not in relatives:
                    yield process.pid


def _above_standard_streams(descriptor: int) -> int:
    """The same file by a number above those of the standard streams, one of which may be closed."""
    if descriptor > 2:
        return descriptor
    higher = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, 3)
    os.close(descriptor)
    return higher


def _digest(file: Path) -> str:
    """SHA-256 of a file; empty if there is none."""
    try:
        return hashlib.sha256(file.read_bytes()).hexdigest()
    except OSError:
        return ""
