"""Settings of the simulated beats: protocol, conduction, action potential, BSP."""

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from ..core.fields import Count, NotNegative, Positive, Settings

LARGEST_CHUNK = 1250
Kind = Literal["single_site", "multi_site", "sinus", "left_bundle_branch_block", "right_bundle_branch_block"]


class Velocity(Settings):
    """Conduction velocity of a tissue, drawn from a log-normal distribution per beat."""

    median_m_per_s: Positive = Field(0.6, le=5, description="median velocity")
    spread: NotNegative = Field(0.05, le=1, description="SD of its logarithm, about the relative SD")


class ScarVelocity(Velocity):
    """Conduction velocity of scar."""

    median_m_per_s: Positive = Field(0.2, le=5, description="median velocity")


class BorderZoneVelocity(Velocity):
    """Conduction velocity of a scar's border zone."""

    median_m_per_s: Positive = Field(0.3, le=5, description="median velocity")


class Velocities(Settings):
    """Conduction velocity per tissue."""

    lv: Velocity = Field(Velocity(), description="LV wall and septum")
    rv: Velocity = Field(Velocity(), description="RV wall")
    scar: ScarVelocity | None = Field(ScarVelocity(), description="scar; null if it does not conduct")
    border_zone: BorderZoneVelocity = Field(BorderZoneVelocity(), description="border zone of a scar")

    def distributions(self) -> dict[str, tuple[float, float]]:
        """Median in m/s and spread of the velocity of each tissue that conducts."""
        tissues = self.model_dump(exclude_none=True)
        return {name: (tissue["median_m_per_s"], tissue["spread"]) for name, tissue in tissues.items()}


class ConductionSettings(Settings):
    """Isotropic conduction, or faster along the fibres than across."""

    fibres: Literal["none", "rule", "mesh"] = Field(
        "none",
        description="fibre directions: none (isotropic), by rule, or from the cells of a case's mesh",
    )
    velocity_ratio: Annotated[float, Field(ge=1, le=10)] = Field(
        2.5, description="ratio of the velocities along and across the fibres; `velocities` are those along"
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

    beats: Annotated[int, Field(ge=10, le=1_000_000)] = Field(120, description="beats per heart")
    kinds: dict[Kind, Positive] = Field(
        {"single_site": 1.0},
        min_length=1,
        description="weight of each kind of beat",
    )
    surface: Literal["anywhere", "endocardium", "epicardium"] = Field(
        "anywhere", description="part of the wall that sites are chosen from, uniformly"
    )
    sites: Annotated[int, Field(ge=2, le=20)] = Field(3, description="sites of a multi-site beat")
    delay_ms: NotNegative = Field(40.0, le=1000, description="latest onset of a site after the first")
    pacing_radius_mm: Positive = Field(3.0, le=50, description="radius of the zone that is activated at once")
    velocities: Velocities = Field(Velocities(), description="conduction velocities")
    chunk: Count | None = Field(
        None,
        description="beats simulated and stored together by one job; null for a quarter of them, but no "
        f"more than {LARGEST_CHUNK}",
    )

    def chunks(self, beats: int) -> list[tuple[int, int]]:
        """Index of the first and the last beat that each job simulates.

        Parameters
        ----------
        beats : int
            Number of beats of the heart.

        Returns
        -------
        list of (int, int)
        """
        size = self.chunk or min(-(-beats // 4), LARGEST_CHUNK)
        return [(first, min(first + size, beats) - 1) for first in range(0, beats, size)]


class ActionPotentialSettings(Settings):
    """Mitchell-Schaeffer action potential; the activation time is that of its steepest upstroke."""

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
        0.13, description="potential at which the gate switches, as a share of the amplitude"
    )
    apd_gradient: Literal["none", "transmural", "apex_base"] = Field(
        "none", description="axis along which the duration varies; tau_close_ms holds in the middle of it"
    )
    apd_range_ms: Annotated[float, Field(ge=-150, le=150)] = Field(
        40.0, description="duration at the endocardium minus that at the epicardium, or base minus apex"
    )

    @model_validator(mode="after")
    def _excitable(self) -> Self:
        if 4 * self.tau_in_ms >= self.tau_out_ms:
            raise ValueError(
                "tau_in_ms must be less than a quarter of tau_out_ms, or cells are not excitable"
            )
        return self


class BspSettings(Settings):
    """Body surface potentials; t = 0 is the earliest activation."""

    time_step_ms: float = Field(1.0, ge=0.01, le=10, description="sampling interval")
    samples: Annotated[int, Field(ge=16, le=100_000)] = Field(512, description="samples from t = 0 on")
    sigma_i_s_per_m: Positive = Field(0.2, description="intracellular conductivity")
    sigma_t_s_per_m: Positive = Field(0.2, description="conductivity of the torso")
    sigma_lungs_s_per_m: Positive = Field(0.04, description="conductivity of lungs, where there are any")
    sigma_blood_s_per_m: Positive = Field(0.6, description="conductivity of blood, where there is any")
