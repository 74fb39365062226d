"""Smooth halving and doubling."""

import torch
from torch.nn.functional import conv2d, conv_transpose2d, pad

from ganworks.layers.resample import double, halve

KERNEL = torch.outer(torch.tensor([1.0, 3, 3, 1]), torch.tensor([1.0, 3, 3, 1])) / 64


def test_halving_is_the_binomial_filter_with_edges_repeated():
    x = torch.randn(2, 3, 8, 12)
    expected = conv2d(pad(x, (1, 1, 1, 1), mode="replicate"), KERNEL.expand(3, 1, 4, 4), stride=2, groups=3)
    torch.testing.assert_close(halve(x), expected)


def test_doubling_is_the_transposed_binomial_filter_inside():
    x = torch.randn(2, 3, 5, 7)
    expected = conv_transpose2d(x, 4 * KERNEL.expand(3, 1, 4, 4), stride=2, padding=1, groups=3)
    torch.testing.assert_close(double(x)[..., 1:-1, 1:-1], expected[..., 1:-1, 1:-1])


def test_even_maps_stay_even():
    flat = torch.ones(1, 1, 6, 9)
    torch.testing.assert_close(double(flat), torch.ones(1, 1, 12, 18))
    torch.testing.assert_close(halve(flat), torch.ones(1, 1, 3, 5))  # odd sides are rounded up


def test_halving_has_second_derivatives():
    x = torch.randn(1, 2, 5, 6, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(halve, x)
    assert torch.autograd.gradgradcheck(lambda v: halve(v).square(), x)


def test_halving_keeps_the_layout_and_the_precision():
    x = torch.randn(2, 4, 8, 8).bfloat16().contiguous(memory_format=torch.channels_last)
    y = halve(x)
    assert y.dtype == torch.bfloat16
    assert y.is_contiguous(memory_format=torch.channels_last)
