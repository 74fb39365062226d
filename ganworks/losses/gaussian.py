"""Gaussians with independent coordinates, given by mean and log variance (N, d)."""

from torch import Tensor


def kl_to_standard(mean: Tensor, log_variance: Tensor) -> Tensor:
    """KL(N(mean, variance) || N(0, I)) in nats, (N,), in float32.

    Kingma & Welling 2014 (arXiv 1312.6114), appendix B.
    """
    mean, log_variance = mean.float(), log_variance.float()
    return (mean.square() + log_variance.exp() - log_variance - 1).sum(1) / 2
