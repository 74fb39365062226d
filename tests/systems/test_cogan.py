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
    for weight in system.D.rests[0][-1].parameters():
        torch.nn.init.zeros_(weight)
    batch = batch_for(system)
    assert system.g_loss(batch)["adversarial"].item() == pytest.approx(log(2))
    assert system.d_loss(batch)["adversarial"].item() == pytest.approx(2 * log(2))


@pytest.mark.parametrize("tied", [True, False])
def test_the_loss_is_the_mean_of_two_gans_on_one_z(tied):
    system = cogan(tied=tied)
    batch = batch_for(system)
    total = 0.0
    for at, entry in enumerate(("image", "other")):
        first, rest = system.D.firsts[at], system.D.rests[0 if tied else at]
        fake = system.G(batch["z"])[:, [at]]
        total -= (rest(first(batch[entry])).sigmoid().log() + (1 - rest(first(fake)).sigmoid()).log()).mean().item()
    assert system.d_loss(batch)["adversarial"].item() == pytest.approx(total / 2, rel=1e-5)


def reached(system: CoGAN) -> set[str]:
    """The parameters that the second picture, or its logit, depends on."""
    system.generate(system.draw(3))["other"].sum().backward()
    system.D(system.real(batch_for(system)))[:, 1].sum().backward()
    return {name for name, weight in system.named_parameters() if weight.grad.any()}


def test_all_but_gs_last_layer_and_ds_first_are_common():
    system = cogan()
    every = {name for name, _ in system.named_parameters()}
    assert every - reached(system) == {"D.firsts.0.0.weight", "D.firsts.0.0.bias"}
    grad = system.G.nets[0].last.weight.grad
    assert not grad[0].any(), "the last layer of the first G is its own"
    assert grad[1].any()


def test_apart_they_have_nothing_in_common():
    system = cogan(tied=False)
    every = {name for name, _ in system.named_parameters()}
    assert reached(system) == {name for name in every if name.split(".")[2] == "1"}


def test_all_doublings_are_common_and_what_is_a_domains_own_is_at_full_size():
    """A pixel of G depends on 5x5 places of the common map, a place of D's common map on 6x6 pixels."""
    system = cogan(size=28)
    common = []
    system.G.nets[0].last.register_forward_pre_hook(lambda _, inputs: common.append(inputs[0]))
    made = system.G(system.draw(1)["z"])
    assert common[0].shape == (1, 8, 28, 28)
    assert common[0].shape[2:] == made.shape[2:]
    assert system.G.nets[0].last.kernel_size == (5, 5)
    pixels = torch.randn(1, 1, 28, 28, requires_grad=True)
    (grad,) = torch.autograd.grad(system.D.firsts[0](pixels)[0, :, 7, 7].sum(), pixels)
    rows = grad[0, 0].any(1).nonzero().flatten().tolist()
    assert set(rows) <= set(range(12, 18))


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


@pytest.mark.parametrize(("size", "channels"), [((20, 13), 3), ((8, 50), 4), ((8, 8), 1), ((65, 33), 1)])
def test_any_size_and_colour(size, channels):
    system = cogan(size=size, channels=channels)
    made = system.sample(2)
    assert {name: tuple(value.shape) for name, value in made.items()} == dict.fromkeys(
        ("image", "other"), (2, channels, *size)
    )
    assert system.scores(batch_for(system))["fake"].shape == (4,)


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
        ("cogan dark.npy --other edge", "no pictures at 'edge'.*made of half of the first: edges, negative"),
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
    assert any("the pictures are not those of before, 12 and 10 then and 12 and 6 now" in line for line in said)
    assert {line["step"] for line in Run(run.folder).read_log()} == {2, 3}
    assert json.loads((run.folder / "run.json").read_text())["specs"].keys() == {"image", "other"}


def test_a_derived_domain_stays_what_it_was_beside_a_folder_of_that_name(sets):
    run = ganworks.train("cogan", "dark.npy", other="edges", steps=1, **SMALL).run
    assert run.facts["training"]["other"] == "edges"
    Path("edges").mkdir()
    np.save("edges/bright.npy", np.load("bright.npy"))
    assert ganworks.train(run.folder, steps=2).step == 2
    assert Run(run.folder).facts["data"]["summary"]["other"]["source"].endswith("dark.npy (edges)")
    beside = ganworks.train("cogan", "dark.npy", other="edges/bright.npy", steps=1, **SMALL).run
    assert beside.facts["data"]["summary"]["other"]["source"] == str(Path("edges/bright.npy").resolve())
