"""Nets that grow: each stage begins as the one before, and what is done in one step is what two would do."""

import pytest
import torch
from torch.nn.functional import avg_pool2d, conv2d, interpolate, pad

from ganworks.nets.progan import (
    Discriminator,
    EqualDouble,
    EqualHalve,
    EqualPointwise,
    Generator,
    Growth,
    enlarged,
    halved,
)
from ganworks.nets.stages import stages

SIZES = [(16, 16), (28, 28), (50, 20)]


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def nets(size, channels=3):
    sizes = stages(size, least=1)
    growth = Growth(0)
    return Generator(sizes, channels, 5, 2, growth), Discriminator(sizes, channels, 2, growth), growth


@pytest.mark.parametrize("size", SIZES)
def test_a_new_stage_begins_as_the_one_before(size):
    """To the bit: G's pictures are the enlarged ones of before, D's logits those of the halved pictures."""
    G, D, growth = nets(size)
    z = torch.randn(4, 5)
    for level in range(1, len(G.sizes)):
        pictures = torch.rand(4, 3, *G.sizes[level])
        growth.set(level - 1, 1.0)
        made, judged = G(z), D(halved(pictures))
        growth.set(level, 0.0)
        assert torch.equal(G(z), enlarged(made, G.sizes[level]))
        assert torch.equal(D(pictures), judged)


@pytest.mark.parametrize("size", SIZES)
def test_pictures_have_the_size_of_the_level(size):
    G, D, growth = nets(size, channels=1)
    for level, expected in enumerate(G.sizes):
        growth.set(level, 0.5)
        picture = G(torch.randn(4, 5))
        assert picture.shape == (4, 1, *expected)
        assert D(picture).shape == (4,)
    assert expected == size


def test_a_stage_is_faded_in_by_a_straight_line():
    G, _, growth = nets((16, 16))
    z, made = torch.randn(2, 5), {}
    for fade in (0.0, 0.25, 1.0):
        growth.set(2, fade)
        made[fade] = G(z)
    torch.testing.assert_close(made[0.25], 0.75 * made[0.0] + 0.25 * made[1.0])
    assert (made[0.0] - made[1.0]).abs().max() > 0.01


def test_only_stages_in_use_get_a_gradient():
    G, D, growth = nets((16, 16))
    growth.set(1, 0.5)
    D(G(torch.randn(4, 5))).sum().backward()
    without = {name for net in (G, D) for name, param in net.named_parameters() if param.grad is None}
    assert without == {
        f"{part}.{part_of}"
        for part, last in (("up", 1), ("down", 1), ("mix", 1), ("pictures", 2))
        for part_of in (f"{last}.weight", f"{last}.bias")
    }


def test_the_level_is_saved_and_shared():
    G, D, growth = nets((16, 16))
    other, _, level = nets((16, 16))
    growth.set(1, 0.25)
    other.load_state_dict(G.state_dict())
    assert level.now() == (1, 0.25)
    assert G.growth is D.growth


def test_doubling_and_convolution_in_one():
    layer, x = EqualDouble(3, 4, 3), torch.randn(2, 3, 5, 4)
    expected = conv2d(interpolate(x, scale_factor=2.0), layer.weight * layer.scale, layer.bias, padding=1)
    torch.testing.assert_close(layer(x), expected)


@pytest.mark.parametrize("size", [(6, 4), (5, 7)])
def test_convolution_and_halving_in_one(size):
    """An odd side is made even by its last row or column again."""
    layer, x = EqualHalve(3, 4, 3), torch.randn(2, 3, *size)
    even = pad(x, (0, size[1] % 2, 0, size[0] % 2), mode="replicate")
    expected = avg_pool2d(conv2d(even, layer.weight * layer.scale, layer.bias, padding=1), 2)
    torch.testing.assert_close(layer(x), expected)


def test_a_pointwise_convolution_as_a_product():
    layer, x = EqualPointwise(3, 4), torch.randn(2, 3, 5, 4)
    expected = conv2d(x, layer.weight[..., None, None] * layer.scale, layer.bias)
    torch.testing.assert_close(layer(x), expected)


def test_gs_maps_have_mean_square_1_at_each_place():
    G, _, _ = nets((16, 16))
    x = G.act(7 * torch.randn(2, 3, 4, 4))
    torch.testing.assert_close(x.square().mean(1), torch.ones(2, 4, 4))


def test_d_compares_the_examples_of_a_batch():
    _, D, _ = nets((16, 16))
    x = torch.randn(4, 3, 4, 4)
    assert (D(x)[:1] - D(x[:1].expand(4, -1, -1, -1))[:1]).abs() > 1e-4
