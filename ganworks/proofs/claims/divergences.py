"""Every adversarial loss of D measures the divergence it declares."""

import torch
from torch import Tensor

from ganworks.losses.adversarial import (
    HINGE,
    NON_SATURATING,
    RELATIVISTIC,
    WASSERSTEIN,
    Adversarial,
    least_squares,
)
from ganworks.proofs.bench import Bench
from ganworks.proofs.claim import AtMost, Claim, Higher, Numbers

LOSSES = {
    "cross entropy": NON_SATURATING,  # the minimax loss has the same D
    "least squares": least_squares(),
    "wasserstein": WASSERSTEIN,
    "hinge": HINGE,
    "relativistic": RELATIVISTIC,
}
POINTS, EXAMPLES, STEPS = 6, 24, 800


def trial(bench: Bench, arm: str, seed: int) -> Numbers:
    """How far the best critic's loss is from `top - scale * divergence`, for two random distributions."""
    generator = torch.Generator().manual_seed(seed)
    real, fake = torch.randint(POINTS, (2, EXAMPLES), generator=generator)
    p, q = (torch.bincount(points, minlength=POINTS) / EXAMPLES for points in (real, fake))
    sees = torch.arange(POINTS) // (1 if arm == "free critic" else 2)
    gaps: Numbers = {}
    for number, (name, loss) in enumerate(LOSSES.items(), 1):
        gaps[name] = abs(best(loss, real, fake, sees) - loss.least(p, q).item())
        bench.progress(number / len(LOSSES))
    return gaps


def best(loss: Adversarial, real: Tensor, fake: Tensor, sees: Tensor) -> float:
    """The least value of D's loss over all critics that tell points apart by `sees` alone."""
    real, fake = real.repeat_interleave(len(fake)), fake.repeat(len(real))  # all pairs, for losses that compare pairs
    weights = torch.zeros(POINTS, requires_grad=True)
    adam = torch.optim.Adam([weights], lr=0.1)
    for step in range(STEPS):
        adam.zero_grad()
        logits = weights
        if loss.critics == "1-lipschitz":
            logits = weights.clamp(-1, 1).cumsum(0)
        value = loss.d(logits[sees][real], logits[sees][fake])
        value.backward()
        adam.param_groups[0]["lr"] = 0.1 * (1 - step / STEPS)
        adam.step()
    return value.item()


CLAIM = Claim(
    says="The loss of the best D is the divergence that it declares; a D that confuses points misses it.",
    source="Goodfellow et al. 2014, theorem 1; Mao et al. 2016, theorem 1; Arjovsky et al. 2017, eq. 2; Lim & Ye 2017 "
    "(hinge); Huang et al. 2025, eq. 2",
    arms={
        "free critic": "one free logit a point of two random distributions on six points",
        "half-blind critic": "the same, but it cannot tell a point from its neighbour",
    },
    trial=trial,
    checks=[
        *(AtMost(name, "free critic", 0.01) for name in LOSSES),
        *(Higher(name, "half-blind critic", "free critic") for name in LOSSES),
    ],
    minutes=0.3,
)
