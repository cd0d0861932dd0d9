# Lines printed at the end of a run.


def lines_of_experiment():
    """Lines printed at the end of a run of the whole experiment."""
    from ecgi.reporting.closing_lines import of_experiment

    name = EXPERIMENT.experiment
    return of_experiment(name, RESULTS, EXPERIMENT.compared, INVERSE, TESTED_ON)


def lines_of_prediction():
    """Lines printed at the end of a run of `predict`."""
    from ecgi.reporting.closing_lines import of_prediction

    folder = SUBJECTS / SUBJECT.case
    exports = {
        method: {key: folder / method / EXPORTS[key] for key in ("site", "summary")}
        for method in SUBJECT.methods
    }
    return of_prediction(SUBJECT.case, folder, exports)


def lines_of_failure(run_logs):
    """Lines printed at the end of a failed run."""
    from ecgi.reporting.failures import failures

    return failures("\n".join(Path(path).read_text(errors="replace") for path in run_logs))
