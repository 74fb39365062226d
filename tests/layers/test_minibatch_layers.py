"""Layers that look at the batch: closed forms, and what of the batch they may and may not see."""

import pytest
import torch
from torch import nn

from ganworks.layers.minibatch import MinibatchDeviation, MinibatchDeviationMap, MinibatchKernels

LAYERS = {"kernels": lambda: MinibatchKernels(6, 4, 3), "deviation": lambda: MinibatchDeviation(6, 3)}


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def test_equal_rows_have_all_others_as_neighbours():
    """exp(-0) for each of the n - 1 others, and the bias of -1."""
    layer = MinibatchKernels(6, 4, 3)
    out = layer(torch.randn(1, 6).expand(5, -1))
    torch.testing.assert_close(out[:, 6:], torch.full((5, 4), 5 - 1 - 1.0))


def test_kernels_against_the_formula():
    layer = MinibatchKernels(6, 4, 3)
    with torch.no_grad():
        layer.log_length.normal_()
        layer.bias.normal_()
    x = torch.randn(5, 6)
    out = layer(x)
    unit = layer.direction / layer.direction.square().sum(0).sqrt()
    seen = torch.tensordot(x, unit * layer.log_length.exp(), dims=1)
    for i in range(5):
        near = sum(torch.exp(-(seen[i] - seen[j]).abs().sum(1)) for j in range(5) if j != i)
        torch.testing.assert_close(out[i], torch.cat([x[i], near + layer.bias]))


def test_lengths_are_fitted_to_the_nearest_neighbour():
    layer = MinibatchKernels(6, 4, 3)
    x = 1000 * torch.randn(20, 6)
    assert layer(x)[:, 6:].max() < -0.99  # so far apart that the kernels see nothing
    layer.fit_lengths(x)
    nearest = (layer.distances(x) + 1e6 * torch.eye(20)).amin(2).mean(1)
    torch.testing.assert_close(nearest, torch.full((4,), 2.0), rtol=1e-4, atol=0)


def test_near_and_same_are_told_apart_under_bf16():
    x = torch.randn(1, 6).expand(2, -1) * 100 + torch.tensor([[0.0], [0.2]])
    layer = MinibatchKernels(6, 4, 3)
    with torch.autocast("cpu", torch.bfloat16):
        seen = layer(x)
    torch.testing.assert_close(seen, layer(x))
    assert layer(x)[:, 6:].max() < -0.01


def test_the_kernels_slope_can_be_differentiated():
    layer = MinibatchKernels(3, 2, 2).double()
    x = torch.randn(4, 3, dtype=torch.double, requires_grad=True)
    assert torch.autograd.gradcheck(layer, x)
    assert torch.autograd.gradgradcheck(layer, x)


def test_deviation_in_closed_form():
    """Groups of 2 take rows half the batch apart: spreads 1 and 3 in one feature, 0 in the other."""
    x = torch.tensor([[0.0, 5.0], [1.0, 5.0], [2.0, 5.0], [7.0, 5.0]])
    out = MinibatchDeviation(2, 2)(x)
    torch.testing.assert_close(out[:, :2], x)
    torch.testing.assert_close(out[:, 2], torch.tensor([0.5, 1.5, 0.5, 1.5]), atol=1e-3, rtol=0)


@pytest.mark.parametrize(("num", "group"), [(6, 3), (5, 5), (8, 4), (7, 1)])
def test_deviation_takes_the_largest_group_that_divides_the_batch(num, group):
    x = torch.randn(num, 2)
    expected = x.view(group, -1, 2).std(0, correction=0).mean(1).repeat(group)
    torch.testing.assert_close(MinibatchDeviation(2, 5 if num == 5 else 4)(x)[:, 2], expected, atol=2e-4, rtol=0)


def test_the_map_of_the_deviation_is_constant():
    """Groups of 2, rows half the batch apart; the mean over channels and places of the deviations of each."""
    x = torch.randn(4, 3, 2, 5)
    out = MinibatchDeviationMap(2)(x)
    assert torch.equal(out[:, :3], x)
    expected = ((x[:2] - x[2:]).abs() / 2).mean((1, 2, 3)).repeat(2)
    torch.testing.assert_close(out[:, 3], expected[:, None, None].expand(4, 2, 5), atol=1e-3, rtol=0)


def test_the_map_of_the_deviation_under_bf16():
    """A spread far below the step of bf16 at the value itself is seen; the maps keep their type."""
    x = torch.full((4, 2, 3, 3), 100.0).bfloat16()
    x[:2] += 1
    out = MinibatchDeviationMap()(x)
    assert out.dtype == torch.bfloat16
    assert out[0, 2, 0, 0] == 0.5


def test_a_collapsed_batch_keeps_its_gradient_finite():
    x = torch.ones(4, 6, requires_grad=True)
    makes = [*LAYERS.values(), lambda: nn.Sequential(nn.Unflatten(1, (6, 1, 1)), MinibatchDeviationMap())]
    for make in makes:
        (gradient,) = torch.autograd.grad(make()(x).sum(), x)
        assert gradient.isfinite().all()


def test_kernels_do_not_depend_on_the_order():
    layer, x, order = MinibatchKernels(6, 4, 3), torch.randn(8, 6), torch.randperm(8)
    torch.testing.assert_close(layer(x[order]), layer(x)[order])


@pytest.mark.parametrize("kind", LAYERS)
def test_every_other_example_counts(kind):
    """What a row gains depends on the others; what it brought stays."""
    layer = LAYERS[kind]()
    x = torch.randn(3, 6)
    before, x[2] = layer(x), x[2] + 1
    after = layer(x)
    torch.testing.assert_close(after[:2, :6], before[:2, :6])
    assert (after[:2, 6:] != before[:2, 6:]).all()


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: MinibatchKernels(6, 0, 5), "there are 0 kernels of 5 values; both must be at least 1"),
        (lambda: MinibatchDeviation(6, 1), "group is 1; it must be at least 2"),
        (lambda: MinibatchDeviationMap(1), "group is 1; it must be at least 2"),
    ],
)
def test_what_is_wrong_is_named(make, message):
    with pytest.raises(ValueError, match=message):
        make()
