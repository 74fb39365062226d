"""The loop: when it ends, when chores are due, and how Ctrl-C is taken."""

import errno
import os
import signal
import subprocess
import sys
import time

import pytest
import torch
from shapes import Plain

from ganworks.checks import RandomStream
from ganworks.engine.chores import Chore
from ganworks.engine.engine import Engine
from ganworks.engine.fit import fit
from ganworks.engine.run import Run


@pytest.fixture
def engine():
    torch.manual_seed(0)
    system = Plain(4)
    return Engine(system, RandomStream(system.specs), device="cpu", precision="float32")


def test_ends_after_the_steps(engine):
    assert fit(engine, 5) == "steps"
    assert engine.step == 5
    assert engine.stream.position == 5 * 8


def test_ends_by_time(engine):
    begin = time.monotonic()
    assert fit(engine, 10**9, minutes=0.005) == "time"
    assert 0.3 <= time.monotonic() - begin < 5
    assert 0.25 <= engine.seconds < 5


def test_the_time_of_chores_is_not_that_of_steps(engine):
    fit(engine, 3, [Chore(lambda engine: time.sleep(0.5), steps=1)])
    assert 0 < engine.seconds < 0.5


def test_chores_by_steps(engine):
    seen = []
    fit(engine, 10, [Chore(lambda engine: seen.append(engine.step), steps=4)])
    assert seen == [4, 8]


def test_chores_by_time_take_a_small_share(engine):
    seen = []

    def slow(engine):
        seen.append(time.monotonic())
        time.sleep(0.02)

    fit(engine, 10**9, [Chore(slow, seconds=0.05)], minutes=1.6 / 60)
    assert seen[0] > 0.05
    assert len(seen) in (1, 2)  # 50 x 0.02 s must pass before the second


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupt_finishes_the_step(engine, number):
    def interrupt(engine):
        if engine.step == 3:
            os.kill(os.getpid(), number)

    before = signal.getsignal(signal.SIGINT)  # ignored, where the tests run in the background
    assert fit(engine, 100, [Chore(interrupt, steps=1)]) == "interrupt"
    assert engine.step in (3, 4)
    assert signal.getsignal(signal.SIGINT) is before


def test_the_log_forgets_what_comes_after_the_checkpoint(tmp_path, engine):
    run = Run(tmp_path)
    run.begin({})
    for step in range(5):
        fit(engine, step + 1)
        run.write_log(engine.measured())
        if engine.step == 3:
            run.save(engine)
    with run.log.open("a") as file:
        file.write('{"step": 6, "sec')  # a kill in the middle of a line
    run.resume(engine)
    assert engine.step == 3
    assert [line["step"] for line in run.read_log()] == [1, 2, 3]


@pytest.mark.parametrize("step", [0, 2])
def test_a_killed_run_leaves_nothing_of_what_is_done_again(tmp_path, engine, step):
    run = Run(tmp_path / "run")
    run.begin({"system": "x"})
    if step:
        engine.step = step
        run.save(engine)
    for later in (1, 2, 3):
        run.write_log({"step": later})
        (run.samples / f"{later:08d}.png").write_bytes(b"")
    engine.step = 0
    run.resume(engine)
    assert engine.step == step
    assert [line["step"] for line in run.read_log()] == [1, 2][:step]
    assert sorted(path.stem for path in run.samples.glob("*.png")) == ["00000001", "00000002"][:step]


def test_the_best_checkpoint_is_that_of_the_lowest_figure(tmp_path, engine):
    run = Run(tmp_path)
    for figure in (3.0, 1.0, 2.0):
        fit(engine, engine.step + 1)
        run.save(engine, figure)
    system = Plain(4)
    run.load(system, best=True)
    best = {name: value.clone() for name, value in system.state_dict().items()}
    run.load(system)
    assert not torch.equal(best["G.0.weight"], system.state_dict()["G.0.weight"])
    torch.testing.assert_close(system.G[0].weight, engine.average.system.G[0].weight)
    assert engine.best == 1.0


def test_two_processes_do_not_train_in_one_folder(tmp_path):
    holder = "import sys, time; from pathlib import Path; from ganworks.engine.run import Run\n"
    holder += "Run(Path(sys.argv[1])).claim(); print('held', flush=True); time.sleep(60)"
    other = subprocess.Popen([sys.executable, "-c", holder, str(tmp_path)], stdout=subprocess.PIPE, text=True)
    try:
        assert other.stdout.readline() == "held\n"
        with pytest.raises(ValueError, match="another process is training in"):
            Run(tmp_path).claim()
    finally:
        other.kill()
        other.wait()
    Run(tmp_path).claim()  # a killed process holds nothing
    Run(tmp_path).claim()  # and one may go on in its own run


def test_a_read_only_place_is_said_in_one_line(tmp_path):
    blocked = tmp_path / "file"
    blocked.write_text("")
    with pytest.raises(ValueError, match=r"cannot write to .* choose another --out"):
        Run(blocked / "run").begin({})


def test_a_full_disk_stops_no_run(engine):
    def write(engine):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    assert fit(engine, 3, [Chore(write, steps=2)]) == "steps"
    assert engine.notes == ["step 2: not everything could be written (No space left on device); training goes on"]
