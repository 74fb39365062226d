"""A picture to look at beside the numbers: possible copies, and the samples that hurt most."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

import numpy as np
import torch
from PIL import Image, ImageDraw, ImageFont
from torch import Tensor

from ganworks.data.write import write_png
from ganworks.judge.gathered import Gathered
from ganworks.judge.sides import Side
from ganworks.metrics.neighbours import nearest

ROWS, COLUMNS = 6, 3  # pairs in a panel
CELL = 96  # pixels on the longer side of a picture, about
GAP, MARGIN, LINE = 10, 24, 20
INK, SOFT, PAPER = (28, 34, 48), (104, 112, 138), (255, 255, 255)
MOST = 10_000  # samples looked at
K = 5  # the real picture's own neighbourhood: up to its 5th nearest other one


class Pairs(NamedTuple):
    """Samples, their nearest real pictures, and the distance between the two in radii of the real one."""

    samples: Tensor  # places (n,) in the judged side
    reals: Tensor  # places (n,) in the reference
    distances: Tensor


def nearest_and_farthest(ours: Gathered, theirs: Gathered, num: int = ROWS * COLUMNS) -> tuple[Pairs, Pairs]:
    """The samples nearest to a real picture, nearest first, and those farthest from all, farthest first.

    The measure is the distance to the nearest real picture over that one's distance to its own 5th nearest other real
    one, as in precision (Kynkäänniemi et al. 2019): above 1 a sample is off the manifold as its neighbour sees it.
    """
    looked = torch.randperm(len(ours.features), generator=torch.Generator().manual_seed(0))[:MOST].sort().values
    distances, rows = (found[:, 0] for found in nearest(ours.features[looked], theirs.features, 1))
    neighbours, which = rows.unique(return_inverse=True)
    k = min(K, len(theirs.features) - 1)
    radii = nearest(theirs.features[neighbours], theirs.features, k + 1)[0][:, -1]  # the first is the picture itself
    floor = radii.median().clamp_min(1e-12) * 1e-3  # copies among the real pictures have no radius
    ratios = distances / radii[which].clamp_min(floor)
    order = ratios.argsort(stable=True)
    num = min(num, len(order))
    return tuple(  # type: ignore[return-value]
        Pairs(ours.places[looked[chosen]], theirs.places[rows[chosen]], ratios[chosen])
        for chosen in (order[:num], order.flip(0)[:num])
    )


def draw_evidence(path: Path, side: Side, reference: Side, ours: Gathered, theirs: Gathered) -> None:
    """Write both as one PNG: pairs of a sample and its nearest real picture, in two panels."""
    near, far = nearest_and_farthest(ours, theirs)
    panels = [
        panel(
            ["Nearest to a real picture", "sample | real; far below 1: copies? (distance / radius)"],
            near,
            side,
            reference,
        ),
        panel(
            ["Least like any real picture", "sample | nearest real; above 1: out of its reach"],
            far,
            side,
            reference,
        ),
    ]
    width = sum(each.width for each in panels) + 3 * MARGIN
    sheet = Image.new("RGB", (width, panels[0].height + 2 * MARGIN + LINE), PAPER)
    ImageDraw.Draw(sheet).text((MARGIN, MARGIN // 2), fitted(f"{side.name} against {reference.name}"), INK, font(15))
    sheet.paste(panels[0], (MARGIN, MARGIN + LINE))
    sheet.paste(panels[1], (panels[0].width + 2 * MARGIN, MARGIN + LINE))
    write_png(np.asarray(sheet), path)


def panel(title: Sequence[str], pairs: Pairs, side: Side, reference: Side) -> Image.Image:
    """Pairs row by row, each with its distance below."""
    height, width = cell_of(side.shape)
    samples = [picture(each, (height, width)) for each in side.read(pairs.samples)]
    reals = [picture(each, (height, width)) for each in reference.read(pairs.reals)]
    rows = -(-len(samples) // COLUMNS)
    step = 2 * width + 2 + 2 * GAP, height + LINE + GAP
    sheet = Image.new("RGB", (max(COLUMNS * step[0] - 2 * GAP, 300), 3 * LINE + rows * step[1]), PAPER)
    draw = ImageDraw.Draw(sheet)
    draw.text((0, 4), title[0], INK, font(15))
    draw.text((0, LINE + 4), title[1], SOFT, font(12))
    for number, (sample, real, distance) in enumerate(zip(samples, reals, pairs.distances.tolist(), strict=True)):
        left, top = number % COLUMNS * step[0], number // COLUMNS * step[1] + 5 * LINE // 2
        sheet.paste(sample, (left, top))
        sheet.paste(real, (left + width + 2, top))
        draw.text((left, top + height + 2), f"{distance:.2f}", SOFT, font(12))
    return sheet


def cell_of(shape: tuple[int, int, int]) -> tuple[int, int]:
    """Small pictures are enlarged by a whole factor, large ones scaled down."""
    _, height, width = shape
    longer = max(height, width)
    if longer <= CELL:
        return height * (CELL // longer), width * (CELL // longer)
    return max(1, round(height * 2 * CELL / longer)), max(1, round(width * 2 * CELL / longer))


def picture(pixels: Tensor, size: tuple[int, int]) -> Image.Image:
    """(C, H, W) uint8 as RGB on white."""
    array = pixels.permute(1, 2, 0).contiguous().numpy()
    image = Image.fromarray(array[..., 0] if array.shape[2] == 1 else array)
    if image.mode == "RGBA":
        image = Image.alpha_composite(Image.new("RGBA", image.size, "white"), image)
    how = Image.Resampling.NEAREST if size[0] >= pixels.shape[1] else Image.Resampling.BICUBIC
    return image.convert("RGB").resize(size[::-1], how)


def fitted(text: str, most: int = 100) -> str:
    return text if len(text) <= most else f"...{text[-most:]}"


def font(size: int) -> ImageFont.ImageFont | ImageFont.FreeTypeFont:
    return ImageFont.load_default(size)
