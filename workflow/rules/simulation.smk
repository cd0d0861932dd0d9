# Reads  results/<experiment>/anatomy/<case>/labels.nii.gz; a case's velocity map, electrode table, lead
#        field and mesh of fibres, where there are any
# Writes results/<experiment>/simulation/<case>/: electrodes.tsv, lead_field.zarr, beats.tsv,
#        sites.tsv and beats/<first>-<last>.zarr, a chunk of beats each; anatomy/<case>/fibres.zarr; and,
#        where it is asked for, simulation/<case>/<program>/<beat>/, a beat as files of another program

SAMPLING = {
    "samples": EXPERIMENT.bsp.samples,
    "time_step_ms": EXPERIMENT.bsp.time_step_ms,
}
CELL = EXPERIMENT.action_potential.model_dump()
CONDUCTIVITY = {
    "sigma_i": EXPERIMENT.bsp.sigma_i_s_per_m,
    "sigma_t": EXPERIMENT.bsp.sigma_t_s_per_m,
    "sigma_lungs": EXPERIMENT.bsp.sigma_lungs_s_per_m,
    "sigma_blood": EXPERIMENT.bsp.sigma_blood_s_per_m,
}
VELOCITIES = EXPERIMENT.protocol.velocities.distributions()
MEDIANS = {tissue: median for tissue, (median, _) in VELOCITIES.items()}
PROTOCOL = EXPERIMENT.protocol.model_dump(include={"kinds", "surface", "sites", "delay_ms"})
FIBRES = EXPERIMENT.conduction.model_dump(include={"fibres", "endo_degrees", "epi_degrees"})
HELIX = EXPERIMENT.conduction.model_dump(include={"endo_degrees", "epi_degrees"})
SIMULATION = {
    "pacing_radius_mm": EXPERIMENT.protocol.pacing_radius_mm,
    "median_velocity": MEDIANS,
    "conduction": EXPERIMENT.conduction.model_dump(include={"velocity_ratio", "reach"}),
    "action_potential": CELL,
    "sampling": SAMPLING,
}
BEATS_PER_CHUNK = max(
    (1 + EXPERIMENT.protocol.chunks(EXPERIMENT.beats_of(case))[0][1] for case in CASES), default=0
)


rule find_fibres:
    input:
        labels=rules.import_anatomy.output.labels,
        source=lambda w: source_of(w) if EXPERIMENT.conduction.fibres == "mesh" else [],
        beside=lambda w: files_beside(w) if EXPERIMENT.conduction.fibres == "mesh" else [],
    output:
        directory(RESULTS / "anatomy/{case}/fibres.zarr"),
    log:
        LOGS / "find_fibres/{case}.log",
    benchmark:
        LOGS / "find_fibres/{case}.tsv"
    priority: 100
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(4000),
        runtime=minutes(10),
    params:
        code=digest_of("find_fibres"),
        case=lambda w: CASES[w.case].model_dump(
            include={"case", "fibre_array", "coordinates", "length_units"}
        ),
        sha256=sha256_of,
        conduction=FIBRES,
        provenance=provenance(conduction=FIBRES),
    message:
        "Computing the fibres of {wildcards.case}"
    script:
        "../scripts/find_fibres.py"


rule place_electrodes:
    input:
        labels=rules.import_anatomy.output.labels,
        table=lambda w: EXPERIMENT.layout_of(w.case).of_case("file", w.case) or [],
        lead_field=lambda w: EXPERIMENT.layout_of(w.case).of_case("lead_field", w.case) or [],
        torso=torso_of,
    output:
        electrodes=RESULTS / "simulation/{case}/electrodes.tsv",
        lead_field=directory(RESULTS / "simulation/{case}/lead_field.zarr"),
    log:
        LOGS / "place_electrodes/{case}.log",
    benchmark:
        LOGS / "place_electrodes/{case}.tsv"
    priority: 100
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(2000),
        runtime=minutes(5),
    params:
        code=digest_of("place_electrodes"),
        layout=lambda w: EXPERIMENT.layout_of(w.case).model_dump(),
        finer=lambda w: EXPERIMENT.drawn_conductors(w.case) is not None,
        conductivity=CONDUCTIVITY,
        provenance=lambda w: provenance(
            electrodes=EXPERIMENT.layout_of(w.case).model_dump(), conductivity=CONDUCTIVITY
        ),
    message:
        "Placing electrodes around {wildcards.case}"
    script:
        "../scripts/place_electrodes.py"


rule plan_beats:
    input:
        labels=rules.import_anatomy.output.labels,
    output:
        beats=RESULTS / "simulation/{case}/beats.tsv",
        sites=RESULTS / "simulation/{case}/sites.tsv",
    log:
        LOGS / "plan_beats/{case}.log",
    benchmark:
        LOGS / "plan_beats/{case}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(1000),
        runtime=minutes(5),
    params:
        code=digest_of("plan_beats"),
        beats=lambda w: EXPERIMENT.beats_of(w.case),
        protocol=PROTOCOL,
        velocities=VELOCITIES,
        seed=EXPERIMENT.seed,
    message:
        "Planning the beats of {wildcards.case}"
    script:
        "../scripts/plan_beats.py"


rule simulate_beats:
    input:
        labels=rules.import_anatomy.output.labels,
        lead_field=rules.place_electrodes.output.lead_field,
        planned=rules.plan_beats.output.beats,
        sites=rules.plan_beats.output.sites,
        velocity_map=lambda w: CASES[w.case].velocity_map or [],
        fibres=fibres_of,
    output:
        directory(RESULTS / "simulation/{case}/beats/{chunk}.zarr"),
    log:
        LOGS / "simulate_beats/{case}-{chunk}.log",
    benchmark:
        LOGS / "simulate_beats/{case}-{chunk}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(2000, lambda w: to_simulate(BEATS_PER_CHUNK)),
        runtime=minutes(5, lambda w: BEATS_PER_CHUNK / 20),
    params:
        **SIMULATION,
        code=digest_of("simulate_beats"),
        provenance=lambda w: provenance(
            **SIMULATION,
            protocol=PROTOCOL,
            velocities=VELOCITIES,
            velocity_map=CASES[w.case].velocity_map,
        ),
    message:
        "Simulating beats {wildcards.chunk} of {wildcards.case}"
    script:
        "../scripts/simulate_beats.py"


rule exchange_beat:
    input:
        beats=beats_with,
        labels=rules.import_anatomy.output.labels,
        electrodes=rules.place_electrodes.output.electrodes,
        fibres=fibres_of,
    output:
        directory(RESULTS / "simulation/{case}/{program}/{beat}"),
    log:
        LOGS / "exchange_beat/{case}-{program}-{beat}.log",
    benchmark:
        LOGS / "exchange_beat/{case}-{program}-{beat}.tsv"
    conda:
        "../../envs/environment.yaml"
    resources:
        mem_mb=memory(4000),
        runtime=minutes(10),
    params:
        code=digest_of("exchange_beat"),
        action_potential=CELL,
        fibres=HELIX,
    message:
        "Writing beat {wildcards.beat} of {wildcards.case} for {wildcards.program}"
    script:
        "../scripts/exchange_beat.py"
