"""Pictures without their clear edges."""

import torch
from torch import Tensor
from torch.nn.functional import conv2d, max_pool2d, pad

WEAK, STRONG = 100, 200  # slopes in bytes, as in common use of Canny's
REACH = 8  # how many steps of one pixel an edge is followed from where it is strong
WIDE = 5  # dilation, and the Gaussian
DEVIATION = 1.1  # of a Gaussian of that size
GREY = (0.299, 0.587, 0.114)
DIRECTIONS = ((0, 1), (1, 1), (1, 0), (1, -1))  # of slopes, in eighths of a turn: down and right


@torch.no_grad()
def without_edges(x: Tensor) -> Tensor:
    """Edges are found, widened, and blurred there: (N, C, H, W) in [-1, 1] -> the same, row by row.

    Chen et al. 2018 (CartoonGAN, CVPR), section 3.2.1. No gradient.
    """
    x = x.float()
    with torch.autocast(x.device.type, enabled=False):
        near = max_pool2d(edges(x), WIDE, 1, WIDE // 2)
        return torch.where(near > 0, blurred(x), x)


def edges(x: Tensor) -> Tensor:
    """Canny's edges: (N, C, H, W) in [-1, 1] -> (N, 1, H, W), 1 or 0.

    Canny 1986, without its first blur: the steepest places across an edge, where it is strong or connected to such.
    """
    weights = x.new_tensor(GREY if x.shape[1] >= 3 else (1.0,)).view(1, -1, 1, 1)
    grey = 127.5 * (x[:, : weights.shape[1]] * weights).sum(1, keepdim=True)
    sobel = x.new_tensor([[1, 0, -1], [2, 0, -2], [1, 0, -1]])
    down, right = conv2d(pad(grey, [1] * 4, mode="replicate"), -torch.stack([sobel.T, sobel])[:, None]).split(1, 1)
    slope = down.abs() + right.abs()
    eighths = (torch.atan2(down, right) * (4 / torch.pi)).round().long() % 4  # a slope and its opposite are alike
    around = pad(slope, [1] * 4)
    height, width = x.shape[2:]
    thin = torch.zeros_like(slope, dtype=torch.bool)
    for number, (y, z) in enumerate(DIRECTIONS):
        ahead = around[..., 1 + y : 1 + y + height, 1 + z : 1 + z + width]
        behind = around[..., 1 - y : 1 - y + height, 1 - z : 1 - z + width]
        thin |= (eighths == number) & (slope > behind) & (slope >= ahead)
    candidates = (thin & (slope > WEAK)).float()
    found = candidates * (slope > STRONG)
    for _ in range(REACH):
        found = candidates * max_pool2d(found, 3, 1, 1)
    return found


def blurred(x: Tensor) -> Tensor:
    """By a Gaussian of 5x5: (N, C, H, W) -> the same, the border repeated."""
    places = torch.arange(WIDE, device=x.device) - WIDE // 2
    line = torch.exp(-(places**2) / (2 * DEVIATION**2))
    kernel = (line[:, None] * line / line.sum() ** 2).expand(x.shape[1], 1, -1, -1)
    return conv2d(pad(x, [WIDE // 2] * 4, mode="replicate"), kernel, groups=x.shape[1])
