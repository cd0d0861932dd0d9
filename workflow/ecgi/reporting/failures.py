"""Lines that a failed run ends with."""

import re
from collections.abc import Iterable
from pathlib import Path

KILLED = (
    "A job was killed from outside, as happens when memory runs out. Run again with fewer jobs at once, "
    "such as by --cores 1 or --resources mem_mb=4000; what is finished stays."
)


def failures(printed: str) -> list[str]:
    """Last line of the log of each job that failed, and what to do if one was killed.

    Parameters
    ----------
    printed : str
        What Snakemake printed; it names the logs.

    Returns
    -------
    list of str
        The same line of several logs stands there once, with the first log.
    """
    named = re.findall(r"^ +log: (.+?)(?:, | \(check)", printed, re.MULTILINE)
    last: dict[str, Path] = {}
    for path in _files(dict.fromkeys(named)):
        for line in path.read_text(errors="replace").splitlines()[-1:]:
            last.setdefault(line, path)
    lines = [f"{line} (log: {path})" for line, path in last.items()]
    return lines + [KILLED] * bool(re.search(r"SIGKILL|non-zero exit status 137", printed))


def _files(names: Iterable[str]) -> list[Path]:
    return [path for path in map(Path, names) if path.is_file()]
