"""Augmentation between the pictures and D, real and fake alike; gradients flow through it to G.

What happens to a picture follows from its own row of uniform numbers, so that parts of a batch see what the whole
would. Pictures are (N, C, H, W) with 1, 3 or 4 channels in [-1, 1], computed in float32; colours may leave the range,
and the fourth channel, alpha, keeps its values.
"""

import math

import torch
from torch import Tensor
from torch.nn.functional import grid_sample

POLICY = ("color", "translation", "cutout")
NUM_DIFFERENTIABLE = 7  # numbers for each picture
(FLIP, TURN, SHIFT, SCALE, ROTATE, STRETCH, ROTATE_AGAIN, MOVE, BRIGHTEN, CONTRAST, INVERT, HUE, SATURATE) = range(13)
SHIFT_DOWN, MOVE_DOWN = 13, 14
NUM_GATES, NUM_ADAPTIVE = 13, 13 + 15


def differentiable(x: Tensor, draws: Tensor, policy: tuple[str, ...] = POLICY) -> Tensor:
    """DiffAugment, Zhao et al. 2020 (arXiv 2006.10738), in the order of POLICY. draws: (N, 7) in [0, 1).

    color: brightness, saturation times 0 to 2, contrast times 0.5 to 1.5 about the picture's mean. translation: by up
    to an eighth of each side. cutout: of half of each side, its middle anywhere. What is uncovered is middle grey.
    """
    with torch.autocast(x.device.type, enabled=False):
        x, height, width = x.float().contiguous(), *x.shape[2:]
        bright, saturation, contrast, down, right, top, left = draws.unbind(1)
        if "color" in policy:
            x = on_colours(x, bright - 0.5, 2 * saturation, contrast + 0.5)
        if "translation" in policy:
            moves = [step(across, -(side // 8), side // 8) for across, side in ((right, width), (down, height))]
            x = resample(x, torch.eye(2).to(x).expand(len(x), 2, 2), -torch.stack(moves, 1), "nearest", "zeros")
        if "cutout" in policy:
            rows, columns = (inside(at, side) for at, side in ((top, height), (left, width)))
            x = x * ~(rows[:, None, :, None] & columns[:, None, None, :])
        return x


def on_colours(x: Tensor, bright: Tensor, saturation: Tensor, contrast: Tensor) -> Tensor:
    """Add, then stretch about each pixel's grey, then about the picture's mean; each (N,)."""
    bright, saturation, contrast = (value.view(-1, 1, 1, 1) for value in (bright, saturation, contrast))
    colours = x[:, :3]
    grey = colours.mean(1, keepdim=True)
    mean = grey.mean((2, 3), keepdim=True)
    rest = grey * (contrast * (1 - saturation)) + (bright + (1 - contrast) * mean)
    return with_alpha(colours * (contrast * saturation) + rest, x)


def with_alpha(colours: Tensor, x: Tensor) -> Tensor:
    return torch.cat([colours, x[:, 3:]], 1) if x.shape[1] > 3 else colours


def step(draw: Tensor, least: int, most: int) -> Tensor:
    """A whole number from least to most, all alike."""
    return (draw * (most - least + 1)).floor() + least


def inside(draw: Tensor, side: int) -> Tensor:
    """(N, side): a stretch of half of the side, cut off at its ends."""
    length = side // 2
    begin = step(draw, 0, side - length % 2) - length // 2
    place = torch.arange(side, device=draw.device) - begin[:, None]
    return (place >= 0) & (place < length)


def adaptive(x: Tensor, draws: Tensor, p: Tensor) -> Tensor:
    """ADA's pipeline "bgc", each of its 12 operations with probability p, a scalar. draws: (N, 28) in [0, 1).

    Karras et al. 2020 (arXiv 2006.06676), appendix B: flips, quarter turns, integer and fractional translation, scale,
    anisotropic scale, rotation before or behind it; brightness, contrast, inverted luma, hue, saturation. The geometry
    is one bilinear look, the picture mirrored at its edges, in place of theirs at twice the size and wavelet filters.
    """
    with torch.autocast(x.device.type, enabled=False):
        linear, offset = geometry(draws, p, x.shape[2], x.shape[3])
        return recolour(resample(x.float().contiguous(), linear, offset, "bilinear", "reflection"), draws, p)


def chosen(draws: Tensor, p: Tensor, operation: int, value: Tensor, neutral: float) -> Tensor:
    """(N,): the value where the operation happens, else the neutral one."""
    return value.where(draws[:, operation] < p, neutral)


def uniform(draws: Tensor, number: int) -> Tensor:
    return draws[:, NUM_GATES + number]


def even(draws: Tensor, number: int) -> Tensor:
    """From -1 to 1."""
    return 2 * uniform(draws, number) - 1


def normal(draws: Tensor, number: int) -> Tensor:
    return torch.special.ndtri(uniform(draws, number).clamp(1e-6, 1 - 1e-6))


def geometry(draws: Tensor, p: Tensor, height: int, width: int) -> tuple[Tensor, Tensor]:
    """Where a place of the new picture was: linear (N, 2, 2) and offset (N, 2), of x and y in pixels off the middle."""
    eighths = torch.tensor([width / 8, height / 8]).to(draws)
    flip = 1 - 2 * chosen(draws, p, FLIP, step(uniform(draws, FLIP), 0, 1), 0)
    turn = chosen(draws, p, TURN, step(uniform(draws, TURN), 0, 3), 0) * (math.pi / 2)
    scale = chosen(draws, p, SCALE, torch.exp2(0.2 * normal(draws, SCALE)), 1)
    stretch = chosen(draws, p, STRETCH, torch.exp2(0.2 * normal(draws, STRETCH)), 1)
    once = 1 - (1 - p).sqrt()  # so that one of the two rotations happens with probability p
    before, behind = (chosen(draws, once, which, even(draws, which) * math.pi, 0) for which in (ROTATE, ROTATE_AGAIN))
    shift = torch.stack([chosen(draws, p, SHIFT, even(draws, which), 0) for which in (SHIFT, SHIFT_DOWN)], 1)
    move = torch.stack([chosen(draws, p, MOVE, normal(draws, which), 0) for which in (MOVE, MOVE_DOWN)], 1)
    whole = diagonal(flip, torch.ones_like(flip)) @ rotation(turn)
    fine = rotation(before) @ diagonal(1 / (scale * stretch), stretch / scale) @ rotation(behind)
    back = times(fine, move * eighths) + (shift * eighths).round()
    return whole @ fine, -times(whole, back)


def times(matrix: Tensor, vector: Tensor) -> Tensor:
    """(N, 2, 2), (N, 2) -> (N, 2)."""
    return (matrix @ vector[:, :, None])[:, :, 0]


def diagonal(a: Tensor, b: Tensor) -> Tensor:
    return torch.diag_embed(torch.stack([a, b], 1))


def rotation(angle: Tensor) -> Tensor:
    """(N,) -> (N, 2, 2)."""
    cos, sin = angle.cos(), angle.sin()
    return torch.stack([cos, -sin, sin, cos], 1).view(-1, 2, 2)


def resample(x: Tensor, linear: Tensor, offset: Tensor, mode: str, beyond: str) -> Tensor:
    """x at the places that linear (N, 2, 2) and offset (N, 2), in pixels off the middle, make of each of its own."""
    height, width = x.shape[2:]
    right = torch.arange(width, device=x.device) - (width - 1) / 2
    down = torch.arange(height, device=x.device)[:, None] - (height - 1) / 2
    grid = torch.empty(len(x), height, width, 2, device=x.device)  # many times faster than affine_grid
    for i, side in enumerate((width, height)):
        rows = torch.cat([linear[:, i], offset[:, i, None]], 1) * (2 / side)
        by_right, by_down, begin = rows.view(-1, 3, 1, 1).unbind(1)
        torch.add(by_right * right, by_down * down + begin, out=grid[..., i])
    return grid_sample(x, grid, mode=mode, padding_mode=beyond, align_corners=False)


def recolour(x: Tensor, draws: Tensor, p: Tensor) -> Tensor:
    """Brightness and contrast of all; the sign of the luma; hue and saturation about the grey axis for colours."""
    bright = chosen(draws, p, BRIGHTEN, 0.2 * normal(draws, BRIGHTEN), 0)
    contrast = chosen(draws, p, CONTRAST, torch.exp2(0.5 * normal(draws, CONTRAST)), 1)
    luma = contrast * (1 - 2 * chosen(draws, p, INVERT, step(uniform(draws, INVERT), 0, 1), 0))
    luma, bright = luma.view(-1, 1, 1), (luma * bright).view(-1, 1, 1)
    if x.shape[1] == 1:
        return x * luma[:, None] + bright[:, None]
    angle = chosen(draws, p, HUE, even(draws, HUE) * math.pi, 0)
    colour = contrast * chosen(draws, p, SATURATE, torch.exp2(normal(draws, SATURATE)), 1)
    cos, sin = ((colour * part).view(-1, 1, 1) for part in (angle.cos(), angle.sin()))
    same, grey = torch.eye(3).to(x), torch.full((3, 3), 1 / 3).to(x)
    cross = torch.tensor([[0.0, -1, 1], [1, 0, -1], [-1, 1, 0]]).to(x) / math.sqrt(3)
    matrix = luma * grey + cos * (same - grey) + sin * cross
    return with_alpha((matrix @ x[:, :3].flatten(2) + bright).unflatten(2, x.shape[2:]), x)
