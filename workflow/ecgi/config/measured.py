"""Settings of measured beats: potentials recorded together around and on a heart."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ..core.fields import Count, FilePath, Hash, Member, Name, Positive, Settings

Address = Annotated[str, Field(pattern=r"^(https?://[^\s{}]+/)?$")]
Frame = Annotated[int, Field(ge=0, le=100_000_000)]
Span = tuple[Annotated[int, Field(ge=-100_000, le=100_000)], Annotated[int, Field(ge=-100_000, le=100_000)]]
Triple = tuple[float, float, float]


class MeasuredFiles(Settings):
    """Files of a measurement, on the web or in a folder; their hashes are checked whenever they are read."""

    url: Address = Field("", description="address that the paths of the files follow, with / at its end")
    folder: FilePath = Field(
        "", description="folder that holds the files by their names; empty to fetch them from the address"
    )
    sha256: dict[Member, Hash] = Field(
        min_length=1, description="SHA-256 of each file by its path below the address"
    )
    licence: str = Field(description="licence under which the files may be used")
    credit: str = Field(description="authors and citation")

    @model_validator(mode="after")
    def _somewhere(self) -> Self:
        if not self.url and not self.folder:
            raise ValueError("give the url of the files or the folder that holds them")
        names = [path.rpartition("/")[2] for path in self.sha256]
        if len(set(names)) < len(names):
            raise ValueError("sha256 names two files alike; files of one measurement need names of their own")
        return self

    def hashes(self) -> dict[str, str]:
        """SHA-256 of each file by its name."""
        return {path.rpartition("/")[2]: sha256 for path, sha256 in self.sha256.items()}


class Leads(Settings):
    """Electrodes: a surface whose points they are, and their channels in the recording."""

    surface: str = Field(description="name of the file, whose points are the electrodes; .fac for SCIRun")
    channels: str | tuple[Count, Count] = Field(
        description="name of the table of channels, or the first and the last channel, from 1"
    )
    bad: list[Count] = Field([], description="numbers of electrodes that are not used, from 1")


class PlacedBeat(Settings):
    """A beat measured on another heart alone, which is placed in the torso to compute what is around it.

    Times are in frames, and windows as those of `measured.<name>`.
    """

    recording: str = Field(description="name of the file of potentials")
    units: Literal["mV", "uV", "V"] | None = Field(
        None, description="units of the recording; null for those that it states"
    )
    sampling_hz: Positive | None = Field(
        None, description="frames per second; null for the rate that the recording states"
    )
    heart: Leads
    onset: Frame = Field(description="onset of the beat")
    window: Span = Field(description="first and last frame that are read of the beat")
    baseline: Span = Field(description="frames whose mean is taken off each lead")
    qrs: Span = Field(description="frames that are scored")
    shift_mm: Triple = Field(description="movement of the mean of the heart's points into the torso")
    rotation_degrees: Triple = Field(description="rotation vector about that mean, before the movement")
    nodes: Annotated[int, Field(ge=20, le=1000)] = Field(
        160, description="points, about, of the coarser surface of the heart that methods are given"
    )
    moved_mm: Triple = Field(description="movement of that surface from where the heart is")
    snr_db: Annotated[float, Field(ge=-20, le=100)] = Field(
        30.0, description="signal-to-noise ratio of the potentials computed at the electrodes"
    )

    @model_validator(mode="after")
    def _windows(self) -> Self:
        _refuse_outside(self.window, baseline=self.baseline, qrs=self.qrs)
        return self


class MeasuredCase(Settings):
    """Beats measured with electrodes on the heart and on the torso at once; all times are in frames.

    Windows are relative to the onset of a beat and include their last frame.
    """

    files: MeasuredFiles
    recording: str = Field(description="name of the file of potentials")
    units: Literal["mV", "uV", "V"] | None = Field(
        None, description="units of the recording; null for those that it states"
    )
    sampling_hz: Positive | None = Field(
        None, description="frames per second; null for the rate that the recording states"
    )
    torso: str = Field(description="name of the file of the closed surface that bounds the conductor")
    electrodes: Leads
    heart: Leads
    open_heart: str = Field(
        "",
        description="name of the file of the heart's surface without what closes its base, for the control "
        "in which lids close it; empty for none",
    )
    spikes: list[tuple[Frame, Frame]] = Field(
        [], description="first and last frame of each stimulus artefact, which no window may touch"
    )
    chosen_on: Frame = Field(description="onset of the beat on which methods and weights are chosen")
    scored_on: Frame = Field(description="onset of the beat that is scored")
    window: Span = Field(description="first and last frame that are read of each beat")
    baseline: Span = Field(description="frames whose mean is taken off each lead")
    qrs: Span = Field(description="frames that are scored")
    matrices: list[Literal["bem", "mfs"]] = Field(
        ["bem", "mfs"],
        min_length=1,
        description="transfer matrices: by boundary elements, by fundamental solutions",
    )
    reference: Name = Field(
        "tikhonov", description="method that the others are compared with, in the filed pose of the heart"
    )
    blocks: Annotated[int, Field(ge=4, le=100)] = Field(
        12, description="spatial blocks of electrodes that intervals resample"
    )
    snr_db: Annotated[float, Field(ge=-20, le=100)] = Field(
        30.0, description="signal-to-noise ratio of the control whose matrix is exact"
    )
    placed: PlacedBeat | None = Field(
        None, description="beat measured on another heart alone, which is placed in this torso"
    )
    shown_ms: list[float] = Field(
        [10.0, 20.0, 30.0],
        min_length=1,
        max_length=4,
        description="instants of the figure of the torso, after the onset",
    )

    @model_validator(mode="after")
    def _windows(self) -> Self:
        _refuse_outside(self.window, baseline=self.baseline, qrs=self.qrs)
        beats = [(onset + self.window[0], onset + self.window[1]) for onset in self.onsets]
        for spike in self.spikes:
            for first, last in beats:
                if spike[0] <= last and spike[1] >= first:
                    raise ValueError(
                        f"spikes: {list(spike)} lies in the beat of frames {first} to {last}; choose another "
                        "window"
                    )
        return self

    @property
    def onsets(self) -> tuple[int, int]:
        """Onsets of the beat that choices are made on and of the beat that is scored."""
        return self.chosen_on, self.scored_on


def _refuse_outside(window: Span, **spans: Span) -> None:
    """Refuse frames outside the window that is read."""
    for name, (first, last) in spans.items():
        if not window[0] <= first < last <= window[1]:
            raise ValueError(f"{name}: must lie within the window, {list(window)}")
