"""N steps = k steps + kill -9 + resume + (N - k) steps, bit for bit, with real data, augmentation and bf16."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
import torch

from ganworks.engine import checkpoint
from ganworks.engine.run import Run

WORKER = Path(__file__).with_name("killed.py")
STEPS = 32


def start(name, folder):
    return subprocess.Popen([sys.executable, str(WORKER), name, str(folder), str(STEPS)], stdout=subprocess.PIPE)


def finish(name, folder):
    worker = start(name, folder)
    output, _ = worker.communicate(timeout=200)
    assert worker.returncode == 0
    return output.decode()


def kill_after(name, folder, step):
    """Start, wait for a log line of that step, and kill without warning."""
    worker, run = start(name, folder), Run(folder)
    deadline = time.monotonic() + 200
    while max((line["step"] for line in run.read_log()), default=0) < step:
        assert worker.poll() is None, "it ended before it could be killed"
        assert time.monotonic() < deadline
        time.sleep(0.005)
    os.kill(worker.pid, signal.SIGKILL)
    worker.wait()


def final_state(folder):
    tensors, facts = checkpoint.read(checkpoint.path_of(Run(folder).checkpoints, STEPS))
    facts.pop("seconds")
    return tensors, facts


@pytest.mark.parametrize("name", ["wgan_gp", "dcgan"])
def test_a_killed_run_ends_as_if_nothing_had_happened(name, tmp_path):
    finish(name, tmp_path / "straight")
    for step in (8, 23):
        kill_after(name, tmp_path / "killed", step)
    finish(name, tmp_path / "killed")
    straight, straight_facts = final_state(tmp_path / "straight")
    killed, killed_facts = final_state(tmp_path / "killed")
    assert straight_facts == killed_facts
    assert straight.keys() == killed.keys()
    for key, value in straight.items():
        assert torch.equal(value, killed[key]), key
    assert [line["step"] for line in Run(tmp_path / "killed").read_log()] == list(range(1, STEPS + 1))


def test_a_damaged_checkpoint_costs_only_the_steps_since_the_one_before(tmp_path):
    finish("dcgan", tmp_path / "straight")
    kill_after("dcgan", tmp_path / "run", 14)
    newest = checkpoint.newest_first(Run(tmp_path / "run").checkpoints)[0]
    newest.write_bytes(newest.read_bytes()[:-100])
    said = finish("dcgan", tmp_path / "run")
    assert newest.name in said
    straight, resumed = final_state(tmp_path / "straight")[0], final_state(tmp_path / "run")[0]
    assert all(torch.equal(value, resumed[key]) for key, value in straight.items())
