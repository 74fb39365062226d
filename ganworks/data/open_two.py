"""Opens two domains: two sets, two folders of one, the halves of its pictures, or a set and what is made of it."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

import torch

from ganworks.data.domains import Domains, derived, selected
from ganworks.data.open import open_pictures
from ganworks.data.pairs import partners, with_apart
from ganworks.data.pictures import Pictures
from ganworks.data.transforms import DERIVED

SHARE = 0.125  # of the memory, for each of the two
HALVES = ("left", "right")


def open_domains(
    source: str | Path,
    other: str | Path,
    *,
    paired: bool = False,
    size: Any = None,
    channels: int | None = None,
    **settings: Any,
) -> Domains:
    """Two sets, both of the size that the first is given or chosen; RGB if only one of them is grey or transparent.

    other: pictures; or one of `DERIVED`, which is done to half of the pictures of the first, whose other half remains:
    of no picture both versions are there. A folder of that name is given as a Path.
    paired: pictures of the same name belong together, or each and what is made of it; see `pairs`. Other settings as
    for `open_pictures`.
    """
    if isinstance(other, str) and other in DERIVED:  # whatever is in the folder where a run goes on
        pictures = open_pictures(source, size=size, channels=channels, **settings)
        if paired:
            return with_apart(pictures, selected(pictures, torch.arange(len(pictures)), other))
        return derived(pictures, other)
    opened: Callable[..., Pictures] = partial(open_pictures, memory_share=SHARE, **settings)
    first = opened(source, size=size, channels=channels)
    try:
        second = opened(other, size=first.plan.size, channels=channels)
    except ValueError as error:
        if Path(other).exists():
            raise
        raise ValueError(f"{error}; or made of half of the first: {', '.join(DERIVED)}") from error
    both = alike(first, second, partial(opened, source), partial(opened, other))
    return with_apart(*partners(*both)) if paired else Domains(*both)


def alike(
    first: Pictures, other: Pictures, open_first: Callable[..., Pictures], open_other: Callable[..., Pictures]
) -> tuple[Pictures, Pictures]:
    """Both of one kind: opened again as RGB, where one is grey or transparent and the other is not."""
    if first.plan.channels != other.plan.channels:
        if first.plan.channels != 3:
            first = open_first(size=first.plan.size, channels=3)
        if other.plan.channels != 3:
            other = open_other(size=other.plan.size, channels=3)
    return first, other


def open_parts(
    source: str | Path,
    begin: str | None = None,
    end: str | None = None,
    *,
    split: bool = False,
    paired: bool = True,
    size: Any = None,
    channels: int | None = None,
    **settings: Any,
) -> Domains:
    """Two domains inside one source; "other" is what systems start from, "image" what they shall make of it.

    begin, end: two folders in `source`; or, with `split`, the halves of its pictures, from left to right if not given.
    paired: pictures of the same name belong together, what has no partner is left out, and a few pairs are kept apart
    (`Domains.apart`). Other settings as for `open_pictures`.
    """
    if split:
        begin, end = begin or "left", end or "right"
        if {begin, end} != set(HALVES):
            raise ValueError(f"--from {begin} --to {end}: with --split they are left and right, or right and left")
        opened = [partial(open_pictures, source, half=half) for half in (end, begin)]
    else:
        opened = [partial(open_pictures, place) for place in folders_in(Path(source), end, begin)]
    again = [partial(each, memory_share=SHARE, **settings) for each in opened]
    first = again[0](size=size, channels=channels)
    both = alike(first, again[1](size=first.plan.size, channels=channels), *again)
    return with_apart(*partners(*both)) if paired else Domains(*both)


def folders_in(source: Path, *names: str | None) -> list[Path]:
    """The folders of these names inside the source. ValueError, with those that are there, for any other name."""
    if not source.is_dir():
        raise ValueError(f"{source} is no folder; --from and --to name two folders inside one")
    there = sorted(entry.name for entry in source.iterdir() if entry.is_dir() and not entry.name.startswith("."))
    for name, option in zip(names, ("to", "from"), strict=True):
        if name is None or not (source / name).is_dir():
            given = f"no --{option} was given" if name is None else f"--{option} {name}: {source} has no such folder"
            raise ValueError(f"{given}; possible: {', '.join(there) or 'none, it holds no folders'}")
    if names[0] == names[1]:
        raise ValueError(f"--from {names[1]} --to {names[0]}: these are one folder; name two")
    return [source / str(name) for name in names]
