"""CoGAN: what is common to its two GANs, what its losses are, and how runs with two sets of pictures go."""

import json
import re
from math import log
from pathlib import Path

import numpy as np
import pytest
import torch
from duels import batch_for, build
from PIL import Image

import ganworks
from ganworks.__main__ import main
from ganworks.engine.run import Run
from ganworks.nets.coupled import Discriminators
from ganworks.systems.image.cogan import CoGAN

SMALL = {"width": 4, "batch": 4, "precision": "float32", "workers": 0}


def cogan(**settings: object) -> CoGAN:
    system = build("cogan", **settings)
    assert isinstance(system, CoGAN)
    return system


@pytest.fixture
def sets(tmp_path, monkeypatch):
    """Grey pictures of 8x8: 12 dark ones and 10 bright ones."""
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    np.save("dark.npy", random.integers(0, 100, (12, 8, 8), np.uint8))
    np.save("bright.npy", random.integers(150, 255, (10, 8, 8), np.uint8))


def test_with_a_d_that_cannot_tell_the_losses_are_those_of_one_gan():
    """The mean over both domains: log 2 for G and 2 log 2 for D."""
    system = cogan()
    assert isinstance(system.D, Discriminators)
    for net in system.D.nets:
        torch.nn.init.zeros_(net.head.weight)
    batch = batch_for(system)
    assert system.g_loss(batch)["adversarial"].item() == pytest.approx(log(2))
    assert system.d_loss(batch)["adversarial"].item() == pytest.approx(2 * log(2))


def test_the_loss_is_the_mean_of_two_gans_on_one_z():
    system = cogan(tied=False)
    batch = batch_for(system)
    total = 0.0
    for G, D, entry in zip(system.G.nets, system.D.nets, ("image", "other"), strict=True):
        real, fake = D(batch[entry]), D(G(batch["z"]))
        total += (-real.sigmoid().log() - (1 - fake.sigmoid()).log()).mean().item()
    assert system.d_loss(batch)["adversarial"].item() == pytest.approx(total / 2, rel=1e-5)


def test_all_but_gs_last_layer_and_ds_first_are_common():
    system, apart = cogan(), cogan(tied=False)
    first, other = system.D.nets
    shared = {id(weight) for weight in first.parameters()} & {id(weight) for weight in other.parameters()}
    assert {id(weight) for weight in first.parameters()} - shared == {
        id(weight) for weight in first.layers[0].parameters()
    }
    assert not {id(w) for w in apart.D.nets[0].parameters()} & {id(w) for w in apart.D.nets[1].parameters()}
    made = system.generate(system.draw(3))
    made["other"].sum().backward()
    grad = system.G.last.weight.grad
    assert not grad[:, 0].any(), "the last layer of the first G is its own"
    assert grad[:, 1].any()
    assert system.G.project.weight.grad.any()


@pytest.mark.parametrize("tied", [True, False])
def test_each_d_judges_its_own_domain(tied):
    system = cogan(tied=tied)
    real = system.real(batch_for(system)).requires_grad_()
    logits = system.D(real)
    assert logits.shape == (4, 2)
    (grad,) = torch.autograd.grad(logits[:, 1].sum(), real)
    assert not grad[:, 0].any()
    assert grad[:, 1].any()
    assert torch.equal(system.scores(batch_for(system))["real"].isfinite(), torch.ones(4, dtype=torch.bool))


def test_any_size_and_colour():
    system = cogan(size=(20, 13), channels=3)
    made = system.sample(2)
    assert {name: tuple(value.shape) for name, value in made.items()} == {
        "image": (2, 3, 20, 13),
        "other": (2, 3, 20, 13),
    }


def test_it_trains_on_two_sets_and_goes_on(sets, capsys):
    model = ganworks.train("cogan", "dark.npy", other="bright.npy", steps=3, **SMALL)
    assert str(model.run.folder) == "runs/cogan-dark.npy-bright.npy"
    facts = model.run.facts
    assert facts["data"]["source"] == str(Path("dark.npy").resolve())
    assert (
        facts["training"]["other"] == facts["data"]["summary"]["other"]["source"] == str(Path("bright.npy").resolve())
    )
    again = ganworks.train("cogan", "dark.npy", other="bright.npy", steps=5, **SMALL)
    assert (again.run.folder, again.step) == (model.run.folder, 5)
    assert main(["sample", str(model.run.folder), "--count", "2", "--out", "out"]) == 0
    assert Image.open("out/sample-seed0.png").size == (16, 18), "two rows of two pictures side by side"


def test_what_is_missing_or_too_much_is_said_in_one_line(sets, capsys):
    for words, said in (
        ("cogan dark.npy", "cogan learns from two sets of pictures; give the second one: --other FOLDER"),
        ("dcgan dark.npy --other bright.npy", "dcgan learns from one set of pictures; leave out --other"),
        ("cogan dark.npy --other brigth.npy", "no pictures at 'brigth.npy'. Did you mean bright.npy"),
        ("cogan --other edges", "cogan is a system; give it data too"),
    ):
        assert main(["train", *words.split(), "--width", "4"]) == 2
        error = capsys.readouterr().err
        assert len(error.splitlines()) == 1
        assert re.search(said, error), error


def test_a_resume_looks_at_both_sets(sets):
    run = ganworks.train("cogan", "dark.npy", other="bright.npy", out="run", steps=2, **SMALL).run
    with pytest.raises(ValueError, match="--other needs a new run"):
        ganworks.train("run", other="edges")
    with pytest.raises(ValueError, match=r"holds another run \(--other .*bright.npy, not edges\)"):
        ganworks.train("cogan", "dark.npy", other="edges", out="run", **SMALL)
    np.save("bright.npy", np.load("bright.npy")[:6])
    said = []

    class Listener(ganworks.training.Silence):
        def say(self, line):
            said.append(line)

    ganworks.train("run", steps=3, watch=Listener())
    assert "there are 12 and 6 pictures now, 12 and 10 when the run began: their order is another" in said
    assert [line["step"] for line in Run(run.folder).read_log()] == [2, 3]
    assert json.loads((run.folder / "run.json").read_text())["specs"].keys() == {"image", "other"}
