"""Adversarial losses: what D and G minimise, given D's logits, and what divergence that comes down to.

Logits have any shape; the loss is their mean, computed in float32.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import log
from typing import Protocol

from torch import Tensor, xlogy
from torch.nn.functional import relu, softplus

from ganworks.losses.divergences import jensen_shannon, paired_jensen_shannon, pearson, total_variation, wasserstein


class GeneratorLoss(Protocol):
    def __call__(self, fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor: ...


@dataclass(frozen=True)
class Adversarial:
    """A pair of losses: `d(real_logits, fake_logits)` for D and `g(fake_logits, real_logits)` for G, both scalars.

    The rest says what they mean: among the critics of `critics` ("all", or "1-lipschitz" ones), the least value
    of `d` for real data from p and fakes from q is `top - scale * divergence(p, q)`.
    """

    d: Callable[[Tensor, Tensor], Tensor]
    g: GeneratorLoss
    divergence: Callable[[Tensor, Tensor], Tensor]
    top: float
    scale: float
    critics: str = "all"
    paired: bool = False  # G's loss needs the real logits too

    def least(self, p: Tensor, q: Tensor) -> Tensor:
        """The value of `d` with the best critic; p, q (n,) are distributions on the same points."""
        return self.top - self.scale * self.divergence(p, q)


def cross_entropy_d(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """-E log D(x) - E log(1 - D(G(z))), where D is the sigmoid of the logits.

    Goodfellow et al. 2014 (arXiv 1406.2661), eq. 1.
    """
    return softplus(-real_logits.float()).mean() + softplus(fake_logits.float()).mean()


def minimax_g(fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
    """E log(1 - D(G(z))), eq. 1: its gradient vanishes when D is sure of itself."""
    return -softplus(fake_logits.float()).mean()


def non_saturating_g(fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
    """-E log D(G(z)), section 3 of the same paper: strong gradients early on."""
    return softplus(-fake_logits.float()).mean()


MINIMAX = Adversarial(cross_entropy_d, minimax_g, jensen_shannon, top=2 * log(2), scale=2)
NON_SATURATING = Adversarial(cross_entropy_d, non_saturating_g, jensen_shannon, top=2 * log(2), scale=2)


def least_squares(a: float = 0.0, b: float = 1.0, c: float = 1.0) -> Adversarial:
    """LSGAN, Mao et al. 2016 (arXiv 1611.04076), eq. 2: targets a for fakes and b for real ones in D, c for fakes in G.

    Any a != b measures the same divergence. G minimises it too if b - c = 1 and b - a = 2, as with (-1, 1, 0);
    the default is the paper's other choice: fakes shall look as real as real ones.
    """

    def d(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        return ((real_logits.float() - b).square().mean() + (fake_logits.float() - a).square().mean()) / 2

    def g(fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        return (fake_logits.float() - c).square().mean() / 2

    return Adversarial(d, g, pearson, top=(b - a) ** 2 / 4, scale=(b - a) ** 2 / 8)


def difference_d(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """E D(G(z)) - E D(x): minus the distance that the critic sees. Arjovsky et al. 2017 (arXiv 1701.07875), eq. 2."""
    return fake_logits.float().mean() - real_logits.float().mean()


def difference_g(fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
    """-E D(G(z))."""
    return -fake_logits.float().mean()


WASSERSTEIN = Adversarial(difference_d, difference_g, wasserstein, top=0, scale=1, critics="1-lipschitz")


def hinge_d(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """E max(0, 1 - D(x)) + E max(0, 1 + D(G(z))). Miyato et al. 2018 (arXiv 1802.05957), eq. 16."""
    return relu(1 - real_logits.float()).mean() + relu(1 + fake_logits.float()).mean()


HINGE = Adversarial(hinge_d, difference_g, total_variation, top=2, scale=2)


def relativistic_d(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """-E log sigmoid(D(x) - D(G(z))), row by row. Huang et al. 2025 (arXiv 2501.05441), eq. 2.

    The best critic is log p / q, up to a constant. It makes the loss log 2 - JS(p x q, q x p): D tells
    (real, fake) from (fake, real).
    """
    assert real_logits.shape == fake_logits.shape, f"{tuple(real_logits.shape)} against {tuple(fake_logits.shape)}"
    return softplus(fake_logits.float() - real_logits.float()).mean()


def relativistic_g(fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
    """-E log sigmoid(D(G(z)) - D(x)), the same with the roles exchanged."""
    assert real_logits is not None, "the relativistic loss compares with real logits"
    return relativistic_d(fake_logits, real_logits)


RELATIVISTIC = Adversarial(relativistic_d, relativistic_g, paired_jensen_shannon, top=log(2), scale=1, paired=True)


def soft_targets(loss: Adversarial, real: float = 1.0, fake: float = 0.0) -> Adversarial:
    """A sigmoid loss whose D is told that real pictures are so with probability `real`, and fakes with `fake`.

    One-sided smoothing, real < 1 and fake = 0, is of Salimans et al. 2016 (arXiv 1606.03498), section 3.4; with both,
    the best D is (real p + fake q) / (p + q): far from the data, where p is 0, it still gives fakes a chance `fake`.
    As the loss is linear in its targets, fixed ones are the mean over random ones, and over labels flipped by chance.
    """
    least_sure = 2 * binary_entropy((real + fake) / 2)

    def d(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        r, f = real_logits.float(), fake_logits.float()
        # softplus(-x) = softplus(x) - x
        return (softplus(r) - real * r).mean() + (softplus(f) - fake * f).mean()

    def divergence(p: Tensor, q: Tensor) -> Tensor:
        called_real, both = real * p + fake * q, p + q
        called_fake = both - called_real
        best = xlogy(called_real, called_real / both) + xlogy(called_fake, called_fake / both)
        return least_sure + best.nan_to_num().sum()

    return replace(loss, d=d, divergence=divergence, top=least_sure, scale=1)


def with_kl(loss: Adversarial, weight: float) -> Adversarial:
    """G's loss plus weight * E[-D(G(z))], D being the logit.

    The best D of a sigmoid loss is log p / q, so that the term is E_q[log q / p] = KL(q || p), of fakes against data.
    Its gradient is right too, though D does not follow G: that of E_q[log q] through q inside the logarithm is
    E_q[grad log q] = 0. Sønderby et al. 2016 (arXiv 1610.04490). A constant in D, as the relativistic loss leaves
    open, changes nothing.
    """

    def g(fake_logits: Tensor, real_logits: Tensor | None = None) -> Tensor:
        return loss.g(fake_logits, real_logits) - weight * fake_logits.float().mean()

    return replace(loss, g=g)


def binary_entropy(share: float) -> float:
    """In nats: from 0 to log 2."""
    return -sum(x * log(x) for x in (share, 1 - share) if x > 0)
