"""An invertible generator: what it makes has a density that is known exactly.

Dinh et al. 2017, Real NVP (arXiv 1605.08803), section 3: affine couplings at several scales, squeezed from one to the
next, half of the channels leaving at each; the logit of the values, eq. of section 4.1. Where we differ: the couplings
halve the channels, never a chessboard; between them channels are scaled, as in Glow (arXiv 1807.03039), and turned by a
fixed rotation in place of a permutation; the nets inside have no norm and three convolutions, as Glow's.
"""

from collections.abc import Sequence
from math import log, pi, prod

import torch
from torch import Tensor, nn
from torch.nn.functional import pixel_shuffle, pixel_unshuffle

from ganworks.layers.convolution import Convolution
from ganworks.nets.stages import Size

INSIDE = 0.9  # of tanh's range is used by values from -1 to 1, as Real NVP's alpha = 0.05 has it
SMALLEST = 4  # the shorter side is not squeezed below


class Step(nn.Module):
    """Scale, turn, and move one half of the channels by what the other says: (N, C, H, W) -> the same, and back."""

    rotation: Tensor

    def __init__(self, channels: int, width: int):
        super().__init__()
        self.seen, self.moved = channels // 2, channels - channels // 2
        self.log_scale, self.shift = (nn.Parameter(torch.zeros(channels, 1, 1)) for _ in range(2))
        self.register_buffer("rotation", torch.linalg.qr(torch.randn(channels, channels))[0])
        self.net = nn.Sequential(
            Convolution(self.seen, width, 3, padding=1),
            nn.ReLU(inplace=True),
            Convolution(width, width, 1),
            nn.ReLU(inplace=True),
            Convolution(width, 2 * self.moved, 3, padding=1),
        )
        for parameter in self.net[-1].parameters():
            nn.init.zeros_(parameter)  # a flow begins without couplings

    def advice(self, seen: Tensor) -> tuple[Tensor, Tensor]:
        """Log scales, within -1 and 1, and shifts for the other half, in the precision of what is seen."""
        log_scale, shift = self.net(seen).to(seen.dtype).chunk(2, 1)
        return log_scale.tanh(), shift

    def normalise(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Towards z: (N, C, H, W) -> the same, and the log determinant (N,)."""
        seen, moved = turned((x + self.shift) * self.log_scale.exp(), self.rotation).split([self.seen, self.moved], 1)
        log_scale, shift = self.advice(seen)
        whole = self.log_scale.sum() * x[0, 0].numel()
        return torch.cat([seen, (moved + shift) * log_scale.exp()], 1), log_scale.flatten(1).sum(1) + whole

    def forward(self, y: Tensor) -> Tensor:
        """The inverse, towards pictures."""
        seen, moved = y.split([self.seen, self.moved], 1)
        log_scale, shift = self.advice(seen)
        x = turned(torch.cat([seen, moved * (-log_scale).exp() - shift], 1), self.rotation.T)
        return x * (-self.log_scale).exp() - self.shift


class Flow(nn.Module):
    """z (N, C H W) -> pictures (N, C, H, W), values within 1 / 0.9 of 0, and back.

    width: channels inside the couplings. depth: steps at each scale; 28 x 28 has scales of 14 and 7.
    """

    scales: Sequence[Sequence[Step]]

    def __init__(self, size: Size, channels: int, width: int, depth: int):
        super().__init__()
        if size[0] % 2 or size[1] % 2:
            raise ValueError(f"size is {size[0]}x{size[1]}; a flow halves sides evenly: choose an even --size")
        if min(width, depth) < 1:
            raise ValueError(f"width is {width}, depth {depth}; both must be at least 1")
        scales = []
        (height, breadth), planes = size, channels
        self.shapes: list[tuple[int, int, int]] = []  # of the parts of z
        while not (height % 2 or breadth % 2) and min(height, breadth) > SMALLEST:
            height, breadth, planes = height // 2, breadth // 2, 4 * planes
            scales.append(nn.ModuleList(Step(planes, width) for _ in range(depth)))
            planes //= 2
            self.shapes.append((planes, height, breadth))
        self.shapes[-1] = (2 * planes, height, breadth)  # nothing is left to go on with
        self.scales = nn.ModuleList(scales)  # type: ignore[assignment]
        self.latent = channels * prod(size)

    def normalise(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Pictures (N, C, H, W) in [-1, 1] -> z (N, C H W), and the log determinant (N,)."""
        inside = INSIDE * x
        y = 2 * inside.atanh()
        log_det = (log(2 * INSIDE) - torch.log1p(-inside.square())).flatten(1).sum(1)
        parts = []
        for scale, shape in zip(self.scales, self.shapes, strict=True):
            y = pixel_unshuffle(y, 2)
            for step in scale:
                y, more = step.normalise(y)
                log_det = log_det + more
            parts.append(y[:, : shape[0]].flatten(1))
            y = y[:, shape[0] :]
        return torch.cat(parts, 1), log_det

    def forward(self, z: Tensor) -> Tensor:
        parts = z.split([prod(shape) for shape in self.shapes], 1)
        y = z.new_zeros(0)
        for scale, shape, part in zip(reversed(self.scales), self.shapes[::-1], parts[::-1], strict=True):
            here = part.view(-1, *shape)
            y = torch.cat([here, y], 1) if y.numel() else here
            for step in reversed(scale):
                y = step(y)
            y = pixel_shuffle(y, 2)
        return (y / 2).tanh() / INSIDE

    def log_density(self, x: Tensor) -> Tensor:
        """Nats of pictures (N, C, H, W) in [-1, 1], as z is normal: (N,)."""
        z, log_det = self.normalise(x)
        return log_det - (z.square() + log(2 * pi)).sum(1) / 2


def turned(x: Tensor, rotation: Tensor) -> Tensor:
    """The channels of x (N, C, H, W) by a matrix (C, C); never in bf16, or the way back would lead elsewhere."""
    with torch.autocast(x.device.type, enabled=False):
        return (x.permute(0, 2, 3, 1) @ rotation.to(x.dtype)).permute(0, 3, 1, 2)
