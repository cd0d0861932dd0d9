"""Lines that a run ends with."""

import pandas as pd

from ecgi.evaluation.bootstrap import COLUMNS
from ecgi.io.checked_files import write_table
from ecgi.reporting.closing_lines import of_experiment
from ecgi.reporting.failures import KILLED, failures


def printed(*logs, ending="log: {} (check log file(s) for error details)"):
    return "\n".join(f"    {ending.format(log)}" for log in logs)


def test_each_failure_is_shown_once_with_its_first_log(tmp_path):
    for name, text in {
        "one": "start\nno heart",
        "two": "no heart",
        "three": "no torso\n",
        "four": "",
    }.items():
        (tmp_path / name).write_text(text)
    paths = [tmp_path / name for name in ("one", "two", "three", "four", "missing", "one")]
    assert failures(printed(*paths)) == [
        f"no heart (log: {tmp_path / 'one'})",
        f"no torso (log: {tmp_path / 'three'})",
    ]


def test_logs_of_jobs_on_a_cluster_are_found(tmp_path):
    (tmp_path / "one").write_text("no heart")
    assert failures(printed(tmp_path / "one", ending="log: {}, slurm")) == [
        f"no heart (log: {tmp_path / 'one'})"
    ]


def test_a_killed_job_gets_advice():
    assert failures("exited with non-zero exit status 137") == [KILLED]
    assert failures("died with <Signals.SIGKILL: 9>") == [KILLED]
    assert failures("exited with non-zero exit status 1") == []


def test_an_experiment_ends_with_its_metrics_and_where_they_are(tmp_path):
    (tmp_path / "tables").mkdir()
    row = {"method": "tikhonov", "metric": "mae", "value": 9.0, "unit": "ms", "condition": "nominal"}
    row |= {"beats": "all", "split": "test", "seed": 0}
    write_table(tmp_path / "tables/metrics.csv", pd.DataFrame([row], columns=COLUMNS))
    lines = of_experiment("trial", tmp_path, ["tikhonov", "bsp_vae"], ["tikhonov"], ["one", "two"])
    assert lines[1] == "trial: 2 methods on one, two, test beats"
    assert "mae                  tikhonov" in lines[2]
    assert f"{tmp_path}/tables/metrics.md" in lines[3]
