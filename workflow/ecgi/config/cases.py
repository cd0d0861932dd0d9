"""The cases table: hearts and the files that each is read from."""

import os
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from ..core import tables
from ..core.errors import InputError, listed, one_line, shown
from ..core.fields import FilePath, Name, NotNegative, Seed
from ..io.recordings import READERS
from . import cohort
from .experiment import Experiment
from .hearts import Reading
from .messages import ConfigError, explain

SUFFIXES = {
    "volume": (".nii", ".nii.gz", ".nrrd", ".nhdr", ".mha", ".mhd"),
    "mesh": (".vtu",),
    "recording": tuple(READERS),
}


class Case(Reading):
    """A row of the cases table: one heart."""

    case: Name = Field(description="name of the heart, used in file names")
    kind: Literal["volume", "mesh", "phantom"] = Field(description="kind of the heart's source")
    source: FilePath = Field("", description="image or mesh file, or the name of a download")
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


def read_subject(experiment: Experiment) -> dict[str, Case]:
    """Validate the subject's files and make a case of its heart.

    Parameters
    ----------
    experiment : Experiment
        Settings with or without a subject.

    Returns
    -------
    dict of str to Case
        Empty without a subject, or if its heart is one of the experiment's cases.

    Raises
    ------
    ConfigError
        If a file of the subject is missing, empty, or of the wrong kind.
    """
    subject = experiment.subject
    if subject and not (os.path.isdir(subject.bsp) and subject.bsp.lower().endswith(".zarr")):
        _check_file(subject.bsp, "recording", "subject.bsp")
    if subject is None or not experiment.has_own_subject:
        return {}
    mesh = subject.segmentation.lower().endswith(".vtu")
    case = Case(
        case=subject.case,
        kind="mesh" if mesh else "volume",
        source=subject.segmentation,
        label_map=subject.case,
        **subject.model_dump(include=set(Reading.model_fields)),
    )
    _check_file(case.source, case.kind, "subject.segmentation")
    _check_electrodes(experiment, case.case)
    _check_arrays(case, experiment, "subject")
    return {case.case: case}


def _check_source(case: Case, experiment: Experiment, table: str) -> None:
    """Refuse a case whose files or label map are missing."""
    where = f"{table}, case {case.case}"
    _check_electrodes(experiment, case.case)
    if case.velocity_map:
        _check_file(case.velocity_map, "volume", f"{where}: velocity_map")
    _check_arrays(case, experiment, where)
    if case.kind == "phantom":
        return
    if case.label_map not in experiment.label_maps:
        raise ConfigError(
            f"{where}: label_map {shown(case.label_map)} is not in label_maps: "
            f"{listed(list(experiment.label_maps))}"
        )
    if case.source not in experiment.downloads:
        _check_file(case.source, case.kind, f"{where}: source", " nor a download of the config")


def _check_electrodes(experiment: Experiment, case: str) -> None:
    """Refuse a case whose table of electrodes or lead field is missing."""
    layout = experiment.layout_of(case)
    for name, there in (("file", os.path.isfile), ("lead_field", os.path.exists)):
        path = layout.of_case(name, case)
        if path and not there(path):
            raise ConfigError(f"electrodes.{name}: {one_line(path)} does not exist (case {case})")
        if path:
            _check_readable(path, f"electrodes.{name}")


def _check_arrays(case: Case, experiment: Experiment, where: str) -> None:
    """Refuse a mesh without the arrays it needs, and arrays of what is not a mesh."""
    for name in ("label_array", "fibre_array"):
        if getattr(case, name) and case.kind != "mesh":
            raise ConfigError(
                f"{where}: {name} {shown(getattr(case, name))} is for meshes, and this is a {case.kind}"
            )
    if experiment.conduction.fibres == "mesh" and not case.fibre_array:
        raise ConfigError(
            f"{where}: conduction.fibres is mesh, and there is no fibre_array to take them from; use rule"
        )
    if case.kind == "mesh" and not case.label_array:
        raise ConfigError(f"{where}: a mesh needs label_array, the cell array that holds its labels")


def _check_file(path: str, kind: str, what: str, otherwise: str = "") -> None:
    """Refuse a missing or empty file, and one of another kind by its extension."""
    if not os.path.isfile(path):
        neither = "neither a file" if otherwise else "no file"
        raise ConfigError(f"{what} {shown(path)} is {neither}{otherwise}")
    if not path.lower().endswith(SUFFIXES[kind]):
        raise ConfigError(f"{what} {shown(path)} is no {kind}; it must end in {', '.join(SUFFIXES[kind])}")
    _check_readable(path, what)


def _check_readable(path: str, what: str) -> None:
    """Refuse a file that is empty or without read permission."""
    if not os.access(path, os.R_OK):
        raise ConfigError(f"{what} {shown(path)} may not be read; change its permissions")
    if os.path.getsize(path) == 0:
        raise ConfigError(f"{what} {shown(path)} is empty")
