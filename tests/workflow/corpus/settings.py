"""Settings of an experiment."""

from .entries import Entry


def settings(**values):
    return lambda: values


def bomb():
    """A list of a billion words that takes no room."""
    words = ["lol"] * 10
    for _ in range(9):
        words = [words] * 10
    return {"cases": [words]}


def nested():
    deep = []
    for _ in range(300):
        deep = [deep]
    return {"seed": deep}


DOWNLOAD = {
    "package": "mine",
    "version": "1.0",
    "member": "mine/heart.vtu",
    "sha256": "0" * 64,
    "licence": "none",
    "credit": "none",
}


def download(**values):
    return lambda: {"downloads": {"mine": {**DOWNLOAD, **values}}}


SETTINGS = [
    Entry("an unknown key", settings(protocl={}), "protocl: unknown key; did you mean protocol?"),
    Entry(
        "an unknown key below",
        settings(bsp={"sampels": 1}),
        "bsp.sampels: unknown key; did you mean samples?",
    ),
    Entry("a key of two lines", settings(**{"a\nb": 1}), "a b: unknown key"),
    Entry("a number for a section", settings(protocol=3), "protocol: Input should be a valid dictionary"),
    Entry("a list for a section", settings(anatomy=[1]), "anatomy: Input should be a valid dictionary"),
    Entry("nothing for a section", settings(bsp=None), "bsp: Input should be a valid dictionary"),
    Entry("text for a number", settings(seed="many"), "seed: Input should be a valid integer"),
    Entry(
        "NaN for a number", settings(anatomy={"spacing_mm": float("nan")}), "anatomy.spacing_mm: Input should"
    ),
    Entry(
        "infinity for a number",
        settings(bsp={"time_step_ms": float("inf")}),
        "bsp.time_step_ms: Input should",
    ),
    Entry("a negative number", settings(seed=-1), "seed: Input should be greater than or equal to 0"),
    Entry(
        "a beat for each atom",
        settings(protocol={"beats": 10**50}),
        "protocol.beats: Input should",
    ),
    Entry("a number of 4000 digits", settings(anatomy={"spacing_mm": 10**4000}), "anatomy.spacing_mm: Input"),
    Entry(
        "voxels of a micrometre", settings(anatomy={"spacing_mm": 1e-3}), "anatomy.spacing_mm: Input should"
    ),
    Entry("a million electrodes a row", settings(electrodes={"columns": 10**6}), "electrodes.columns: Input"),
    Entry(
        "a velocity of light",
        settings(protocol={"velocities": {"lv": {"median_m_per_s": 3e8}}}),
        "median_m_per_s",
    ),
    Entry("a billion words", bomb, "cases.0: Input should be a valid string"),
    Entry("three hundred brackets", nested, "seed: Input should be a valid integer"),
    Entry("an experiment above", settings(experiment="../../mine"), "experiment: String should match"),
    Entry("an experiment at the root", settings(experiment="/tmp/mine"), "experiment: String should match"),
    Entry(
        "an experiment with a command", settings(experiment="a; touch x"), "experiment: String should match"
    ),
    Entry("an experiment of two lines", settings(experiment="a\n"), "experiment: String should match"),
    Entry("a variant above", settings(variants={"../x": {"family": "map_vae"}}), "String should match"),
    Entry("a condition above", settings(conditions={"../x": {}}), "String should match"),
    Entry("a label map of two lines", settings(label_maps={"a\nb": {"lv_wall": [1]}}), "String should match"),
    Entry("a method of no one", settings(compared=["oracle"]), "compared: 'oracle' is neither a variant nor"),
    Entry("no cases", settings(cases=[]), "cases: name at least one heart"),
    Entry(
        "a baseline for hearts never seen",
        settings(cohort={}),
        "compared: training_mean takes only the heart that it was fitted on",
    ),
    Entry(
        "a case named as a phantom",
        settings(cohort={}, cases=["test0001"], compared=["tsvd"]),
        "cases: 'test0001' is the name of a phantom of the cohort",
    ),
    Entry(
        "a cohort of no hearts", settings(cohort={"test": {"hearts": 0, "beats": 1}}), "cohort.test.hearts: "
    ),
    Entry(
        "a method's name for a variant", settings(variants={"tsvd": {"family": "map_vae"}}), "choose another"
    ),
    Entry(
        "hearts that lie differently before a grid",
        settings(electrodes={"place": {"left_mm": 5}}),
        "place is for electrodes on the torso, and layout is grid",
    ),
    Entry(
        "pixels that can't be seen eight at once",
        settings(
            slices={"pixels": 36},
            variants={"lifted": {"family": "map_backprojection"}},
            compared=["lifted"],
        ),
        "map_backprojection needs slices.pixels to be a multiple of 8, not 36",
    ),
    Entry(
        "a scar without a velocity",
        settings(conditions={"scar": {"scar_radius_mm": 9}}, protocol={"velocities": {"scar": None}}),
        "conditions.scar: a scar needs a velocity",
    ),
    Entry(
        "electrodes of no one",
        settings(conditions={"few": {"electrodes": "some"}}),
        "conditions.few.electrodes",
    ),
    Entry("a table with braces", settings(cases_table="{x}.tsv"), "cases_table: a path can't hold braces"),
    Entry(
        "electrodes with braces",
        settings(electrodes={"layout": "csv", "file": "{x}.csv"}),
        "can't hold braces",
    ),
    Entry("a download above", download(member="../../heart.vtu"), "give the path of a file inside the wheel"),
    Entry(
        "a download at the root", download(member="/etc/passwd"), "give the path of a file inside the wheel"
    ),
    Entry("a download of a folder", download(member="mine/.."), "give the path of a file inside the wheel"),
    Entry(
        "a download with braces",
        download(member="{x}.vtu"),
        "downloads.mine.member: a path can't hold braces",
    ),
    Entry(
        "a download that is an option",
        download(package="--pre"),
        "downloads.mine.package: String should match",
    ),
    Entry(
        "a download from elsewhere",
        download(version="1 @ file:///x"),
        "downloads.mine.version: String should",
    ),
    Entry("a download of no hash", download(sha256="abc"), "downloads.mine.sha256: String should match"),
    Entry("a download of a bad name", lambda: {"downloads": {"../x": DOWNLOAD}}, "String should match"),
]
