"""Settings of a folder of hearts and recordings, such as one of the ECGI Challenge, and the files in it."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Annotated, Literal, NamedTuple, Self

from pydantic import AfterValidator, Field, model_validator

from ..core.errors import listed, one_line, shown
from ..core.fields import FilePath, Name
from .electrodes import refuse_conductor
from .subject import Recorded, Subject

ONE_STAR = re.compile(r"(?!/)([^*?\[]*/)?[^*?\[/]*\*?[^*?\[/]*")
ENDING = "-cs.mat"  # of the answers, as the Challenge's scorer looks for them


def _one_star(pattern: str) -> str:
    """Refuse a pattern that gives a file no name."""
    if not ONE_STAR.fullmatch(pattern):
        raise ValueError(
            "a pattern has one * in the name of the file or none, no ? or [, and no / at its start"
        )
    return pattern


Pattern = Annotated[FilePath, AfterValidator(_one_star)]


class Challenge(Recorded):
    """Hearts, torsos and recordings in a folder, found by patterns of the names of their files."""

    folder: FilePath = Field(min_length=1, description="folder with all files, in folders of its own or not")
    hearts: Pattern = Field(
        "*_EndoEpi.mat",
        description="surfaces at whose points potentials are estimated and in whose wall sites are found; * "
        "stands for the heart's name",
    )
    torsos: Pattern = Field(
        "*_torso.mat", description="surfaces of the torsos, named as the hearts, or one for all hearts"
    )
    electrodes: Pattern = Field(
        "",
        description="tables of electrodes (.csv, .tsv) or surfaces whose points they are, named likewise; "
        "empty for the points that the torso's file names as leadlinks or channels, or else all its points",
    )
    recordings: Pattern = Field(
        "*-ts.mat",
        description="recordings, each named by its file up to what follows the *; one belongs to the heart "
        "with whose name its own or that of one of its folders begins, or to the only heart",
    )
    truths: Pattern = Field(
        "*-cs.mat",
        description="known answers of training beats, named as the recordings; empty to score none",
    )
    coordinates: Literal["RAS", "LPS"] = Field(
        "LPS", description="frame of all files, in which sites are answered too"
    )
    potentials: Name = Field(
        "tsvd", description="method of the potentials, of the kinds tikhonov, tsvd and greensite"
    )
    methods: list[Name] = Field(
        ["physics_search"], min_length=1, description="methods of the sites; the first one's are answered"
    )

    @model_validator(mode="after")
    def _conductor_of_the_torsos(self) -> Self:
        refuse_conductor(self.conductor, self.torsos)
        return self


class Geometry(NamedTuple):
    """Files of a heart.

    Attributes
    ----------
    heart, torso, electrodes : str
        Paths; the last is empty where the torso's file has the electrodes.
    """

    heart: str
    torso: str
    electrodes: str


class Beat(NamedTuple):
    """Files of a recording.

    Attributes
    ----------
    heart : str
        Name of its heart.
    path : str
    answer : str
        Name of the file that answers it.
    truth : str
        Path of the known answer; empty where there is none.
    """

    heart: str
    path: str
    answer: str
    truth: str


class Found(NamedTuple):
    """What a folder holds.

    Attributes
    ----------
    geometries : dict of str to Geometry
        By the heart's name.
    beats : dict of str to Beat
        By the recording's name.
    """

    geometries: dict[str, Geometry]
    beats: dict[str, Beat]


def found_in(challenge: Challenge) -> Found:
    """Find the files of hearts and recordings.

    Parameters
    ----------
    challenge : Challenge

    Returns
    -------
    Found

    Raises
    ------
    ValueError
        If there are none, or one has no torso or no heart.
    """
    folder = Path(challenge.folder)
    if not folder.is_dir():
        raise ValueError(f"challenge.folder: {one_line(challenge.folder)} is no folder")
    hearts, torsos, electrodes = (
        _matching(folder, pattern, pattern.rpartition("/")[2].find("*"))
        for pattern in (challenge.hearts, challenge.torsos, challenge.electrodes)
    )
    recordings, truths = (_matching(folder, pattern) for pattern in (challenge.recordings, challenge.truths))
    for key, files in (("hearts", hearts), ("recordings", recordings)):
        if not files:
            raise ValueError(
                f"challenge.{key}: no file of {one_line(folder)} is like {getattr(challenge, key)}; set it "
                f"to a pattern of the names that there are: {listed(_names(folder)) or 'none'}"
            )
    geometries = {
        _plain(heart): Geometry(
            path, _of_heart(torsos, heart, "torsos"), _of_heart(electrodes, heart, "electrodes")
        )
        for heart, path in hearts.items()
    }
    beats = {
        _plain(name): Beat(
            _heart_of(Path(path).relative_to(folder), hearts), path, f"{name}{ENDING}", truths.get(name, "")
        )
        for name, path in recordings.items()
    }
    for found, of in ((geometries, hearts), (beats, recordings)):
        if len(found) < len(of):
            raise ValueError(f"challenge: two names differ by signs alone, in {listed(list(of))}; rename one")
    return Found(geometries, beats)


def subjects_of(challenge: Challenge, found: Found, folder: str) -> dict[str, Subject]:
    """Recordings of a challenge as subjects.

    Parameters
    ----------
    challenge : Challenge
    found : Found
    folder : str
        Where electrodes and torso of each heart are written, in a folder of its name.

    Returns
    -------
    dict of str to Subject
        By name.
    """
    shared = challenge.model_dump(include=set(Recorded.model_fields))
    return {
        name: Subject(
            **shared,
            case=beat.heart,
            segmentation=found.geometries[beat.heart].heart,
            electrodes=f"{folder}/{beat.heart}/electrodes.csv",
            torso_surfaces=f"{folder}/{beat.heart}/torso.vtp",
            bsp=beat.path,
        )
        for name, beat in found.beats.items()
    }


def _matching(folder: Path, pattern: str, start: int = 0) -> dict[str, str]:
    """Files of a pattern by their names, from a letter on, without what follows the * or without ending."""
    if not pattern:
        return {}
    _, star, after = pattern.rpartition("/")[2].partition("*")
    files: dict[str, str] = {}
    for path in sorted(folder.rglob(pattern)):
        if path.name.startswith(".") or not path.is_file():
            continue
        name = path.name[max(start, 0) : len(path.name) - len(after)] if star else path.stem
        if name in files:
            raise ValueError(
                f"challenge: {one_line(files[name])} and {one_line(path)} have one name, {shown(name)}; "
                "give each a name of its own, or name the folder in the pattern"
            )
        files[name] = str(path)
    return files


def _of_heart(files: dict[str, str], heart: str, key: str) -> str:
    """File of a heart: that of its name, or the only one; empty where there are no electrodes."""
    if len(files) == 1 or heart in files:
        return files.get(heart) or next(iter(files.values()))
    if files or key == "torsos":
        raise ValueError(
            f"challenge.{key}: none is named {shown(heart)}, as the heart; there are "
            f"{listed(list(files)) or 'none'}"
        )
    return ""


def _heart_of(path: Path, hearts: dict[str, str]) -> str:
    """Name of the heart of a recording: the longest with which its name or that of a folder begins."""
    fitting = [
        heart
        for heart in hearts
        if any(re.match(rf"{re.escape(heart)}(?![A-Za-z0-9])", part) for part in path.parts)
    ]
    if not fitting and len(hearts) > 1:
        raise ValueError(
            f"challenge.recordings: {one_line(path)} is named after none of the hearts, "
            f"{listed(list(hearts))}; begin its name or that of its folder with one"
        )
    return _plain(max(fitting or hearts, key=len))


def _plain(name: str) -> str:
    """Name of a heart or recording in paths of results."""
    return re.sub(r"[^A-Za-z0-9_-]", "-", name).lstrip("_-")[:64] or "heart"


def _names(folder: Path) -> list[str]:
    """Names of some of the files in a folder."""
    return sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())[:20]
