"""pix2pix: its losses in closed form, what D sees, and the noise that is all there is."""

from math import log

import pytest
import torch
from torch import nn
from torch.nn.functional import softplus

from ganworks import registry
from ganworks.checks import engine_for
from ganworks.layers.normalization import has_state
from ganworks.systems.translate.pix2pix import pix2pix


def tiny(**settings):
    torch.manual_seed(0)
    return pix2pix(**registry.find("pix2pix").tiny | settings)


def batch_for(system, num=4):
    return system.draw(num) | {name: spec.random(num) for name, spec in system.specs.items()}


class Constant(nn.Module):
    """A critic that says the same of everything, and keeps what it saw."""

    def __init__(self, logit):
        super().__init__()
        self.logit, self.seen = nn.Parameter(torch.tensor(logit)), []

    def forward(self, x):
        self.seen.append(x)
        return self.logit.expand(len(x), 1, 2, 2)


def test_losses_in_closed_form():
    """Eq. 4 with lambda 100, and half of D's loss: -log D, 100 |y - G(x)|, (-log D - log (1 - D)) / 2."""
    system = tiny()
    system.D = Constant(0.7)
    batch = batch_for(system)
    g_terms = system.g_loss(batch)
    d_terms = system.d_loss(batch)
    torch.testing.assert_close(g_terms["l1"], 100 * (batch["fake"] - batch["image"]).abs().mean())
    torch.testing.assert_close(g_terms["adversarial"], softplus(torch.tensor(-0.7)))
    torch.testing.assert_close(d_terms["adversarial"], (softplus(torch.tensor(-0.7)) + softplus(torch.tensor(0.7))) / 2)
    assert g_terms.keys() == {"l1", "adversarial"} and d_terms.keys() == {"adversarial"}


def test_a_critic_that_cannot_tell_loses_log_2():
    system = tiny()
    system.D = Constant(0.0)
    batch = batch_for(system)
    system.g_loss(batch)
    assert system.d_loss(batch)["adversarial"].item() == pytest.approx(log(2))


def test_weights_are_weights():
    batch = batch_for(tiny())
    full, other = (tiny(**weights).g_loss(dict(batch)) for weights in ({}, {"l1": 50.0, "adversarial": 3.0}))
    torch.testing.assert_close(other["l1"], full["l1"] / 2)
    torch.testing.assert_close(other["adversarial"], 3 * full["adversarial"])


def test_the_critic_sees_the_condition():
    """First what the image is made of, then the image; of a fake it keeps no graph in its own turn."""
    system = tiny()
    system.D = Constant(0.0)
    batch = batch_for(system)
    system.g_loss(batch)
    system.d_loss(batch)
    judged, real, fake = system.D.seen
    for seen, image in ((judged, batch["fake"]), (real, batch["image"]), (fake, batch["fake"])):
        assert torch.equal(seen, torch.cat([batch["other"], image], 1))
    assert judged.requires_grad and not fake.requires_grad


def test_logits_depend_on_the_condition():
    system = tiny()
    batch = batch_for(system)
    right, wrong = (system.judge(batch | {"other": batch["other"].roll(k, 0)}, batch["image"]) for k in (0, 1))
    assert (right - wrong).abs().max() > 1e-3


def test_without_the_critic_it_takes_no_turn():
    assert [turn.player for turn in tiny(adversarial=0.0).turns(0)] == ["G"]
    assert [turn.player for turn in tiny().turns(0)] == ["G", "D"]
    engine = engine_for(lambda: tiny(adversarial=0.0))
    before = [parameter.detach().clone() for parameter in engine.system.D.parameters()]
    engine.take_step()
    assert engine.terms.keys() == {"G.l1"}
    assert all(map(torch.equal, before, engine.system.D.parameters()))


def test_the_noise_goes_by_the_seed_in_use_as_in_training():
    system = tiny()
    x = system.specs["other"].random(2)
    first = system.translate(x, seed=1)
    assert torch.equal(first, system.translate(x, seed=1))
    assert (first - system.translate(x, seed=2)).abs().max() > 1e-3
    inputs = system.draw_by(1, 2) | {"other": x}
    with torch.no_grad():
        training, use = system.train().make(inputs), system.eval().make(inputs)
    assert torch.equal(training, use), "dropout and norm are the same in training and in use"
    assert torch.equal(use, first)


def test_without_dropout_there_is_no_noise():
    system = tiny(dropout=0.0)
    x = system.specs["other"].random(2)
    assert torch.equal(system.translate(x, seed=1), system.translate(x, seed=2))


@pytest.mark.parametrize("norm", ["instance", "batch", "none"])
def test_a_row_does_not_depend_on_its_batch(norm):
    """A batch of 1 and one of 8: the paper's batch norm on a batch of one is what use has at any batch."""
    system = tiny(norm=norm).eval()
    batch = batch_for(system, 8)
    with torch.no_grad():
        together = system.make(batch)
        for row in (0, 5):
            alone = system.make({name: value[row : row + 1] for name, value in batch.items()})
            torch.testing.assert_close(alone, together[row : row + 1], atol=1e-5, rtol=0)


def test_batch_norm_takes_the_batch_as_a_whole():
    assert tiny(norm="batch").whole_batch and has_state(tiny(norm="batch").D)
    assert not tiny().whole_batch


def test_scores_are_means_over_patches():
    system = tiny()
    batch = batch_for(system)
    scores = system.scores(batch)
    assert scores["real"].shape == scores["fake"].shape == (4,)
    torch.testing.assert_close(scores["real"], system.judge(batch, batch["image"]).mean((1, 2, 3)))


@pytest.mark.parametrize("settings", [{"field": 34, "size": 10}, {"dropout": 1.0}, {"norm": "layer"}])
def test_settings_that_do_not_fit_are_named(settings):
    with pytest.raises(ValueError, match=next(iter(settings))):
        tiny(**settings)
