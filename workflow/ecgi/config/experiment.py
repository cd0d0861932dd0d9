"""Settings of an experiment, read once and validated as a whole."""

import os
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self, Union

from pydantic import Field, ValidationError, model_validator

from ..core.fields import FilePath, Name, Seed, Settings
from ..inverse import registry as methods_registry
from ..inverse.base import MethodSettings
from ..models import registry as families_registry
from ..models.settings import ModelInputs, Variant
from .cohort import Cohort, Transfer, parts, phantoms
from .electrodes import ElectrodeSettings
from .evaluation import Condition, DatasetSettings, EvaluationSettings
from .hearts import AnatomySettings, Download, LabelMap, SliceSettings
from .messages import ConfigError, explain
from .simulation import ActionPotentialSettings, BspSettings, ConductionSettings, ProtocolSettings
from .subject import Subject

OWN_HEART = ("segmentation", "labels", "electrodes")  # required of a subject that is none of the cases
REACH_OF_A_ZONE = 1.5  # least radius of a pacing zone in voxels, for it to contain wall at any position
RENAMED = {
    "refinements": "entries of methods, such as lifted_refined: {kind: refinement, proposer: lifted}",
}

if TYPE_CHECKING:
    AnyVariant = Variant
    AnyMethod = MethodSettings
else:
    AnyVariant = Annotated[
        Union[tuple(map(families_registry.family, families_registry.FAMILIES))],  # noqa: UP007
        Field(discriminator="family"),
    ]
    AnyMethod = Annotated[
        Union[tuple(map(methods_registry.kind, methods_registry.KINDS))],  # noqa: UP007
        Field(discriminator="kind"),
    ]


class Experiment(Settings):
    """Hearts, protocol, models and evaluation of one experiment."""

    experiment: Name = Field("paper", description="name; results go to results/<experiment>")
    seed: Seed = Field(0, description="seed of everything random; training_seeds add to it")
    cases_table: FilePath = Field("config/cases.tsv", description="table of hearts")
    cases: list[Name] = Field(["rodero01"], description="hearts of this experiment")
    cohort: Cohort | None = Field(
        None, description="phantoms to train and test on, for models of new hearts; null for none"
    )
    label_maps: dict[Name, LabelMap] = Field({}, description="label maps by name")
    downloads: dict[Name, Download] = Field({}, description="files that can be fetched, by name")
    anatomy: AnatomySettings = AnatomySettings()
    slices: SliceSettings = SliceSettings()
    electrodes: ElectrodeSettings = ElectrodeSettings()
    conduction: ConductionSettings = ConductionSettings()
    protocol: ProtocolSettings = ProtocolSettings()
    action_potential: ActionPotentialSettings = ActionPotentialSettings()
    bsp: BspSettings = BspSettings()
    dataset: DatasetSettings = DatasetSettings()
    variants: dict[Name, AnyVariant] = Field({}, description="trained models by name, each of a family")
    transfer: Transfer | None = Field(
        None, description="fine-tuning of a trained model on beats of a new heart; null for none"
    )
    methods: dict[Name, AnyMethod] = Field(
        {},
        description="inverse methods by name, each of a kind with its settings; those of all kinds but "
        "refinement are there under the kind's own name, and each variant that maps BSP under its own",
    )
    compared: list[Name] = Field(
        ["training_mean", "nearest_neighbour", "kernel_ridge"],
        min_length=1,
        description="what is trained, evaluated and compared, in this order: methods and variants",
    )
    training_seeds: list[Seed] = Field([0], min_length=1, description="each variant is trained once per seed")
    conditions: dict[Name, Condition] = Field(
        {"realistic": Condition(spacing_factor=0.75, snr_db=20.0)},
        description="test conditions by name, beside `nominal`, which is that of the training beats; "
        "by default `realistic: {spacing_factor: 0.75, snr_db: 20}`, {} for none",
    )
    evaluation: EvaluationSettings = EvaluationSettings()
    subject: Subject | None = Field(None, description="recording to predict from by `snakemake predict`")

    @model_validator(mode="before")
    @classmethod
    def _renamed(cls, settings: Any) -> Any:
        """Refuse keys of earlier versions with what replaces them."""
        if isinstance(settings, dict):
            if isinstance(settings.get("methods"), list):
                raise ValueError(
                    "methods: the list of what is compared is `compared` now; methods holds settings by name"
                )
            for old, new in RENAMED.items():
                if old in settings:
                    raise ValueError(f"{old}: these are {new} now")
        return settings

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        self._check_methods()
        if round(self.slices.pixel_mm / self.anatomy.spacing_mm, 6) % 1:
            raise ValueError(
                "slices.pixel_mm must be a whole multiple of anatomy.spacing_mm, "
                f"{self.anatomy.spacing_mm:g}; it is {self.slices.pixel_mm:g}"
            )
        if self.slices.last <= self.slices.first and self.slices.count > 1:
            raise ValueError("slices.last must be greater than slices.first")
        if self.bsp.samples % self.dataset.network_samples:
            raise ValueError(
                "bsp.samples must be a whole multiple of dataset.network_samples, "
                f"{self.dataset.network_samples}; it is {self.bsp.samples}"
            )
        if not self.cases and not self.cohort:
            raise ValueError("cases: name at least one heart")
        for name in ("cases", "compared", "training_seeds"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ValueError(f"{name} names something twice")
        if self.experiment == "resources":
            raise ValueError("experiment: 'resources' is where downloads go; choose another name")
        if self.cohort:
            self._check_cohort(self.cohort)
        else:
            self._check_split()
        self._check_blends()
        slices = self.slices.pixels if self.slices.volume else self.slices.count
        if self.evaluation.shown_slice >= slices:
            raise ValueError(f"evaluation.shown_slice must be less than the {slices} slices")
        if self.subject:
            self._check_subject(self.subject)
        self._check_electrodes()
        self._check_conditions()
        if self.transfer:
            self._check_transfer(self.transfer)
        return self

    @cached_property
    def all_methods(self) -> dict[str, MethodSettings]:
        """Inverse methods by name: those of the config, and one of each kind under the kind's name."""
        return methods_registry.defaults() | self.methods

    @property
    def compared_variants(self) -> list[str]:
        """Variants among what is compared, in its order."""
        return [name for name in self.compared if name in self.variants]

    @property
    def trained_variants(self) -> list[str]:
        """Variants that something compared or the subject's methods apply or refine."""
        behind = map(self.variant_behind, self._used)
        return list(dict.fromkeys(variant for variant in behind if variant is not None))

    @property
    def inverse_methods(self) -> list[str]:
        """Methods among what is compared that map BSP to activation, in its order."""
        return [name for name in self.compared if name not in self.variants or self.variants[name].conditions]

    def variant_behind(self, method: str) -> str | None:
        """Variant that a method applies or refines.

        Parameters
        ----------
        method : str
            Name of a method or variant.

        Returns
        -------
        str or None
            None for a method without a trained model.
        """
        if method in self.variants:
            return method
        return getattr(self.all_methods[method], "proposer", None)

    def seeds_of(self, method: str) -> list[int]:
        """Training seeds that a method is run with.

        Parameters
        ----------
        method : str
            Name of a method or variant.

        Returns
        -------
        list of int
            Only 0 for a method without a trained model.
        """
        return self.training_seeds if self.variant_behind(method) else [0]

    def takes_any_heart(self, method: str) -> bool:
        """Whether a method takes hearts that it was neither fitted nor trained on.

        Parameters
        ----------
        method : str
            Name of a method or variant.

        Returns
        -------
        bool
        """
        variant = self.variant_behind(method)
        if variant is not None:
            return self.variants[variant].any_heart
        return self.all_methods[method].needs == "nothing"

    @property
    def methods_of_any_heart(self) -> list[str]:
        """Names of the methods that take any heart."""
        named = [*self.all_methods, *self.variants]
        return [name for name in named if self.takes_any_heart(name)]

    @property
    def parts(self) -> dict[str, str | None]:
        """Part of the data of each heart, None for one whose beats are split; a cohort's phantoms first."""
        if self.cohort is None:
            return dict.fromkeys(self.cases)
        own: dict[str, str | None] = {name: part for name, (part, _) in phantoms(self.cohort).items()}
        return own | dict.fromkeys(self.cases, "test")

    def beats_of(self, case: str) -> int:
        """Return the number of beats of a heart.

        Parameters
        ----------
        case : str
            Name of the heart.

        Returns
        -------
        int
            Those for fine-tuning included.
        """
        if self.cohort is None or case in self.cases:
            return self.protocol.beats + self.beats_to_learn(case)
        return parts(self.cohort)[phantoms(self.cohort)[case][0]].beats

    def beats_to_learn(self, case: str) -> int:
        """Return the number of a heart's last beats that are for fine-tuning.

        Parameters
        ----------
        case : str
            Name of the heart.

        Returns
        -------
        int
            0 for hearts other than that of `transfer`.
        """
        return max(self.transfer.beats) if self.transfer and self.transfer.case == case else 0

    @property
    def has_own_subject(self) -> bool:
        """Whether there is a subject whose heart is none of the cases."""
        return self.subject is not None and self.subject.case not in self.cases

    def layout_of(self, case: str) -> ElectrodeSettings:
        """Return the settings of the electrodes of a heart.

        Parameters
        ----------
        case : str
            Name of the heart.

        Returns
        -------
        ElectrodeSettings
            With the subject's table for a subject that is none of the cases.
        """
        if self.subject and case == self.subject.case and self.has_own_subject:
            return self.electrodes.model_copy(update={"layout": "csv", "file": self.subject.electrodes})
        return self.electrodes

    @property
    def _used(self) -> list[str]:
        """What is compared, and what predicts for the subject."""
        return [*self.compared, *(self.subject.methods if self.subject else [])]

    def _check_methods(self) -> None:
        known = [*self.all_methods, *self.variants]
        clash = set(self.all_methods) & set(self.variants)
        if clash:
            raise ValueError(f"variants: {clash.pop()!r} is the name of a method; choose another")
        for compared in self.compared:
            if compared not in known:
                raise ValueError(f"compared: {compared!r} is neither a variant nor one of {', '.join(known)}")
        for name, method in self.methods.items():
            if name in methods_registry.KINDS and name != method.kind:
                raise ValueError(
                    f"methods.{name}: this is the name of another kind than {method.kind}; choose another"
                )
            proposer = self.variant_behind(name)
            if proposer is None:
                continue
            if proposer not in self.variants or not self.variants[proposer].conditions:
                raise ValueError(f"methods.{name}: {proposer!r} is no variant that makes maps from BSP")
            if name in self.compared and proposer not in self.compared:
                raise ValueError(f"methods.{name}: add {proposer}, whose maps it refines, to compared")

    def _check_split(self) -> None:
        beats = self.protocol.beats
        tests = round(beats * self.dataset.test_fraction)
        training = beats - tests - max(1, round((beats - tests) * self.dataset.validation_fraction))
        if tests < 1 or training < 3:
            raise ValueError(
                f"dataset: the fractions leave {training} of {beats} beats for training and {tests} for the "
                "test part; at least 3 and 1 are needed"
            )
        if self.evaluation.shown_beat >= tests:
            raise ValueError(f"evaluation.shown_beat must be less than the {tests} test beats")

    def _check_blends(self) -> None:
        """Check that there are blended beats for the methods and variants that use them."""
        for section, entries in (("variants", self.variants), ("methods", self.methods)):
            for name in self._used:
                if getattr(entries.get(name), "blends", False) and not self.dataset.blends:
                    raise ValueError(f"{section}.{name}.blends needs dataset.blends to be more than 0")

    def _check_cohort(self, cohort: Cohort) -> None:
        clash = set(phantoms(cohort)) & set(self.cases)
        if clash:
            raise ValueError(f"cases: {clash.pop()!r} is the name of a phantom of the cohort; choose another")
        for method in self.compared:
            if method not in self.variants and self.all_methods[method].needs == "training":
                raise ValueError(
                    f"compared: {method} takes only the heart that it was fitted on, and a cohort is tested "
                    f"on others; {', '.join(self.methods_of_any_heart)} take any heart"
                )
        if self.evaluation.shown_beat >= cohort.test.beats:
            raise ValueError(
                f"evaluation.shown_beat must be less than the {cohort.test.beats} beats of a test heart"
            )

    def _check_transfer(self, transfer: Transfer) -> None:
        if self.cohort is None or transfer.case not in self.cases:
            raise ValueError(
                f"transfer.case: {transfer.case!r} must be one of the cases that a cohort is tested on"
            )
        if transfer.variant not in self.compared_variants:
            raise ValueError(f"transfer.variant: {transfer.variant!r} is no variant among compared")
        if not self.variants[transfer.variant].any_heart:
            raise ValueError(
                f"transfer.variant: {transfer.variant!r} takes only the hearts that it was trained on"
            )

    def _check_electrodes(self) -> None:
        count = self._electrode_count()
        grid = self.electrodes.layout in ("grid", "vest")
        inputs = ModelInputs(self.dataset.network_samples, self.slices.pixels, count, grid)
        for name in self.trained_variants:
            try:
                self.variants[name].check(inputs)
            except ValueError as error:
                raise ValueError(f"variants.{name}: {error}") from None
        if count is not None and max(self.evaluation.shown_electrodes) >= count:
            raise ValueError(f"evaluation.shown_electrodes must be less than the {count} electrodes")

    def _check_conditions(self) -> None:
        if "nominal" in self.conditions:
            raise ValueError("conditions: 'nominal' is the condition of the training beats; choose another")
        coarsest = max([1.0, *(condition.spacing_factor for condition in self.conditions.values())])
        needed = REACH_OF_A_ZONE * coarsest * self.anatomy.spacing_mm
        if self.protocol.pacing_radius_mm < needed:
            raise ValueError(
                f"protocol.pacing_radius_mm must be at least {needed:.3g}, or a pacing zone may fall between "
                f"voxels of {coarsest * self.anatomy.spacing_mm:g} mm"
            )
        for name, condition in self.conditions.items():
            moved = condition.spacing_factor != 1 or condition.electrode_error_mm
            moved = moved or condition.electrodes == "twelve_lead"
            if self.electrodes.lead_field and moved:
                raise ValueError(
                    f"conditions.{name}: a lead field from a file holds for its own voxels and electrodes; "
                    "set spacing_factor to 1, electrode_error_mm to 0 and electrodes to all or half, or set "
                    "conditions to {}"
                )
            if condition.scar_radius_mm and self.protocol.velocities.scar is None:
                raise ValueError(
                    f"conditions.{name}: a scar needs a velocity; set protocol.velocities.scar, or "
                    "scar_radius_mm to 0"
                )

    def _check_subject(self, subject: Subject) -> None:
        given = subject.model_fields_set - {"case", "bsp", "units", "sampling_hz", "onset_ms", "methods"}
        if not self.has_own_subject and given:
            raise ValueError(
                f"subject.{min(given)}: {subject.case!r} is one of cases and has its own; remove this key, "
                "or give subject.case another name"
            )
        missing = [name for name in OWN_HEART if not getattr(subject, name)]
        if self.has_own_subject and missing:
            raise ValueError(
                f"subject.{missing[0]} is needed, as {subject.case!r} is none of cases: "
                f"{', '.join(self.cases) or 'there are none'}"
            )
        trained_on = "the phantoms of the cohort" if self.cohort else ", ".join(self.cases)
        known = [*self.all_methods, *(name for name in self.variants if self.variants[name].conditions)]
        for method in subject.methods:
            if method not in known:
                why = "has no maps from BSP" if method in self.variants else "is no method"
                raise ValueError(f"subject.methods: {method!r} {why}; there are {', '.join(known)}")
            if self.cohort and method in self.all_methods and self.all_methods[method].needs == "training":
                raise ValueError(
                    f"subject.methods: {method} is fitted on training beats of the subject's heart, and with "
                    f"a cohort {subject.case!r} has none; {', '.join(self.methods_of_any_heart)} take any"
                )
            if self.has_own_subject and not self.takes_any_heart(method):
                raise ValueError(
                    f"subject.methods: {method} was trained on {trained_on} and can't take "
                    f"{subject.case!r}; {', '.join(self.methods_of_any_heart)} take any heart"
                )

    def _electrode_count(self) -> int | None:
        """Count the electrodes; None where the table does not exist yet or is empty."""
        if self.electrodes.layout != "csv":
            return self.electrodes.count
        counts = {}
        for case in self.cases:
            table = Path(self.electrodes.of_case("file", case))
            if os.path.isfile(table):
                lines = table.read_text(encoding="utf-8", errors="replace").splitlines()
                rows = [line for line in lines if line.strip() and not line.startswith("#")]
                counts[str(table)] = max(len(rows) - 1, 0)
        if len(set(counts.values())) > 1:
            listed = ", ".join(f"{count} in {table}" for table, count in counts.items())
            raise ValueError(f"electrodes.file: hearts must have equally many electrodes; there are {listed}")
        return next(iter(counts.values()), 0) or None


def read_experiment(settings: Mapping[str, Any], source: str = "config") -> Experiment:
    """Validate settings as read from YAML.

    Parameters
    ----------
    settings : dict
        Settings by key, nested as in the config.
    source : str
        Name of the settings in messages.

    Returns
    -------
    Experiment

    Raises
    ------
    ConfigError
        If settings are invalid; one line per mistake, with what is valid.
    """
    try:
        return Experiment.model_validate(settings)
    except ValidationError as error:
        raise ConfigError(explain(error, source, Experiment)) from None
