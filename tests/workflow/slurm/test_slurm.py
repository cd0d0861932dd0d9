"""The tiny experiment through Slurm, by the profile as it is."""

import re
import subprocess

import pytest

pytestmark = pytest.mark.slurm

PROFILE = ("--profile", "workflow/profiles/slurm", "--slurm-init-seconds-before-status-checks", "2")
WITH_GPU = ("--set-resources", "train_variant:gpu=1")


@pytest.fixture(scope="module")
def submitted(slurm, copied):
    """A copy of the project in which the tiny experiment has run through Slurm, training on GPUs in name."""
    checkout = copied()
    checkout.snakemake(*PROFILE, *WITH_GPU)
    return checkout


@pytest.fixture
def jobs(submitted):
    """What Slurm says of each of the run's jobs."""
    rows = (dict(re.findall(r"(\S+?)=(\S*)", line)) for line in scontrol().splitlines())
    return [row for row in rows if row["WorkDir"] == str(submitted.folder)]


def scontrol():
    return subprocess.run(
        ["scontrol", "show", "job", "--oneliner"], capture_output=True, text=True, check=True
    ).stdout


def of(jobs, kind):
    return [job for job in jobs if job["Comment"].startswith(f"rule_{kind}")]


def queue():
    """Jobs that wait or run."""
    listed = subprocess.run(["squeue", "--noheader"], capture_output=True, text=True, check=True)
    return listed.stdout.splitlines()


def test_results_are_those_of_a_local_run(submitted, finished):
    assert submitted.has_results_of(finished) == 26


def test_many_steps_are_few_jobs(jobs):
    kinds = ("heart", "train_variant", "predictions", "results")
    assert {kind: len(of(jobs, kind)) for kind in kinds} == dict(zip(kinds, (1, 6, 2, 1), strict=True))
    assert len(jobs) == 11
    assert {job["JobState"] for job in jobs} == {"COMPLETED"}
    assert queue() == []


@pytest.mark.parametrize(
    ("kind", "memory", "limit", "gpus"),
    [
        ("heart", {"3007M"}, "01:30:00", None),
        ("train_variant", {"2003M", "2005M"}, "01:01:00", "gres:gpu:1"),  # the latter with blends
        ("predictions", {"3003M"}, "00:55:00", None),
        ("results", {"2000M"}, "01:45:00", None),
    ],
)
def test_a_job_asks_for_what_its_rules_state(jobs, kind, memory, limit, gpus):
    asked = [dict(item.split("=") for item in job["TRES"].split(",")) for job in of(jobs, kind)]
    assert {job["mem"] for job in asked} == memory
    assert {job["cpu"] for job in asked} == {"1"}
    assert {(job["TimeLimit"], job.get("TresPerJob")) for job in of(jobs, kind)} == {(limit, gpus)}


def test_a_local_run_takes_over_what_slurm_has_made(submitted):
    assert "Nothing to be done" in submitted.snakemake()


def test_a_failed_job_is_named_with_its_log(slurm, copied):
    checkout = copied()
    (checkout.folder / "heart.nii.gz").write_text("no image")
    (checkout.folder / "hearts.tsv").write_text(
        "case\tkind\tsource\tlabel_map\nmine\tvolume\theart.nii.gz\tmine\n"
    )
    settings = ("cases_table=hearts.tsv", "cases=[mine]", "label_maps={mine: {lv_wall: [1], lv_cavity: [2]}}")
    printed = checkout.snakemake(*PROFILE, "--retries", "0", "--config", *settings, check=False)
    assert "Error in group heart" in printed
    assert "heart.nii.gz: not a readable image" in printed
    for folder in (r"\S+/slurm_logs/group_heart", "logs/tiny/import_anatomy"):
        log = re.search(rf"{folder}\S+\.log", printed)[0]
        assert "heart.nii.gz: not a readable image" in (checkout.folder / log).read_text()
    assert queue() == []
