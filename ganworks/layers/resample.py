"""Smooth halving and doubling of maps: interpolation with the [1, 2, 1] kernel."""

import torch
from torch import Tensor
from torch.nn.functional import interpolate, pad


def double(x: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, C, 2 H, 2 W): values between a place and its neighbours, 3/4 and 1/4; edges are repeated.

    Inserting zeros and filtering by [1, 2, 1] * [1, 1], as in StyleGAN2 and R3GAN, apart from the edges.
    """
    return interpolate(x, scale_factor=2.0, mode="bilinear", align_corners=False)


def halve(x: Tensor) -> Tensor:
    """(N, C, H, W) -> (N, C, H/2, W/2), rounded up: the filter [1, 3, 3, 1] / 8 each way, edges repeated.

    It is a quarter of the transpose of `double`, and is computed as that: many times faster on a CPU than a
    depthwise convolution, whose backward is slow, and it can be differentiated any number of times.
    """
    x = pad_to_even(x)
    num, channels, height, width = x.shape
    whole, half = [height, width], [num, channels, height // 2, width // 2]
    return torch.ops.aten.upsample_bilinear2d_backward(x, whole, half, False, None, None) / 4


def pad_to_even(x: Tensor) -> Tensor:
    """Repeat the last row and column where a side is odd."""
    height, width = x.shape[-2:]
    return pad(x, (0, width % 2, 0, height % 2), mode="replicate").to(x.dtype) if height % 2 or width % 2 else x
