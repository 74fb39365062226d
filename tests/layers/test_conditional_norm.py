"""Conditional batch norm, and standing statistics of it."""

import torch
from torch import nn
from torch.func import functional_call
from torch.nn.functional import one_hot

from ganworks.layers.conditional_norm import ConditionalBatchNorm
from ganworks.layers.normalization import has_batch_norm
from ganworks.layers.standing import standing_statistics


def test_it_begins_as_plain_batch_norm():
    norm, x = ConditionalBatchNorm(4, 3), 5 + 2 * torch.randn(8, 4, 3, 3)
    torch.testing.assert_close(norm(x, torch.randn(8, 3)), nn.BatchNorm2d(4)(x))
    assert has_batch_norm(norm)


def test_one_hot_labels_look_up_a_gain_and_a_bias():
    norm, x, label = ConditionalBatchNorm(4, 3), torch.randn(8, 4, 3, 3), torch.arange(8) % 3
    gain, bias = torch.randn(3, 4), torch.randn(3, 4)
    norm.gain.weight.data, norm.bias.weight.data = gain.T.contiguous(), bias.T.contiguous()
    expected = nn.BatchNorm2d(4)(x) * (1 + gain[label])[:, :, None, None] + bias[label][:, :, None, None]
    torch.testing.assert_close(norm(x, one_hot(label, 3).float()), expected)


def test_projections_can_have_spectral_norm():
    norm = ConditionalBatchNorm(4, 6, "spectral")
    for _ in range(30):
        norm(torch.randn(2, 4, 3, 3), torch.randn(2, 6))
    norm.eval()
    for layer in (norm.gain, norm.bias):
        assert abs(torch.linalg.matrix_norm(layer.weight, 2).item() - 1) < 1e-3


def test_standing_statistics_are_means_over_passes():
    """Of two passes: of their means, and of their variances as batch norm keeps them, with n - 1."""
    net, passes = nn.BatchNorm2d(2).eval(), [torch.randn(4, 2, 3, 3) * 3 + 1, torch.randn(4, 2, 3, 3)]
    found = standing_statistics(net, [(x,) for x in passes])
    rows = [x.transpose(0, 1).flatten(1) for x in passes]
    torch.testing.assert_close(found[".running_mean"], sum(row.mean(1) for row in rows) / 2)
    torch.testing.assert_close(found[".running_var"], sum(row.var(1) for row in rows) / 2)


def test_standing_statistics_leave_the_net_as_it_was():
    net = nn.Sequential(nn.utils.parametrizations.spectral_norm(nn.Conv2d(2, 3, 3)), nn.BatchNorm2d(3)).eval()
    before = {name: value.clone() for name, value in net.state_dict().items()}
    found = standing_statistics(net, [(torch.randn(4, 2, 5, 5) + 9,) for _ in range(3)])
    assert all(torch.equal(value, before[name]) for name, value in net.state_dict().items())
    assert net[1].momentum == 0.1 and not net[1].training
    assert not torch.equal(found["1.running_mean"], before["1.running_mean"])


def test_a_net_with_standing_statistics_is_normalised_in_all_layers():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv2d(2, 3, 3), nn.BatchNorm2d(3), nn.ReLU(), nn.Conv2d(3, 2, 3), nn.BatchNorm2d(2)).eval()
    passes = [(torch.randn(64, 2, 9, 9) * 5 + 2,) for _ in range(4)]
    found = standing_statistics(net, passes)
    made = torch.cat([functional_call(net, found, x) for x in passes])
    torch.testing.assert_close(made.mean((0, 2, 3)), torch.zeros(2), atol=0.02, rtol=0)
    torch.testing.assert_close(made.var((0, 2, 3)), torch.ones(2), atol=0.05, rtol=0)
