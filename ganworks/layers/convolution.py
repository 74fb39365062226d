"""The convolutions that halve and double pictures in nets after DCGAN.

They are PyTorch's own, by another name: whoever makes them faster does it here, for every net.
"""

from torch import nn


class Halve(nn.Conv2d):
    """4x4 convolution with stride 2: (N, C, H, W) -> (N, D, H // 2, W // 2). Sides may be odd; no pixel goes unseen."""

    def __init__(self, in_channels: int, out_channels: int, bias: bool = True):
        super().__init__(in_channels, out_channels, kernel_size=4, stride=2, padding=1, bias=bias)


class Double(nn.ConvTranspose2d):
    """4x4 transposed convolution with stride 2: (N, C, H, W) -> (N, D, 2 H, 2 W)."""

    def __init__(self, in_channels: int, out_channels: int, bias: bool = True):
        super().__init__(in_channels, out_channels, kernel_size=4, stride=2, padding=1, bias=bias)
