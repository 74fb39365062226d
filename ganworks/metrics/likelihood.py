"""Likelihoods of a model that has none: by a kernel density on its samples, and by annealed importance sampling."""

import math
from collections.abc import Callable
from itertools import pairwise

import torch
from torch import Tensor

from ganworks.metrics.estimate import Estimate
from ganworks.metrics.features import Array, check, one
from ganworks.metrics.neighbours import nearest

ROWS = 1024  # rows of distances alive together
LOG_2_PI = math.log(2 * math.pi)

FLAWS = (
    "Parzen: in many dimensions no feasible number of samples brings it near the true likelihood, it prefers k-means "
    "centres to real pictures, and it says nothing of how pictures look (Theis, van den Oord and Bethge 2016, arXiv "
    "1511.01844). AIS: a stochastic lower bound, too low on average if annealing is short or chains are few; it is of "
    "the decoder with Gaussian noise sigma, not of the bare generator, and changes with sigma. Compare either only at "
    "equal numbers of samples, sigma rule and preprocessing."
)


def parzen(a: Array, b: Array, sigma: float | None = None, seed: int = 0) -> Estimate:
    """Mean log-likelihood (nats) of real ones b (M, d) under a Gaussian kernel density on samples a (N, d).

    Goodfellow et al. 2014 (arXiv 1406.2661), section 5, after Breuleux et al. 2011: log 1/N sum_i N(x; a_i, sigma^2).
    Without a sigma one half of b, drawn by `seed`, chooses it (`bandwidth`), and the other half is judged. error: the
    standard error over judged points. Higher is better, but see `FLAWS`.
    """
    a, b = check(a, b, least=2 if sigma is not None else 4)
    if sigma is None:
        order = torch.randperm(len(b), generator=torch.Generator().manual_seed(seed))
        validation, b = b[order[: len(b) // 2]], b[order[len(b) // 2 :]]
        sigma = bandwidth(a, validation)
    if not 0 < sigma < math.inf:
        raise ValueError(f"sigma is {sigma}: it must be above 0")
    values = log_densities(a, b, torch.tensor([sigma], dtype=torch.float64))[0]
    return Estimate(values.mean().item(), (values.std() / math.sqrt(len(values))).item())


def bandwidth(a: Tensor, validation: Tensor, steps: int = 16) -> float:
    """The sigma that makes validation points (M, d) likeliest under the kernel density on a (N, d), to about 2 %.

    Tried on a geometric grid from a quarter of a coordinate's distance to the nearest sample, up to twice the spread
    of all; then on a finer one about the best.
    """
    near = nearest(validation, a)[0].square().mean().item() / a.shape[1]
    spread = torch.cat([a, validation]).double().var(0).mean().item()
    if near == 0 or spread == 0:
        raise ValueError("all validation points are copies of samples, so that no sigma is best: give one")
    low, high = math.log(math.sqrt(near) / 4), math.log(2 * math.sqrt(spread))
    low = min(low, high - 1)
    for _ in range(2):
        tried = torch.linspace(low, high, steps, dtype=torch.float64)
        best = tried[log_densities(a, validation, tried.exp()).mean(1).argmax()].item()
        gap = (high - low) / (steps - 1)
        low, high = best - gap, best + gap
    return math.exp(best)


def log_densities(a: Tensor, b: Tensor, sigmas: Tensor) -> Tensor:
    """log 1/N sum_i N(b_j; a_i, sigma^2) for each sigma: (N, d), (M, d), (s,) -> (s, M), in blocks."""
    centre, dim = a.double().mean(0), a.shape[1]
    scale = -0.5 / sigmas.square()[:, None]
    parts = []
    for some in b.split(ROWS):
        x = some.double() - centre
        total = torch.full((len(sigmas), len(x)), -torch.inf, dtype=torch.float64)
        for others in a.split(ROWS):
            y = others.double() - centre
            squares = torch.addmm(y.square().sum(1), x, y.T, alpha=-2).add_(x.square().sum(1)[:, None]).clamp_(min=0)
            found = torch.stack([torch.logsumexp(squares * factor, 1) for factor in scale])
            total = torch.logaddexp(total, found)
        parts.append(total)
    return torch.cat(parts, 1) - math.log(len(a)) - dim * (sigmas.log()[:, None] + 0.5 * LOG_2_PI)


def ais(
    decoder: Callable[[Tensor], Tensor],
    latent: int,
    x: Array,
    sigma: float,
    *,
    chains: int = 16,
    steps: int = 1000,
    leaps: int = 5,
    seed: int = 0,
) -> Estimate:
    """Mean log p(x) (nats) of x (M, ...) where z ~ N(0, 1) of size `latent` and x ~ N(decoder(z), sigma^2).

    Wu et al. 2017 (arXiv 1611.04273): annealed importance sampling (Neal 2001) along p(z) p(x|z)^beta, each
    temperature followed by a Hamiltonian move of `leaps` leapfrog steps, whose size adapts to accept 80 % and varies by
    40 % (equal steps would swing back to where they started). Cost: M * chains * steps * leaps gradients of the
    decoder, (B, latent) -> (B, ...) in evaluation mode. Temperatures grow evenly at first and geometrically then, as a
    Gaussian posterior asks for. Computes in x's type.
    error: of the annealing for these x (not of the choice of x), by the spread of the chains' weights, plus how much
    too low the logarithm of a mean of so few is. The estimate is a lower bound on average; see `FLAWS`.
    """
    points = torch.as_tensor(x)
    points = one(points.flatten(1) if points.ndim > 1 else points, "judged", least=1)
    if not 0 < sigma < math.inf or min(latent, steps, leaps) < 1 or chains < 2:
        raise ValueError(
            f"sigma {sigma}, latent {latent}, steps {steps}, leaps {leaps}, chains {chains}: wanted are sigma above 0, "
            "chains of at least 2, and at least 1 of the others"
        )
    weights = anneal(
        Posterior(decoder, points, sigma), latent, chains=chains, steps=steps, leaps=leaps, seed=seed
    ).double()
    values = weights.logsumexp(0) - math.log(chains) - points.shape[1] * (math.log(sigma) + 0.5 * LOG_2_PI)
    relative = (weights - weights.amax(0)).exp()
    errors = relative.std(0) / relative.mean(0) / math.sqrt(chains)
    return Estimate(values.mean().item(), (errors.norm() / len(values) + errors.square().mean() / 2).item())


class Posterior:
    """The misfit |x - decoder(z)|^2 / 2 sigma^2 of z (chains, M, latent) -> (chains, M), and its gradient."""

    def __init__(self, decoder: Callable[[Tensor], Tensor], x: Tensor, sigma: float):
        self.decoder, self.x, self.sigma = decoder, x, sigma

    def __call__(self, z: Tensor) -> tuple[Tensor, Tensor]:
        with torch.enable_grad():
            z = z.detach().requires_grad_()
            made = self.decoder(z.flatten(0, 1)).flatten(1)
            if made.shape[1] != self.x.shape[1]:
                raise ValueError(f"the decoder makes {made.shape[1]:,} numbers each, x has {self.x.shape[1]:,}")
            misfit = (made.unflatten(0, z.shape[:2]).to(self.x.dtype) - self.x).square().sum(2) / (2 * self.sigma**2)
            (slope,) = torch.autograd.grad(misfit.sum(), z)
        return misfit.detach(), slope


def anneal(posterior: Posterior, latent: int, *, chains: int, steps: int, leaps: int, seed: int) -> Tensor:
    """Log weights (chains, M)."""
    random = torch.Generator().manual_seed(seed)
    kind = posterior.x.dtype
    z = torch.randn(chains, len(posterior.x), latent, generator=random, dtype=kind)
    misfit, slope = posterior(z)
    beta = temperatures(misfit.mean().item() / latent, steps).tolist()
    weights = torch.zeros_like(misfit)
    size = torch.full((len(posterior.x), 1), 0.5, dtype=kind)  # one for each x
    for before, now in pairwise(beta):
        weights -= (now - before) * misfit
        momentum = torch.randn(z.shape, generator=random, dtype=kind)
        varied = size * (0.6 + 0.8 * torch.rand(*misfit.shape, 1, generator=random, dtype=kind))
        new_z, new_misfit, new_slope, new_momentum = leapfrog(
            posterior, z, slope, momentum, varied, leaps=leaps, beta=now
        )
        old = now * misfit + (z.square() + momentum.square()).sum(2) / 2
        new = now * new_misfit + (new_z.square() + new_momentum.square()).sum(2) / 2
        accept = torch.rand(old.shape, generator=random, dtype=kind) < (old - new).exp()  # a NaN is refused
        z, slope = torch.where(accept[..., None], new_z, z), torch.where(accept[..., None], new_slope, slope)
        misfit = torch.where(accept, new_misfit, misfit)
        size *= (0.2 * (accept.to(kind).mean(0) - 0.8)).exp()[:, None]
    return weights


def temperatures(stiffness: float, steps: int) -> Tensor:
    """(steps + 1,) from 0 to 1, of even steps below 1 / stiffness and of even ratios above."""
    kappa = max(stiffness, 1e-3)
    return torch.linspace(0, math.log1p(kappa), steps + 1, dtype=torch.float64).expm1() / kappa


def leapfrog(
    posterior: Posterior, z: Tensor, slope: Tensor, momentum: Tensor, size: Tensor, *, leaps: int, beta: float
) -> tuple[Tensor, Tensor, Tensor, Tensor]:
    """z, misfit, slope, momentum after steps of `size` (chains, M, 1) in the energy beta * misfit + |z|^2 / 2."""
    momentum = momentum - size / 2 * (beta * slope + z)
    for leap in range(leaps):
        z = z + size * momentum
        misfit, slope = posterior(z)
        momentum = momentum - (size if leap < leaps - 1 else size / 2) * (beta * slope + z)
    return z, misfit, slope, momentum
