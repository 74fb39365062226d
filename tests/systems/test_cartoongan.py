"""CartoonGAN: what D takes for fake, what is content, and how training begins."""

import pytest
import torch
from torch.nn.functional import binary_cross_entropy_with_logits as cross_entropy
from torch.nn.functional import l1_loss

from ganworks import checks, registry
from ganworks.layers.edges import without_edges
from ganworks.nets.cartoon_critic import LAYERS, CartoonCritic
from ganworks.nets.patchgan import receptive_field
from ganworks.systems.translate.cartoongan import CartoonGAN


def build(**settings: object) -> CartoonGAN:
    torch.manual_seed(0)
    return registry.build("cartoongan", **registry.find("cartoongan").tiny | settings)[0]


def batch_for(system: CartoonGAN, num: int = 4) -> dict[str, torch.Tensor]:
    return {name: spec.random(num) for name, spec in system.specs.items()}


def test_the_losses_are_those_of_the_paper():
    system = build(content=3.0, edges=2.0)
    batch = batch_for(system)
    fake = system.G(batch["other"])
    maps = [system.eyes(x, ["conv4_4"])[0] for x in (fake, batch["other"])]
    ones, zeros = torch.ones(4, 1, 4, 4), torch.zeros(4, 1, 4, 4)
    terms = system.g_loss(batch)
    torch.testing.assert_close(terms["adversarial"], cross_entropy(system.D(fake), ones))
    torch.testing.assert_close(terms["content"], 3 * l1_loss(*maps))
    smooth = without_edges(batch["image"])
    assert not torch.equal(smooth, batch["image"])
    of_both = cross_entropy(system.D(batch["image"]), ones) + cross_entropy(system.D(fake), zeros)
    terms = system.d_loss(batch)
    torch.testing.assert_close(terms["adversarial"], of_both)
    torch.testing.assert_close(terms["edges"], 2 * cross_entropy(system.D(smooth), zeros))


def test_without_the_weight_no_cartoon_is_a_fake():
    system = build(edges=0.0)
    batch = batch_for(system)
    system.g_loss(batch)
    assert system.d_loss(batch).keys() == {"adversarial"}


def test_at_first_only_g_moves_and_only_by_content():
    engine = checks.engine_for(lambda: build(first_steps=2, channels=1))
    critic = [weight.clone() for weight in engine.system.D.parameters()]
    for terms in ({"G.content"}, {"G.content"}, {"G.content", "G.adversarial", "D.adversarial", "D.edges"}):
        assert all(map(torch.equal, critic, engine.system.D.parameters()))
        engine.take_step()
        assert engine.terms.keys() == terms
    assert not all(map(torch.equal, critic, engine.system.D.parameters()))


def test_the_beginning_is_a_tenth_of_all_steps():
    assert build(first_steps=None, steps=500).first_steps == 50


def test_a_translator_that_changes_nothing_has_all_the_content():
    system = build()
    photograph = torch.rand(2, 3, 16, 16) * 2 - 1
    assert system.difference(photograph, photograph) == 0
    assert system.difference(-photograph, photograph) > 0


def test_the_network_that_compares_is_not_part_of_what_is_saved():
    assert not [name for name in build().state_dict() if "eyes" in name]


def test_the_critic_sees_patches_of_37_pixels():
    assert receptive_field([*[(3, stride) for _, stride, _ in LAYERS], (3, 1)]) == 37
    critic = CartoonCritic(3, width=2)
    x = torch.rand(1, 3, 64, 64, requires_grad=True)
    for block in critic.layers[:-1]:
        block[1] = torch.nn.Identity()  # norms see the whole map
    (grad,) = torch.autograd.grad(critic(x)[0, 0, 8, 8], x)
    seen = grad[0].abs().sum((0, 1)).nonzero().flatten()
    assert seen[-1] - seen[0] + 1 == 37


def test_a_network_that_is_not_there_is_named():
    with pytest.raises(ValueError, match=r"no file 'nowhere\.pth'"):
        build(vgg="nowhere.pth").train()
