"""`ganworks data show`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from ganworks.cli.arguments import Usage, call

COLUMNS = 8


def main(words: Sequence[str], line: str) -> int:
    return call(data_show, words, line)


def data_show(
    pictures: str,
    *,
    out: str | Path = "grid.png",
    rows: int = 8,
    seed: int = 0,
    size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    fit: Literal["crop", "stretch"] = "crop",
    flip: bool = False,
    rotate: float = 0.0,
    colour: float = 0.0,
    zoom: float = 0.0,
    crop: float = 0.0,
    light: float = 0.0,
) -> int:
    """A grid of pictures as training sees them: the first row as they are, those below it augmented.

    out: the picture to write
    rows: rows of the grid
    seed: which pictures, and what happens to them
    size: side of the pictures, or height and width; chosen from the data if not given
    channels: 1 grey, 3 colour, 4 with transparency
    fit: crop the centre of pictures of another shape, or stretch them
    flip: mirror half of the pictures
    rotate: turn by up to so many degrees
    colour: vary saturation and hue by up to this share
    zoom: enlarge or shrink by up to this factor, less 1
    crop: cut off up to this share of the sides
    light: vary brightness and contrast by up to this share
    """
    if rows < 1:
        raise Usage(f"--rows: {rows} was given; possible: 1 or more")
    import torch

    from ganworks import data
    from ganworks.data.augment import NUM_DRAWS

    augment = data.Augment(flip=flip, rotate=rotate, colour=colour, zoom=zoom, crop=crop, light=light)
    found = data.open_pictures(pictures, size=size, channels=channels, fit=fit)
    generator = torch.Generator().manual_seed(seed)
    if augment.active:
        chosen = torch.randperm(len(found), generator=generator)[:COLUMNS]
        originals = data.from_bytes(found.read(chosen)["image"], found.bits)
        copies = originals.repeat(rows - 1, 1, 1, 1)
        draws = torch.rand(len(copies), NUM_DRAWS, generator=generator)
        images = torch.cat([originals, augment(copies, draws)])
    else:
        chosen = torch.randperm(len(found), generator=generator)[: COLUMNS * rows]
        images = data.from_bytes(found.read(chosen)["image"], found.bits)
    data.save_grid(images, out, columns=min(COLUMNS, len(chosen)))
    print("\n".join(found.notes))
    explained = "the first row is as it is, the others are augmented" if augment.active else "nothing is augmented"
    print(f"{out}   {explained}")
    return 0
