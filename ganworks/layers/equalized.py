"""Equalised learning rates: weights begin with deviation 1 and are scaled each time they are used.

Karras et al. 2018 (arXiv 1710.10196), section 4.1: with an optimiser that divides by the gradient's size, as Adam, all
weights then learn at the same speed, whatever the size of their layer.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import linear

from ganworks.layers.convolution import convolve


class EqualLinear(nn.Module):
    """(N, in) -> (N, out).

    gain: 2^0.5 before a ReLU, 1 elsewhere. rate: the factor on the learning rate, as in StyleGAN's mapping network.
    begin: where the bias begins, in units of the output.
    """

    def __init__(self, inputs: int, outputs: int, *, gain: float = 1.0, rate: float = 1.0, begin: float = 0.0):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(outputs, inputs) / rate)
        self.bias = nn.Parameter(torch.full((outputs,), begin / rate))
        self.scale, self.rate = gain * rate / inputs**0.5, rate

    def forward(self, x: Tensor) -> Tensor:
        return linear(x, self.weight * self.scale, self.bias * self.rate)


class EqualConvolution(nn.Module):
    """Square kernel, zeros around: (N, in, H, W) -> (N, out, h, w).

    gain: 2^0.5 before a ReLU, 1 elsewhere. padding: as wide as keeps the size, if not given.
    """

    def __init__(
        self,
        inputs: int,
        outputs: int,
        kernel: int,
        *,
        gain: float = 1.0,
        stride: int = 1,
        padding: int | None = None,
        bias: bool = True,
    ):
        super().__init__()
        weight = torch.randn(outputs, inputs, kernel, kernel)
        self.weight = nn.Parameter(weight.contiguous(memory_format=torch.channels_last))
        self.bias = nn.Parameter(torch.zeros(outputs)) if bias else None
        self.scale = gain / (inputs * kernel**2) ** 0.5
        self.stride, self.padding = stride, kernel // 2 if padding is None else padding

    def forward(self, x: Tensor) -> Tensor:
        return convolve(x, self.weight * self.scale, self.bias, stride=self.stride, padding=self.padding)


class PixelNorm(nn.Module):
    """Each place of a map, or each vector, scaled to mean square 1 over its channels: (N, C, ...), the same shape.

    Karras et al. 2018, section 4.2.
    """

    def forward(self, x: Tensor) -> Tensor:
        square = x.float().square().mean(1, keepdim=True)
        return x * (square + 1e-8).rsqrt().to(x.dtype)
