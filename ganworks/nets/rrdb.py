"""ESRGAN's net: dense blocks inside residual blocks inside residual blocks, without a norm."""

import torch
from torch import Tensor, nn
from torch.nn.functional import interpolate, leaky_relu, pixel_unshuffle

from ganworks.layers.convolution import Convolution, DoubleConvolve
from ganworks.nets.unet import pad_to

SLOPE = 0.2
FOLDS = {1: 4, 2: 2}  # scale -> side of the squares that become channels; others have none


class RRDBNet(nn.Module):
    """(N, C, H, W) -> (N, C, scale H, scale W); Wang et al. 2018 (arXiv 1809.00219), figures 3 and 4.

    The net of the paper enlarges 4 times. For scales 1 and 2 squares of pixels are folded into channels first, as Wang
    et al. 2021 (Real-ESRGAN, arXiv 2107.10833), section 3.3, so that most of the work is done at a small size.
    beta: share of what each block adds.
    """

    def __init__(self, channels: int, scale: int, *, width: int = 64, blocks: int = 23, beta: float = 0.2):
        super().__init__()
        self.multiple = FOLDS.get(scale, 1)
        self.scale = scale
        self.first = Convolution(channels * self.multiple**2, width, 3, padding=1)
        self.trunk = nn.Sequential(
            *[Nested(width, beta) for _ in range(blocks)], Convolution(width, width, 3, padding=1)
        )
        self.up = nn.Sequential()
        for layer in [Triple(width)] if scale == 3 else [DoubleConvolve(width, width) for _ in range(2)]:
            self.up.extend([layer, nn.LeakyReLU(SLOPE, inplace=True)])
        self.up.extend([Convolution(width, width, 3, padding=1), nn.LeakyReLU(SLOPE, inplace=True)])
        self.last = Convolution(width, channels, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        height, breadth = (self.scale * side for side in x.shape[2:])
        x = self.first(pixel_unshuffle(pad_to(x, self.multiple), self.multiple))
        return self.last(self.up(x + self.trunk(x)))[..., :height, :breadth]


class Dense(nn.Module):
    """x + beta * f(x), each convolution of f sees x and what all before it have made: (N, C, H, W) -> the same."""

    def __init__(self, width: int, beta: float, num_layers: int = 5):
        super().__init__()
        self.beta, growth = beta, max(width // 2, 1)
        outputs = [*[growth] * (num_layers - 1), width]
        layers = [Convolution(width + row * growth, num, 3, padding=1) for row, num in enumerate(outputs)]
        for layer in layers:  # a tenth of He's, as the authors': small steps at first
            assert layer.bias is not None
            nn.init.kaiming_normal_(layer.weight)
            layer.weight.data.mul_(0.1)
            nn.init.zeros_(layer.bias)
        self.layers = nn.ModuleList(layers)

    def forward(self, x: Tensor) -> Tensor:
        seen = x
        for layer in self.layers[:-1]:
            seen = torch.cat([seen, leaky_relu(layer(seen), SLOPE, inplace=True)], 1)
        return torch.add(x, self.layers[-1](seen), alpha=self.beta)


class Nested(nn.Module):
    """x + beta * g(x), g three dense blocks one after the other: the residual in residual dense block, RRDB."""

    def __init__(self, width: int, beta: float):
        super().__init__()
        self.beta = beta
        self.blocks = nn.Sequential(*[Dense(width, beta) for _ in range(3)])

    def forward(self, x: Tensor) -> Tensor:
        # The blocks give x and what they add; figure 4 multiplies their whole output by beta, as we do.
        return torch.add(x, self.blocks(x), alpha=self.beta)


class Triple(Convolution):
    """Each place repeated 3x3, then a 3x3 convolution: (N, C, H, W) -> (N, C, 3 H, 3 W)."""

    def __init__(self, width: int):
        super().__init__(width, width, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return super().forward(interpolate(x, scale_factor=3.0))
