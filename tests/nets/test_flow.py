"""An invertible generator: the way back, and a density that is one."""

from math import log, pi

import pytest
import torch

from ganworks.nets.flow import Flow, Step


@pytest.fixture(autouse=True)
def seed():
    torch.manual_seed(0)


def flow(size=(8, 8), channels=1, width=4, depth=2) -> Flow:
    """One that has learned something, as a new one has no couplings; its rotations are such to the last digit."""
    made = Flow(size, channels, width, depth).double()
    with torch.no_grad():
        for parameter in made.parameters():
            parameter.add_(0.1 * torch.randn_like(parameter))
        for buffer in made.buffers():
            buffer.copy_(torch.linalg.qr(buffer)[0])
    return made


@pytest.mark.parametrize(("size", "channels"), [((28, 28), 1), ((16, 16), 3), ((8, 12), 4), ((10, 50), 1)])
def test_the_way_back(size, channels):
    G = flow(size, channels)
    z = torch.randn(3, G.latent, dtype=torch.double)
    pictures = G(z)
    assert pictures.shape == (3, channels, *size)
    torch.testing.assert_close(G.normalise(pictures)[0], z)
    x = 2 * torch.rand(2, channels, *size, dtype=torch.double) - 1
    torch.testing.assert_close(G(G.normalise(x)[0]), x)


def test_the_way_back_under_bf16():
    """The nets inside compute coarsely, but in both directions what they say is the same, to rounding."""
    G = flow().float()
    z = torch.randn(16, 64)
    with torch.autocast("cpu", torch.bfloat16):
        again = G.normalise(G(z))[0]
    assert again.dtype == torch.float32
    assert (again - z).abs().mean() < 0.01


def test_the_log_determinant_is_that_of_the_jacobian():
    G = flow(channels=1)
    x = (2 * torch.rand(64, dtype=torch.double) - 1) * 0.9
    jacobian = torch.autograd.functional.jacobian(lambda v: G.normalise(v.view(1, 1, 8, 8))[0][0], x)
    torch.testing.assert_close(
        G.normalise(x.view(1, 1, 8, 8))[1][0], torch.linalg.slogdet(jacobian)[1], atol=1e-5, rtol=0
    )


def test_a_new_flow_has_a_known_density():
    """Without couplings it turns the logits of the values: independent logistic-normal ones."""
    G = Flow((8, 8), 3, 4, 3).double()
    x = (2 * torch.rand(5, 3, 8, 8, dtype=torch.double) - 1) * 0.95
    share = (1 + 0.9 * x) / 2  # of the way from -1/0.9 to 1/0.9
    logit = (share / (1 - share)).log()
    each = -(logit.square() + log(2 * pi)) / 2 + (0.45 / (share * (1 - share))).log()
    torch.testing.assert_close(G.log_density(x), each.flatten(1).sum(1), atol=1e-3, rtol=0)


def test_a_density_adds_up_to_1():
    """Over a whole plane of values, for a step of two channels and one place."""
    step = Step(2, 4).double()
    with torch.no_grad():
        for parameter in step.parameters():
            parameter.add_(0.3 * torch.randn_like(parameter))
    axis = torch.linspace(-9, 9, 181, dtype=torch.double)
    x = torch.cartesian_prod(axis, axis)[..., None, None]
    y, log_det = step.normalise(x)
    density = (log_det - (y.square() + log(2 * pi)).flatten(1).sum(1) / 2).exp()
    assert density.sum().item() * 0.1**2 == pytest.approx(1, abs=1e-3)


def test_parts_leave_at_every_scale():
    G = Flow((28, 28), 1, 4, 1)
    assert G.shapes == [(2, 14, 14), (8, 7, 7)]
    assert G.latent == 28 * 28


def test_odd_sides_are_refused():
    with pytest.raises(ValueError, match="size is 25x28; a flow halves sides evenly: choose an even --size"):
        Flow((25, 28), 1, 4, 1)


@pytest.mark.parametrize(("width", "depth"), [(0, 2), (4, 0)])
def test_a_flow_has_couplings(width, depth):
    with pytest.raises(ValueError, match=f"width is {width}, depth {depth}; both must be at least 1"):
        Flow((8, 8), 1, width, depth)
