import os
import subprocess
import sys
from pathlib import Path

import pytest

import ecgi

PACKAGES = Path(ecgi.__file__).parents[1]


@pytest.fixture
def run(tmp_path):
    """Run lines of a script whose output goes to a log; what is left on the terminal, and the log."""

    def run(*lines):
        log = tmp_path / "job.log"
        script = "\n".join(
            ["import os, sys", "from ecgi.core import logs", f"logs.to_file({str(log)!r})", *lines]
        )
        environment = {**os.environ, "PYTHONPATH": str(PACKAGES)}
        job = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, env=environment)
        return job, log.read_text()

    return run


def test_everything_printed_goes_to_the_log_native_output_too(run):
    job, log = run(
        "print('from Python')",
        "print('a warning', file=sys.stderr)",
        "sys.stdout.flush()",
        "os.write(1, b'from a library\\n')",
        "os.write(2, b'its warning\\n')",
        "os.system('echo from a child')",
    )
    assert job.returncode == 0
    assert job.stdout == job.stderr == ""
    for line in ("from Python", "a warning", "from a library", "its warning", "from a child"):
        assert line in log.splitlines()


def test_a_programming_error_leaves_its_traceback_in_the_log_and_says_where(run):
    job, log = run("print('before')", "{}['missing']")
    assert job.returncode != 0
    assert "before" in log
    assert "Traceback" in log
    assert "KeyError: 'missing'" in log
    assert "KeyError: 'missing'" in job.stderr
    assert "job.log" in job.stderr
    assert "Traceback" not in job.stderr


def test_an_input_error_is_reported_without_a_traceback(run):
    job, log = run(
        "from ecgi.core.errors import InputError", "raise InputError('heart.vtu: no volume cells')"
    )
    assert job.returncode != 0
    assert job.stderr == "heart.vtu: no volume cells\n"
    assert log == "heart.vtu: no volume cells\n"


def test_an_error_that_the_run_lists_at_its_end_goes_to_the_log_alone(run):
    job, log = run(
        "from ecgi.core.errors import InputError",
        "os.environ['ECGI_ERRORS_AT_THE_END'] = '1'",
        "raise InputError('heart.vtu: no volume cells')",
    )
    assert job.stderr == ""
    assert log == "heart.vtu: no volume cells\n"


def test_an_error_without_a_message_is_named(run):
    job, _ = run("raise MemoryError")
    assert "MemoryError; run fewer jobs at once" in job.stderr


def test_a_full_disk_is_reported_with_what_to_do(run):
    job, _ = run("import errno", "raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC), 'beats.zarr')")
    assert "No space left on device: 'beats.zarr'; free some and run again" in job.stderr


def test_an_older_log_is_replaced(run):
    run("print('the first run printed much more than the second')")
    _, log = run("print('second')")
    assert log == "second\n"
