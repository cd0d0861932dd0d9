"""The cases table: hearts and the files that each is read from."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from ..core import tables
from ..core.errors import InputError, listed, one_line, shown
from ..core.fields import FilePath, Name, NotNegative, Seed
from ..io import contact_maps, images
from ..io.mesh_files import MESHES
from ..io.recordings import READERS
from ..io.surface_files import SURFACES
from ..io.torso_tables import files_of
from ..io.vtk_files import legacy_kind
from . import cohort
from .experiment import Experiment
from .hearts import LabelMap, Reading
from .messages import ConfigError, explain
from .subject import Subject

SUFFIXES = {
    "volume": images.ENDINGS,
    "mesh": tuple(MESHES),
    "surface": tuple(SURFACES),
    "recording": tuple(READERS),
    "channels": (".channels", ".txt", ".csv", ".tsv"),
    "contact map": tuple(contact_maps.READERS),
}


BESIDE = {"mesh": (".pts", ".elem"), "surface": (".pts", ".fac")}  # endings of pairs of files
OF_KINDS = {
    "frame": ("volume",),
    "label_array": ("mesh",),
    "fibre_array": ("mesh",),
    "length_units": ("mesh", "surface"),
    "lv_endocardium": ("surface",),
    "rv_endocardium": ("surface",),
    "wall_mm": ("surface",),
}  # settings of some kinds of sources only
PLURAL = {"volume": "4-D images", "mesh": "meshes", "surface": "surfaces"}
CONVERT = (
    "convert other images to NIfTI with 3D Slicer, other meshes to VTU with meshio, other surfaces to PLY "
    "with ParaView or MeshLab"
)


class Case(Reading):
    """A row of the cases table: one heart."""

    case: Name = Field(description="name of the heart, used in file names")
    kind: Literal["volume", "mesh", "surface", "phantom"] = Field(description="kind of the heart's source")
    source: FilePath = Field(
        "", description="image, mesh or surface file, folder of masks, or the name of a download"
    )
    label_map: str = Field("", description="which of the config's label maps the source uses")
    fibre_array: str = Field("", description="mesh only: cell array that holds the fibre directions")
    velocity_map: FilePath = Field(
        "", description="image of the conduction velocity in m/s, in place of one velocity per tissue"
    )
    seed: Seed = Field(0, description="phantom only: seed of its shape")
    scar_radius_mm: NotNegative = Field(
        0.0, description="phantom only: radius of a scar in the LV free wall; 0 for none"
    )
    spread: Literal["mild", "adults"] = Field(
        "mild", description="phantom only: variability of shapes, mild or as among adults"
    )


def read_cases(experiment: Experiment, workflow: str | Path = "") -> dict[str, Case]:
    """Read and validate the rows of the cases table that the experiment names.

    Parameters
    ----------
    experiment : Experiment
        Settings that name the table and the cases.
    workflow : path-like, optional
        Folder to look for the table in if the working directory does not have it.

    Returns
    -------
    dict of str to Case
        By name, a cohort's phantoms included.

    Raises
    ------
    ConfigError
        If the table or a row is invalid, or a file, label map or download is missing.
    """
    table = experiment.cases_table
    if not os.path.isfile(table):
        table = os.path.join(workflow, table)
    if not os.path.isfile(table):
        raise ConfigError(f"cases_table: {one_line(experiment.cases_table)} does not exist")
    try:
        columns, rows = tables.read_table(table, "\t")
    except InputError as error:
        raise ConfigError(str(error)) from None
    if "case" not in columns:
        raise ConfigError(
            f"{table}: there is no column case, only {listed(columns)}; columns are separated by tabs"
        )
    names = [row["case"] for row in rows.values()]
    named = dict(zip(names, rows.values(), strict=True))
    cases = {}
    for name in experiment.cases:
        if name not in named:
            raise ConfigError(f"cases: {name!r} is not in {table}, which has {listed(names)}")
        if names.count(name) > 1:
            raise ConfigError(f"{table}, case {name}: {names.count(name)} rows have this name; keep one")
        try:
            case = Case.model_validate({key: value for key, value in named[name].items() if value})
        except ValidationError as error:
            raise ConfigError(explain(error, f"{table}, case {name}", Case)) from None
        _check_source(case, experiment, table)
        cases[name] = case
    return cases | _phantoms(experiment)


def _phantoms(experiment: Experiment) -> dict[str, Case]:
    """Cases of the phantoms of the experiment's cohort."""
    if experiment.cohort is None:
        return {}
    return {
        name: Case(case=name, kind="phantom", seed=seed, spread="adults")
        for name, (_, seed) in cohort.phantoms(experiment.cohort).items()
    }


def read_subjects(experiment: Experiment) -> dict[str, Case]:
    """Validate the subjects' files and make a case of each of their hearts.

    Parameters
    ----------
    experiment : Experiment
        Settings with or without subjects.

    Returns
    -------
    dict of str to Case
        Of hearts that are none of the experiment's cases.

    Raises
    ------
    ConfigError
        If a file of a subject is missing, empty, or of the wrong kind.
    """
    own = {}
    for name, subject in experiment.recordings.items():
        where = experiment.key_of(name)
        if not (os.path.isdir(subject.bsp) and subject.bsp.lower().endswith(".zarr")):
            _check_file(subject.bsp, "recording", f"{where}.bsp")
        if subject.channels:
            _check_file(subject.channels, "channels", f"{where}.channels")
        if subject.contact_map:
            _check_file(subject.contact_map, "contact map", f"{where}.contact_map")
            for path in contact_maps.files_of_map(subject.contact_map)[1:]:
                if not os.path.isfile(path):
                    raise ConfigError(f"{where}.contact_map: its times, {shown(path)}, are no file")
        if experiment.own_hearts.get(subject.case) is subject:
            own[subject.case] = _heart_of(subject, experiment, where)
    return own


def _heart_of(subject: Subject, experiment: Experiment, where: str) -> Case:
    """Case of a subject's heart, whose files are there."""
    kind = kind_of(subject.segmentation)
    case = Case(
        case=subject.case,
        kind=kind,
        source=subject.segmentation,
        label_map="" if kind == "surface" else subject.case,
        **subject.model_dump(include=set(Reading.model_fields)),
    )
    _check_labels(subject, kind, where)
    _check_heart(case, subject.labels, f"{where}.segmentation")
    if kind == "surface":
        _check_surfaces(case, where)
    if not experiment.challenge:  # of which electrodes and torso are not made yet
        _check_electrodes(experiment, case.case, where)
    _check_arrays(case, experiment, where)
    return case


def kind_of(path: str) -> Literal["volume", "mesh", "surface"]:
    """Kind of a heart's source by its ending and, where kinds share it, by its contents or a file beside it.

    Parameters
    ----------
    path : str

    Returns
    -------
    {"volume", "mesh", "surface"}
        "volume" for unknown endings.
    """
    stem, ending = os.path.splitext(path)
    if ending.lower() == ".vtk" and os.path.isfile(path):
        return "surface" if legacy_kind(path) == "surface" else "mesh"
    if ending.lower() == ".pts":
        return "mesh" if os.path.isfile(f"{stem}.elem") else "surface"
    for kind in ("mesh", "surface"):
        if path.lower().endswith(SUFFIXES[kind]):
            return "mesh" if kind == "mesh" else "surface"
    return "volume"


def _check_source(case: Case, experiment: Experiment, table: str) -> None:
    """Refuse a case whose files or label map are missing."""
    where = f"{table}, case {case.case}"
    _check_electrodes(experiment, case.case)
    if case.velocity_map:
        _check_file(case.velocity_map, "volume", f"{where}: velocity_map")
    _check_arrays(case, experiment, where)
    if case.kind == "phantom":
        return
    if case.kind == "surface":
        _check_surfaces(case, where)
    elif case.label_map not in experiment.label_maps:
        raise ConfigError(
            f"{where}: label_map {shown(case.label_map)} is not in label_maps: "
            f"{listed(list(experiment.label_maps))}"
        )
    label_map = experiment.label_maps.get(case.label_map)
    if case.source not in experiment.downloads or (label_map and label_map.masks()):
        _check_heart(case, label_map, f"{where}: source", " nor a download of the config")


def _check_heart(case: Case, label_map: LabelMap | None, what: str, otherwise: str = "") -> None:
    """Refuse a missing or unreadable source, or mask in the folder that is the source."""
    masks = label_map.masks() if label_map else []
    if masks:
        if case.kind != "volume" or not os.path.isdir(case.source):
            raise ConfigError(f"{what} {shown(case.source)} is not the folder of the masks in the label map")
        for mask in masks:
            _check_file(os.path.join(case.source, mask), "volume", f"{what}, mask")
    elif case.kind == "volume" and os.path.isdir(case.source):
        raise ConfigError(
            f"{what} {shown(case.source)} is a folder, and the label map has no files; give the image, or "
            "files of the folder in the label map"
        )
    else:
        _check_file(case.source, case.kind, what, otherwise)


def _check_electrodes(experiment: Experiment, case: str, where: str = "electrodes") -> None:
    """Refuse a case whose table of electrodes, lead field or torso is missing."""
    layout = experiment.layout_of(case)
    for name, there in (("file", os.path.isfile), ("lead_field", os.path.exists)):
        path = layout.of_case(name, case)
        if path and not there(path):
            raise ConfigError(f"electrodes.{name}: {one_line(path)} does not exist (case {case})")
        if path:
            _check_readable(path, f"electrodes.{name}")
    if torso := layout.of_case("torso_surfaces", case):
        _check_torso(torso, f"{where}.torso_surfaces")


def _check_torso(path: str, what: str) -> None:
    """Refuse a torso of which a file is missing or unreadable."""
    if not os.path.isfile(path):
        raise ConfigError(f"{what}: {one_line(path)} does not exist")
    try:
        named = files_of(path)
    except InputError as error:
        raise ConfigError(f"{what}: {error}") from None
    for file in named:
        if not os.path.isfile(file):
            raise ConfigError(f"{what}: {one_line(file)} of {one_line(path)} does not exist")
        _check_readable(file, what)


def _check_arrays(case: Case, experiment: Experiment, where: str) -> None:
    """Refuse a mesh without the arrays it needs, and settings of another kind of source."""
    for name, kinds in OF_KINDS.items():
        if getattr(case, name) and case.kind not in kinds:
            right = " and ".join(PLURAL[kind] for kind in kinds)
            raise ConfigError(
                f"{where}: {name} {shown(getattr(case, name))} is for {right}, and this is a {case.kind}"
            )
    if experiment.conduction.fibres == "mesh" and not case.fibre_array:
        raise ConfigError(
            f"{where}: conduction.fibres is mesh, and there is no fibre_array to take them from; use rule"
        )
    if case.kind == "mesh" and not case.label_array and not case.source.lower().endswith((".elem", ".pts")):
        raise ConfigError(f"{where}: a mesh needs label_array, the cell array that holds its labels")


def _check_labels(subject: Subject, kind: str, where: str) -> None:
    """Refuse labels of a surface, and an image or a mesh without them."""
    if kind == "surface" and subject.labels is not None:
        raise ConfigError(f"{where}.labels is for images and meshes, and the segmentation is a surface")
    if kind != "surface" and subject.labels is None:
        raise ConfigError(f"{where}.labels is needed, as the segmentation is a {kind}")


def _check_surfaces(case: Case, where: str) -> None:
    """Refuse a label map of surfaces, and surfaces that are missing."""
    if case.label_map:
        raise ConfigError(f"{where}: label_map {shown(case.label_map)} is not for surfaces; leave it empty")
    for name in ("lv_endocardium", "rv_endocardium"):
        if getattr(case, name):
            _check_file(getattr(case, name), "surface", f"{where}: {name}")


def _check_file(path: str, kind: str, what: str, otherwise: str = "") -> None:
    """Refuse a missing or empty file, and one of another kind by its extension."""
    if not os.path.isfile(path):
        neither = "neither a file" if otherwise else "no file"
        raise ConfigError(f"{what} {shown(path)} is {neither}{otherwise}")
    if not path.lower().endswith(SUFFIXES[kind]):
        raise ConfigError(
            f"{what} {shown(path)} is no {kind}; it must end in {', '.join(SUFFIXES[kind])}"
            f"{_otherwise(kind, path)}"
        )
    _check_readable(path, what)
    stem, ending = os.path.splitext(path)
    for other in BESIDE.get(kind, ()):
        if ending.lower() in BESIDE[kind] and other != ending.lower() and not os.path.isfile(stem + other):
            raise ConfigError(f"{what} {shown(path)} is one of a pair, and {shown(stem + other)} is no file")


def _otherwise(kind: str, path: str) -> str:
    """What the other kinds of hearts end in, and how to convert the rest."""
    if kind in ("recording", "contact map"):
        return ""
    others = [
        f"; a {other} ends in {', '.join(SUFFIXES[other])}"
        for other in ("volume", "mesh", "surface")
        if other != kind
    ]
    return f"{''.join(others)}; {images.conversion_of(path) or CONVERT}"


def _check_readable(path: str, what: str) -> None:
    """Refuse a file that is empty or without read permission."""
    if not os.access(path, os.R_OK):
        raise ConfigError(f"{what} {shown(path)} may not be read; change its permissions")
    if os.path.getsize(path) == 0:
        raise ConfigError(f"{what} {shown(path)} is empty")
