"""Norms by name, and the bound that spectral norm gives."""

import pytest
import torch
from torch import nn

from ganworks.layers.normalization import between, constrain, has_batch_norm
from ganworks.nets import dcgan, resnet


def test_layer_norm_is_over_each_example():
    """Mean 0 and variance 1 over channels and places, example by example; a gain for each channel."""
    x = torch.randn(4, 6, 5, 5) * torch.tensor([1.0, 10, 100, 1000]).view(4, 1, 1, 1) + 3
    norm = between("layer", 6)
    y = norm(x).flatten(1)
    torch.testing.assert_close(y.mean(1), torch.zeros(4), atol=1e-4, rtol=0)
    torch.testing.assert_close(y.var(1, unbiased=False), torch.ones(4), atol=1e-3, rtol=0)
    assert norm.weight.shape == (6,)


def test_batch_norm_is_recognised():
    assert has_batch_norm(nn.Sequential(nn.Conv2d(1, 2, 3), between("batch", 2)))
    assert not any(has_batch_norm(nn.Sequential(between(norm, 2))) for norm in ("layer", "none", "spectral"))


def test_spectral_norm_makes_the_largest_singular_value_one():
    torch.manual_seed(0)
    layer = constrain(nn.Conv2d(8, 16, 3), "spectral")
    with torch.no_grad():
        layer.parametrizations.weight.original.mul_(50)
        for _ in range(50):
            weight = layer.weight  # a step of power iteration
    assert torch.linalg.matrix_norm(weight.flatten(1), 2).item() == pytest.approx(1.0, abs=1e-3)


@pytest.mark.parametrize("net", [dcgan, resnet])
def test_spectral_norm_bounds_every_layer_as_it_trains(net):
    """Each weight of D follows its bound from one optimiser step to the next."""
    torch.manual_seed(0)
    D = net.Discriminator((16, 16), 3, width=4, norm="spectral")
    optimizer = torch.optim.Adam(D.parameters(), lr=2e-4, betas=(0.0, 0.9))
    for _ in range(30):
        optimizer.zero_grad()
        (-D(torch.randn(8, 3, 16, 16)).mean()).backward()
        optimizer.step()
    D(torch.randn(8, 3, 16, 16))
    D.eval()
    weights = [m.weight.flatten(1) for m in D.modules() if isinstance(m, (nn.Conv2d, nn.Linear))]
    assert len(weights) >= 3
    for weight in weights:
        assert torch.linalg.matrix_norm(weight, 2).item() == pytest.approx(1.0, abs=0.05)
