"""DnCNN: what the net tells is added, its loss and rates by hand, and any size."""

import pytest
import torch
from torch import nn

from ganworks import registry
from ganworks.nets.dncnn import DnCNN as Net


def build(**settings: object):
    torch.manual_seed(0)
    return registry.build("dncnn", **registry.find("dncnn").tiny | settings)[0]


def test_it_begins_with_the_degraded_picture():
    system = build()
    other = system.specs["other"].random(2)
    torch.testing.assert_close(system.restore(other), other, atol=1e-5, rtol=0)
    true = system.specs["image"].random(2)
    torch.testing.assert_close(system.loss({"other": other, "image": true})["distance"], (other - true).square().mean())


def test_the_net_is_the_papers():
    net = Net(3)
    convolutions = [module for module in net.modules() if isinstance(module, nn.Conv2d)]
    assert (len(convolutions), sum(isinstance(module, nn.BatchNorm2d) for module in net.modules())) == (17, 15)
    picture = torch.zeros(1, 3, 45, 45, requires_grad=True)
    net.eval()(picture)[0, 0, 22, 22].backward()
    seen = picture.grad.abs().sum((0, 1, 2)).nonzero()
    assert (seen.min(), seen.max()) == (5, 39), "17 pixels to each side"


def test_the_rate_falls_three_times():
    system = build(steps=600)
    assert [system.rate(step) for step in (0, 99, 100, 200, 300, 599)] == pytest.approx([1, 1, 0.2, 0.04, 0.008, 0.008])


def test_any_sides_and_no_mere_copy_of_a_degradation():
    assert build().translate(torch.zeros(1, 3, 19, 33)).shape == (1, 3, 19, 33)
    with pytest.raises(ValueError, match="possible: bicubic"):
        build(degrade="dirt")
    with pytest.raises(ValueError, match="depth is 1"):
        build(depth=1)
