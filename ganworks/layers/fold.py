"""Batch norms that vanish into the convolutions before them, for nets that only infer."""

from typing import TypeVar

from torch import nn
from torch.nn.utils import fuse_conv_bn_eval

C = TypeVar("C", bound=nn.Conv2d)


def fold(convolution: C, norm: nn.Module) -> tuple[C, nn.Module]:
    """The convolution that does what both do in evaluation mode, up to rounding, and nothing after it."""
    assert isinstance(norm, nn.BatchNorm2d)
    return fuse_conv_bn_eval(convolution, norm), nn.Identity()
