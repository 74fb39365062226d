"""Gradient penalties, against closed forms."""

import pytest
import torch
from torch import nn

from ganworks.losses import penalties

W = torch.tensor([3.0, 4.0])


def linear(x):
    return x @ W


def test_wgan_gp_on_a_linear_critic():
    """|grad (w . x)| = |w| = 5 everywhere, so the penalty is (5 - 1)^2 for any data."""
    x = torch.randn(16, 2)
    assert penalties.wgan_gp(linear, x, x + 1).item() == pytest.approx(16.0)


def test_r1_and_r2_on_a_linear_critic():
    x = torch.randn(16, 2)
    assert penalties.r1(linear, x).item() == pytest.approx(25.0)
    assert penalties.r2(linear, x).item() == pytest.approx(25.0)


def test_a_quadratic_critic_has_the_example_as_slope():
    """grad |x|^2 / 2 = x."""
    x = torch.randn(16, 3, 4, 5)

    def critic(v):
        return v.square().flatten(1).sum(1) / 2

    torch.testing.assert_close(penalties.gradient(critic, x), x)
    assert penalties.r1(critic, x).item() == pytest.approx(x.square().flatten(1).sum(1).mean().item(), rel=1e-5)


def test_the_norm_is_of_each_example_not_of_the_batch():
    """Slopes of 1 and 3 give ((1 - 1)^2 + (3 - 1)^2) / 2; one norm for the batch would give (sqrt 10 - 1)^2."""
    x = torch.tensor([[1.0, 0.0], [0.0, 3.0]])

    def critic(v):
        return v.square().sum(1) / 2

    assert penalties.wgan_gp(critic, x, x, torch.tensor([0.3, 0.8])).item() == pytest.approx(2.0)


def test_dragan_is_taken_at_the_noisy_examples_one_norm_each():
    """grad |x|^2 / 2 = x: slopes of 1 and 3 after the noise give ((1 - 1)^2 + (3 - 1)^2) / 2."""
    real, noise = torch.tensor([[0.5, 0.0], [0.0, 1.0]]), torch.tensor([[0.5, 0.0], [0.0, 2.0]])
    assert penalties.dragan(lambda v: v.square().sum(1) / 2, real, noise).item() == pytest.approx(2.0)
    assert penalties.dragan(linear, real, noise).item() == pytest.approx(16.0)


def test_the_point_between_is_one_for_each_example():
    real, fake, t = torch.zeros(3, 1, 2, 2), torch.ones(3, 1, 2, 2), torch.tensor([0.0, 0.25, 1.0])
    seen = []

    def critic(v):
        seen.append(v.detach())
        return v.flatten(1).sum(1)

    penalties.wgan_gp(critic, real, fake, t)
    torch.testing.assert_close(seen[0], t.view(3, 1, 1, 1).expand(3, 1, 2, 2))


def test_points_are_drawn_between_real_and_fake():
    seen = []

    def critic(v):
        seen.append(v.detach())
        return v.flatten(1).sum(1)

    penalties.wgan_gp(critic, torch.zeros(500, 2), torch.ones(500, 2))
    assert seen[0].min() >= 0
    assert seen[0].max() <= 1
    torch.testing.assert_close(seen[0][:, 0], seen[0][:, 1])  # one coefficient an example, not one a pixel
    assert seen[0].std().item() == pytest.approx(12**-0.5, abs=0.03)


@pytest.mark.parametrize("name", ["wgan_gp", "r1", "r2"])
def test_the_critic_alone_learns_from_a_penalty(name):
    torch.manual_seed(0)
    critic = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    generator = nn.Linear(2, 4)
    fake = generator(torch.randn(6, 2))
    if name == "wgan_gp":
        penalty = penalties.wgan_gp(critic, torch.randn(6, 4), fake)
    else:
        penalty = getattr(penalties, name)(critic, fake)
    penalty.backward()
    assert critic[0].weight.grad is not None
    assert critic[0].weight.grad.abs().sum() > 0
    assert critic[2].weight.grad is not None
    assert critic[2].weight.grad.abs().sum() > 0
    assert critic[2].bias.grad is None or critic[2].bias.grad.abs().sum() == 0  # a constant has no slope
    assert generator.weight.grad is None


def test_second_derivatives_are_those_of_finite_differences():
    """d/dw of R1 for a critic tanh(w . x)."""
    x = torch.randn(5, 3, dtype=torch.float64)
    w = torch.randn(3, requires_grad=True)

    def penalty(w):
        return penalties.r1(lambda v: torch.tanh(v @ w), x)

    (exact,) = torch.autograd.grad(penalty(w), w)
    for i in range(3):
        step = torch.zeros(3).index_fill(0, torch.tensor(i), 1e-2)
        assert ((penalty(w + step) - penalty(w - step)) / 2e-2).item() == pytest.approx(exact[i].item(), abs=2e-3)


def test_penalties_are_float32_inside_autocast():
    critic = nn.Linear(64, 1)
    x = torch.randn(8, 64)
    outside = penalties.r1(critic, x)
    with torch.autocast("cpu", dtype=torch.bfloat16):
        assert critic(x).dtype == torch.bfloat16
        inside = penalties.r1(critic, x.bfloat16())
    assert inside.dtype == torch.float32
    assert inside.item() == outside.item()


def test_penalties_work_where_gradients_are_off():
    with torch.no_grad():
        assert penalties.r1(linear, torch.randn(2, 2)).item() == pytest.approx(25.0)


def test_compiled_critics_run_uncompiled():
    """A compiled graph has no second derivative; the penalty must not try."""
    critic = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 1))
    graphs = []

    def backend(graph, inputs):
        graphs.append(graph)
        return graph.forward

    compiled = torch.compile(critic, backend=backend)
    x = torch.randn(3, 4)
    assert penalties.r1(compiled, x).item() == pytest.approx(penalties.r1(critic, x).item())
    assert not graphs
    compiled(x)
    assert graphs  # the setting ended with the penalty
