"""Instance norm, fast on channels-last maps."""

import torch
from torch import Tensor, nn
from torch.nn.functional import group_norm

EPS = 1e-5


class InstanceNorm(nn.Module):
    """Each channel of each picture with mean 0 and variance 1: (N, C, H, W) -> (N, C, H, W).

    Ulyanov et al. 2016 (arXiv 1607.08022), without running statistics, so that training and use agree. affine: a gain
    and a bias for each channel.
    """

    def __init__(self, num_channels: int, affine: bool = False):
        super().__init__()
        self.num_channels = num_channels
        self.weight = nn.Parameter(torch.ones(num_channels)) if affine else None
        self.bias = nn.Parameter(torch.zeros(num_channels)) if affine else None

    def forward(self, x: Tensor) -> Tensor:
        if x.device.type != "cpu" or torch.compiler.is_compiling():
            return group_norm(x, self.num_channels, self.weight, self.bias, EPS)
        # Batch norm of one picture is the same, and on a processor PyTorch has that fast, in any layout and precision.
        kind = torch.promote_types(x.dtype, torch.float32)  # in bf16 the factors would not take a large mean away
        weight = x.new_ones(self.num_channels, dtype=kind) if self.weight is None else self.weight
        bias = x.new_zeros(self.num_channels, dtype=kind) if self.bias is None else self.bias
        alone = [torch.batch_norm(each, weight, bias, None, None, True, 0.0, EPS, False) for each in x.split(1)]
        return torch.cat(alone) if len(alone) > 1 else alone[0]
