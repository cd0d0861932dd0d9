"""The table of hearts: which there are, and what each is made from."""

import csv
from pathlib import Path
from typing import Literal

from pydantic import Field, ValidationError

from .config import ConfigError, explain
from .settings import Name, NotNegative, Reading


class Case(Reading):
    """A row of the cases table: one heart."""

    case: Name = Field(description="name of the heart, used in file names")
    kind: Literal["volume", "mesh", "phantom"] = Field(description="what the heart is made from")
    source: str = Field("", description="image or mesh file, or the name of a download")
    label_map: str = Field("", description="which of the config's label maps the source uses")
    fibre_array: str = Field("", description="mesh only: cell array that holds the fibre directions")
    velocity_map: str = Field(
        "", description="image of the conduction velocity in m/s, in place of one velocity per tissue"
    )
    seed: int = Field(0, ge=0, description="phantom only: seed of its shape")
    scar_radius_mm: NotNegative = Field(
        0.0, description="phantom only: radius of a scar in the LV free wall; 0 for none"
    )


def read_cases(experiment):
    """Rows of the cases table that the experiment names.

    Returns
    -------
    dict of str to Case

    Raises
    ------
    ConfigError
        If the table or a row can't be used, or a file, label map or download is missing.
    """
    table = Path(experiment.cases_table)
    if not table.is_file():
        raise ConfigError(f"cases_table: {table} does not exist")
    with table.open(newline="", encoding="utf-8") as lines:
        rows = list(csv.DictReader((line for line in lines if not line.startswith("#")), delimiter="\t"))
    for row in rows:
        if None in row:
            raise ConfigError(f"{table}, case {row.get('case')}: more cells than the header has columns")
    named = {row.get("case"): row for row in rows}
    cases = {}
    for name in experiment.cases:
        if name not in named:
            raise ConfigError(f"cases: {name!r} is not in {table}, which has {', '.join(map(str, named))}")
        try:
            case = Case.model_validate({key: value for key, value in named[name].items() if value})
        except ValidationError as error:
            raise ConfigError(explain(error, f"{table}, case {name}", Case)) from None
        _check_source(case, experiment, table)
        cases[name] = case
    return cases


def read_subject(experiment):
    """Heart of the experiment's subject, as if it were a row of the cases table.

    Returns
    -------
    dict of str to Case
        Empty without a subject, or if its heart is one of the experiment's cases.

    Raises
    ------
    ConfigError
        If a file of the subject is missing.
    """
    subject = experiment.subject
    if subject and not Path(subject.bsp).exists():
        raise ConfigError(f"subject.bsp: {subject.bsp} does not exist")
    if not experiment.has_own_subject:
        return {}
    mesh = subject.segmentation.endswith(".vtu")
    case = Case(
        case=subject.case,
        kind="mesh" if mesh else "volume",
        source=subject.segmentation,
        label_map=subject.case,
        **subject.model_dump(include=set(Reading.model_fields)),
    )
    if not Path(case.source).is_file():
        raise ConfigError(f"subject.segmentation: {case.source} does not exist")
    _check_electrodes(experiment, case.case)
    _check_arrays(case, experiment, "subject")
    return {case.case: case}


def _check_source(case, experiment, table):
    """Refuse a case whose files or label map are not there."""
    where = f"{table}, case {case.case}"
    _check_electrodes(experiment, case.case)
    if case.velocity_map and not Path(case.velocity_map).is_file():
        raise ConfigError(f"{where}: velocity_map {case.velocity_map!r} does not exist")
    _check_arrays(case, experiment, where)
    if case.kind == "phantom":
        return
    if case.label_map not in experiment.label_maps:
        raise ConfigError(
            f"{where}: label_map {case.label_map!r} is not in label_maps: {', '.join(experiment.label_maps)}"
        )
    if case.source not in experiment.downloads and not Path(case.source).is_file():
        raise ConfigError(f"{where}: source {case.source!r} is neither a file nor a download of the config")


def _check_electrodes(experiment, case):
    """Refuse a heart whose table of electrodes or lead field is not there."""
    layout = experiment.layout_of(case)
    for name in ("file", "lead_field"):
        path = layout.of_case(name, case)
        if path and not Path(path).exists():
            raise ConfigError(f"electrodes.{name}: {path} does not exist (case {case})")


def _check_arrays(case, experiment, where):
    """Refuse arrays of a mesh that are missing, or named for what is none."""
    for name in ("label_array", "fibre_array"):
        if getattr(case, name) and case.kind != "mesh":
            raise ConfigError(
                f"{where}: {name} {getattr(case, name)!r} is for meshes, and this is a {case.kind}"
            )
    if experiment.conduction.fibres == "mesh" and not case.fibre_array:
        raise ConfigError(
            f"{where}: conduction.fibres is mesh, and there is no fibre_array to take them from; use rule"
        )
    if case.kind == "mesh" and not case.label_array:
        raise ConfigError(f"{where}: a mesh needs label_array, the cell array that holds its labels")
