"""Settings of a recorded beat to predict from."""

from typing import Annotated, Literal, Self, get_args

from pydantic import Field, model_validator

from ..core.fields import Count, FilePath, Name, Positive
from .electrodes import CaseConductor, refuse_conductor
from .hearts import LabelMap, Reading

RecordedTime = Annotated[float, Field(ge=-1_000_000, le=1_000_000)]
OF_RECORDING = {
    "channels",
    "units",
    "sampling_hz",
    "beat",
    "onset_ms",
    "end_ms",
}  # settings that say how it is read
PER_RECORDING = {
    "bsp",
    *OF_RECORDING,
    "fit",
    "methods",
    "colours",
    "exports",
    "contact_map",
}  # that may differ for one heart
Program = Literal["opencarp", "ecgsim"]
PROGRAMS: tuple[str, ...] = get_args(Program)  # whose files a map can be written as


class Recorded(Reading):
    """How hearts and recordings are read, and what is made of them."""

    conductor: CaseConductor = Field(
        "auto", description="as `conductor` of `electrodes`; not for one of `cases`"
    )
    channels: FilePath = Field(
        "",
        description="table of the electrodes' channels, for a recording of more channels without names: an "
        "electrode's number or name and its channel, counted from 1, per line",
    )
    units: Literal["mV", "uV", "V"] | None = Field(
        None, description="of the recording; null where the file states them"
    )
    sampling_hz: Positive | None = Field(
        None, description="samples per second; null where the file holds times"
    )
    beat: Count | Literal["all"] | None = Field(
        None,
        description="number of the beat in the recording, counted from 1; all for the average of those that "
        "are alike; null for the steepest that is recorded whole",
    )
    fit: Literal["qrs", "beat"] | Annotated[float, Field(ge=20, le=10_000)] = Field(
        "qrs",
        description="what search and refinement fit: the QRS complex, the whole beat with its T wave, or so "
        "many ms from the onset on; classical methods always use the QRS complex",
    )
    methods: list[Name] = Field(
        ["physics_search"],
        min_length=1,
        description="methods to predict with: those for any heart, or trained ones",
    )
    colours: Literal["ep", "colour_blind_safe"] = Field(
        "ep", description="colours of the times on the summary: red, early, to violet, or viridis"
    )
    exports: list[Program] = Field(
        [],
        description="programs as whose files each map is written too, with heart and BSP: opencarp, ecgsim",
    )

    @model_validator(mode="after")
    def _each_method_once(self) -> Self:
        if len(set(self.methods)) < len(self.methods):
            raise ValueError("methods names something twice")
        return self


class Subject(Recorded):
    """Recorded beat of a heart, to predict its activation from."""

    case: Name = Field(
        description="name of the heart: one of `cases`, or another, which needs segmentation, labels and "
        "electrodes"
    )
    segmentation: FilePath = Field(
        "",
        description="labelled image (NIfTI, NRRD, MetaImage, DICOM SEG), folder of masks, labelled mesh "
        "(VTU, legacy VTK, openCARP) or surface (PLY, STL, OBJ, VTK, VTP, MATLAB, SCIRun, ECGSIM); not for "
        "one of `cases`",
    )
    labels: LabelMap | None = Field(
        None, description="its labels of each tissue; not for a surface or one of `cases`"
    )
    electrodes: FilePath = Field(
        "", description="table of electrodes, as `file` of `electrodes`; not for one of `cases`"
    )
    torso_surfaces: FilePath = Field(
        "", description="as `torso_surfaces` of `electrodes`; not for one of `cases`"
    )
    bsp: FilePath = Field(
        min_length=1,
        description="recording of one or more beats: .csv, .tsv or .txt (with or without header; first "
        "column time_ms or time_s if wanted), .mat (a matrix, or a structure with potvals), .npy, .npz, "
        ".zarr, .edf, .bdf, or .hea, the header of a WFDB record",
    )
    contact_map: FilePath = Field(
        "",
        description="activation times at points of the heart, by which each map is judged: a table (.csv, "
        ".tsv, .txt) with x_mm, y_mm, z_mm and lat_ms, polydata of VTK (.vtp, .vtk) with a point array "
        "lat_ms, openCARP's .pts beside .dat, or ECGSIM's .tri beside .dep; patient RAS",
    )
    onset_ms: RecordedTime | None = Field(
        None, description="time in the recording of the earliest activation; null to find it in the signals"
    )
    end_ms: RecordedTime | None = Field(
        None, description="time in the recording of the end of the QRS complex; null to find it"
    )

    @model_validator(mode="after")
    def _conductor_of_the_surfaces(self) -> Self:
        refuse_conductor(self.conductor, self.torso_surfaces)
        return self

    @model_validator(mode="after")
    def _one_choice_of_beat(self) -> Self:
        if self.beat is not None and self.onset_ms is not None:
            raise ValueError("beat and onset_ms both choose a beat; set one of them to null")
        if self.beat == "all" and self.end_ms is not None:
            raise ValueError("end_ms is a time in one beat; set it to null, or beat to a number")
        return self
