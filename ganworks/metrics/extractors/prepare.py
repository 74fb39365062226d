"""Pictures as networks want them: channels, size, range."""

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ganworks.data.plan import LUMA

Size = tuple[int, int]
RGB = "RGB: grey repeated, alpha on white"


def with_channels(pictures: Tensor, channels: int) -> Tensor:
    """Bytes (N, C, H, W) with 1, 3 or 4 channels: what is transparent becomes white, as where data is read.

    Bytes to bytes, so that a picture gives the same features whether its file or its reader drops the alpha.
    """
    have = pictures.shape[1]
    if have == channels:
        return pictures
    if channels == 4:
        opaque = torch.full_like(pictures[:, :1], 255)
        return torch.cat([with_channels(pictures, 3), opaque], 1)
    if have == 4:
        share = pictures[:, 3:].float() / 255
        pictures = (pictures[:, :3] * share + 255 * (1 - share)).round_().to(torch.uint8)
    if channels == 3:
        return pictures.expand(-1, 3, -1, -1) if pictures.shape[1] == 1 else pictures
    if pictures.shape[1] == 1:
        return pictures
    luma = torch.tensor(LUMA.tolist(), device=pictures.device).view(1, 3, 1, 1)
    return (pictures * luma).sum(1, keepdim=True).round_().to(torch.uint8)


def resize(pictures: Tensor, size: Size, filter: str = "bilinear") -> Tensor:
    """Bytes (N, C, H, W) -> float32 (N, C, *size), still about 0 to 255; antialiased; the shape may change."""
    values = pictures.float()
    if values.shape[2:] == size:
        return values
    return interpolate(values, size, mode=filter, antialias=True, align_corners=False)


def resize_as_tensorflow_1(pictures: Tensor, side: int) -> Tensor:
    """Bytes (N, C, H, W) -> float32 (N, C, side, side), channels-last: bilinear as TensorFlow 1 had it.

    The upper left corners of pictures, not the middles of corner pixels, stay in their place; nothing is averaged
    where pictures shrink. Published FIDs depend on it (Parmar et al. 2022, arXiv 2104.11222).
    """
    values = pictures.permute(0, 2, 3, 1).float()  # (N, H, W, C)
    for axis in (2, 1):  # along rows first, as long as there are few of them
        if values.shape[axis] != side:
            values = along(values, axis, side)
    return values.permute(0, 3, 1, 2)


def along(values: Tensor, axis: int, side: int) -> Tensor:
    """One axis of `resize_as_tensorflow_1`, on (N, H, W, C)."""
    have = values.shape[axis]
    places = torch.arange(side, dtype=torch.float32, device=values.device) * torch.tensor(have / side)
    before = places.long()
    after = (before + 1).clamp_max(have - 1)
    share = (places - before).view([side if n == axis else 1 for n in range(4)])
    start = values.index_select(axis, before)
    return values.index_select(axis, after).sub_(start).mul_(share).add_(start)
