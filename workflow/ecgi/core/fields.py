"""Base class and field types of the settings."""

import re
from typing import Annotated

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field

DIGITS = re.compile(r"[0-9]{1,9}")


def _plain(path: str) -> str:
    """Refuse a path that Snakemake would not take literally."""
    if set(path) & set("{}") or not path.isprintable():
        raise ValueError("a path can't hold braces, line breaks or control characters; rename the file")
    return path


def _plain_of_case(path: str) -> str:
    """Do the same for a path in which {case} stands for the name of the case."""
    _plain(path.replace("{case}", ""))
    return path


def _inside(member: str) -> str:
    """Refuse a path that leads out of its archive."""
    parts = _plain(member).split("/")
    if "\\" in member or any(part in ("", ".", "..") for part in parts):
        raise ValueError("give the path of a file inside the wheel, without .. and without / at its start")
    if member.endswith(".CREDIT.txt"):
        raise ValueError("files named .CREDIT.txt are written beside downloads; choose another")
    return member


def _numbers(value: object) -> object:
    """Split the numbers of a table's cell, at spaces or commas."""
    return value.replace(",", " ").split() if isinstance(value, str) else value


def _label(value: object) -> object:
    """Refuse what is neither a whole number nor a name, of which a union would print one error each.

    Numbers come as text from settings on the command line.
    """
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    if isinstance(value, str) and DIGITS.fullmatch(value):
        value = int(value)
    if isinstance(value, bool) or not isinstance(value, (int, str)):
        raise ValueError("a label is a whole number, the name of a segment or the file of a mask")
    return _plain(value) if isinstance(value, str) else value


Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Offset = Annotated[float, Field(ge=-1000, le=1000)]
Point = Annotated[tuple[Offset, Offset, Offset], BeforeValidator(_numbers)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0, le=1_000_000_000)]
FilePath = Annotated[str, AfterValidator(_plain)]
CasePath = Annotated[str, AfterValidator(_plain_of_case)]
Label = Annotated[int | str, BeforeValidator(_label)]
Member = Annotated[str, AfterValidator(_inside)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Settings(BaseModel):
    """Base class of settings: unknown keys are refused, and values can't be changed."""

    model_config = ConfigDict(extra="forbid", frozen=True)
