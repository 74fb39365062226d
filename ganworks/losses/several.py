"""Losses of several generators against one discriminator; Ghosh et al. 2018 (MAD-GAN, arXiv 1704.02906)."""

from math import log

import torch
from torch import Tensor
from torch.nn.functional import cosine_similarity, cross_entropy, relu


def naming_d(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """Cross entropy of naming the source of each example: class 0 is data, class i the i-th of k generators.

    real_logits: (N, k + 1). fake_logits: (N k, k + 1), rows 1 to k of one z after the other. Every class weighs the
    same, so that the best D gives data p / (p + q1 + ... + qk): section 4, and the authors' code.
    """
    num = fake_logits.shape[1] - 1
    sources = torch.arange(1, num + 1, device=fake_logits.device).repeat(len(fake_logits) // num)
    at_real = cross_entropy(real_logits.float(), sources.new_zeros(len(real_logits)))
    return (at_real + num * cross_entropy(fake_logits.float(), sources)) / (num + 1)


def naming_g(fake_logits: Tensor) -> Tensor:
    """-E log D(data | G_i(z)), the mean over generators: to pass for data, whichever other class D may name."""
    return -fake_logits.float().log_softmax(1)[:, 0].mean()


def odds(logits: Tensor) -> Tensor:
    """Logits (N, k + 1) -> (N,): log D(data) / D(any generator) + log k, 0 where D sees data as often as fakes."""
    logits = logits.float()
    return logits[:, 0] - logits[:, 1:].logsumexp(1) + log(logits.shape[1] - 1)


def rivalry(scores: Tensor, features: Tensor) -> Tensor:
    """Mean max(0, mean over j of (D_j + cos(f_i, f_j)) - D_i): the more a generator resembles others, the better
    it must be.

    scores: D of each generator's example, (N, k), in [0, 1]; features: (N, k, F). MAD-GAN-Sim, the similarity-based
    competing objective of the appendix: each generator is moved by its own shortfall, the others' examples held still.
    """
    num = scores.shape[1]
    scores, features = scores.float(), features.float()
    alike = cosine_similarity(features[:, :, None], features.detach()[:, None], dim=3)
    others = alike + scores.detach()[:, None]  # [N, i, j]
    rivals = (others.sum(2) - others.diagonal(dim1=1, dim2=2)) / (num - 1)
    return relu(rivals - scores).mean()
