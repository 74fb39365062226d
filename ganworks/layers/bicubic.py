"""Enlarging by bicubic interpolation, as restoration knows it."""

from torch import Tensor
from torch.nn.functional import interpolate


def enlarged(x: Tensor, scale: int) -> Tensor:
    """(N, C, H, W) -> (N, C, scale H, scale W), float32; values may leave the range by a little.

    The kernel is Keys' with a = -1/2, as Pillow's and MATLAB's imresize; PyTorch has it only with `antialias`, which
    changes nothing else where pictures grow, and a = -3/4 without.
    """
    size = (scale * x.shape[2], scale * x.shape[3])
    return x.float() if scale == 1 else interpolate(x.float(), size, mode="bicubic", antialias=True)
