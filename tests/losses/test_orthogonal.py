"""Orthogonal regularisation against closed forms."""

import pytest
import torch

from ganworks.losses.orthogonal import off_orthogonal


def test_orthogonal_filters_of_any_length_cost_nothing():
    filters = torch.linalg.qr(torch.randn(9, 5, dtype=torch.float64))[0].T * torch.arange(1.0, 6)[:, None]
    assert off_orthogonal(filters.float().view(5, 1, 3, 3)).item() == pytest.approx(0, abs=1e-9)


def test_two_filters():
    """w1 . w2 = 11, counted twice: as (1, 2) and as (2, 1)."""
    assert off_orthogonal(torch.tensor([[1.0, 2.0], [3.0, 4.0]])).item() == pytest.approx(2 * 11**2)


@pytest.mark.parametrize("shape", [(4, 7), (9, 3), (6, 2, 3, 3), (40, 2, 3, 3)])
def test_value_and_gradient(shape):
    """The gradient is 4 (W W^T * (1 - I)) W, also where there are more filters than they have numbers."""
    weight = torch.randn(shape, requires_grad=True)
    value = off_orthogonal(weight)
    value.backward()
    rows = weight.detach().flatten(1)
    products = (rows @ rows.T).fill_diagonal_(0)
    torch.testing.assert_close(value.detach(), products.square().sum(), rtol=1e-4, atol=1e-4)
    torch.testing.assert_close(weight.grad.flatten(1), 4 * products @ rows, rtol=1e-3, atol=1e-3)


def test_it_is_computed_in_float32():
    weight = torch.randn(8, 20)
    with torch.autocast("cpu", torch.bfloat16):
        assert torch.equal(off_orthogonal(weight), off_orthogonal(weight.clone()))
        inside = off_orthogonal(weight)
    assert torch.equal(inside, off_orthogonal(weight))
