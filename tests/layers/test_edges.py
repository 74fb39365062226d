"""Edges are found where they are, and are gone afterwards."""

import torch

from ganworks.layers.edges import WIDE, edges, without_edges


def step(channels: int = 3) -> torch.Tensor:
    """Dark on the left, bright from column 10 on."""
    x = torch.full((1, channels, 20, 20), -0.8)
    x[..., 10:] = 0.8
    return x


def test_an_edge_is_one_pixel_wide_and_where_it_is():
    for x, along in ((step(), 3), (step().transpose(2, 3), 2)):
        found = edges(x).sum(5 - along)[0, 0] > 0
        assert found.nonzero().flatten().tolist() in ([9], [10])
        assert edges(x).sum() == 20


def test_a_diagonal_edge_is_thin_too():
    x = torch.ones(1, 1, 24, 24).tril()
    inside = edges(2 * x - 1)[0, 0, 2:-2, 2:-2]
    assert inside.sum(1).min() >= 1
    assert inside.sum(1).max() <= 2


def test_flat_and_faint_pictures_stay_as_they_are():
    faint = 0.1 * step()
    ramp = torch.linspace(-1, 1, 64).expand(1, 3, 64, 64)
    for x in (torch.zeros(1, 4, 9, 12), faint, ramp):
        assert torch.equal(without_edges(x), x)


def test_a_weak_edge_counts_only_beside_a_strong_one():
    """The step is faint in the lower half: there it is followed for some pixels from where it is strong."""
    x = step(1)
    x[:, :, 10:] *= 0.2
    assert edges(x)[..., 11:17, :].sum() == 6
    assert edges(0.2 * step(1)).sum() == 0, "alone it is none"


def test_only_what_is_near_an_edge_is_blurred_and_becomes_less_steep():
    x = step()
    y = without_edges(x)
    changed = (y != x).any(1)[0].any(0).nonzero().flatten().tolist()
    assert changed
    assert max(abs(column - 9.5) for column in changed) <= WIDE // 2 + 0.5
    assert y.diff(dim=3).abs().max() < 0.5 * x.diff(dim=3).abs().max()
    assert y.amin() >= -0.8 - 1e-6
    assert y.amax() <= 0.8 + 1e-6


def test_row_by_row_with_any_channels():
    for channels in (1, 3, 4):
        x = torch.rand(3, channels, 17, 13) * 2 - 1
        assert torch.allclose(without_edges(x)[1:2], without_edges(x[1:2]), atol=1e-6)
