"""The U-Net of pix2pix."""

import pytest
import torch
from torch import nn

from ganworks.layers.instance_norm import InstanceNorm
from ganworks.layers.noise import Dropout, drawn, seeds
from ganworks.nets.unet import UNet, pad_to


def net(levels=3, **settings):
    torch.manual_seed(0)
    return UNet(2, 3, levels=levels, width=4, **settings)


@pytest.mark.parametrize("size", [(8, 8), (16, 24), (7, 13), (1, 9)])
def test_any_sides(size):
    made = net(dropout=0.0)(torch.randn(2, 2, *size))
    assert made.shape == (2, 3, *size)
    assert made.abs().max() <= 1


def test_layers_of_the_paper():
    """Section 6.1.1, by 64: C64-C128-C256-C512 x 5, CD512 x 3-C512-C256-C128-C64 back, joined to what is beside."""
    unet = UNet(3, 3, width=1)
    assert [layer[-2].out_channels for layer in unet.down] == [1, 2, 4, 8, 8, 8, 8, 8]
    assert [layer[1].out_channels for layer in unet.up] == [8, 8, 8, 8, 4, 2, 1]
    assert [layer[1].in_channels for layer in unet.up] == [8, 16, 16, 16, 16, 8, 4]
    assert unet.last[1].in_channels == 2 and unet.last[1].out_channels == 3
    norms = [isinstance(layer[-1], InstanceNorm) for layer in unet.down]
    assert norms == [False, *[True] * 6, False], "no norm in the first layer, nor where the map is a point"
    dropouts = [any(isinstance(part, Dropout) and part.always for part in layer) for layer in unet.up]
    assert dropouts == [True] * 3 + [False] * 4


def test_what_is_beside_is_joined():
    """Nothing comes through the point in the middle, and the picture still arrives: by each of the joints."""
    unet = net(dropout=0.0, norm="none")
    nn.init.zeros_(unet.up[0][1].weight)
    x = torch.randn(1, 2, 8, 8, requires_grad=True)
    unet(x).sum().backward()
    assert x.grad.abs().min() > 0
    for layer in unet.up[1:]:
        nn.init.zeros_(layer[1].weight)
    weight = unet.last[1].weight.data
    weight[: len(weight) // 2] = 0  # what comes from below; the rest comes from beside
    x.grad = None
    unet(x).sum().backward()
    assert x.grad.abs().min() > 0


def test_one_place_in_the_middle_sees_the_whole_picture():
    unet = net(dropout=0.0, norm="none")
    x = torch.zeros(1, 2, 8, 8, requires_grad=True)
    middle = x
    for layer in unet.down:
        middle = layer(middle)
    assert middle.shape[2:] == (1, 1)
    middle.sum().backward()
    assert (x.grad.abs().sum(1) > 0).all()


@pytest.mark.parametrize("norm", ["instance", "batch", "none"])
def test_norms(norm):
    unet = net(norm=norm)
    found = {type(part) for part in unet.modules()} & {InstanceNorm, nn.BatchNorm2d}
    assert found == {"instance": {InstanceNorm}, "batch": {nn.BatchNorm2d}, "none": set()}[norm]
    biases = [layer[1].bias is not None for layer in unet.up]
    assert biases == [norm == "none"] * 2, "a norm takes the bias away"


def test_one_level():
    assert net(levels=1)(torch.randn(1, 2, 4, 4)).shape == (1, 3, 4, 4)


def test_an_unknown_norm_is_named():
    with pytest.raises(ValueError, match="norm is 'layer'; possible: instance, affine, batch, none"):
        net(norm="layer")


def test_dropout_is_a_share():
    with pytest.raises(ValueError, match="dropout is 1; possible: 0 to below 1"):
        net(dropout=1.0)


def test_dropout_goes_by_the_seeds_of_examples():
    unet, x = net().eval(), torch.randn(1, 2, 16, 16).expand(3, -1, -1, -1)
    given = seeds(3)
    with drawn(unet, given), torch.no_grad():
        together = unet(x)
    with drawn(unet, given[1:2]), torch.no_grad():
        alone = unet(x[:1])
    torch.testing.assert_close(together[1:2], alone)
    assert (together[0] - together[1]).abs().max() > 0.01


def test_padding_repeats_the_border():
    x = torch.arange(6.0).view(1, 1, 2, 3)
    assert pad_to(x, 4)[0, 0].tolist() == [[0, 1, 2, 2], [3, 4, 5, 5], [3, 4, 5, 5], [3, 4, 5, 5]]
    assert pad_to(x, 1) is x
