import os
import subprocess
import sys

from ecgi.core import resources


def test_a_process_may_use_the_gpus_that_it_was_given():
    assert resources.visible({"CUDA_VISIBLE_DEVICES": "1,GPU-5a"}) == ["1", "GPU-5a"]
    assert resources.visible({"CUDA_VISIBLE_DEVICES": ""}) == []


def test_a_job_sees_no_gpu_but_those_that_it_was_given(monkeypatch):
    monkeypatch.setattr(os, "environ", {"CUDA_VISIBLE_DEVICES": "0,1"})
    resources.keep_to(1, "1")
    assert resources.visible(os.environ) == ["1"]
    resources.keep_to(1)
    assert resources.visible(os.environ) == []


def test_each_process_gets_a_gpu_of_its_own_until_it_ends(tmp_path):
    ask = f"from ecgi.core import resources; print(resources.claim(['0', '1'], {str(tmp_path)!r})); input()"
    processes = []

    def start():
        process = subprocess.Popen(
            [sys.executable, "-c", ask],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        processes.append(process)
        return process.stdout.readline().strip()

    try:
        assert [start(), start(), start()] == ["0", "1", "None"]
        processes[0].communicate("\n")
        assert start() == "0"
    finally:
        for process in processes:
            process.kill()
            process.communicate()
