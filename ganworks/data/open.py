"""Pictures from whatever the user names: a folder, an archive, an array file, or a data set."""

import difflib
import hashlib
import tarfile
import zipfile
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from ganworks.data import arrays, gather, memory, named
from ganworks.data.decode import ENDINGS, nothing_found
from ganworks.data.gather import Progress, Scan, Tally
from ganworks.data.labels import Labels, find
from ganworks.data.pictures import Decoded, Held, Pictures, Store
from ganworks.data.plan import Plan, choose_size, parse_size
from ganworks.data.sources import Files, Folder, Source, is_hidden, open_archive

# Room for a copy with fewer channels, when the ones held turn out to be grey or opaque.
ROOM = {1: 1.0, 3: 4 / 3, 4: 7 / 4}
LIMIT, LIMIT_CUDA = 64, 256  # shorter side chosen for larger pictures


def open_pictures(
    source: str | Path,
    *,
    size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    fit: Literal["crop", "stretch"] = "crop",
    strict: bool = False,
    memory_share: float = 0.25,
    progress: Progress | None = None,
) -> Pictures:
    """Open pictures, all brought to one size and kind.

    source: a folder, .zip, .tar(.gz), idx(.gz), .npy, .npz, "fashion_mnist_10k", or a torchvision data set such as cifar10
    size: (height, width) or the side of a square; chosen from the data if not given
    channels: 1 grey, 3 RGB, 4 RGBA; chosen from the data if not given
    fit: crop cuts the centre to the wanted shape; stretch changes the shape
    strict: stop at the first broken file instead of skipping it
    memory_share: share of the available memory that pictures may take; larger sets are read as needed
    progress: called with (steps done, steps in all)
    """
    if channels not in (None, 1, 3, 4):
        raise ValueError(f"channels: {channels} was given; 1 (grey), 3 (RGB) or 4 (RGBA) expected")
    if fit not in ("crop", "stretch"):
        raise ValueError(f"fit: '{fit}' was given; crop or stretch expected")
    wanted = None if size is None else parse_size(size)
    budget = memory.budget(memory_share)
    origin, labels, notes = locate(str(source), budget)
    tally = Tally(progress, 2 * len(origin.names))
    scan = gather.scan(origin, tally)
    skipped = list(scan.broken)
    stop_if(strict, skipped)
    if not len(scan.rows):
        raise ValueError(f"{source}: none of {len(skipped):,} files can be read; the first: {say(skipped[:1])}")
    height, width = wanted or choose_size(scan.shapes, LIMIT_CUDA if has_cuda() else LIMIT)
    plan = Plan(height, width, channels or scan.most_channels, scan.deep, fit)
    store: Store
    room = 1.0 if channels else ROOM[plan.channels]
    if len(scan.rows) * plan.num_bytes * room <= budget:
        values, rows, broken = gather.hold(origin, plan, scan.rows, tally)
        ...


def has_cuda() -> bool:
    import torch

    return torch.cuda.is_available()
