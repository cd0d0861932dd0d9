"""Settings of the electrodes and of the torso they stand on."""

from typing import Annotated, Literal

from pydantic import Field, model_validator

from ..core.fields import CasePath, NotNegative, Offset, Positive, Settings


class TorsoSettings(Settings):
    """Elliptic cylinder that stands for the torso: vest, 12-lead ECG and Wilson's terminal."""

    width_mm: Positive = Field(
        320.0, le=2000, description="from right to left; the default is an adult man's chest"
    )
    depth_mm: Positive = Field(240.0, le=2000, description="from back to front")
    heart_left_mm: Offset = Field(25.0, description="the heart's centre from the torso's axis, to the left")
    heart_front_mm: Offset = Field(30.0, description="the heart's centre from the torso's axis, to the front")
    heart_up_mm: Offset = Field(
        0.0, description="the heart's centre above the middle of the vest, or above its place among the leads"
    )


class Place(Settings):
    """How hearts differ in where they lie in the torso, as SD over hearts; no heart is 2 SD from the mean."""

    left_mm: NotNegative = Field(0.0, le=100, description="to the left")
    front_mm: NotNegative = Field(0.0, le=100, description="to the front")
    up_mm: NotNegative = Field(0.0, le=100, description="towards the head")
    torso: NotNegative = Field(0.0, le=0.3, description="of the logarithms of the torso's width and depth")


class ElectrodeSettings(Settings):
    """Where the electrodes are, and what their potentials are measured against."""

    layout: Literal["grid", "vest", "twelve_lead", "csv"] = Field(
        "grid",
        description="grid in front of the heart, rings around the torso, the 9 electrodes of the 12-lead "
        "ECG, or a table of your own",
    )
    rows: Annotated[int, Field(ge=2, le=500)] = Field(
        10, description="grid, vest: electrodes from head to foot"
    )
    columns: Annotated[int, Field(ge=2, le=500)] = Field(
        10, description="grid: electrodes from right to left; vest: in a ring"
    )
    pitch_mm: Positive = Field(
        25.0, le=1000, description="grid: distance between neighbours; vest: between rings"
    )
    distance_mm: Positive = Field(40.0, le=2000, description="grid: from the front of the heart")
    torso: TorsoSettings = Field(TorsoSettings(), description="torso")
    place: Place = Field(Place(), description="how hearts differ in where they lie in the torso")
    file: CasePath = Field(
        "",
        description="csv: table with a header, x_mm, y_mm and z_mm in patient RAS and, if wanted, name; "
        "tab-separated if it ends in .tsv; {case} stands for the heart's name",
    )
    reference: Literal["infinity", "mean", "wilson"] = Field(
        "infinity",
        description="what potentials are measured against: a far point, the mean of all electrodes, or "
        "Wilson's terminal, the mean of RA, LA and LL: the electrodes of these names, else the torso's",
    )
    lead_field: CasePath = Field(
        "",
        description="Zarr or NetCDF store with lead_field (voxel, electrode), voxel_position and "
        "electrode_position in patient RAS and mm, made elsewhere; {case} as above; empty to compute it",
    )

    @model_validator(mode="after")
    def _file_of_the_layout(self):
        if self.layout == "csv" and not self.file:
            raise ValueError("file must name the table of electrodes when layout is csv")
        if any(self.place.model_dump().values()) and self.layout not in ("vest", "twelve_lead"):
            raise ValueError(f"place is for electrodes on the torso, and layout is {self.layout}")
        if self.file and self.layout != "csv":
            raise ValueError(f"file is for layout csv, and layout is {self.layout}; remove one of them")
        return self

    @property
    def count(self):
        """Number of electrodes; None for a table, which has to be read."""
        if self.layout == "csv":
            return None
        return TWELVE_LEAD_ELECTRODES if self.layout == "twelve_lead" else self.rows * self.columns

    def of_case(self, name, case):
        """Path of a heart's `file` or `lead_field`; empty where there is none."""
        return getattr(self, name).replace("{case}", case)


TWELVE_LEAD_ELECTRODES = 9
