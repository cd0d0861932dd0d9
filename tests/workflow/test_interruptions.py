"""The workflow survives kills, a full disk and damaged files, and two runs never write at once."""

import io
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import zipfile
from contextlib import suppress

import h5py
import numpy as np
import psutil
import pytest

HEART = "results/tiny/anatomy/phantom02/segmentation.nii.gz"
DATASET = "results/tiny/dataset/phantom02.zarr"
START = "start"
TEN = {
    "anatomy": [START, "import_anatomy"],
    "simulation": ["place_electrodes", "simulate_beats"],
    "dataset": ["build_dataset"],
    "models": ["train_variant", "train_variant"],
    "evaluation": ["predict_beats", "score"],
    "figures": ["figure_comparison"],
}
THIRTY = {
    "anatomy": ["import_anatomy", "slice_anatomy", START],
    "simulation": ["place_electrodes", "plan_beats", "simulate_beats", "simulate_beats", START],
    "dataset": ["build_dataset", "describe_dataset", "blend_beats", "simulate_condition", START],
    "models": [*["train_variant"] * 5, START],
    "evaluation": [*["predict_beats"] * 4, START, "score", "score", "tabulate_metrics"],
    "figures": ["figure_comparison", "figure_comparison", START],
}
START_S, JOB_S, TENSORFLOW_JOB_S = 4.0, 1.0, 7.0  # the latest kill after a run, or a job, began


class Run:
    """A run in the background, in a process group of its own."""

    def __init__(self, checkout, *arguments):
        self.printed = checkout.folder / "printed.log"
        with open(self.printed, "w") as printed:
            self.process = subprocess.Popen(
                checkout.command(*arguments),
                cwd=checkout.folder,
                stdout=printed,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def jobs(self):
        """Processes of the jobs' scripts, by the name of the script."""
        found = {}
        with suppress(psutil.Error):
            for child in psutil.Process(self.process.pid).children(recursive=True):
                script = next((part for part in child.cmdline() if "/.snakemake/scripts/" in part), None)
                if script:
                    found[script.split(".")[-2]] = child
        return found

    def wait_for(self, condition):
        """What a condition gives once it holds; None if the run ends before."""
        while self.process.poll() is None:
            if found := condition():
                return found
            time.sleep(0.05)
        assert self.process.returncode == 0, self.printed.read_text()[-8000:]
        return None

    def kill(self):
        """Kill the run together with its jobs; the scripts that were running."""
        running = sorted(self.jobs())
        with suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        return running


def kill_at_random(checkout, moments, *arguments):
    """Start the run again and again, killing it at random moments.

    Parameters
    ----------
    moments : list of str
        In the order of the workflow: the script after whose start, or after that of a later one, the
        run is killed; or `START`, to kill it soon after the run itself began.

    Returns
    -------
    list of list of str
        Scripts that were running at each kill.
    """
    rng = np.random.default_rng(2019)
    struck = []
    for number, moment in enumerate(moments):
        run = Run(checkout, *arguments)
        latest = START_S
        if moment != START:
            due = set(moments[number:])
            seen = run.wait_for(lambda run=run, due=due: due & run.jobs().keys())
            assert seen, f"nothing was left to be killed at {moment}"
            latest = TENSORFLOW_JOB_S if {"train_variant", "predict_beats"} & seen else JOB_S
        time.sleep(rng.uniform(0, latest))
        struck.append(run.kill())
        print(f"kill {len(struck)}, {moment}: {', '.join(struck[-1]) or 'no job'}")
    return struck


@pytest.mark.slow
def test_a_simulation_that_is_killed_carries_on_by_itself(checkout, finished):
    kill_at_random(checkout, [START, "place_electrodes", "simulate_beats", "build_dataset"], "--", DATASET)
    checkout.snakemake("--", DATASET)
    assert checkout.has_results_of(finished) == 4


@pytest.mark.parametrize(
    ("number", "stages"),
    [
        pytest.param(10, TEN, marks=pytest.mark.slow, id="ten"),
        pytest.param(30, THIRTY, marks=pytest.mark.exhaustive, id="thirty"),
    ],
)
def test_kills_change_nothing(checkout, finished, number, stages):
    struck = kill_at_random(checkout, [moment for moments in stages.values() for moment in moments])
    checkout.snakemake()
    assert len(struck) == number
    killed = {script for running in struck for script in running}
    assert [stage for stage, moments in stages.items() if not killed & set(moments)] == []
    assert checkout.has_results_of(finished) == 26


def weights(path):
    """Arrays in the file of a model."""
    arrays = {}
    with zipfile.ZipFile(path) as parts, h5py.File(io.BytesIO(parts.read("model.weights.h5"))) as file:
        file.visititems(
            lambda name, item: arrays.update({name: item[()]}) if isinstance(item, h5py.Dataset) else None
        )
    return arrays


@pytest.mark.slow
def test_a_training_killed_midway_resumes_and_ends_with_the_same_weights(checkout):
    module = checkout.folder / "workflow/ecgi/models/training/trainer.py"
    module.write_text(module.read_text().replace("SAVE_EVERY_S = 20.0", "SAVE_EVERY_S = 0.0"))
    folder = checkout.results / "models/activation_vae/seed0"
    setting = "variants={activation_vae: {epochs: 40, patience: 40}}"
    arguments = ("--config", setting, "--", str(folder.relative_to(checkout.folder) / "model.keras"))
    checkout.snakemake(*arguments)
    undisturbed, history = weights(folder / "model.keras"), (folder / "history.csv").read_text()
    assert not (folder / "state").exists()

    shutil.rmtree(folder)
    run = Run(checkout, *arguments)
    assert run.wait_for((folder / "state/state.npz").exists)
    time.sleep(0.3)
    assert run.kill() == ["train_variant"]
    assert not (folder / "model.keras").exists()
    checkout.snakemake(*arguments)
    log = (checkout.folder / "logs/tiny/train_variant/activation_vae-seed0.log").read_text()
    assert "carrying on after epoch" in log
    assert (folder / "history.csv").read_text() == history
    resumed = weights(folder / "model.keras")
    assert resumed.keys() == undisturbed.keys()
    for name, values in undisturbed.items():
        np.testing.assert_array_equal(resumed[name], values)


@pytest.mark.slow
def test_while_any_process_of_a_run_lives_no_other_run_writes(checkout, finished):
    run = Run(checkout, "--", HEART)
    job = run.wait_for(run.jobs)["import_anatomy"]
    job.suspend()

    printed = checkout.snakemake("--", HEART, check=False)
    assert "another run writes to" in printed
    assert str(run.process.pid) in printed
    assert checkout.planned("--", HEART) == {"import_anatomy": 1, "total": 1}
    assert list((checkout.folder / ".snakemake/locks").iterdir())

    run.process.kill()
    run.process.wait()
    checkout.snakemake("--unlock")
    printed = checkout.snakemake("--", HEART, check=False)
    assert f"another run writes to {checkout.folder}" in printed
    assert f"end its processes: {job.pid}\n" in printed
    assert not (checkout.folder / HEART).exists()

    os.killpg(run.process.pid, signal.SIGKILL)
    psutil.wait_procs([job], timeout=10)
    checkout.snakemake("--", HEART)
    checkout.has_results_of(finished)


def test_what_runs_no_job_takes_no_lock(checkout):
    command = [sys.executable, "-m", "snakemake", "--dag"]
    subprocess.run(command, cwd=checkout.folder, check=True, capture_output=True)
    assert not (checkout.folder / ".snakemake/run.lock").exists()


def test_the_lock_of_another_host_is_respected(checkout):
    locks = checkout.folder / ".snakemake/locks"
    locks.mkdir(parents=True)
    (locks / "0.output.lock").write_text(HEART + "\n")
    noted = {"host": "elsewhere", "before": {}}
    (checkout.folder / ".snakemake/run.lock").write_text(json.dumps(noted))
    printed = checkout.snakemake("--", HEART, check=False)
    assert "a run on elsewhere has locked" in printed
    assert not (checkout.folder / HEART).exists()


def test_a_job_that_is_killed_is_told_with_what_to_do(checkout, finished):
    run = Run(checkout, "--", HEART)
    run.wait_for(run.jobs)["import_anatomy"].kill()
    assert run.process.wait() == 1
    assert "A job was killed from outside, as happens when memory runs out" in run.printed.read_text()
    checkout.snakemake("--", HEART)
    checkout.has_results_of(finished)


@pytest.fixture
def mounted(checkout):
    """Run snakemake where results have been mounted by a command; return what it printed."""
    namespace = ["unshare", "--map-root-user", "--mount"]
    if not shutil.which("unshare") or subprocess.run([*namespace, "true"], capture_output=True).returncode:
        pytest.skip("mounts of one's own are not allowed here")

    def run(mount, *arguments):
        (checkout.folder / "results").mkdir(exist_ok=True)
        script = f'{mount} && exec "$@"'
        command = [*namespace, "sh", "-c", script, "sh", *checkout.command(*arguments)]
        done = subprocess.run(command, cwd=checkout.folder, text=True, capture_output=True)
        assert done.returncode == 1, done.stderr
        return done.stdout + done.stderr

    return run


@pytest.mark.parametrize(
    ("space", "target"), [("4k", HEART), pytest.param("300k", DATASET, marks=pytest.mark.slow)]
)
def test_a_full_disk_is_told_and_the_next_run_is_clean(checkout, finished, mounted, space, target):
    mount = f"mount -t tmpfs -o size={space} tmpfs results && head -c 4096 /dev/zero > results/other"
    printed = mounted(mount, "--", target)
    assert "No space left on device" in printed or "is there space left" in printed
    assert "free some and run again" in printed
    checkout.snakemake("--", target)
    checkout.has_results_of(finished)


def test_a_folder_that_may_not_be_written_is_named(mounted):
    printed = mounted("mount -t tmpfs -o ro tmpfs results", "--", HEART)
    assert "Read-only file system: 'results/tiny'" in printed


@pytest.mark.slow
def test_a_damaged_store_stops_the_run_and_its_removal_mends_it(finished):
    table = finished.results / "tables/metrics.csv"
    expected = table.read_bytes()
    store = finished.results / "predictions/nearest_neighbour/seed0/nominal/phantom02.zarr"
    scores = "results/tiny/scores/nearest_neighbour-seed0.csv"
    next(path for path in (store / "activation_time/c").rglob("*") if path.is_file()).unlink()
    (finished.folder / scores).unlink()
    printed = finished.snakemake("--", scores, check=False)
    assert f"{store.relative_to(finished.folder)}: damaged" in printed
    assert not (finished.folder / scores).exists()

    shutil.rmtree(store)
    assert finished.planned("--", scores) == {"predict_beats": 1, "score": 1, "total": 2}
    finished.snakemake("--", scores)
    finished.snakemake()
    assert table.read_bytes() == expected
