"""Instance norm: what PyTorch's computes, in both precisions, forwards and backwards."""

import pytest
import torch
from torch.nn.functional import instance_norm

from ganworks.layers.instance_norm import InstanceNorm

SHAPE = (3, 5, 6, 7)


def made(dtype, affine, scale=1.0):
    """The norm with a random gain and bias, and an input away from 0 whose channels differ in spread."""
    torch.manual_seed(0)
    norm = InstanceNorm(SHAPE[1], affine)
    for parameter in norm.parameters():
        torch.nn.init.normal_(parameter)
    x = torch.randn(SHAPE) * torch.arange(1.0, 6).view(-1, 1, 1) + 0.5
    return norm, (scale * x).to(dtype).contiguous(memory_format=torch.channels_last).requires_grad_()


@pytest.mark.parametrize("affine", [False, True])
@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float32, 1e-5), (torch.bfloat16, 0.04)])
def test_it_is_instance_norm(dtype, tolerance, affine):
    """And its gradients are, of the input, the gain and the bias."""
    norm, x = made(dtype, affine)
    weights = torch.randn(SHAPE)
    (norm(x).float() * weights).sum().backward()
    ours = [norm(x), x.grad, *(parameter.grad for parameter in norm.parameters())]
    exact = x.detach().float().requires_grad_()
    parameters = [parameter.detach().clone().requires_grad_() for parameter in norm.parameters()]
    expected = instance_norm(exact, weight=parameters[0] if affine else None, bias=parameters[1] if affine else None)
    (expected * weights).sum().backward()
    assert norm(x).dtype == (torch.float32 if affine and dtype == torch.float32 else dtype)
    for a, b in zip(ours, [expected, exact.grad, *(parameter.grad for parameter in parameters)], strict=True):
        assert (a.float() - b).norm() <= tolerance * b.norm()


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_picture_does_not_depend_on_the_others(dtype):
    norm, x = made(dtype, affine=False)
    torch.testing.assert_close(norm(x)[:1], norm(x[:1]))
    assert torch.equal(norm.eval()(x), norm.train()(x)), "training and use agree"


def test_a_flat_channel_becomes_zero():
    for dtype in (torch.float32, torch.bfloat16):
        flat = torch.full(SHAPE, 0.75, dtype=dtype)
        assert InstanceNorm(SHAPE[1])(flat).abs().max() < 0.01


def test_a_slope_has_a_slope():
    """As a penalty on the critic's slope needs it."""
    found = []
    for dtype in (torch.float32, torch.bfloat16):
        norm, x = made(dtype, affine=False)
        (slope,) = torch.autograd.grad(norm(x).pow(3).sum(), x, create_graph=True)
        found.append(torch.autograd.grad(slope.square().sum(), x)[0].float())
    exact, rounded = found
    assert exact.norm() > 0
    assert (rounded - exact).norm() < 0.1 * exact.norm()


def test_bf16_is_centred_where_the_mean_is_much_larger_than_the_deviation():
    torch.manual_seed(0)
    for side in (24, 60):
        x = (torch.randn(2, 3, side, side) * 0.1 - 7).bfloat16().to(memory_format=torch.channels_last)
        ours, true = InstanceNorm(3)(x).float(), torch.nn.functional.instance_norm(x.float())
        assert (ours.mean((2, 3)) - true.mean((2, 3))).abs().max() < 0.01
    flat = InstanceNorm(1)(torch.full((1, 1, 60, 60), -7.0, dtype=torch.bfloat16))
    assert flat.abs().max() < 0.01
