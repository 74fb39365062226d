"""What the doctor does while a run trains: says, stops, goes back."""

import json
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest
import torch

from ganworks import checks, registry
from ganworks.doctor.probe import Probe
from ganworks.doctor.rounds import KEEP, Doctor, apply, healthy
from ganworks.engine import checkpoint, state
from ganworks.engine.chores import Chore, log_to, report_to, save_to
from ganworks.engine.engine import Diverged
from ganworks.engine.run import Run, superfluous

RATE = 2e-4  # D's own


class Feigned(Probe):
    """Says that D is fooled from a step on, as long as D has its own rate."""

    def __init__(self, sick_from: int = 8, cured: bool = True):
        super().__init__({})
        self.sick_from, self.cured = sick_from, cured

    def measure(self, engine):
        sick = engine.step >= self.sick_from and not (self.cured and engine.rates["D"] != [RATE])
        engine.health = {"told_apart": 0.1 if sick else 0.8}


@pytest.fixture(autouse=True)
def lines_are_few_steps_apart(monkeypatch):
    """As no run is here that is longer than 60 steps, nor has steps that take long enough to say what is slow."""
    monkeypatch.setattr("ganworks.doctor.symptoms.pace.LATE", 2)
    monkeypatch.setattr("ganworks.doctor.finding.LONG", 0)
    monkeypatch.setattr("ganworks.doctor.rounds.LONG", 0)


@pytest.fixture
def run(tmp_path):
    run = Run(tmp_path / "run", keep=KEEP)
    run.begin({"system": "gan", "settings": {}, "training": {"steps": 40, "d_lr": None}, "data": {"source": "none"}})
    return run


def engine_for(seed=0):
    return checks.engine_for(partial(registry.builder("gan"), size=8, width=8), seed)


def train(run, doctor, steps=40, engine=None):
    engine = engine or engine_for()
    chores = [Chore(chore.do, steps=1) for chore in doctor.chores(log_to(run))]
    end = doctor.fit(engine, steps, [*chores, Chore(save_to(run), steps=3)], None)
    return engine, end


def test_a_run_that_goes_on_is_told_once_and_when_it_is_over(run):
    probe = Feigned()
    engine, end = train(run, Doctor(run, probe), steps=30)
    assert (end, engine.step) == ("steps", 30)
    (said,) = engine.notes
    assert said.startswith("serious: critic sleeps since step 11")
    assert "try --d-lr 0.0008" in said
    probe.sick_from = 10**6
    doctor = Doctor(run, probe)
    engine.notes.clear()
    train(run, doctor, steps=40, engine=engine)
    assert [note.partition(":")[0] for note in engine.notes] == ["serious", "over at step 35"]


def test_stop(run):
    engine, end = train(run, Doctor(run, Feigned(), "stop"))
    assert end == "collapse"
    assert engine.step < 20
    assert "stopped at step" in engine.notes[-1]
    report_to(run)(engine)
    found = json.loads((run.folder / "doctor.json").read_text())["findings"]
    assert [finding["name"] for finding in found] == ["critic sleeps"]
    assert found[0]["advice"][0] == {
        "words": "a faster D sees what G does",
        "setting": "d_lr",
        "value": 8e-4,
        "line": "--d-lr 0.0008: a faster D sees what G does",
    }


def test_rollback_follows_the_first_advice_and_goes_on(run):
    engine, end = train(run, Doctor(run, Feigned(), "rollback"))
    assert (end, engine.step) == ("steps", 40)
    assert engine.rates["D"] == [8e-4]
    assert engine.optimizers["D"].param_groups[0]["lr"] == 8e-4
    facts = run.facts
    assert facts["training"]["d_lr"] == 8e-4, "a run that goes on keeps it"
    (back,) = facts["rollbacks"]
    assert back["to"] == 6, "D is fooled from step 8 on, and so it is in the checkpoint of step 9"
    assert back["change"] == {"d_lr": 8e-4}
    lines = [json.loads(line) for line in run.log.read_text().splitlines()]
    assert [line["step"] for line in lines] == [*range(1, 7), 6, *range(7, 41)]
    assert lines[6]["rollback"] == back
    assert lines[6]["rates"]["D"] == 8e-4
    assert lines[6]["terms"] == lines[6]["gradient_norms"] == {}, "the time that they are of is undone"
    assert any(note.startswith("back from step") and "--d-lr 0.0008" in note for note in engine.notes)


def test_the_state_is_that_of_the_checkpoint_to_the_bit(run):
    engine = engine_for()
    for step in range(1, 11):
        engine.take_step()
        if step == 6:
            tensors, facts = state.capture(engine)
            kept = {name: value.clone() for name, value in tensors.items()}
        if step % 3 == 0:
            run.save(engine)
            (run.samples / f"{step:08d}.png").touch()
        log_to(run)(engine)
    engine.best = 0.5
    case = {"name": "x", "since": 8, "says": "x", "advice": [["ema", 0.9], ["clip", 1.0], ["d_lr", 1.0]]}
    Doctor(run, Feigned(), "rollback").roll_back(engine, case)
    tensors, now = state.capture(engine)
    assert tensors.keys() == kept.keys()
    assert all(torch.equal(value, kept[name]) for name, value in tensors.items())
    assert now == facts | {"best": 0.5}
    assert (engine.clip, engine.rates["D"]) == (1.0, [RATE]), "the first that can be followed, and no other"
    assert [path.stem for path in checkpoint.newest_first(run.checkpoints)] == ["step-00000006", "step-00000003"]
    assert sorted(path.stem for path in run.samples.iterdir()) == ["00000003", "00000006"]
    second = engine_for(seed=1)
    run.resume(second)
    assert (second.step, second.best) == (6, 0.5), "a kill right after it forgets nothing"
    assert [line["step"] for line in run.read_log()] == [1, 2, 3, 4, 5, 6, 6]


def test_the_best_of_the_time_of_the_fault_is_forgotten(run):
    engine = engine_for()
    for figure in (0.5, 0.4, 0.3):
        engine.take_step()
        run.save(engine, figure)
        log_to(run)(engine)
    best = run.checkpoints / "best.safetensors"
    doctor = Doctor(run, Feigned(), "rollback")
    assert doctor.best_before(engine, since=4) == 0.3 and best.exists()
    assert doctor.best_before(engine, since=3) is None and not best.exists()


def test_no_more_often_than_told(run):
    engine, end = train(run, Doctor(run, Feigned(cured=False), "rollback", rollbacks=2))
    assert (end, engine.step) == ("steps", 40)
    assert len(run.facts["rollbacks"]) == 2
    with pytest.raises(ValueError, match="--rollbacks: -1 was given"):
        Doctor(run, Feigned(), "rollback", rollbacks=-1)


def test_a_change_gets_time_where_no_healthy_checkpoint_is_left(run):
    """The only checkpoint is from the middle of the fault: its log is as bad just after the run went back to it."""
    engine = engine_for()
    for _ in range(20):
        engine.take_step()
        engine.health = {"told_apart": 0.1}
        log_to(run)(engine)
    run.save(engine)
    engine, _ = train(run, Doctor(run, Feigned(0), "rollback"), steps=50, engine=engine)
    assert [back["change"] for back in run.facts["rollbacks"]] == [{"d_lr": 8e-4}]
    assert engine.rates["D"] == [8e-4]


def test_a_run_that_was_stopped_can_be_gone_on_with(run):
    engine, end = train(run, Doctor(run, Feigned(), "stop"), steps=60)
    assert (end, engine.step) == ("collapse", 16)
    engine.rates["D"] = [8e-4]
    assert train(run, Doctor(run, Feigned(), "stop"), steps=60, engine=engine)[1] == "steps"
    engine.rates["D"] = [RATE]
    assert train(run, Doctor(run, Feigned(), "stop"), steps=99, engine=engine)[1] == "collapse"


def test_a_checkpoint_that_did_not_help_is_not_taken_again(run):
    engine = engine_for()
    loss = engine.system.d_loss
    engine.system.d_loss = lambda batch: {
        name: term * (torch.nan if engine.step > 13 else 1) for name, term in loss(batch).items()
    }
    with pytest.raises(Diverged):
        train(run, Doctor(run, Feigned(10**6), "rollback"), engine=engine)
    assert [back["to"] for back in run.facts["rollbacks"]] == [9, 6, 9], "of step 9 there is then another one"


def test_checkpoints_reach_far_back_however_often_a_run_is_saved(run):
    """A fault of an old run is an hour old when it is sure, and with --evaluate-every there are many checkpoints."""
    engine = engine_for()
    for step in range(201):
        engine.step = step
        run.save(engine)
    steps = [int(path.stem.partition("-")[2]) for path in checkpoint.newest_first(run.checkpoints)]
    assert len(steps) == KEEP
    assert steps[:2] == [200, 199]
    assert steps[-1] == 0
    ages = [200 - step for step in steps[1:]]
    assert all(older <= 8 * age for age, older in pairwise(ages)), ages
    paths = [Path(f"step-{name}.safetensors") for name in ("00000009", "00000007", "00000007-mine", "00000005")]
    assert superfluous(paths, 2) == [paths[3]]


def test_what_shall_be_done_is_known(run):
    with pytest.raises(ValueError, match="--on-collapse: rollbak was given; possible: go-on, stop, rollback"):
        Doctor(run, Feigned(), "rollbak")


def test_a_run_that_diverges_goes_back_with_shorter_steps(run):
    def spoilt(batch):
        rotten = engine.step > 12 and engine.clip is None
        return {name: term * (torch.nan if rotten else 1) for name, term in loss(batch).items()}

    engine = engine_for()
    loss, engine.system.d_loss = engine.system.d_loss, spoilt
    engine, end = train(run, Doctor(run, Feigned(10**6), "rollback"), steps=40, engine=engine)
    assert (end, engine.step, engine.clip) == ("steps", 40, 1.0)
    other = Run(run.folder.with_name("other"))
    other.begin({"training": {}})
    engine = engine_for()
    loss, engine.system.d_loss = engine.system.d_loss, spoilt
    with pytest.raises(Diverged):
        train(other, Doctor(other, Feigned(10**6), "go-on"), engine=engine)


def test_the_oldest_checkpoint_where_none_is_from_before(run):
    engine = engine_for()
    for _ in range(3):
        engine.take_step()
        run.save(engine)
    assert healthy(run, since=1) == checkpoint.path_of(run.checkpoints, 1)
    checkpoint.path_of(run.checkpoints, 2).write_bytes(b"torn")
    assert healthy(run, since=3) == checkpoint.path_of(run.checkpoints, 1)


def test_what_can_be_followed_while_training_goes_on():
    engine = engine_for()
    assert apply(engine, [["ema", 0.9], ["g_lr", 1e-5]]) == {"g_lr": 1e-5}
    assert apply(engine, [["clip", 1.0]]) == {"clip": 1.0}
    assert apply(engine, [["clip", 1.0], ["g_lr", 1e-5]]) == {}
