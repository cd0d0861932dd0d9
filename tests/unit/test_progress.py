import os
import pty
import re
import subprocess
import sys
import termios
from pathlib import Path

import pytest

import ecgi

PACKAGES = Path(ecgi.__file__).parents[1]
JOB = """
import time
from ecgi.core import logs, progress
logs.to_file({log!r})
progress.LOG_EVERY_S = 0.2
for beat in progress.Progress("beats", range(8), 8):
    time.sleep(0.1)
{more}
"""


@pytest.fixture
def run(tmp_path):
    """Run a job with its standard error in a terminal, or not; what came there, and the log."""

    def run(watched, more=""):
        log = tmp_path / "heart1.log"
        reading, terminal = pty.openpty() if watched else os.pipe()
        if watched:
            termios.tcsetwinsize(terminal, (30, 80))
        command = [sys.executable, "-c", JOB.format(log=str(log), more=more)]
        environment = {**os.environ, "PYTHONPATH": str(PACKAGES)}
        subprocess.run(command, stderr=terminal, env=environment)
        os.write(terminal, b"end")
        shown = os.read(reading, 100_000).decode().removesuffix("end")
        os.close(terminal)
        os.close(reading)
        return shown, log.read_text()

    return run


def test_a_terminal_gets_a_bar_that_names_the_job_and_the_time_left(run):
    shown, log = run(watched=True)
    assert re.search(r"heart1 +\d+ %\|.+\| \d of 8 beats, \d\d:\d\d left", shown)
    assert re.fullmatch(r"(beats: \d of 8 after 00:0\d(, 00:0\d left)?\n)+", log)


def test_without_a_terminal_only_the_log_has_lines(run):
    shown, log = run(watched=False)
    assert shown == ""
    assert re.match(r"beats: \d of 8 after 00:0\d, 00:0\d left\n", log)


def test_an_error_takes_the_place_of_the_bar_and_stays_the_last_word_of_the_log(run):
    interrupted = "for beat in progress.Progress('beats', range(8), 8):\n    raise MemoryError('too large')"
    shown, log = run(watched=True, more=interrupted)
    assert "\r\x1b[KMemoryError: too large" in shown
    assert log.splitlines()[-1].startswith("MemoryError: too large")
