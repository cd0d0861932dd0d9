"""An experiment: its settings together, checked before anything runs."""

import os
from pathlib import Path

from pydantic import Field, ValidationError, model_validator

from ..core.fields import FilePath, Name, Seed, Settings
from ..models.settings import Variant
from . import cohort as hearts
from .cohort import Cohort, Transfer
from .electrodes import ElectrodeSettings
from .evaluation import Condition, DatasetSettings, EvaluationSettings
from .hearts import AnatomySettings, Download, LabelMap, SliceSettings
from .messages import ConfigError, explain
from .simulation import ActionPotentialSettings, BspSettings, ConductionSettings, ProtocolSettings
from .subject import Subject

BASELINES = ("training_mean", "nearest_neighbour", "kernel_ridge", "kernel_ridge_blends")
PHYSICS = ("mean_of_sites", "physics_search", "tikhonov", "tsvd", "greensite")
OWN_HEART = ("segmentation", "labels", "electrodes")  # what a subject gives unless it is one of the cases
CONDITIONAL = ("map_cvae", "map_prior_cvae", "map_lifted")  # families that make maps from BSP
LIFTED = "map_lifted"  # the family that takes any heart and any electrodes
LIFTED_PIXELS = 8  # along each side of what map_lifted sees as one
REACH_OF_A_ZONE = 1.5  # radius of a pacing zone in voxels, so that it holds wall wherever it lies
SIGNAL_TIME_FACTOR = 4  # latent codes of bsp_signal_vae run along time, this much coarser than the BSP


class Experiment(Settings):
    """One experiment: its hearts, protocol, models and judgement."""

    experiment: Name = Field("paper", description="name; results go to results/<experiment>")
    seed: Seed = Field(0, description="seed of everything random; training_seeds add to it")
    cases_table: FilePath = Field("config/cases.tsv", description="table of hearts")
    cases: list[Name] = Field(["rodero01"], description="hearts of this experiment")
    cohort: Cohort | None = Field(
        None, description="phantoms to train and test on, for models of hearts never seen; null for none"
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
    variants: dict[Name, Variant] = Field({}, description="trained models by name")
    transfer: Transfer | None = Field(
        None, description="what a trained model gains from some beats of a new heart; null for none"
    )
    refinements: dict[Name, Name] = Field(
        {},
        description="methods that refine by physics what a variant proposes: their names, and the variant's",
    )
    methods: list[Name] = Field(
        list(BASELINES[:3]),
        min_length=1,
        description="what is trained, evaluated and compared, in this order",
    )
    training_seeds: list[Seed] = Field([0], min_length=1, description="each variant is trained once per seed")
    conditions: dict[Name, Condition] = Field(
        {"realistic": Condition(spacing_factor=0.75, snr_db=20.0)},
        description="test conditions by name, beside `nominal`, which is that of the training beats; "
        "by default `realistic: {spacing_factor: 0.75, snr_db: 20}`, {} for none",
    )
    evaluation: EvaluationSettings = EvaluationSettings()
    subject: Subject | None = Field(None, description="recording to predict from by `snakemake predict`")

    @model_validator(mode="after")
    def _consistent(self):
        ours = [*BASELINES, *PHYSICS]
        for method in self.methods:
            if method not in [*ours, *self.variants, *self.refinements]:
                raise ValueError(f"methods: {method!r} is neither a variant nor one of {', '.join(ours)}")
        self._check_names(ours)
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
        for name in ("cases", "methods", "training_seeds"):
            values = getattr(self, name)
            if len(set(values)) < len(values):
                raise ValueError(f"{name} names something twice")
        if self.experiment == "resources":
            raise ValueError("experiment: 'resources' is where downloads go; choose another name")
        if self.cohort:
            self._check_cohort(self.cohort)
        else:
            self._check_split()
        for name, variant in self.variants.items():
            self._check_variant(name, variant)
        slices = self.slices.pixels if self.slices.volume else self.slices.count
        if self.evaluation.shown_slice >= slices:
            raise ValueError(f"evaluation.shown_slice must be less than the {slices} slices")
        self._check_electrodes()
        self._check_conditions()
        if self.transfer:
            self._check_transfer(self.transfer)
        if self.subject:
            self._check_subject(self.subject)
        return self

    @property
    def parts(self):
        """Part of the data of each heart, None for one whose beats are split; a cohort's phantoms first."""
        if self.cohort is None:
            return dict.fromkeys(self.cases)
        own = {name: part for name, (part, _) in hearts.phantoms(self.cohort).items()}
        return own | dict.fromkeys(self.cases, "test")

    def beats_of(self, case):
        """Number of beats of a heart."""
        if self.cohort is None or case in self.cases:
            return self.protocol.beats + self.beats_to_learn(case)
        return hearts.parts(self.cohort)[self.parts[case]].beats

    def beats_to_learn(self, case):
        """Number of beats of a heart, its last ones, that are for `transfer`."""
        return max(self.transfer.beats) if self.transfer and self.transfer.case == case else 0

    @property
    def has_own_subject(self):
        """Whether there is a subject whose heart is none of the cases."""
        return self.subject is not None and self.subject.case not in self.cases

    def layout_of(self, case):
        """Electrodes of a heart, an `ElectrodeSettings`; a subject brings its own."""
        if self.subject and case == self.subject.case and self.has_own_subject:
            return self.electrodes.model_copy(update={"layout": "csv", "file": self.subject.electrodes})
        return self.electrodes

    def _check_names(self, ours):
        clash = set(ours) & set(self.variants)
        if clash:
            raise ValueError(f"variants: {clash.pop()!r} is the name of a method; choose another")
        for name, proposer in self.refinements.items():
            if name in (*ours, *self.variants):
                raise ValueError(f"refinements: {name!r} is the name of another method; choose another")
            if proposer not in self.variants or self.variants[proposer].family not in CONDITIONAL:
                raise ValueError(f"refinements.{name}: {proposer!r} is no variant that makes maps from BSP")
            if name in self.methods and proposer not in self.methods:
                raise ValueError(f"refinements.{name}: add {proposer}, whose maps it refines, to methods")

    def _check_split(self):
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

    def _check_cohort(self, cohort):
        clash = set(hearts.phantoms(cohort)) & set(self.cases)
        if clash:
            raise ValueError(f"cases: {clash.pop()!r} is the name of a phantom of the cohort; choose another")
        for method in self.methods:
            if method in BASELINES:
                raise ValueError(
                    f"methods: {method} takes only the heart that it was fitted on, and a cohort is judged "
                    f"on others; {', '.join(PHYSICS)} take any heart"
                )
        if self.evaluation.shown_beat >= cohort.test.beats:
            raise ValueError(
                f"evaluation.shown_beat must be less than the {cohort.test.beats} beats of a test heart"
            )

    def _check_transfer(self, transfer):
        if self.cohort is None or transfer.case not in self.cases:
            raise ValueError(
                f"transfer.case: {transfer.case!r} must be one of the cases that a cohort is tried on"
            )
        if transfer.variant not in self.methods or transfer.variant not in self.variants:
            raise ValueError(f"transfer.variant: {transfer.variant!r} is no variant among methods")
        if self.variants[transfer.variant].family != LIFTED:
            raise ValueError(f"transfer.variant: only {LIFTED} takes hearts that it was not trained on")

    def _check_electrodes(self):
        count = self._electrode_count()
        for name in self.methods:
            family = self.variants[name].family if name in self.variants else None
            if family == "map_cvae" and self.electrodes.layout not in ("grid", "vest"):
                raise ValueError(
                    f"variants.{name}: map_cvae sees the BSP as maps of the electrode grid; set "
                    f"electrodes.layout to grid or vest, or leave {name} out of methods"
                )
            if family == "bsp_vae" and count is not None and count % 4:
                raise ValueError(
                    f"variants.{name}: bsp_vae needs a multiple of 4 electrodes, not {count}; change "
                    f"electrodes or leave {name} out of methods"
                )
        if count is not None and max(self.evaluation.shown_electrodes) >= count:
            raise ValueError(f"evaluation.shown_electrodes must be less than the {count} electrodes")

    def _check_conditions(self):
        if "nominal" in self.conditions:
            raise ValueError("conditions: 'nominal' is the condition of the training beats; choose another")
        coarsest = max([1.0, *(condition.spacing_factor for condition in self.conditions.values())])
        needed = REACH_OF_A_ZONE * coarsest * self.anatomy.spacing_mm
        if self.protocol.pacing_radius_mm < needed:
            raise ValueError(
                f"protocol.pacing_radius_mm must be at least {needed:.3g}, lest a pacing zone fall between "
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

    def _check_subject(self, subject):
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
                f"{', '.join(self.cases)}"
            )
        learnt = [*BASELINES, *(name for name in self.variants if self.variants[name].family in CONDITIONAL)]
        lifted = [name for name in learnt if name in self.variants and self.variants[name].family == LIFTED]
        for method in subject.methods:
            if method in (*PHYSICS, *lifted):
                continue
            if method in learnt and self.has_own_subject:
                raise ValueError(
                    f"subject.methods: {method} was trained on {', '.join(self.cases)} and can't take "
                    f"{subject.case!r}; {', '.join([*PHYSICS, *lifted])} take any heart"
                )
            if method not in learnt:
                why = "has no maps from BSP" if method in self.variants else "is no method"
                raise ValueError(
                    f"subject.methods: {method!r} {why}; there are {', '.join([*PHYSICS, *learnt])}"
                )

    def _electrode_count(self):
        """Number of electrodes; None where a table is not there to be read, or holds none."""
        if self.electrodes.layout != "csv":
            return self.electrodes.count
        counts = {}
        for case in self.cases:
            table = Path(self.electrodes.of_case("file", case))
            if os.path.isfile(table):
                lines = table.read_text(encoding="utf-8", errors="replace").splitlines()
                counts[str(table)] = max(sum(bool(line.strip()) for line in lines) - 1, 0)
        if len(set(counts.values())) > 1:
            listed = ", ".join(f"{count} in {table}" for table, count in counts.items())
            raise ValueError(f"electrodes.file: hearts must have equally many electrodes; there are {listed}")
        return next(iter(counts.values()), 0) or None

    def _check_variant(self, name, variant):
        signals = variant.family in ("bsp_vae", "bsp_signal_vae")
        if variant.reconstruction == ("wall" if signals else "signal"):
            raise ValueError(
                f"variants.{name}.reconstruction: {variant.reconstruction!r} does not suit {variant.family}"
            )
        if variant.blends and not self.dataset.blends:
            raise ValueError(f"variants.{name}.blends needs dataset.blends to be more than 0")
        if variant.family == LIFTED and self.slices.pixels % LIFTED_PIXELS:
            raise ValueError(
                f"variants.{name}: map_lifted needs slices.pixels to be a multiple of {LIFTED_PIXELS}, not "
                f"{self.slices.pixels}"
            )
        steps = self.dataset.network_samples // SIGNAL_TIME_FACTOR
        if variant.family == "bsp_signal_vae" and variant.latent % steps:
            raise ValueError(
                f"variants.{name}.latent must be a multiple of {steps}, a quarter of dataset.network_samples"
            )


def read_experiment(settings, source="config"):
    """Check settings as read from YAML.

    Parameters
    ----------
    settings : dict
    source : str
        What to call them in messages.

    Returns
    -------
    Experiment

    Raises
    ------
    ConfigError
        One line per mistake: where, what, and what would be right.
    """
    try:
        return Experiment.model_validate(settings)
    except ValidationError as error:
        raise ConfigError(explain(error, source, Experiment)) from None
