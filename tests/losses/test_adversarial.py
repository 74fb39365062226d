"""Each adversarial loss, against the divergence it declares and against closed forms."""

from math import log

import pytest
import torch
from torch import Tensor

from ganworks.losses import adversarial
from ganworks.losses.adversarial import (
    HINGE,
    MINIMAX,
    NON_SATURATING,
    RELATIVISTIC,
    WASSERSTEIN,
    Adversarial,
    least_squares,
)

LOSSES = {
    "minimax": MINIMAX,
    "non_saturating": NON_SATURATING,
    "least_squares": least_squares(),
    "least_squares_pearson": least_squares(-1.0, 1.0, 0.0),
    "least_squares_odd": least_squares(0.5, -2.0, 3.0),
    "wasserstein": WASSERSTEIN,
    "hinge": HINGE,
    "relativistic": RELATIVISTIC,
}

# How often each of four points occurs among 12 real and among 12 fake examples.
PAIRS = {
    "different": ([6, 3, 2, 1], [1, 5, 2, 4]),
    "equal": ([6, 3, 2, 1], [6, 3, 2, 1]),
    "partly apart": ([6, 6, 0, 0], [0, 4, 8, 0]),
}


def test_every_loss_of_the_module_is_tried():
    declared = [value for value in vars(adversarial).values() if isinstance(value, Adversarial)]
    assert all(value in LOSSES.values() for value in declared)
    assert len(declared) == 5


def best_loss(loss: Adversarial, real: Tensor, fake: Tensor, num_points: int) -> float:
    """The least value of D's loss over critics with one free logit a point, or with slopes in [-1, 1] between points.

    real, fake: which point each example is. All their pairs are judged, for the losses that compare them in pairs.
    """
    weights = torch.zeros(num_points, requires_grad=True)
    real, fake = real.repeat_interleave(len(fake)), fake.repeat(len(real))

    def d_loss() -> Tensor:
        logits = weights
        if loss.critics == "1-lipschitz":
            logits = torch.cat([weights[:1], weights[1:].clamp(-1, 1)]).cumsum(0)
        return loss.d(logits[real], logits[fake])

    optimizer = torch.optim.Adam([weights], lr=0.1)
    for step in range(600):
        optimizer.zero_grad()
        value = d_loss()
        value.backward()
        optimizer.param_groups[0]["lr"] = 0.1 * (1 - step / 600)
        optimizer.step()
    return d_loss().item()


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("name", LOSSES)
def test_the_best_critic_attains_the_declared_divergence(name, pair):
    counts_real, counts_fake = map(torch.tensor, PAIRS[pair])
    points = torch.arange(len(counts_real))
    declared = LOSSES[name].least(counts_real / 12, counts_fake / 12).item()
    found = best_loss(
        LOSSES[name], points.repeat_interleave(counts_real), points.repeat_interleave(counts_fake), len(points)
    )
    # Logits of points that only one side has run off to infinity: the optimum is only approached.
    assert found == pytest.approx(declared, abs=0.01)
    assert found >= declared - 1e-5


@pytest.mark.parametrize("name", LOSSES)
def test_divergences_are_zero_only_between_equal_distributions(name):
    p, q = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.2, 0.3, 0.5])
    divergence = LOSSES[name].divergence
    assert divergence(p, p).item() == pytest.approx(0.0, abs=1e-6)
    assert divergence(p, q).item() > 0.05


@pytest.mark.parametrize(
    ("name", "farthest"),
    [
        ("minimax", log(2)),
        ("least_squares", 2.0),
        ("hinge", 1.0),
        ("relativistic", log(2)),
        ("wasserstein", 3.0),  # all the mass moves over three gaps
    ],
)
def test_distributions_that_never_meet(name, farthest):
    p, q = torch.tensor([1.0, 0.0, 0.0, 0.0]), torch.tensor([0.0, 0.0, 0.0, 1.0])
    assert LOSSES[name].divergence(p, q).item() == pytest.approx(farthest, abs=1e-6)


def test_with_pearson_targets_g_minimises_half_the_divergence():
    """Least squares with b - c = 1 and b - a = 2: at the best critic, G's loss plus its real part is chi^2 / 2."""
    p, q = torch.tensor([0.5, 0.3, 0.2]), torch.tensor([0.1, 0.3, 0.6])
    loss = least_squares(-1.0, 1.0, 0.0)
    best = (p - q) / (p + q)
    counts_real, counts_fake = (10 * p).round().long(), (10 * q).round().long()
    g = loss.g(best.repeat_interleave(counts_fake)) + loss.g(best.repeat_interleave(counts_real))
    assert g.item() == pytest.approx(loss.divergence(p, q).item() / 2, abs=1e-6)


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("minimax", -log(1 + 3)),  # log(1 - D), logit log 3
        ("non_saturating", log(1 + 1 / 3)),
        ("least_squares", (log(3) - 1) ** 2 / 2),
        ("least_squares_odd", (log(3) - 3) ** 2 / 2),
        ("wasserstein", -log(3)),
        ("hinge", -log(3)),
        ("relativistic", log(1 + 1 / 3 * 2)),  # against a real logit of log 2
    ],
)
def test_g_on_one_logit(name, expected):
    logit, real = torch.tensor([log(3.0)]), torch.tensor([log(2.0)])
    assert LOSSES[name].g(logit, real).item() == pytest.approx(expected, abs=1e-6)


@pytest.mark.parametrize("name", LOSSES)
def test_g_raises_low_logits(name):
    logits = torch.tensor([-3.0, -2.0, -1.0], requires_grad=True)
    LOSSES[name].g(logits, torch.zeros(3)).backward()
    assert logits.grad is not None
    assert (logits.grad < 0).all()


@pytest.mark.parametrize("name", LOSSES)
def test_sure_critics_give_finite_losses_in_float32(name):
    real = torch.tensor([200.0, -200.0], dtype=torch.bfloat16, requires_grad=True)
    fake = torch.tensor([-200.0, 200.0], dtype=torch.bfloat16, requires_grad=True)
    total = LOSSES[name].d(real, fake) + LOSSES[name].g(fake, real)
    total.backward()
    assert total.dtype == torch.float32
    assert total.isfinite()
    assert real.grad is not None
    assert real.grad.isfinite().all()


def test_relativistic_pairs_must_match():
    with pytest.raises(AssertionError, match=r"\(3,\) against \(3, 1\)"):
        RELATIVISTIC.d(torch.zeros(3), torch.zeros(3, 1))
