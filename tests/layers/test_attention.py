"""Self-attention against a loop over places, and as it begins."""

import pytest
import torch
from torch.nn.functional import max_pool2d

from ganworks.layers.attention import SelfAttention


def attention(channels: int, norm: str = "none") -> SelfAttention:
    torch.manual_seed(0)
    return SelfAttention(channels, norm)


def test_nothing_changes_at_first():
    x = torch.randn(2, 8, 5, 7)
    assert torch.equal(attention(8, "spectral")(x), x)


@pytest.mark.parametrize("size", [(4, 6), (5, 7)])  # odd sides lose their last row in the pooling, as keys only
def test_each_place_gathers_a_weighted_mean_of_values(size):
    layer, x = attention(16), torch.randn(2, 16, *size)
    layer.gain.data.fill_(0.5)
    query, key, value = layer.query(x), max_pool2d(layer.key(x), 2), max_pool2d(layer.value(x), 2)
    gathered = torch.zeros(2, 8, *size)
    for n in range(2):
        for row in range(size[0]):
            for column in range(size[1]):
                likeness = (query[n, :, row, column, None, None] * key[n]).sum(0).exp()
                gathered[n, :, row, column] = (likeness / likeness.sum() * value[n]).sum((1, 2))
    torch.testing.assert_close(layer(x), x + 0.5 * layer.out(gathered))
    assert key.shape[1] == 2 and value.shape[1] == 8


def test_a_far_place_is_seen():
    layer, x = attention(16), torch.randn(1, 16, 8, 8, requires_grad=True)
    layer.gain.data.fill_(1.0)
    layer(x)[0, :, 0, 0].sum().backward()
    assert x.grad[0, :, 6:, 6:].abs().sum() > 0


def test_it_has_second_derivatives():
    layer, x = attention(16), torch.randn(1, 16, 4, 4, requires_grad=True)
    layer.gain.data.fill_(1.0)
    (slope,) = torch.autograd.grad(layer(x).square().sum(), x, create_graph=True)
    slope.square().sum().backward()
    assert layer.query.weight.grad.abs().sum() > 0


def test_all_its_projections_have_spectral_norm():
    found = {name.removesuffix("s.weight.original") for name, _ in attention(8, "spectral").named_parameters()}
    assert found == {"gain", *(f"{name}.parametrization" for name in ("query", "key", "value", "out"))}
