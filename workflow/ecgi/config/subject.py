"""Settings of a recorded beat to predict from."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ..core.fields import FilePath, Name, Positive
from .hearts import LabelMap, Reading


class Subject(Reading):
    """Recorded beat of a heart, to predict its activation from."""

    case: Name = Field(
        description="name of the heart: one of `cases`, or another, which needs segmentation, labels and "
        "electrodes"
    )
    segmentation: FilePath = Field(
        "",
        description="labelled image (NIfTI, NRRD, MetaImage) or labelled mesh (VTU); not for one of `cases`",
    )
    labels: LabelMap | None = Field(None, description="its labels of each tissue; not for one of `cases`")
    electrodes: FilePath = Field(
        "", description="table of electrodes, as `file` of `electrodes`; not for one of `cases`"
    )
    bsp: FilePath = Field(
        min_length=1,
        description="recording of one beat: .csv, .tsv or .txt (with or without header; first column time_ms "
        "or time_s if wanted), .mat (v7 or older; a matrix or a structure with potvals), .npy, .npz or .zarr",
    )
    units: Literal["mV", "uV", "V"] = Field(description="of the recording")
    sampling_hz: Positive | None = Field(
        None, description="samples per second; null where the file holds times"
    )
    onset_ms: Annotated[float, Field(ge=-1_000_000, le=1_000_000)] | None = Field(
        None, description="time in the recording of the earliest activation; null to find it in the signals"
    )
    methods: list[Name] = Field(
        ["physics_search"],
        min_length=1,
        description="methods to predict with: those for any heart, or trained ones",
    )

    @model_validator(mode="after")
    def _each_method_once(self) -> Self:
        if len(set(self.methods)) < len(self.methods):
            raise ValueError("methods names something twice")
        return self
