"""How nets get from a small map to a picture of any size: halving and doubling, one stage after the other."""

from torch import Tensor

Size = tuple[int, int]


def stages(size: Size, smallest: int = 7, least: int = 2) -> list[Size]:
    """Height and width at each stage, from the coarsest to `size`.

    Sides are halved, rounded up, until the shorter one is at most `smallest`: 28x28 goes 7, 14, 28;
    100x50 goes 13x7, 25x13, 50x25, 100x50. At least `least` halvings, as long as the shorter side is above 2.
    """
    sizes = [size]
    while min(sizes[0]) > smallest or (len(sizes) <= least and min(sizes[0]) > 2):
        height, width = sizes[0]
        sizes.insert(0, ((height + 1) // 2, (width + 1) // 2))
    return sizes


def planes(num: int, width: int, most: int) -> list[int]:
    """Channels at `num` stages, from the coarsest: `width` at the finest, then doubled up to `most` times that."""
    return [width * min(2**k, most) for k in reversed(range(num))]


def crop(x: Tensor, size: Size) -> Tensor:
    """The upper left part of x: (N, C, H, W) -> (N, C, *size). An odd side comes from a doubled one."""
    return x[..., : size[0], : size[1]] if tuple(x.shape[-2:]) != size else x
