"""The judge beside a training: figures by steps, the best checkpoint by them, and a verdict that survives a resume."""

import json
from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from blocks import Means, pictures

import ganworks
from ganworks.data import open_pictures
from ganworks.engine import checkpoint
from ganworks.engine.chores import judge_to
from ganworks.engine.run import Run
from ganworks.judge import course, evaluate
from ganworks.metrics.protocol import Protocol
from ganworks.training import Silence, choose_best_by

SMALL = {"width": 4, "batch": 8, "size": 8, "precision": "float32"}


@pytest.fixture(autouse=True)
def inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(course, "NUM_SAMPLES", 128)
    monkeypatch.setattr(course, "MOST_PICTURES", 150)


def train(*words, **given):
    return ganworks.train(*words, **SMALL | {"out": "run"} | given)


def log():
    return list(Run(Path("run")).read_log())


def evaluations(lines, name="fd_pixels"):
    """Steps and values where they were measured."""
    found = {}
    for line in lines:
        if name in line and line[name] not in found.values():
            found[line["step"]] = line[name]
    return found


def best():
    return checkpoint.read(Run(Path("run")).checkpoints / "best.safetensors")[1]


def test_figures_by_steps_and_the_best_by_them():
    said = []

    class Watch(Silence):
        def say(self, line):
            said.append(line)

        def show(self, engine):
            said.extend(engine.notes)
            engine.notes.clear()

    train("gan", "fashion_mnist_10k", steps=7, evaluate_every=2, features="pixels", watch=Watch())
    found = evaluations(log())
    assert set(found) == {2, 4, 6, 7}, "and once more at the end"
    assert best()["step"] == min(found, key=found.get)
    assert best()["best"] == min(found.values())
    assert {"fd_pixels_error", "precision_pixels", "recall_pixels"} <= log()[-1].keys()
    assert any("every 2 steps: fd_pixels, precision and recall of 128 samples against 150" in line for line in said)
    for step in (4, 7):
        assert sum(line.startswith(f"step {step}: fd_pixels") for line in said) == 1


def test_the_value_is_that_of_evaluate():
    train("gan", "fashion_mnist_10k", steps=2, evaluate_every=2, features="pixels")
    [result] = evaluate(["run"], "fashion_mnist_10k", features="pixels", count=150, metrics="fd")
    # Other samples and other real pictures of the same two distributions.
    assert log()[-1]["fd_pixels"] == pytest.approx(result["fd_pixels"].value, rel=0.05)


def test_training_is_the_same_with_a_judge_beside_it():
    judged = train("gan", "fashion_mnist_10k", steps=4, evaluate_every=1, features="pixels", out="judged")
    alone = train("gan", "fashion_mnist_10k", steps=4, out="alone")
    for (name, a), (_, b) in zip(judged.system.named_parameters(), alone.system.named_parameters(), strict=True):
        assert torch.equal(a, b), name


def test_a_run_that_goes_on_keeps_its_best_and_its_history():
    train("gan", "fashion_mnist_10k", steps=4, evaluate_every=2, features="pixels")
    first, lowest = evaluations(log()), best()["best"]
    ganworks.train("run", steps=8)
    found = evaluations(log())
    assert found.items() >= first.items()
    assert set(found) == {2, 4, 6, 8}
    assert best()["best"] == min(found.values()) <= lowest


def test_another_figure_begins_anew():
    """The quick figure is far below any Fréchet distance: it must not stay the best for ever."""
    train("gan", "fashion_mnist_10k", steps=2)
    quick = best()["best"]
    ganworks.train("run", steps=4, evaluate_every=2, features="pixels")
    assert best()["step"] == 4
    assert best()["best"] == log()[-1]["fd_pixels"] > quick


def test_what_a_judge_measured_is_forgotten_without_it():
    engine = SimpleNamespace(best=40.0, figures={"fd_convs": 40.0, "diversity": 0.9})
    choose_best_by(engine, "fd_convs", is_same=True)
    assert engine.best == 40.0
    choose_best_by(engine, "distance", is_same=True)
    assert (engine.best, engine.figures) == (None, {"diversity": 0.9})


def blocks(num, seed):
    np.save("set.npy", pictures(num, seed)[:, 0].numpy())


def test_other_pictures_behind_the_same_name_begin_anew():
    blocks(100, seed=0)
    train("gan", "set.npy", steps=4, evaluate_every=2, features="pixels")
    before = log()
    assert len({line["protocol"] for line in before}) == 1
    told = Run(Path("run")).facts["judge"]
    assert Protocol(told["facts"]).fingerprint == told["protocol"] == before[-1]["protocol"]
    ganworks.train("run", steps=6)
    assert {line["protocol"] for line in log()} == {before[-1]["protocol"]}
    blocks(100, seed=1)
    said = []

    class Watch(Silence):
        def show(self, engine):
            said.extend(engine.notes)
            engine.notes.clear()
            assert engine.best is None or engine.step >= 8, "what the other reference said is forgotten"

    ganworks.train("run", steps=8, evaluate_every=8, watch=Watch())
    assert log()[-1]["protocol"] != before[-1]["protocol"]
    assert all("fd_pixels" not in line for line in log() if line["step"] == 7)
    assert best()["step"] == 8
    assert any("(the best so far)" in line for line in said)


def test_the_number_of_samples_and_the_network_are_part_of_the_protocol(monkeypatch):
    blocks(40, seed=0)
    found = open_pictures("set.npy")

    def fingerprint(**how):
        return course.Course(found, Run(Path("run")), **how).protocol.fingerprint

    first = fingerprint(features="pixels")
    assert fingerprint(features="pixels") == first
    others = {fingerprint(features="convs"), fingerprint(features=Means()), fingerprint(features=Means(blocks=4))}
    monkeypatch.setattr(course, "NUM_SAMPLES", 127)
    others.add(fingerprint(features="pixels"))
    monkeypatch.setattr(course, "MOST_PICTURES", 39)
    others.add(fingerprint(features="pixels"))
    assert len(others) == 5 and first not in others


@pytest.mark.parametrize("num", [2, 3, 5, 6])
@pytest.mark.parametrize("features", ["pixels", "convs"])
def test_few_pictures_can_be_judged(num, features):
    blocks(num, seed=0)
    train("gan", "set.npy", steps=2, evaluate_every=1, features=features, batch=2)
    assert 0 <= log()[-1][f"recall_{features}"] <= 1
    assert log()[-1][f"fd_{features}"] > 0


def test_equal_pictures_can_be_judged():
    np.save("set.npy", np.full((20, 8, 8), 100, np.uint8))
    train("gan", "set.npy", steps=2, evaluate_every=1, features="pixels")
    assert log()[-1]["fd_pixels"] > 0
    assert "recall_pixels" not in log()[-1]


def test_one_picture_is_refused_before_training():
    blocks(1, seed=0)
    with pytest.raises(ValueError, match=r"--evaluate-every needs 2 pictures .* has 1; add some, or leave it out"):
        train("gan", "set.npy", steps=2, evaluate_every=1, batch=2)
    assert not Path("run").exists()


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"evaluate_every": 0}, "--evaluate-every: 0 was given; possible: 1 or more"),
        ({"evaluate_every": 5, "features": "pixel"}, "Did you mean pixels"),
        ({"evaluate_every": 5, "features": "convs", "weights": "w.pth"}, "--weights"),
    ],
)
def test_a_mistake_is_said_before_training(given, said):
    with pytest.raises(ValueError, match=said):
        train("gan", "fashion_mnist_10k", steps=2, **given)
    assert not (Path("run") / "run.json").exists()


def test_the_verdict_reads_the_log(tmp_path):
    run = Run(tmp_path)
    values = [90.0, 30.0, 10.0, 10.4, 9.7, 10.2, 10.5, 10.1]
    lines = [
        {"step": 100 * number + late, "fd_convs": value, "fd_convs_error": 0.5}
        for number, value in enumerate(values, 1)
        for late in (0, 3, 7)  # the figure stands in later lines too
    ]
    run.log.write_text("".join(json.dumps(line) + "\n" for line in [{"step": 5}, *lines]))
    assert course.verdict(run) == (
        "fd_convs is no better than at step 300 in the last 5 evaluations, beyond the error: "
        "more steps hardly help; the best is step 500"
    )
    assert course.verdict(run, {"step": 900, "fd_convs": 2.0, "fd_convs_error": 0.5}) is None
    run.log.write_text(json.dumps({"step": 5, "diversity": 1.0}) + "\n")
    assert course.verdict(run) is None


def test_the_verdict_counts_what_was_measured_by_the_present_protocol(tmp_path):
    run = Run(tmp_path)
    values = [9.0, 3.0, 1.0, 10.0, 10.4, 9.7, 10.2, 10.5, 10.1]
    lines = [
        {"step": 100 * number, "fd_convs": value, "fd_convs_error": 0.5, "protocol": "b" if value > 9 else "a"}
        for number, value in enumerate(values, 1)
    ]
    run.log.write_text("".join(json.dumps(line) + "\n" for line in lines))
    words = course.verdict(run)
    assert words and "no better than at step 400" in words and "the best is step 600" in words
    assert "surely worse" not in words
    assert course.verdict(run, lines[-1] | {"step": 1000, "protocol": "c"}) is None
    run.log.write_text("".join(json.dumps(line) + "\n" for line in lines[3:-1]))
    again = [lines[-2] | {"fd_convs": value} for value in (10.49, 10.48, 10.47)]
    assert all(course.verdict(run, line) is None for line in again), "judged again, a step counts once"


def test_a_checkpoint_that_was_saved_before_it_was_judged_can_still_be_the_best():
    """The chore that saves by time may come at the step of the last evaluation."""
    calls = []

    def save(engine, value):
        calls.append((engine.saved_at, value))

    engine = SimpleNamespace(step=2, saved_at=2, figures={}, synchronise=lambda: None, measured=lambda: {"step": 2})
    run = SimpleNamespace(write_log=lambda line: None, save=save)
    judge_to(run, lambda engine: {"fd": 3.0, "fd_error": 0.1})(engine)
    assert calls == [(None, 3.0)]
    assert engine.figures == {"fd": 3.0, "fd_error": 0.1}
