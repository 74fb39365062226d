"""The Inception network of 2015-12-05, with which every Fréchet inception distance is measured.

Szegedy et al. 2015 (arXiv 1512.00567) as TensorFlow released it: 1,008 classes; average pools that leave the padding
out; a max pool in the last block where the paper has an average. The tensors have the names of torch-fidelity's and
pytorch-fid's weight files. Networks of the same name elsewhere, torchvision's too, give other numbers.

For inference only: once weights are loaded, `fold` puts the batch norms into the convolutions, which changes rounding
and nothing else.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import avg_pool2d, max_pool2d

from ganworks.layers.fold import fold

SIDE = 299
CLASSES = 1008
NUM_FEATURES = 2048


class Step(NamedTuple):
    """A unit by the name that its tensors have, its channels, the kernel's height and width, and the stride."""

    name: str
    channels: int
    height: int
    width: int
    stride: int = 1


Chain = list[Step | tuple[Step, Step]]  # a pair reads one map, and its results are laid side by side


class Unit(nn.Module):
    """Convolution, batch norm, ReLU: (N, C, H, W) -> (N, D, h, w), the same size unless it has a stride."""

    def __init__(self, channels: int, step: Step, padded: bool = True):
        super().__init__()
        kernel = (step.height, step.width)
        padding = (step.height // 2, step.width // 2) if padded and step.stride == 1 else (0, 0)
        self.conv = nn.Conv2d(channels, step.channels, kernel, step.stride, padding, bias=False)
        self.bn: nn.Module = nn.BatchNorm2d(step.channels, eps=1e-3)

    def forward(self, x: Tensor) -> Tensor:
        return self.bn(self.conv(x)).relu_()

    def fold(self) -> None:
        self.conv, self.bn = fold(self.conv, self.bn)


class Mixed(nn.Module):
    """Chains of units that read the same map, side by side, and a pool of that map last: (N, C, H, W) -> (N, D, h, w).

    pool: "average" or "max", followed by a 1x1 unit of `pool_channels`; or "halve", a max pool alone.
    """

    def __init__(self, channels: int, chains: list[Chain], pool: str, pool_channels: int = 0):
        super().__init__()
        self.chains, self.pool = chains, pool
        self.num_channels = pool_channels or channels
        for chain in chains:
            fine = channels
            for link in chain:
                steps = (link,) if isinstance(link, Step) else link
                for step in steps:
                    self.add_module(step.name, Unit(fine, step))
                fine = sum(step.channels for step in steps)
            self.num_channels += fine
        if pool_channels:
            self.branch_pool = Unit(channels, Step("branch_pool", pool_channels, 1, 1))

    def forward(self, x: Tensor) -> Tensor:
        return torch.cat([*(self.follow(chain, x) for chain in self.chains), self.pooled(x)], 1)

    def follow(self, chain: Chain, x: Tensor) -> Tensor:
        for link in chain:
            steps = (link,) if isinstance(link, Step) else link
            maps = [self.get_submodule(step.name)(x) for step in steps]
            x = maps[0] if len(maps) == 1 else torch.cat(maps, 1)
        return x

    def pooled(self, x: Tensor) -> Tensor:
        if self.pool == "halve":
            return max_pool2d(x, 3, stride=2)
        if self.pool == "max":
            return self.branch_pool(max_pool2d(x, 3, stride=1, padding=1))
        return self.branch_pool(avg_pool2d(x, 3, stride=1, padding=1, count_include_pad=False))


def small(channels: int, pool_channels: int) -> Mixed:
    """On 35x35 maps: 1x1, 5x5 and twice 3x3."""
    double: Chain = [
        Step("branch3x3dbl_1", 64, 1, 1),
        Step("branch3x3dbl_2", 96, 3, 3),
        Step("branch3x3dbl_3", 96, 3, 3),
    ]
    five: Chain = [Step("branch5x5_1", 48, 1, 1), Step("branch5x5_2", 64, 5, 5)]
    return Mixed(channels, [[Step("branch1x1", 64, 1, 1)], five, double], "average", pool_channels)


def small_halved(channels: int) -> Mixed:
    """From 35x35 to 17x17."""
    double: Chain = [
        Step("branch3x3dbl_1", 64, 1, 1),
        Step("branch3x3dbl_2", 96, 3, 3),
        Step("branch3x3dbl_3", 96, 3, 3, 2),
    ]
    return Mixed(channels, [[Step("branch3x3", 384, 3, 3, 2)], double], "halve")


def wide(channels: int, inner: int) -> Mixed:
    """On 17x17 maps: 7x7 taken apart into 1x7 and 7x1, once and twice."""
    seven: Chain = [
        Step("branch7x7_1", inner, 1, 1),
        Step("branch7x7_2", inner, 1, 7),
        Step("branch7x7_3", 192, 7, 1),
    ]
    double: Chain = [
        Step("branch7x7dbl_1", inner, 1, 1),
        Step("branch7x7dbl_2", inner, 7, 1),
        Step("branch7x7dbl_3", inner, 1, 7),
        Step("branch7x7dbl_4", inner, 7, 1),
        Step("branch7x7dbl_5", 192, 1, 7),
    ]
    return Mixed(channels, [[Step("branch1x1", 192, 1, 1)], seven, double], "average", 192)


def wide_halved(channels: int) -> Mixed:
    """From 17x17 to 8x8."""
    three: Chain = [Step("branch3x3_1", 192, 1, 1), Step("branch3x3_2", 320, 3, 3, 2)]
    seven: Chain = [
        Step("branch7x7x3_1", 192, 1, 1),
        Step("branch7x7x3_2", 192, 1, 7),
        Step("branch7x7x3_3", 192, 7, 1),
        Step("branch7x7x3_4", 192, 3, 3, 2),
    ]
    return Mixed(channels, [three, seven], "halve")


def forked(channels: int, pool: str) -> Mixed:
    """On 8x8 maps: chains that end in 1x3 beside 3x1."""
    three: Chain = [
        Step("branch3x3_1", 384, 1, 1),
        (Step("branch3x3_2a", 384, 1, 3), Step("branch3x3_2b", 384, 3, 1)),
    ]
    double: Chain = [
        Step("branch3x3dbl_1", 448, 1, 1),
        Step("branch3x3dbl_2", 384, 3, 3),
        (Step("branch3x3dbl_3a", 384, 1, 3), Step("branch3x3dbl_3b", 384, 3, 1)),
    ]
    return Mixed(channels, [[Step("branch1x1", 320, 1, 1)], three, double], pool, 192)


class Inception(nn.Module):
    """(N, 3, 299, 299) in [-1, 1) -> logits (N, 1008); `features` are (N, 2048), the means of the last maps."""

    def __init__(self) -> None:
        super().__init__()
        self.Conv2d_1a_3x3 = Unit(3, Step("", 32, 3, 3, 2))
        self.Conv2d_2a_3x3 = Unit(32, Step("", 32, 3, 3), padded=False)
        self.Conv2d_2b_3x3 = Unit(32, Step("", 64, 3, 3))
        self.Conv2d_3b_1x1 = Unit(64, Step("", 80, 1, 1))
        self.Conv2d_4a_3x3 = Unit(80, Step("", 192, 3, 3), padded=False)
        self.Mixed_5b = small(192, 32)
        self.Mixed_5c = small(256, 64)
        self.Mixed_5d = small(288, 64)
        self.Mixed_6a = small_halved(288)
        self.Mixed_6b = wide(768, 128)
        self.Mixed_6c = wide(768, 160)
        self.Mixed_6d = wide(768, 160)
        self.Mixed_6e = wide(768, 192)
        self.Mixed_7a = wide_halved(768)
        self.Mixed_7b = forked(1280, "average")
        self.Mixed_7c = forked(2048, "max")
        self.fc = nn.Linear(NUM_FEATURES, CLASSES)

    def features(self, x: Tensor) -> Tensor:
        x = self.Conv2d_2b_3x3(self.Conv2d_2a_3x3(self.Conv2d_1a_3x3(x)))
        x = max_pool2d(x, 3, stride=2)
        x = self.Conv2d_4a_3x3(self.Conv2d_3b_1x1(x))
        x = max_pool2d(x, 3, stride=2)
        for block in self.children():
            x = block(x) if isinstance(block, Mixed) else x
        return x.mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(self.features(x))

    def fold(self) -> "Inception":
        """The same function, faster: evaluation mode, no batch norms, channels-last weights. Not to be saved."""
        self.eval().requires_grad_(False)
        for unit in self.modules():
            if isinstance(unit, Unit):
                unit.fold()
        return self.to(memory_format=torch.channels_last)
