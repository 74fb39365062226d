"""The rivals do what their papers say, on pictures whose answer is known."""

import pytest
import torch

from ganworks.proofs.classical import biharmonic, dark_channel, guided, non_local_means, total_variation
from ganworks.proofs.repaired import decibels


def ramp(height=24, width=32):
    down, right = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    return (0.02 * down + 0.03 * right - 0.7).expand(1, 3, -1, -1).clone()


def test_a_biharmonic_surface_goes_on_with_a_slope():
    true, mask = ramp(), torch.zeros(1, 1, 24, 32)
    mask[:, :, 8:16, 10:20] = 1
    holed = torch.where(mask > 0, torch.ones(()), true)
    torch.testing.assert_close(biharmonic(holed, mask), true, atol=1e-5, rtol=0)


def test_noise_is_removed_and_edges_stay():
    true = torch.full((1, 1, 40, 40), -0.5)
    true[..., 20:] = 0.5
    noisy = true + torch.randn(true.shape, generator=torch.Generator().manual_seed(0)) * 25 / 127.5
    before = decibels(noisy, true)
    for made in (non_local_means(noisy, 25, 0.5, reach=5), total_variation(noisy, 0.2)):
        assert decibels(made, true) > before + 6
        assert (made[..., 21:].mean() - made[..., :19].mean()).item() == pytest.approx(1, abs=0.06)


def test_nothing_is_changed_where_nothing_is_to_be_done():
    torch.testing.assert_close(non_local_means(ramp(), 1e-3, 0.5, reach=3), ramp(), atol=1e-3, rtol=0)
    torch.testing.assert_close(total_variation(ramp(), 1e-6), ramp(), atol=1e-4, rtol=0)


def test_haze_of_one_depth_is_cleared():
    """Where every neighbourhood has something black, the dark channel is the haze."""
    clear = torch.rand(1, 3, 48, 48, generator=torch.Generator().manual_seed(0)) * 1.6 - 1
    clear[:, :, ::4, ::4] = -1
    clear[:, :, :16, :16] = 0.8  # the sky, as bright as the air
    through = torch.full((1, 1, 48, 48), 0.6)
    through[:, :, :16, :16] = 0
    hazy = clear * through + 0.8 * (1 - through)
    made = dark_channel(hazy, patch=9, keep=1.0, reach=2)
    inner = (..., slice(28, 44), slice(28, 44))
    torch.testing.assert_close(made[inner], clear[inner], atol=0.05, rtol=0)


def test_the_guided_filter_keeps_the_guides_edges():
    guide = torch.zeros(1, 1, 20, 20)
    guide[..., 10:] = 1
    torch.testing.assert_close(guided(guide, guide, 4, least=1e-8), guide, atol=1e-3, rtol=0)
