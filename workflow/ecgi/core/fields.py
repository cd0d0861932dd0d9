"""Base class and field types of the settings."""

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field


def _plain(path):
    """A path that Snakemake takes as it stands."""
    if set(path) & set("{}") or not path.isprintable():
        raise ValueError("a path can't hold braces, line breaks or control characters; rename the file")
    return path


def _plain_of_case(path):
    """The same for a path in which {case} stands for the heart's name."""
    _plain(path.replace("{case}", ""))
    return path


def _inside(member):
    """A path that stays inside its archive."""
    parts = _plain(member).split("/")
    if "\\" in member or any(part in ("", ".", "..") for part in parts):
        raise ValueError("give the path of a file inside the wheel, without .. and without / at its start")
    if member.endswith(".CREDIT.txt"):
        raise ValueError("files named .CREDIT.txt are written beside downloads; choose another")
    return member


Name = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$")]
Positive = Annotated[float, Field(gt=0, allow_inf_nan=False)]
Offset = Annotated[float, Field(ge=-1000, le=1000)]
NotNegative = Annotated[float, Field(ge=0, allow_inf_nan=False)]
Share = Annotated[float, Field(gt=0, lt=1)]
Count = Annotated[int, Field(ge=1)]
Seed = Annotated[int, Field(ge=0, le=1_000_000_000)]
FilePath = Annotated[str, AfterValidator(_plain)]
CasePath = Annotated[str, AfterValidator(_plain_of_case)]
Member = Annotated[str, AfterValidator(_inside)]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]


class Settings(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True)
