"""Weights that anybody can make again: values from a seed, the same for every version of NumPy and PyTorch.

They keep signals alive through deep nets, so that outputs depend on the picture and a wrong layer is noticed.
"""

import numpy as np
import torch
from torch import Tensor, nn


def seeded(net: nn.Module, seed: int = 0) -> dict[str, Tensor]:
    """A state dict for the net, filled in the order of the tensors' names."""
    generator = np.random.PCG64(seed)

    def uniform(shape: torch.Size, low: float, high: float) -> Tensor:
        bits = generator.random_raw(max(shape.numel(), 1)) >> np.uint64(11)
        return torch.tensor((low + (high - low) * bits * 2.0**-53).astype(np.float32)).view(shape)

    filled = {}
    for name, tensor in sorted(net.state_dict().items()):
        if name.endswith("num_batches_tracked"):
            filled[name] = torch.tensor(1)
        elif tensor.ndim >= 2:
            bound = (6 / tensor[0].numel()) ** 0.5  # He's, for ReLUs
            filled[name] = uniform(tensor.shape, -bound, bound)
        elif name.endswith(("running_var", "weight")):
            filled[name] = uniform(tensor.shape, 0.5, 1.5)
        else:
            filled[name] = uniform(tensor.shape, -0.2, 0.2)
    return filled


def seeded_pictures(num: int, channels: int, height: int, width: int, seed: int = 0) -> Tensor:
    """Bytes (num, channels, height, width): a coarse pattern for each, with noise over it."""
    generator = np.random.PCG64(seed)
    coarse = generator.random_raw(num * channels * 16) % np.uint64(192)
    fine = generator.random_raw(num * channels * height * width) % np.uint64(64)
    pattern = torch.from_numpy(coarse.astype(np.int64)).view(num, channels, 4, 4)
    rows, columns = torch.arange(height) * 4 // height, torch.arange(width) * 4 // width
    noise = torch.from_numpy(fine.astype(np.int64)).view(num, channels, height, width)
    return (pattern[:, :, rows][:, :, :, columns] + noise).to(torch.uint8)
