"""`train` and `load` as a user calls them."""

import json
from pathlib import Path

import numpy as np
import pytest

import ganworks
from ganworks import training
from ganworks.engine.run import Run
from ganworks.judge import course
from ganworks.supply import choose_batch


@pytest.fixture(autouse=True)
def inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)


def train(*words, **given):
    return ganworks.train(*words, **{"width": 8, "batch": 8, "out": "run"} | given)


def test_a_run_goes_on_to_the_default_number_of_steps_if_that_is_given():
    assert train("gan", "fashion_mnist_10k", steps=2).end == "steps"
    assert ganworks.train("run", steps=20_000, minutes=0.002).end == "time"


def test_a_run_that_is_further_says_so():
    train("gan", "fashion_mnist_10k", steps=3)
    with pytest.raises(ValueError, match="at step 3 already"):
        ganworks.train("run", steps=2)
    assert ganworks.train("run").end == "steps"


def test_a_run_whose_learning_rates_have_fallen_to_0_says_that_more_steps_change_nothing():
    values = np.random.default_rng(0).integers(0, 255, (8, 16, 16), np.uint8)
    np.save("one.npy", values)
    np.save("other.npy", 255 - values)
    ganworks.train("cyclegan", "one.npy", other="other.npy", out="run", steps=2, width=4, blocks=1, batch=2)
    assert ganworks.train("run").end == "steps"
    with pytest.raises(ValueError, match="planned for 2 steps"):
        ganworks.train("run", steps=4)


def test_a_run_can_be_loaded_and_sampled_while_its_process_lives():
    train("gan", "fashion_mnist_10k", steps=2)
    first, second = ganworks.load("run"), ganworks.load("run", best=True)
    assert first.sample(70, seed=1)["image"].shape == (70, 1, 28, 28)
    assert (first.sample(3, seed=1)["image"] == second.sample(3, seed=1)["image"]).all()


def test_data_that_changed_its_shape_is_refused():
    values = np.random.default_rng(0).integers(0, 255, (20, 16, 16), np.uint8)
    np.savez("set.npz", images=values, labels=np.arange(20) % 2)
    train("cgan", "set.npz", steps=2)
    np.savez("set.npz", images=values, labels=np.arange(20) % 3)
    with pytest.raises(ValueError, match=r"label: .* has Label"):
        ganworks.train("run", steps=4)
    np.savez("set.npz", images=values[:10], labels=np.arange(10) % 2)
    assert ganworks.train("run", steps=4).end == "steps"


@pytest.mark.parametrize(
    "given", [{"micro": 0}, {"micro": 9}, {"clip": -1.0}, {"g_lr": -1.0}, {"ema": 1.0}, {"batch": 0}]
)
def test_numbers_that_cannot_be_are_refused(given):
    (name,) = given
    with pytest.raises(ValueError, match=name.replace("_", "-")):
        train("gan", "fashion_mnist_10k", steps=2, **given)


def test_a_system_that_needs_labels_says_how_to_give_them():
    np.save("set.npy", np.zeros((20, 16, 16), np.uint8))
    with pytest.raises(ValueError, match="put the pictures of each class into its own folder"):
        train("cgan", "set.npy", steps=1)


def test_none_takes_back_what_a_run_had(monkeypatch):
    monkeypatch.setattr(course, "NUM_SAMPLES", 64)
    np.save("set.npy", np.random.default_rng(0).integers(0, 255, (40, 8, 8), np.uint8))
    train("gan", "set.npy", steps=2, evaluate_every=1, features="pixels", clip=1.0, g_lr=1e-4)
    settings = ganworks.train("run", steps=3, evaluate_every=None, clip=None, seed=0, batch=None).run.facts["training"]
    assert (settings["evaluate_every"], settings["clip"], settings["g_lr"]) == (None, None, 1e-4)
    assert settings["batch"] == 8, "for what may not change, None is nothing"
    assert "distance" in list(Run(Path("run")).read_log())[-1]


def test_files_of_the_judge_are_found_again_from_another_folder(tmp_path, monkeypatch):
    asked = []
    pixels = course.network_for

    def network_for(features, weights, shape, device):
        asked.append((features, weights))
        return pixels("pixels", None, shape, device)

    monkeypatch.setattr(course, "NUM_SAMPLES", 64)
    monkeypatch.setattr(course, "network_for", network_for)
    np.save("set.npy", np.random.default_rng(0).integers(0, 255, (40, 8, 8), np.uint8))
    for name in ("net.onnx", "w.pth", "convs"):
        Path(name).write_text("")
    Path("link.onnx").symlink_to("net.onnx")
    train("gan", "set.npy", steps=1, evaluate_every=1, features="link.onnx", weights=Path("w.pth"))
    Path("elsewhere").mkdir()
    monkeypatch.chdir("elsewhere")
    ganworks.train("../run", steps=2)
    assert set(asked) == {(str(tmp_path / "link.onnx"), str(tmp_path / "w.pth"))}
    monkeypatch.chdir(tmp_path)
    ganworks.train("run", steps=3, features="convs", weights=None)
    assert asked[-1] == ("convs", None), "a file called as a network does not hide it"


def test_a_failure_at_the_end_costs_no_checkpoint_no_log_and_no_page(monkeypatch):
    def judge_to(run, judge, also):
        def evaluate(engine):
            raise ValueError("the judge fell asleep")

        return evaluate

    monkeypatch.setattr(training, "judge_to", judge_to)
    np.save("set.npy", np.random.default_rng(0).integers(0, 255, (40, 8, 8), np.uint8))
    with pytest.raises(ValueError, match="fell asleep"):
        train("gan", "set.npy", steps=3, evaluate_every=2**20, features="pixels")
    run = Run(Path("run"))
    assert [json.loads(line)["step"] for line in run.log.read_text().splitlines()] == [3]
    assert [path.name for path in run.checkpoints.iterdir()] == ["step-00000003.safetensors"]
    assert (run.samples / "00000003.png").exists()
    assert (run.folder / "report.html").exists()


@pytest.mark.parametrize(
    ("shape", "num", "batch"),
    [((3, 64, 64), 1000, 64), ((3, 128, 128), 1000, 32), ((3, 256, 256), 1000, 16), ((1, 28, 28), 20, 16)],
)
def test_the_batch_fits_the_data(shape, num, batch):
    assert choose_batch(shape, num) == batch
