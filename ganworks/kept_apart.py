"""The pairs that a run has not learnt from, as files: what it starts from, and the true pictures."""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import torch

from ganworks.data import Patches
from ganworks.data.cut import degraded
from ganworks.data.decode import Pixels
from ganworks.data.domains import Domains
from ganworks.data.pictures import Pictures
from ganworks.data.sources import stem
from ganworks.data.write import write_png
from ganworks.engine.run import Run
from ganworks.request import going_on
from ganworks.supply import open_data


def write_kept_apart(run: Run, folder: Path) -> tuple[Path, Path]:
    """Write them to the folders `before` and `true` in `folder`, which are returned. ValueError if there are none."""
    pictures = open_data(going_on(run, {}, {}, {}))
    if not isinstance(pictures, Patches | Domains) or pictures.apart is None:
        raise ValueError(f"{run.folder} kept nothing apart: its pictures are too few, or no pairs; give PICTURES")
    for name, *both in pairs_of(pictures.apart):
        for pixels, place in zip(both, ("before", "true"), strict=True):
            write_png(pixels, folder / place / f"{name}.png")
    return folder / "before", folder / "true"


def pairs_of(apart: Patches | Domains) -> Iterator[tuple[str, Pixels, Pixels]]:
    """Name, what is given and what is true, each (H, W, C): photographs whole, other pictures as they are learnt."""
    if isinstance(apart, Patches):
        for row, name in enumerate(apart.names):
            true, *given = apart.uncut.pictures(row)
            before, true = (given[0], true) if given else degraded(true, apart.cut, row)
            yield stem(name), before, true
        return
    for row, name in enumerate(apart.first.names):
        yield stem(name), pixels_of(apart.other, row), pixels_of(apart.first, row)


def pixels_of(pictures: Pictures, row: int) -> Pixels:
    image = pictures.read(torch.tensor([row]))["image"][0].permute(1, 2, 0).numpy()
    return image if pictures.bits == 8 else image.astype(np.uint16)
