"""Two figures cheap enough to watch while training. They compare runs on the same data, nothing else."""

import torch
from torch import Tensor
from torch.nn.functional import adaptive_avg_pool2d


def coarse(pictures: Tensor, side: int = 8) -> Tensor:
    """Pictures (N, C, H, W) -> vectors (N, C * side * side) of local means: what the eye sees from afar."""
    return adaptive_avg_pool2d(pictures.float(), side).flatten(1)


def diversity(samples: Tensor, real: Tensor) -> float:
    """How far apart samples are from each other, as a share of how far apart real pictures are: 1 is as diverse.

    samples, real: (N, C, H, W), the mean pairwise distance of their coarse versions is taken; near 0 is a collapse.
    """
    spread = torch.pdist(coarse(real)).mean()
    if spread == 0:
        return 1.0
    return (torch.pdist(coarse(samples)).mean() / spread).item()


def sliced_wasserstein(samples: Tensor, real: Tensor, num_slices: int = 256) -> float:
    """Mean distance between the sorted projections of coarse samples and real pictures on fixed random directions.

    Rabin et al. 2011 (Wasserstein barycenter and its application to texture mixing); samples, real: equal N. Lower
    is better; the directions are the same at each call, so that two values may be compared.
    """
    ours, theirs = coarse(samples), coarse(real)
    directions = torch.randn(ours.shape[1], num_slices, generator=torch.Generator().manual_seed(0))
    directions /= directions.norm(dim=0)
    return ((ours @ directions).sort(0).values - (theirs @ directions).sort(0).values).abs().mean().item()


def mean_error(samples: Tensor, real: Tensor) -> float:
    """The mean difference of values, row by row: from 0 to 2. samples, real: (N, C, H, W) in [-1, 1]."""
    return (samples - real).abs().mean().item()
