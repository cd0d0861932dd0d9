"""Settings of the electrodes and of the torso that they lie on."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ..core.fields import CasePath, NotNegative, Offset, Positive, Settings

ConductorKind = Literal["auto", "infinite", "hull", "hull_and_blood", "lungs_and_blood"]
CaseConductor = ConductorKind | Literal["surfaces", "surfaces_and_blood"]
OF_SURFACES = ("auto", "surfaces", "surfaces_and_blood")


class TorsoSettings(Settings):
    """Elliptic cylinder as the torso, for the vest, the 12-lead ECG and Wilson's terminal."""

    width_mm: Positive = Field(
        320.0, le=2000, description="from right to left; the default is an adult man's chest"
    )
    depth_mm: Positive = Field(240.0, le=2000, description="from back to front")
    heart_left_mm: Offset = Field(
        25.0, description="distance of the heart's centre from the torso's axis, to the left"
    )
    heart_front_mm: Offset = Field(
        30.0, description="distance of the heart's centre from the torso's axis, to the front"
    )
    heart_up_mm: Offset = Field(
        0.0,
        description="height of the heart's centre above the middle of the vest, or above its nominal level "
        "in the 12-lead ECG",
    )


class Place(Settings):
    """SD over hearts of position and torso size, normally distributed and truncated at 2 SD."""

    left_mm: NotNegative = Field(0.0, le=100, description="to the left")
    front_mm: NotNegative = Field(0.0, le=100, description="to the front")
    up_mm: NotNegative = Field(0.0, le=100, description="towards the head")
    torso: NotNegative = Field(0.0, le=0.3, description="of the logarithms of the torso's width and depth")


class ElectrodeSettings(Settings):
    """Layout of the electrodes, and reference of their potentials."""

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
    place: Place = Field(Place(), description="variability of the heart's position in the torso")
    file: CasePath = Field(
        "",
        description="csv: table with a header, x_mm, y_mm and z_mm in patient RAS and, if wanted, name; "
        "tab-separated if it ends in .tsv; {case} stands for the heart's name",
    )
    conductor: CaseConductor = Field(
        "infinite",
        description="volume conductor: infinite and homogeneous; the hull of the electrodes, carried on "
        "above and below them; that with blood in the cavities; the torso below as an elliptic cylinder "
        "with lungs, drawn for each heart, and blood; or the surfaces of torso_surfaces, as they are or with "
        "blood in the cavities; auto is surfaces_and_blood with torso_surfaces, hull_and_blood where the "
        "electrodes surround the heart, else infinite",
    )
    torso_surfaces: CasePath = Field(
        "",
        description="surfaces of the torso: that of the skin (a file of any kind that hearts are read from), "
        "or a table with name, file and conductivity_s_per_m of skin, lungs and others, see the guide to "
        "files; {case} as above",
    )
    reference: Literal["infinity", "mean", "wilson"] = Field(
        "infinity",
        description="reference of the potentials: a point at infinity, the mean of all electrodes, or "
        "Wilson's terminal, the mean of RA, LA and LL: the electrodes of these names, else the torso's",
    )
    lead_field: CasePath = Field(
        "",
        description="Zarr or NetCDF store with lead_field (voxel, electrode), voxel_position and "
        "electrode_position in patient RAS and mm, computed elsewhere; {case} as above; empty to compute it",
    )

    @model_validator(mode="after")
    def _file_of_the_layout(self) -> Self:
        if self.layout == "csv" and not self.file:
            raise ValueError("file must name the table of electrodes when layout is csv")
        if any(self.place.model_dump().values()) and self.layout not in ("vest", "twelve_lead"):
            raise ValueError(f"place is for electrodes on the torso, and layout is {self.layout}")
        if self.lead_field and self.conductor != "infinite":
            raise ValueError("conductor has no effect on a lead field from a file; remove one of them")
        refuse_conductor(self.conductor, self.torso_surfaces)
        if self.conductor == "lungs_and_blood" and self.layout not in ("vest", "twelve_lead"):
            raise ValueError(
                f"conductor: lungs_and_blood is the torso of a vest, and layout is {self.layout}"
            )
        if self.file and self.layout != "csv":
            raise ValueError(f"file is for layout csv, and layout is {self.layout}; remove one of them")
        return self

    @property
    def count(self) -> int | None:
        """Number of electrodes; None for a table, which has to be read."""
        if self.layout == "csv":
            return None
        return TWELVE_LEAD_ELECTRODES if self.layout == "twelve_lead" else self.rows * self.columns

    def of_case(self, name: str, case: str) -> str:
        """Path of a case's table of electrodes, lead field or torso.

        Parameters
        ----------
        name : {"file", "lead_field", "torso_surfaces"}
            Setting that holds the path.
        case : str
            Name of the case, which replaces ``{case}``.

        Returns
        -------
        str
            Empty where there is none.
        """
        path: str = getattr(self, name)
        return path.replace("{case}", case)


def refuse_conductor(conductor: str, surfaces: str) -> None:
    """Refuse a conductor of surfaces without any, and surfaces that the conductor leaves out.

    Parameters
    ----------
    conductor : str
        One of `CaseConductor`.
    surfaces : str
        Path of the surfaces; empty for none.

    Raises
    ------
    ValueError
    """
    if surfaces and conductor not in OF_SURFACES:
        raise ValueError(
            f"torso_surfaces has no effect with conductor: {conductor}; set it to {', '.join(OF_SURFACES)}"
        )
    if conductor in OF_SURFACES[1:] and not surfaces:
        raise ValueError(f"torso_surfaces must name the torso where conductor is {conductor}")


TWELVE_LEAD_ELECTRODES = 9
