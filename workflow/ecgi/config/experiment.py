"""Settings of an experiment, read once and validated as a whole."""

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING, Annotated, Any, Self, Union

from pydantic import Field, ValidationError, model_validator

from ..core.fields import FilePath, Name, Seed, Settings
from ..inverse import registry as methods_registry
from ..inverse.base import MethodSettings
from ..models import registry as families_registry
from ..models.settings import Variant
from .challenge import Challenge, Found, found_in, subjects_of
from .cohort import Cohort, DrawnConductors, Transfer, draw_conductors, parts, phantoms
from .consistency import check
from .electrodes import ElectrodeSettings
from .evaluation import Condition, DatasetSettings, EvaluationSettings
from .hearts import AnatomySettings, Download, LabelMap, SliceSettings
from .measured import MeasuredCase
from .messages import ConfigError, explain
from .simulation import ActionPotentialSettings, BspSettings, ConductionSettings, ProtocolSettings
from .subject import Subject
from .subjects import with_subjects

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
    measured: dict[Name, MeasuredCase] = Field(
        {}, description="measured beats by name, on which methods are scored in place of simulated ones"
    )
    subject: Subject | None = Field(None, description="recording to predict from by `snakemake predict`")
    subjects: dict[Name, Subject] = Field(
        {},
        description="several recordings to predict from: a tab-separated table, a row each, with columns "
        "`name`, keys of `subject`, and `label_map`, a name in `label_maps`; or keys of `subject` by name. "
        "What is left out is taken from `subject`",
    )
    challenge: Challenge | None = Field(
        None,
        description="folder of hearts and recordings, such as one of the ECGI Challenge, whose recordings "
        "`snakemake challenge` answers; null for none",
    )

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

    @model_validator(mode="before")
    @classmethod
    def _completed_subjects(cls, settings: Any) -> Any:
        """Read the subjects table, and complete its rows."""
        if isinstance(settings, dict) and settings.get("subjects"):
            return with_subjects(settings)
        return settings

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        check(self)
        return self

    @cached_property
    def all_methods(self) -> dict[str, MethodSettings]:
        """Inverse methods by name: those of the config, and one of each kind under the kind's name."""
        return methods_registry.defaults() | self.methods

    @property
    def used(self) -> list[str]:
        """Methods and variants that are compared, and those that predict for the subjects."""
        of_subjects = [method for subject in self.recordings.values() for method in subject.methods]
        return [*self.compared, *dict.fromkeys(of_subjects)]

    @property
    def recordings(self) -> dict[str, Subject]:
        """Subjects by name; a single one has that of its heart."""
        if self.challenge:
            return self._of_challenge[1]
        return self.subjects or ({self.subject.case: self.subject} if self.subject else {})

    @cached_property
    def _of_challenge(self) -> tuple[Found, dict[str, Subject]]:
        """Files of the challenge's folder, and its recordings as subjects."""
        assert self.challenge is not None
        found = found_in(self.challenge)
        return found, subjects_of(self.challenge, found, f"results/{self.experiment}/challenge")

    @property
    def found(self) -> Found:
        """Files of the challenge's folder; none without one."""
        return self._of_challenge[0] if self.challenge else Found({}, {})

    def key_of(self, subject: str) -> str:
        """Return the key of the settings of a subject, for messages.

        Parameters
        ----------
        subject : str
            Its name.

        Returns
        -------
        str
        """
        if self.challenge:
            return "challenge"
        return f"subjects.{subject}" if self.subjects else "subject"

    @property
    def compared_variants(self) -> list[str]:
        """Variants among what is compared, in its order."""
        return [name for name in self.compared if name in self.variants]

    @property
    def trained_variants(self) -> list[str]:
        """Variants that something compared or the subject's methods apply or refine."""
        behind = map(self.variant_behind, self.used)
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
        return {**self.phantoms, **dict.fromkeys(self.cases, "test")}

    @cached_property
    def phantoms(self) -> dict[str, str]:
        """Part of the data of each phantom of the cohort."""
        return {name: part for name, (part, _) in phantoms(self.cohort).items()} if self.cohort else {}

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
        return parts(self.cohort)[self.phantoms[case]].beats

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
    def own_hearts(self) -> dict[str, Subject]:
        """First subject of each heart that is none of the cases, by the heart's name."""
        own: dict[str, Subject] = {}
        for subject in self.recordings.values():
            if subject.case not in self.cases:
                own.setdefault(subject.case, subject)
        return own

    def layout_of(self, case: str) -> ElectrodeSettings:
        """Return the settings of the electrodes of a heart.

        Parameters
        ----------
        case : str
            Name of the heart.

        Returns
        -------
        ElectrodeSettings
            With the subject's table for a subject that is none of the cases, and with the conductor that is
            drawn for a phantom.
        """
        if subject := self.own_hearts.get(case):
            conductor = "infinite" if self.electrodes.lead_field else subject.conductor
            own = {
                "layout": "csv",
                "file": subject.electrodes,
                "conductor": conductor,
                "torso_surfaces": subject.torso_surfaces,
            }
            return self.electrodes.model_copy(update=own)
        if drawn := self.drawn_conductors(case):
            return self.electrodes.model_copy(update={"conductor": drawn.true})
        return self.electrodes

    def drawn_conductors(self, case: str) -> DrawnConductors | None:
        """Return the conductors that are drawn for a heart.

        Parameters
        ----------
        case : str
            Name of the heart.

        Returns
        -------
        DrawnConductors or None
            None for hearts other than phantoms to train and validate on, and where none are drawn.
        """
        if self.cohort is None or self.phantoms.get(case) in (None, "test"):
            return None
        return draw_conductors(self.cohort, case, self.seed)

    def known_conductor(self, case: str) -> str | None:
        """Return the conductor that methods are given of a heart.

        Parameters
        ----------
        case : str
            Name of the heart.

        Returns
        -------
        str or None
            None for that of its beats.
        """
        drawn = self.drawn_conductors(case)
        return drawn and drawn.known


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
