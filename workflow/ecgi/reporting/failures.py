"""Lines printed at the end of a failed run."""

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
        Output of Snakemake, which names the logs.

    Returns
    -------
    list of str
        One line for each log; a line that several logs have in common is listed once, with the first log.
    """
    first: dict[str, Path] = {}
    for path, line in last_lines(printed).items():
        first.setdefault(line, path)
    lines = [f"{line} (log: {path})" for line, path in first.items()]
    return lines + [KILLED] * bool(re.search(r"SIGKILL|non-zero exit status 137", printed))


def last_lines(printed: str) -> dict[Path, str]:
    """Last line of the log of each job that failed.

    Parameters
    ----------
    printed : str
        Output of Snakemake, which names the logs.

    Returns
    -------
    dict of pathlib.Path to str
        By log, in the order of the failures; logs that are missing or empty are left out.
    """
    named = re.findall(r"^ +log: (.+?)(?:, | \(check)", printed, re.MULTILINE)
    texts = {path: path.read_text(errors="replace").splitlines() for path in _files(dict.fromkeys(named))}
    return {path: lines[-1] for path, lines in texts.items() if lines}


def _files(names: Iterable[str]) -> list[Path]:
    """Paths of the named files that exist."""
    return [path for path in map(Path, names) if path.is_file()]
