"""pix2pixHD's generator: one net for half the size, and another around it."""

import pytest
import torch

from ganworks.nets.coarse_to_fine import CoarseToFine, suiting_halvings


def net(**settings):
    torch.manual_seed(0)
    return CoarseToFine(2, 3, **{"halvings": 2, "width": 4, "blocks": 1, "local_blocks": 1} | settings)


@pytest.mark.parametrize("size", [(32, 32), (16, 48), (33, 17), (3, 1)])
def test_any_sides(size):
    G, x = net(), torch.randn(2, 2, *size)
    assert G(x).shape == (2, 3, *size)
    assert G.coarse(x).shape == (2, 3, *(-(-side // 2) for side in size))
    assert G(x).abs().max() <= 1 and G.coarse(x).abs().max() <= 1


def test_layers_of_the_paper():
    """By 32: G1 c7s1-64, d128 to d1024, nine R1024, u512 to u64; G2 c7s1-32, d64, three R64, u32, c7s1-3."""
    G = CoarseToFine(3, 3, halvings=4, width=1)
    channels = [part.out_channels for part in G.G1 if hasattr(part, "out_channels")]
    assert channels == [2, 4, 8, 16, 32, 16, 8, 4, 2]
    assert sum(type(part).__name__ == "Residual" for part in G.G1) == 9
    assert sum(type(part).__name__ == "Residual" for part in G.G2_up) == 3
    assert [part.out_channels for part in [*G.G2_down, *G.G2_up] if hasattr(part, "out_channels")] == [1, 2, 1, 3]


def test_g1s_last_map_is_added():
    """G2 alone does not see far; through G1's map, which is added to its own, it does."""
    G = net().double()
    x = torch.randn(1, 2, 32, 32, dtype=torch.float64)
    seen = G.G2_up(G.G2_down(x) + G.G1(torch.nn.functional.avg_pool2d(x, 3, 2, 1, count_include_pad=False)))
    torch.testing.assert_close(G(x), seen)


def test_fixed_gives_g1_no_gradient():
    G, x = net(), torch.randn(1, 2, 32, 32)

    def moved(out):
        G.zero_grad(set_to_none=True)
        out.sum().backward()
        parts = {"G1": G.G1, "G1_last": G.G1_last, "G2_down": G.G2_down, "G2_up": G.G2_up}
        return {name for name, part in parts.items() if any(p.grad is not None for p in part.parameters())}

    assert moved(G.coarse(x)) == {"G1", "G1_last"}
    assert moved(G(x, fixed=True)) == {"G2_down", "G2_up"}
    assert moved(G(x)) == {"G1", "G2_down", "G2_up"}
    with torch.no_grad():
        assert torch.equal(G(x), G(x, fixed=True))


@pytest.mark.parametrize(("side", "halvings"), [(1024, 4), (256, 4), (128, 3), (64, 2), (28, 1), (16, 1)])
def test_the_halvings_that_suit(side, halvings):
    assert suiting_halvings((side, 2 * side)) == halvings
