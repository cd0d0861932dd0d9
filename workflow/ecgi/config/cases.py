"""The table of hearts: which there are, and what each is made from."""

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
    kind: Literal["volume", "mesh", "phantom"] = Field(description="what the heart is made from")
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
        "mild", description="phantom only: how much shapes differ, little or as adults do"
    )


def read_cases(experiment: Experiment, workflow: str | Path = "") -> dict[str, Case]:
    """Rows of the cases table that the experiment names.

    Parameters
    ----------
    experiment : Experiment
    workflow : path-like, optional
        Folder to look for the table in if the working directory has no file of its name.

    Returns
    -------
    dict of str to Case

    Raises
    ------
    ConfigError
        If the table or a row can't be used, or a file, label map or download is missing.
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
    names = [row["case"] for row in rows]
    named = dict(zip(names, rows, strict=True))
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


def _phantoms(experiment):
    """Phantoms of the experiment's cohort as if they were rows of the cases table."""
    if experiment.cohort is None:
        return {}
    return {
        name: Case(case=name, kind="phantom", seed=seed, spread="adults")
        for name, (_, seed) in cohort.phantoms(experiment.cohort).items()
    }


def read_subject(experiment):
    """Heart of the experiment's subject, as if it were a row of the cases table.

    Returns
    -------
    dict of str to Case
        Empty without a subject, or if its heart is one of the experiment's cases.

    Raises
    ------
    ConfigError
        If a file of the subject is missing, empty, or of another kind than it must be.
    """
    subject = experiment.subject
    if subject and not (os.path.isdir(subject.bsp) and subject.bsp.lower().endswith(".zarr")):
        _check_file(subject.bsp, "recording", "subject.bsp")
    if not experiment.has_own_subject:
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


def _check_source(case, experiment, table):
    """Refuse a case whose files or label map are not there."""
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


def _check_electrodes(experiment, case):
    """Refuse a heart whose table of electrodes or lead field is not there."""
    layout = experiment.layout_of(case)
    for name, there in (("file", os.path.isfile), ("lead_field", os.path.exists)):
        path = layout.of_case(name, case)
        if path and not there(path):
            raise ConfigError(f"electrodes.{name}: {one_line(path)} does not exist (case {case})")
        if path:
            _check_readable(path, f"electrodes.{name}")


def _check_arrays(case, experiment, where):
    """Refuse arrays of a mesh that are missing, or named for what is none."""
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


def _check_file(path, kind, what, otherwise=""):
    """Refuse what is no file with something in it, or has the ending of another kind of file."""
    if not os.path.isfile(path):
        neither = "neither a file" if otherwise else "no file"
        raise ConfigError(f"{what} {shown(path)} is {neither}{otherwise}")
    if not path.lower().endswith(SUFFIXES[kind]):
        raise ConfigError(f"{what} {shown(path)} is no {kind}; it must end in {', '.join(SUFFIXES[kind])}")
    _check_readable(path, what)


def _check_readable(path, what):
    """Refuse a file that is empty or that may not be read."""
    if not os.access(path, os.R_OK):
        raise ConfigError(f"{what} {shown(path)} may not be read; change its permissions")
    if os.path.getsize(path) == 0:
        raise ConfigError(f"{what} {shown(path)} is empty")
