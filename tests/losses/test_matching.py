"""Distances of maps."""

import torch

from ganworks.losses.matching import matched


def test_weighted_means_of_absolute_differences():
    """Maps of any size count by their weights alone: 2 * 3 + 0.5 * 1."""
    real = [torch.zeros(2, 4, 8, 8), torch.ones(2, 1, 1, 1)]
    fake = [torch.full((2, 4, 8, 8), -3.0), torch.full((2, 1, 1, 1), 2.0)]
    assert matched(fake, real, [2.0, 0.5]).item() == 6.5


def test_signs_do_not_cancel():
    fake = torch.tensor([1.0, -1.0]).view(1, 2, 1, 1)
    assert matched([fake], [torch.zeros(1, 2, 1, 1)], [1.0]).item() == 1


def test_it_is_computed_in_float32():
    """In bf16 the difference of 256 and 257 is 0, and a mean of many is coarse."""
    maps = torch.rand(1, 3, 50, 50).bfloat16()
    loss = matched([maps], [torch.zeros_like(maps)], [1.0])
    assert loss.dtype == torch.float32
    torch.testing.assert_close(loss, maps.float().mean())
