"""GLCIC: holes and where D looks, the stages, what stays as it is, and its losses by hand."""

import pytest
import torch
from torch import nn
from torch.nn.functional import softplus

from ganworks import registry
from ganworks.apply.completion import largest_square
from ganworks.nets.completion import CompletionNet
from ganworks.systems.restore.glcic import GLCIC


def build(**settings: object) -> GLCIC:
    torch.manual_seed(0)
    return registry.build("glcic", **registry.find("glcic").tiny | settings)[0]


def batch_for(system: GLCIC, num: int = 4) -> dict[str, torch.Tensor]:
    return system.draw(num) | {"image": system.specs["image"].random(num)}


def test_holes_have_the_papers_sides_and_lie_within_the_part_that_is_looked_at():
    system = build(size=(32, 64))
    mask, corners = system.holes(200)
    heights, widths = mask.amax(3).sum((1, 2)), mask.amax(2).sum((1, 2))
    assert (heights.min(), heights.max()) == (12, 16)
    assert (widths.min(), widths.max()) == (24, 32)
    assert system.part == (16, 32)
    for hole, (top, left) in zip(mask[:, 0], corners.tolist(), strict=True):
        assert 0 <= top <= 16
        assert 0 <= left <= 32
        assert hole[top : top + 16, left : left + 32].sum() == hole.sum()
    assert mask[:, 0].mean(0)[16, 32] > mask[:, 0].mean(0)[0, 32] > 0, "no place is spared"


def test_strokes_are_thin_of_every_direction_and_looked_at():
    system = build(size=(32, 64), strokes=1.0)
    drawn = system.draw(300)
    mask, corners = drawn["mask"][:, 0], drawn["window"]
    areas = mask.sum((1, 2))
    assert 1 <= areas.min() < 30
    assert 300 < areas.max() < 1000
    assert mask.mean(0)[16, 32] > mask.mean(0).min() > 0, "no place is spared"
    assert max(largest_square(hole.numpy() > 0) for hole in mask) <= 3 * 6, "three strokes of 6 pixels that cross"
    for hole, (top, left) in zip(mask, corners.tolist(), strict=True):
        assert 0 <= top <= 16
        assert 0 <= left <= 32
        assert hole[top : top + 16, left : left + 32].any()
    mask = build(size=64, strokes=0.5).draw(400)["mask"][:, 0]
    rectangles = mask.sum((1, 2)) == mask.amax(1).sum(1) * mask.amax(2).sum(1)
    assert 0.4 < rectangles.float().mean() < 0.6
    with pytest.raises(ValueError, match="from 0 to 1"):
        build(strokes=1.5)


def test_the_three_stages():
    system = build(steps=100)  # 18, then 2, then 80
    movers = [[turn.player for turn in system.turns(step)] for step in range(100)]
    assert movers == [["G"]] * 18 + [["D"]] * 2 + [["G", "D"]] * 80
    assert system.turns(0)[0].loss == system.distance_loss
    assert [turn.player for turn in build(adversarial=0.0).turns(99)] == ["G"]
    with pytest.raises(ValueError, match="at most 1 together"):
        build(g_alone=0.7, d_alone=0.4)


def test_outside_of_the_hole_nothing_changes_to_the_bit():
    system = build(size=(18, 30)).eval()
    batch = batch_for(system)
    with torch.autocast("cpu", torch.bfloat16):
        made = system.generate(batch)["image"]
    outside = (batch["mask"] == 0).expand_as(made)
    assert torch.equal(made[outside], batch["image"][outside])
    assert not torch.equal(made, batch["image"])
    assert list(system.sample(2)) == ["masked", "image"], "side by side in grids"


def test_the_hole_is_hidden_and_has_the_mean_colour():
    """The net is given the same, whatever the hole had."""
    system = build().eval()
    system.take_examples(torch.tensor([-1, -0.6, 1]).view(3, 1, 1).expand_as(system.examples))
    system.take_examples(torch.zeros(system.examples.shape))  # of other pictures: the colour stays what it has learnt
    batch = batch_for(system)
    masked = system.masked(batch)
    inside = batch["mask"][:, 0] > 0
    expected = torch.tensor([-1.0, -0.6, 1.0]).expand(int(inside.sum()), 3)
    torch.testing.assert_close(masked.permute(0, 2, 3, 1)[inside], expected)
    other = batch | {"image": torch.where(batch["mask"] > 0, torch.zeros(()), batch["image"])}
    assert torch.equal(system.make(batch), system.make(other))


class Half(nn.Module):
    def forward(self, x):
        return x[:, :-1] * 0 + 0.5


def test_the_losses_by_hand():
    system = build(channels=1, adversarial=0.1).eval()
    system.G = Half()
    batch = batch_for(system)
    difference = (0.5 - batch["image"]) / 2 * batch["mask"]  # of values from 0 to 1
    terms = system.g_loss(batch)
    torch.testing.assert_close(terms["distance"], difference.square().mean())
    top, left = batch["window"][0].tolist()
    fake = torch.where(batch["mask"] > 0, torch.tensor(0.5), batch["image"])
    logit = system.D(fake[:1], fake[:1, :, top : top + 8, left : left + 8])
    torch.testing.assert_close(system.judge(fake, batch["window"])[:1], logit)
    torch.testing.assert_close(terms["adversarial"], 0.1 * softplus(-system.judge(fake, batch["window"])).mean())
    real = system.judge(batch["image"], batch["real_window"])
    by_hand = softplus(-real).mean() + softplus(system.judge(fake, batch["window"])).mean()
    torch.testing.assert_close(system.d_loss(batch)["adversarial"], by_hand)


def test_both_judges_are_heard():
    system = build()
    batch = batch_for(system)
    picture = batch["image"].requires_grad_()
    part = torch.randn(4, 3, 8, 8, requires_grad=True)
    system.D(picture, part).sum().backward()
    assert picture.grad.abs().sum() > 0
    assert part.grad.abs().sum() > 0


@pytest.mark.parametrize(("side", "dilations"), [(256, [2, 4, 8, 16]), (64, [2, 4, 4, 4]), (16, [1, 1, 1, 1])])
def test_the_net_is_the_papers_at_its_size(side, dilations):
    net = CompletionNet((side, side), 3, width=2)
    convolutions = [m for m in net.modules() if isinstance(m, nn.Conv2d | nn.ConvTranspose2d)]
    assert len(convolutions) == 17
    assert [convolution.dilation[0] for convolution in convolutions[6:10]] == dilations
    assert net(torch.randn(1, 4, 21, 34)).shape == (1, 3, 21, 34)


def test_it_asks_for_a_mask():
    with pytest.raises(ValueError, match="ganworks complete"):
        build().translate(torch.zeros(1, 3, 16, 16))
