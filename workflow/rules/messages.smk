# Lines printed at the end of a run.


def lines_of_experiment():
    """Lines printed at the end of a run of the whole experiment."""
    from ecgi.reporting.closing_lines import of_experiment

    name = EXPERIMENT.experiment
    return of_experiment(name, RESULTS, EXPERIMENT.compared, INVERSE, TESTED_ON)


def lines_of_prediction():
    """Lines printed at the end of a run of `predict`."""
    from ecgi.reporting.closing_lines import of_prediction
    from ecgi.reporting.subject_page import NOT_A_DEVICE

    lines = []
    for name, subject in RECORDINGS.items():
        folder = SUBJECTS / name
        exports = {
            method: {key: folder / method / EXPORTS[key] for key in ("site", "summary")}
            for method in subject.methods
        }
        lines += of_prediction(name, folder, exports)
    return [*lines, NOT_A_DEVICE, ""]


def lines_of_subjects(run_logs):
    """Write the summary of several subjects, and return lines on it that are printed at the end of a run."""
    from ecgi.reporting.subjects_summary import Inputs, lines_of, summary

    inputs = {
        name: Inputs(
            SUBJECTS / name,
            [RESULTS / "anatomy" / subject.case / "labels.nii.gz"],
            {name, subject.case, *(f"{name}-{method}" for method in subject.methods)},
            subject.methods,
        )
        for name, subject in RECORDINGS.items()
    }
    table = summary(inputs, printed_in(run_logs))
    table.to_csv(SUBJECTS / "summary.csv", index=False)
    return lines_of(table, SUBJECTS / "summary.csv")


def lines_of_challenge(run_logs):
    """Write what became of the recordings of the challenge, and return lines on it and on the answers."""
    from ecgi.reporting.challenge_tables import closing_lines

    needed = {
        name: [
            RESULTS / f"anatomy/{beat.heart}/labels.nii.gz",
            CHALLENGE / beat.heart / "transfer.zarr",
            SUBJECTS / name / "recording.zarr",
            SUBJECTS / name / f"{ANSWERED_BY}.zarr",
            CHALLENGE / f"{name}-cs.mat",
        ]
        for name, beat in BEATS.items()
    }
    return lines_of_subjects(run_logs) + closing_lines(CHALLENGE, BEATS, needed)


def lines_of_failure(run_logs):
    """Lines printed at the end of a failed run."""
    from ecgi.reporting.failures import failures

    return failures(printed_in(run_logs))


def printed_in(run_logs):
    """Output of Snakemake, as its logs hold it."""
    return "\n".join(Path(path).read_text(errors="replace") for path in run_logs)
