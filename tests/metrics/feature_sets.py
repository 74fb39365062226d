"""Features that the golden numbers were computed on: NumPy keeps this stream of random numbers as it is for ever."""

import numpy as np
import torch
from torch import Tensor


def pair(count: int, other: int, dim: int, seed: int = 0) -> tuple[Tensor, Tensor]:
    """Judged (count, dim) and reference (other, dim) features, correlated, skewed, of unlike scales; float64."""
    random = np.random.RandomState(seed)
    mix = random.standard_normal((dim, dim)) / dim**0.5 * np.logspace(0, -2, dim)
    a = np.maximum(random.standard_normal((count, dim)) @ mix + 0.1, -0.2)
    b = np.maximum(random.standard_normal((other, dim)) @ mix.T, -0.2)
    return torch.from_numpy(a), torch.from_numpy(b)
