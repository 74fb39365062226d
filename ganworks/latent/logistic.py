"""Logistic regression: which way in a space of features does a thing lie."""

from dataclasses import dataclass

import torch
from torch import Tensor
from torch.nn.functional import softplus

STEPS = 50
HALVINGS = 20


@dataclass(frozen=True)
class Logistic:
    """P(yes | x) = sigmoid(x . weight + bias); weight (d,), in units of x as it was given."""

    weight: Tensor
    bias: float

    def logits(self, x: Tensor) -> Tensor:
        """(N, d) -> (N,)."""
        return x.double() @ self.weight.double() + self.bias


def fit_logistic(x: Tensor, yes: Tensor, penalty: float = 1.0) -> Logistic:
    """x (N, d), yes (N,) booleans: both sides weigh the same, however many there are of each.

    By Newton's method on standardised features, in float64. penalty: times |weight|^2 / 2, beside the sum over N.
    """
    assert x.ndim == 2 and yes.shape == (len(x),) and 0 < int(yes.sum()) < len(x)
    mean, deviation = x.double().mean(0), x.double().std(0).clamp_min(1e-8)
    ones = torch.ones(len(x), 1, dtype=torch.float64)
    inputs = torch.cat([(x.double() - mean) / deviation, ones], 1)
    share = yes.double().mean()
    target = yes.double() * 2 - 1
    each = torch.where(yes, 0.5 / share, 0.5 / (1 - share))
    ridge = torch.full((inputs.shape[1],), penalty, dtype=torch.float64)
    ridge[-1] = 1e-9  # the bias is free
    found = torch.zeros(inputs.shape[1], dtype=torch.float64)

    def loss(at: Tensor) -> Tensor:
        return (each * softplus(-target * (inputs @ at))).sum() + (ridge * at.square()).sum() / 2

    for _ in range(STEPS):
        wrong = (-target * (inputs @ found)).sigmoid()
        gradient = -inputs.T @ (each * target * wrong) + ridge * found
        curved = inputs.T * (each * wrong * (1 - wrong))
        step = torch.linalg.solve(curved @ inputs + ridge.diag(), gradient)
        length = next((0.5**n for n in range(HALVINGS) if loss(found - 0.5**n * step) < loss(found)), 0.0)
        found = found - length * step
        if length * step.abs().max() < 1e-8:
            break
    weight = found[:-1] / deviation
    return Logistic(weight, float(found[-1] - weight @ mean))
