"""Convolutions whose weights a style scales, example by example, and the smooth doubling and halving around them.

Karras et al. 2020, StyleGAN2 (arXiv 1912.04958), section 2.2 and appendix B.
"""

from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d

from ganworks.layers.convolution import convolve, convolve_transposed
from ganworks.layers.equalized import EqualConvolution, EqualLinear
from ganworks.layers.maps import dense

TAPS = (0.125, 0.375, 0.375, 0.125)


class Modulated(nn.Module):
    """A square kernel scaled by styles: (N, in, H, W), (N, dim) -> (N, out, H, W), or (N, out, 2 H, 2 W) with `up`.

    Eq. 1 and 3 of the paper give each example weights of its own, which a grouped convolution would apply. Here the
    style scales what comes in, and the demodulation what goes out: the same numbers, with weights that all share. Both
    factors are made in float32. The second is left to the caller, who does it and adds the noise in one pass.
    """

    def __init__(self, inputs: int, outputs: int, kernel: int, dim: int, *, up: bool = False, gain: float = 1.0):
        super().__init__()
        self.weight = nn.Parameter(dense(torch.randn(outputs, inputs, kernel, kernel)))
        self.style = EqualLinear(dim, inputs, begin=1.0)
        self.scale, self.up, self.gain = 1 / (inputs * kernel**2) ** 0.5, up, gain

    def factors(self, w: Tensor) -> tuple[Tensor, Tensor]:
        """What scales the channels that come in, and those that go out: (N, dim) -> (N, in), (N, out)."""
        with torch.autocast(w.device.type, enabled=False):
            before = self.style(w.float())
            strength = (self.weight * self.scale).square().sum((2, 3))
            return before, self.gain * (before.square() @ strength.t() + 1e-8).rsqrt()

    def forward(self, x: Tensor, w: Tensor) -> tuple[Tensor, Tensor]:
        """What the convolution makes of the scaled x, and the demodulation still to be multiplied, (N, out, 1, 1)."""
        before, after = self.factors(w)
        x = x * before.to(x.dtype)[:, :, None, None]
        weight = self.weight * self.scale
        y = double_convolve(x, weight) if self.up else convolve(x, weight, None, padding=weight.shape[2] // 2)
        return y, after.to(y.dtype)[:, :, None, None]


class ToPicture(nn.Module):
    """A modulated 1x1 convolution without demodulation: (N, in, H, W), (N, dim) -> (N, channels, H, W), float32.

    So few channels go out that weights for each example are faster.
    """

    def __init__(self, inputs: int, channels: int, dim: int):
        super().__init__()
        self.weight = nn.Parameter(torch.randn(channels, inputs))
        self.bias = nn.Parameter(torch.zeros(channels))
        self.style = EqualLinear(dim, inputs, begin=1.0)
        self.scale = 1 / inputs**0.5

    def forward(self, x: Tensor, w: Tensor) -> Tensor:
        with torch.autocast(w.device.type, enabled=False):
            weight = self.style(w.float())[:, :, None] * (self.weight * self.scale).t()  # (N, in, channels)
        num, _, height, width = x.shape
        rows = torch.bmm(x.permute(0, 2, 3, 1).flatten(1, 2), weight.to(x.dtype))
        return rows.float().add(self.bias).view(num, height, width, -1).permute(0, 3, 1, 2)


class ConvolveSmoothHalve(EqualConvolution):
    """A 3x3 convolution with stride 2, behind the filter: (N, in, H, W) -> (N, out, H / 2, W / 2); sides are even."""

    def __init__(self, inputs: int, outputs: int, *, gain: float = 1.0):
        super().__init__(inputs, outputs, 3, gain=gain, stride=2, padding=0)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(smooth(x, 2))


def double_convolve(x: Tensor, weight: Tensor) -> Tensor:
    """A transposed 3x3 convolution with stride 2, then the filter: (N, C, H, W), (D, C, 3, 3) -> (N, D, 2 H, 2 W).

    Apart from the edges it is a convolution of what `double` makes of x, at a quarter of the products.
    """
    return smooth(convolve_transposed(x, weight.flip(2, 3).transpose(0, 1), None, stride=2), 1, 4.0)


def smooth(x: Tensor, padding: int, gain: float = 1.0) -> Tensor:
    """The filter [1, 3, 3, 1] / 8 each way, zeros around: (N, C, H, W) -> (N, C, H + 2 padding - 3, ...)."""
    kernel = torch.tensor(TAPS, device=x.device)
    return Smooth.apply(x, gain * kernel[:, None] * kernel, padding)


class Smooth(torch.autograd.Function):
    """One symmetric filter on each channel; its derivative is itself, with what is left of the padding.

    PyTorch's backward of such a convolution is several times slower on a CPU.
    """

    @staticmethod
    def forward(x: Tensor, kernel: Tensor, padding: int) -> Tensor:
        channels = x.shape[1]
        weight = kernel.to(x.dtype).expand(channels, 1, *kernel.shape)
        return conv2d(dense(x), weight, padding=padding, groups=channels)

    @staticmethod
    def setup_context(ctx: Any, inputs: tuple[Any, ...], output: Tensor) -> None:
        _, ctx.kernel, ctx.padding = inputs

    @staticmethod
    def backward(ctx: Any, grad: Tensor) -> Any:
        return Smooth.apply(grad, ctx.kernel, len(ctx.kernel) - 1 - ctx.padding), None, None
