"""Checks that the settings of an experiment fit together."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import InputError
from ..core.text import read_text
from ..inverse import registry as methods_registry
from ..inverse.classical import Classical
from ..io.surface_files import SURFACES
from ..models.settings import ModelInputs
from .cohort import phantoms
from .subject import PER_RECORDING, Subject

if TYPE_CHECKING:
    from .challenge import Challenge
    from .cohort import Cohort, Transfer
    from .evaluation import Condition
    from .experiment import Experiment

OWN_HEART = ("segmentation", "labels", "electrodes")  # required of a subject that is none of the cases
AROUND_A_MOVED_HEART = ("infinite", "hull", "hull_and_blood")  # and not around its torso
ON_A_TORSO = ("vest", "twelve_lead")
REACH_OF_A_ZONE = 1.5  # least radius of a pacing zone in voxels, for it to contain wall at any position


def check(experiment: Experiment) -> None:
    """Check that the settings of an experiment fit together.

    Parameters
    ----------
    experiment : Experiment

    Raises
    ------
    ValueError
        Naming the first that does not, and what would be right.
    """
    _check_methods(experiment)
    if round(experiment.slices.pixel_mm / experiment.anatomy.spacing_mm, 6) % 1:
        raise ValueError(
            "slices.pixel_mm must be a whole multiple of anatomy.spacing_mm, "
            f"{experiment.anatomy.spacing_mm:g}; it is {experiment.slices.pixel_mm:g}"
        )
    if experiment.slices.last <= experiment.slices.first and experiment.slices.count > 1:
        raise ValueError("slices.last must be greater than slices.first")
    if experiment.bsp.samples % experiment.dataset.network_samples:
        raise ValueError(
            "bsp.samples must be a whole multiple of dataset.network_samples, "
            f"{experiment.dataset.network_samples}; it is {experiment.bsp.samples}"
        )
    if not (experiment.cases or experiment.cohort or experiment.measured):
        raise ValueError("cases: name at least one heart")
    for name in ("cases", "compared", "training_seeds"):
        values = getattr(experiment, name)
        if len(set(values)) < len(values):
            raise ValueError(f"{name} names something twice")
    if experiment.experiment == "resources":
        raise ValueError("experiment: 'resources' is where downloads go; choose another name")
    if experiment.cohort:
        _check_cohort(experiment, experiment.cohort)
    else:
        _check_split(experiment)
    _check_blends(experiment)
    slices = experiment.slices.pixels if experiment.slices.volume else experiment.slices.count
    if experiment.evaluation.shown_slice >= slices:
        raise ValueError(f"evaluation.shown_slice must be less than the {slices} slices")
    if experiment.challenge:
        _check_challenge(experiment, experiment.challenge)
    for name, subject in experiment.recordings.items():
        _check_subject(experiment, subject, experiment.key_of(name))
    if experiment.measured:
        _check_measured(experiment)
    _check_electrodes(experiment)
    _check_conditions(experiment)
    if experiment.transfer:
        _check_transfer(experiment, experiment.transfer)


def _check_methods(experiment: Experiment) -> None:
    """Check that what is compared exists, and that refinements have their proposers."""
    known = [*experiment.all_methods, *experiment.variants]
    clash = set(experiment.all_methods) & set(experiment.variants)
    if clash:
        raise ValueError(f"variants: {clash.pop()!r} is the name of a method; choose another")
    for compared in experiment.compared:
        if compared not in known:
            raise ValueError(f"compared: {compared!r} is neither a variant nor one of {', '.join(known)}")
    for name, method in experiment.methods.items():
        if name in methods_registry.KINDS and name != method.kind:
            raise ValueError(
                f"methods.{name}: this is the name of another kind than {method.kind}; choose another"
            )
        proposer = experiment.variant_behind(name)
        if proposer is None:
            continue
        if proposer not in experiment.variants or not experiment.variants[proposer].conditions:
            raise ValueError(f"methods.{name}: {proposer!r} is no variant that makes maps from BSP")
        if name in experiment.compared and proposer not in experiment.compared:
            raise ValueError(f"methods.{name}: add {proposer}, whose maps it refines, to compared")


def _check_measured(experiment: Experiment) -> None:
    """Check that what is compared on measured beats estimates potentials, the reference among it."""
    for compared in experiment.compared:
        if not isinstance(experiment.all_methods.get(compared), Classical):
            raise ValueError(
                f"compared: {compared!r} estimates no potentials, which are scored on measured beats; choose "
                "methods of the kinds tikhonov, tsvd and greensite"
            )
    for name, case in experiment.measured.items():
        if case.reference not in experiment.compared:
            raise ValueError(f"measured.{name}.reference: add {case.reference} to compared")


def _check_challenge(experiment: Experiment, challenge: Challenge) -> None:
    """Check that a challenge is alone and its potentials are estimated by a method that does so."""
    if experiment.subject or experiment.subjects:
        given = "subjects" if experiment.subjects else "subject"
        raise ValueError(f"{given}: the recordings are those of challenge; remove one of the two")
    if not isinstance(experiment.all_methods.get(challenge.potentials), Classical):
        raise ValueError(
            f"challenge.potentials: {challenge.potentials!r} estimates no potentials; name a method of the "
            "kinds tikhonov, tsvd and greensite"
        )


def _check_split(experiment: Experiment) -> None:
    """Check that the split leaves beats for training and testing."""
    beats = experiment.protocol.beats
    tests = round(beats * experiment.dataset.test_fraction)
    training = beats - tests - max(1, round((beats - tests) * experiment.dataset.validation_fraction))
    if tests < 1 or training < 3:
        raise ValueError(
            f"dataset: the fractions leave {training} of {beats} beats for training and {tests} for the "
            "test part; at least 3 and 1 are needed"
        )
    if experiment.evaluation.shown_beat >= tests:
        raise ValueError(f"evaluation.shown_beat must be less than the {tests} test beats")


def _check_blends(experiment: Experiment) -> None:
    """Check that there are blended beats for the methods and variants that use them."""
    for section, entries in (("variants", experiment.variants), ("methods", experiment.methods)):
        for name in experiment.used:
            if getattr(entries.get(name), "blends", False) and not experiment.dataset.blends:
                raise ValueError(f"{section}.{name}.blends needs dataset.blends to be more than 0")


def _check_cohort(experiment: Experiment, cohort: Cohort) -> None:
    """Check that names and methods fit a cohort."""
    clash = set(phantoms(cohort)) & set(experiment.cases)
    if clash:
        raise ValueError(f"cases: {clash.pop()!r} is the name of a phantom of the cohort; choose another")
    _check_drawn_conductors(experiment, cohort)
    for method in experiment.compared:
        if method not in experiment.variants and experiment.all_methods[method].needs == "training":
            raise ValueError(
                f"compared: {method} takes only the heart that it was fitted on, and a cohort is tested "
                f"on others; {', '.join(experiment.methods_of_any_heart)} take any heart"
            )
    if experiment.evaluation.shown_beat >= cohort.test.beats:
        raise ValueError(
            f"evaluation.shown_beat must be less than the {cohort.test.beats} beats of a test heart"
        )


def _check_drawn_conductors(experiment: Experiment, cohort: Cohort) -> None:
    """Check that the conductors that are drawn for a cohort can be made."""
    for key in ("conductors", "known_conductors"):
        drawn = getattr(cohort, key)
        if drawn and experiment.electrodes.lead_field:
            raise ValueError(f"cohort.{key} has no effect on a lead field from a file; remove one of them")
        if drawn and experiment.electrodes.torso_surfaces:
            raise ValueError(f"cohort.{key} has no place for electrodes.torso_surfaces; remove one of them")
        if drawn and "lungs_and_blood" in drawn and experiment.electrodes.layout not in ON_A_TORSO:
            raise ValueError(
                f"cohort.{key}: lungs_and_blood is the torso of a vest, and electrodes.layout is "
                f"{experiment.electrodes.layout}; leave it out, or set layout to {' or '.join(ON_A_TORSO)}"
            )


def _check_transfer(experiment: Experiment, transfer: Transfer) -> None:
    """Check that the variant can be fine-tuned on the case."""
    if experiment.cohort is None or transfer.case not in experiment.cases:
        raise ValueError(
            f"transfer.case: {transfer.case!r} must be one of the cases that a cohort is tested on"
        )
    if transfer.variant not in experiment.compared_variants:
        raise ValueError(f"transfer.variant: {transfer.variant!r} is no variant among compared")
    if not experiment.variants[transfer.variant].any_heart:
        raise ValueError(
            f"transfer.variant: {transfer.variant!r} takes only the hearts that it was trained on"
        )


def _check_electrodes(experiment: Experiment) -> None:
    """Check that the variants take the electrodes, and that those shown exist."""
    count = _electrode_count(experiment)
    grid = experiment.electrodes.layout in ("grid", "vest")
    inputs = ModelInputs(experiment.dataset.network_samples, experiment.slices.pixels, count, grid)
    for name in experiment.trained_variants:
        try:
            experiment.variants[name].check(inputs)
        except ValueError as error:
            raise ValueError(f"variants.{name}: {error}") from None
    if count is not None and max(experiment.evaluation.shown_electrodes) >= count:
        raise ValueError(f"evaluation.shown_electrodes must be less than the {count} electrodes")


def _check_conditions(experiment: Experiment) -> None:
    """Check that each condition can be simulated."""
    if "nominal" in experiment.conditions:
        raise ValueError("conditions: 'nominal' is the condition of the training beats; choose another")
    coarsest = max([1.0, *(condition.spacing_factor for condition in experiment.conditions.values())])
    needed = REACH_OF_A_ZONE * coarsest * experiment.anatomy.spacing_mm
    if experiment.protocol.pacing_radius_mm < needed:
        raise ValueError(
            f"protocol.pacing_radius_mm must be at least {needed:.3g}, or a pacing zone may fall between "
            f"voxels of {coarsest * experiment.anatomy.spacing_mm:g} mm"
        )
    for name, condition in experiment.conditions.items():
        _check_conductors(experiment, name, condition)
        moved = condition.spacing_factor != 1 or condition.electrode_error_mm
        moved = moved or condition.electrodes == "twelve_lead"
        if experiment.electrodes.lead_field and moved:
            raise ValueError(
                f"conditions.{name}: a lead field from a file holds for its own voxels and electrodes; "
                "set spacing_factor to 1, electrode_error_mm to 0 and electrodes to all or half, or set "
                "conditions to {}"
            )
        if condition.scar_radius_mm and experiment.protocol.velocities.scar is None:
            raise ValueError(
                f"conditions.{name}: a scar needs a velocity; set protocol.velocities.scar, or "
                "scar_radius_mm to 0"
            )


def _check_conductors(experiment: Experiment, name: str, condition: Condition) -> None:
    """Check that the conductors of a condition can be made."""
    for key in ("conductor", "known_conductor"):
        kind = getattr(condition, key)
        if kind and experiment.electrodes.lead_field:
            raise ValueError(f"conditions.{name}.{key} has no effect on a lead field from a file")
        if kind == "lungs_and_blood" and experiment.electrodes.layout not in ON_A_TORSO:
            raise ValueError(
                f"conditions.{name}.{key}: lungs_and_blood is the torso of a vest, and electrodes.layout "
                f"is {experiment.electrodes.layout}"
            )
    for key in ("known_sigma_t_factor", "known_sigma_lungs_factor", "known_sigma_blood_factor"):
        if getattr(condition, key) != 1 and not condition.known_conductor:
            raise ValueError(f"conditions.{name}.{key} needs known_conductor, which it changes")
    moved = condition.heart_shift_mm or condition.heart_turn_degrees
    if moved and condition.conductor not in AROUND_A_MOVED_HEART:
        raise ValueError(
            f"conditions.{name}: a heart off its place needs a conductor that is made around it; set "
            f"conductor to {', '.join(AROUND_A_MOVED_HEART[:-1])} or {AROUND_A_MOVED_HEART[-1]}"
        )


def _check_subject(experiment: Experiment, subject: Subject, where: str) -> None:
    """Check the keys and the methods of a subject."""
    given = subject.model_fields_set - {"case", *PER_RECORDING}
    own = experiment.own_hearts.get(subject.case)
    if own is None and given:
        raise ValueError(
            f"{where}.{min(given)}: {subject.case!r} is one of cases and has its own; remove this key, "
            "or give case another name"
        )
    surface = subject.segmentation.lower().endswith(tuple(SURFACES))  # which needs no labels
    missing = [
        name for name in OWN_HEART if not getattr(subject, name) and not (surface and name == "labels")
    ]
    if own is not None and missing:
        raise ValueError(
            f"{where}.{missing[0]} is needed, as {subject.case!r} is none of cases: "
            f"{', '.join(experiment.cases) or 'there are none'}"
        )
    of_heart = set(Subject.model_fields) - PER_RECORDING
    if own is not None and subject.model_dump(include=of_heart) != own.model_dump(include=of_heart):
        raise ValueError(
            f"{where}: another subject has the case {subject.case!r} and other settings of its heart or "
            "electrodes; give them different cases"
        )
    trained_on = "the phantoms of the cohort" if experiment.cohort else ", ".join(experiment.cases)
    of_maps = [name for name, variant in experiment.variants.items() if variant.conditions]
    known = [*experiment.all_methods, *of_maps]
    for method in subject.methods:
        if method not in known:
            why = "has no maps from BSP" if method in experiment.variants else "is no method"
            raise ValueError(f"{where}.methods: {method!r} {why}; there are {', '.join(known)}")
        settings = experiment.all_methods.get(method)
        if experiment.cohort and settings and settings.needs == "training":
            raise ValueError(
                f"{where}.methods: {method} is fitted on training beats of the subject's heart, and with "
                f"a cohort {subject.case!r} has none; {', '.join(experiment.methods_of_any_heart)} take any"
            )
        if own is not None and not experiment.takes_any_heart(method):
            raise ValueError(
                f"{where}.methods: {method} was trained on {trained_on} and can't take "
                f"{subject.case!r}; {', '.join(experiment.methods_of_any_heart)} take any heart"
            )


def _electrode_count(experiment: Experiment) -> int | None:
    """Count the electrodes; None where the table does not exist yet or is empty."""
    if experiment.electrodes.layout != "csv":
        return experiment.electrodes.count
    counts = {}
    for case in experiment.cases:
        table = Path(experiment.electrodes.of_case("file", case))
        if os.path.isfile(table):
            rows = [line for line in _lines(table) if line.strip() and not line.startswith("#")]
            counts[str(table)] = max(len(rows) - 1, 0)
    if len(set(counts.values())) > 1:
        listed = ", ".join(f"{count} in {table}" for table, count in counts.items())
        raise ValueError(f"electrodes.file: hearts must have equally many electrodes; there are {listed}")
    return next(iter(counts.values()), 0) or None


def _lines(table: Path) -> list[str]:
    """Lines of a table; none if it is not text, which is refused where it is read."""
    try:
        return read_text(table).splitlines()
    except InputError:
        return []
