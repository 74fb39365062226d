"""Auto-encoders as critics: what they can't reproduce is not like the data.

Zhao et al. 2016 (EBGAN, arXiv 1609.03126), section 2.3.
"""

from abc import ABC, abstractmethod
from itertools import pairwise

import torch
from torch import Tensor, nn

from ganworks.layers.convolution import Double, Halve
from ganworks.layers.normalization import between, check_norm
from ganworks.nets.dcgan import MOST, start
from ganworks.nets.points import hidden
from ganworks.nets.stages import Size, planes, stages


class AutoEncoder(nn.Module, ABC):
    """x (N, ...) -> minus its energy |decode(encode(x)) - x|, (N,): the Euclidean norm, in float32.

    Nothing but the code leads from the input to the reconstruction. The energy depends on x twice, as the input and
    as the target; a gradient flows through both.
    """

    @abstractmethod
    def encode(self, x: Tensor) -> Tensor:
        """(N, ...) -> codes (N, ...)."""

    @abstractmethod
    def decode(self, code: Tensor) -> Tensor:
        """Codes -> reconstructions (N, ...)."""

    def score(self, x: Tensor, code: Tensor) -> Tensor:
        """Minus the energy, of x and its code."""
        return -torch.linalg.vector_norm((self.decode(code).float() - x.float()).flatten(1), dim=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.score(x, self.encode(x))


class Pictures(AutoEncoder):
    """Halved by 4x4 convolutions until a side is at most 8, three times at least, then doubled again.

    With fewer, on small pictures, a place of the code sees a patch of them alone, and patches are what D judges.

    No norm at the input nor at the output, which is linear; `norm` between: "batch", "layer" or "none". Code:
    (N, C, h, w), the coarsest map. Weights start from N(0, 0.02), without norm from He's distribution.
    """

    def __init__(self, size: Size, channels: int, width: int = 64, norm: str = "batch"):
        super().__init__()
        check_norm(norm)
        num = len(stages(size, 8, least=3)) - 1
        widths = [channels, *reversed(planes(num, width, MOST))]
        self.sizes = [(size[0] >> depth, size[1] >> depth) for depth in range(num + 1)]
        bias = norm == "none"
        down = [nn.Sequential(Halve(channels, width), nn.LeakyReLU(0.2, inplace=True))]
        up: list[nn.Module] = []
        norms: list[nn.Module] = []
        for fine, coarse in pairwise(widths[1:]):
            activation = nn.LeakyReLU(0.2, inplace=True)
            down.append(nn.Sequential(Halve(fine, coarse, bias=bias), between(norm, coarse), activation))
            up.insert(0, Double(coarse, fine, bias=bias))
            norms.insert(0, between(norm, fine))
        self.down, self.up, self.norms = nn.Sequential(*down), nn.ModuleList(up), nn.ModuleList(norms)
        self.last = Double(width, channels)
        self.apply(keep_variance if norm == "none" else start)

    def encode(self, x: Tensor) -> Tensor:
        return self.down(x)

    def decode(self, code: Tensor) -> Tensor:
        *inner, whole = reversed(self.sizes[:-1])
        for double, norm, size in zip(self.up, self.norms, inner, strict=True):
            code = torch.relu(norm(doubled(double, code, size)))
        return doubled(self.last, code, whole)


def doubled(double: nn.Module, x: Tensor, size: Size) -> Tensor:
    """Doubled to a size that may be odd, which takes a slower way."""
    height, width = x.shape[2:]
    return double(x) if size == (2 * height, 2 * width) else double(x, output_size=size)


class Points(AutoEncoder):
    """(N, dim) through `depth` hidden layers of `width` units each way. Code: (N, code)."""

    def __init__(self, dim: int, width: int = 128, depth: int = 2, code: int | None = None):
        super().__init__()
        code = width if code is None else code
        self.encoder = nn.Sequential(hidden(dim, width, depth, "leaky_relu"), nn.Linear(width, code))
        self.decoder = nn.Sequential(hidden(code, width, depth, "leaky_relu"), nn.Linear(width, dim))

    def encode(self, x: Tensor) -> Tensor:
        return self.encoder(x)

    def decode(self, code: Tensor) -> Tensor:
        return self.decoder(code)


def keep_variance(module: nn.Module) -> None:
    """He's weights: a net without norm that starts from N(0, 0.02) hardly lets a signal through."""
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.kaiming_normal_(module.weight, a=0.2)
