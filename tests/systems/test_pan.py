"""PAN: the discrepancy is in both losses, and D's part ends at the margin."""

import pytest
import torch
from torch.nn.functional import softplus

from ganworks import registry
from ganworks.nets.pan import TAPS, TappedDiscriminator
from ganworks.systems.translate.pan import WEIGHTS, pan


def tiny(**settings):
    torch.manual_seed(0)
    return pan(**registry.find("pan").tiny | settings)


def batch_for(system, num=4):
    return system.draw(num) | {name: spec.random(num) for name, spec in system.specs.items()}


def discrepancy(system, batch):
    """sum_i w_i mean |d_i(y) - d_i(G(x))|, written out."""
    maps = [system.D.look(batch[name])[1] for name in ("fake", "image")]
    return sum(w * (a - b).abs().mean() for w, a, b in zip((5, 1.5, 1.5, 1), *maps, strict=True))


def test_the_discrepancy_is_in_both_losses():
    system = tiny(margin=100.0)
    batch = batch_for(system)
    g_terms, d_terms = system.g_loss(batch), system.d_loss(batch)
    expected = discrepancy(system, batch)
    assert expected > 0
    torch.testing.assert_close(g_terms["perceptual"], expected)
    torch.testing.assert_close(d_terms["margin"], 100 - expected)


def test_the_adversarial_losses_are_whole():
    """-log D(G(x)), and -log D(y) - log (1 - D(G(x))), not halved; D does not see x."""
    system = tiny()
    batch = batch_for(system)
    g_terms, d_terms = system.g_loss(batch), system.d_loss(batch)
    real, fake = system.D(batch["image"]), system.D(batch["fake"])
    torch.testing.assert_close(g_terms["adversarial"], softplus(-fake).mean())
    torch.testing.assert_close(d_terms["adversarial"], softplus(-real).mean() + softplus(fake).mean())


def test_g_lowers_what_d_raises():
    """A step of each along its own gradient of the discrepancy alone."""
    system = tiny(margin=100.0)
    batch = batch_for(system)
    weight = system.G.last[1].weight
    (slope,) = torch.autograd.grad(system.g_loss(batch)["perceptual"], weight)
    before = discrepancy(system, batch).item()
    with torch.no_grad():
        weight -= 1e-2 * slope / slope.norm()
        batch["fake"] = system.make(batch)
    assert discrepancy(system, batch).item() < before
    before = discrepancy(system, batch).item()
    weight = system.D.layers[0][0].weight
    (slope,) = torch.autograd.grad(system.d_loss(batch)["margin"], weight)
    with torch.no_grad():
        weight -= 1e-2 * slope / slope.norm()
    assert discrepancy(system, batch).item() > before


@pytest.mark.parametrize("margin", [0.0, 0.01])
def test_above_the_margin_d_is_content(margin):
    """And with a margin of 0 the term is not there at all: no value, and no gradient."""
    system = tiny(margin=margin)
    batch = batch_for(system)
    system.g_loss(batch)
    term = system.d_loss(batch)["margin"]
    assert discrepancy(system, batch) > margin and term.item() == 0
    gradients = torch.autograd.grad(term, list(system.D.parameters()), allow_unused=True)
    assert all(gradient is None or gradient.abs().max() == 0 for gradient in gradients)


def test_a_perfect_image_has_no_discrepancy():
    system = tiny(margin=2.0)
    batch = batch_for(system)
    batch["fake"] = batch["image"].clone()
    assert system.d_loss(batch)["margin"].item() == 2


def test_without_the_discrepancy_a_plain_gan_is_left():
    system = tiny(perceptual=0.0)
    batch = batch_for(system)
    assert system.g_loss(batch)["perceptual"].item() == 0
    (gradient,) = torch.autograd.grad(system.d_loss(batch)["margin"], system.D.head.weight, allow_unused=True)
    assert gradient is None


def test_layers_of_the_critic():
    D = TappedDiscriminator((50, 100), 3, width=4)
    logits, maps = D.look(torch.randn(2, 3, 50, 100))
    assert logits.shape == (2,) and D.head.in_features == 8 * 2 * 4
    sizes = [(4, 50, 100), (16, 13, 25), (32, 7, 13), (32, 4, 7)]
    assert [tuple(made.shape[1:]) for made in maps] == sizes and len(WEIGHTS) == len(TAPS) == 4
    norms = [sum(isinstance(part, torch.nn.BatchNorm2d) for part in layer) for layer in [*D.layers, D.last]]
    assert norms == [0, *[1] * 7, 0]


def test_a_negative_margin_is_refused():
    with pytest.raises(ValueError, match="margin is -1; it must not be negative"):
        tiny(margin=-1.0)
