"""Opens photographs for patches: finds them, and holds them in full resolution if they fit in memory."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path, PurePosixPath
from typing import Any

import numpy as np
import torch

from ganworks.data import gather, memory
from ganworks.data.cut import Cut
from ganworks.data.decode import Broken
from ganworks.data.degrade import Degrade
from ganworks.data.gather import Progress, Rows, Tally
from ganworks.data.locate import locate
from ganworks.data.open import KINDS, Opening, listed, shortened
from ganworks.data.pairs import kept_apart
from ganworks.data.patches import Patches, Uncut
from ganworks.data.plan import LARGEST_SIDE, describe_shapes
from ganworks.data.sources import Source, stem

LARGEST_SCALE = 4  # of what the systems can learn


def open_patches(
    source: str | Path,
    *,
    patch: int = 96,
    scale: int = 4,
    degrade: str = "bicubic",
    other: str | Path | None = None,
    channels: int | None = None,
    per_picture: int = 1,
    leave_out: int | Sequence[str] | None = 0,
    strict: bool = False,
    memory_share: float = 0.5,
    progress: Progress | None = None,
) -> Patches:
    """Open photographs of any sizes, to cut patches from; those smaller than a patch are left out.

    source: as for `open_pictures`
    patch: side of a patch of the photograph, in pixels, a multiple of the scale; `train` has it as --size
    scale: how many times smaller its degraded version is, up to 4; 1 for the same size
    degrade: one of `DEGRADATIONS`, with a value or range if it takes one: bicubic, real, jpeg:20-60, noise:25, haze
    other: instead, the degraded versions in files of the same names, each `scale` times smaller
    channels: 1 grey, 3 RGB, 4 RGBA; if not given 1 where all are grey, otherwise 3, and what is transparent is white
    per_picture: patches in a row of each picture; a few save time where pictures are read as needed
    leave_out: pictures to keep apart for evaluation: how many, the last ones by name, or their names; None for 1 in 20
    strict, memory_share, progress: as for `open_pictures`
    """
    if channels not in (None, 1, 3, 4):
        raise ValueError(f"channels: {channels} was given; 1 (grey), 3 (RGB) or 4 (RGBA) expected")
    check_sizes(patch, scale, per_picture)
    how = choose(degrade, scale, other)
    budget = memory.budget(memory_share)
    place = locate(str(source), budget)
    tally = Tally(progress, 2 * len(place.source.names))
    scan = gather.scan(place.source, tally)
    opening = Opening(str(source), place, scan, scan.rows, scan.broken, channels)
    cut = Cut(patch, scale, how, channels or (1 if scan.most_channels == 1 else 3))
    notes = drop_small(opening, cut)
    given = None if other is None else partners(opening, str(other), budget, notes)
    uncut = Uncut(cut, place.source, opening.rows, given)
    num_bytes = sum(count * height * width for (height, width), count in shapes_of(opening).items()) * cut.channels
    num_bytes += num_bytes // scale**2 if given else 0
    if num_bytes <= budget:
        uncut = hold(opening, uncut, tally)
    opening.check(strict)
    tally.finish()
    kept = "held in memory" if uncut.in_memory else "too large for the memory allowed: read as needed"
    notes.append(f"{kept} ({num_bytes / 1e6:,.1f} MB)")
    return split(opening, uncut, leave_out, notes, per_picture=per_picture, strict=strict)


def choose(degrade: str, scale: int, other: str | Path | None) -> Degrade | None:
    """What makes the versions; nothing if they are given."""
    parsed = Degrade.parse(degrade)
    if other is not None:
        if degrade != "bicubic":
            raise ValueError(f"--degrade {degrade} makes the versions that --other {other} gives; choose one of them")
        return None
    if scale == 1 and parsed.name == "bicubic":
        raise ValueError("--degrade bicubic with --scale 1 changes nothing; give a larger scale or another degradation")
    return parsed


def check_sizes(patch: int, scale: int, per_picture: int) -> None:
    for name, value, most in (("scale", scale, LARGEST_SCALE), ("size", patch, LARGEST_SIDE)):
        if not 1 <= value <= most:
            raise ValueError(f"--{name}: {value} was given; possible: 1 to {most}")
    if patch % scale:
        near = max(scale, round(patch / scale) * scale)
        raise ValueError(f"--size: {patch} was given; a multiple of the scale {scale} expected, such as {near}")
    if per_picture < 1:
        raise ValueError(f"per_picture: {per_picture} was given; 1 or more expected")


def drop_small(opening: Opening, cut: Cut) -> list[str]:
    """Leave out the pictures that are smaller than a patch; the first notes."""
    sizes, scan = shapes_of(opening), opening.scan
    fits = np.array([min(size) >= cut.patch for size in scan.sizes], bool)
    if len(fits) and not fits.any():
        largest = max(min(size) for size in scan.sizes)
        hint = f"; give --size {largest // cut.scale * cut.scale}" if largest >= cut.scale else ""
        raise ValueError(f"no picture in {opening.name} is as large as a patch of {cut.patch}x{cut.patch}{hint}")
    notes = [] if fits.all() else [f"left out, smaller than a patch: {int((~fits).sum()):,} of {len(fits):,}"]
    opening.rows = scan.rows[fits]
    made = f"patches of {cut.patch}x{cut.patch}, with versions of {cut.small}x{cut.small}"
    made += f" by {cut.degrade}" if cut.degrade else ""
    kind = KINDS[cut.channels]
    if scan.most_channels == 4 and cut.channels != 4:
        kind += ": transparent parts, if any, become white"
    return [*notes, f"{describe_shapes(sizes)} (height x width): {made}" if sizes else made, kind]


def partners(opening: Opening, other: str, budget: int, notes: list[str]) -> tuple[Source, Rows]:
    """Where the versions are that are given; pictures without one are left out."""
    source = locate(other, budget).source
    rows = {stem(name): row for row, name in enumerate(source.names)}
    names = {row: stem(opening.place.source.names[row]) for row in opening.rows.tolist()}
    found = [row for row, name in names.items() if name in rows]
    if names and not found:
        raise ValueError(f"no picture of {opening.name} has a partner of the same name in {other}; pairs need it")
    notes.append(f"{len(found):,} pairs by file name, with {other}")
    if len(found) < len(names):
        lonely = [name for name in names.values() if name not in rows]
        notes.append(f"left out, without a partner: {len(lonely):,} ({shortened(lonely, 5)})")
    opening.rows = np.array(found, np.int64)
    return source, np.array([rows[names[row]] for row in found], np.int64)


def shapes_of(opening: Opening) -> Counter[tuple[int, int]]:
    """Sizes of the pictures still in use."""
    sizes = dict(zip(opening.scan.rows.tolist(), opening.scan.sizes, strict=True))
    return Counter(sizes[row] for row in opening.rows.tolist())


def hold(opening: Opening, uncut: Uncut, tally: Tally) -> Uncut:
    """All pictures in memory; those that turn out broken are given up."""
    results = gather.in_threads(lambda i: gather.attempt(uncut.pictures, i), range(len(uncut.rows)), tally.tick)
    names = opening.place.source.names
    opening.skipped += [
        (names[int(row)], str(result))
        for row, result in zip(uncut.rows, results, strict=True)
        if isinstance(result, Broken)
    ]
    kept = uncut.some([at for at, result in enumerate(results) if not isinstance(result, Broken)])
    opening.rows = kept.rows
    held = [
        tuple(torch.from_numpy(np.require(pixels, requirements=["C", "W"])) for pixels in result)
        for result in results
        if not isinstance(result, Broken)
    ]
    return Uncut(kept.cut, kept.source, kept.rows, kept.given, held)


def split(
    opening: Opening, uncut: Uncut, leave_out: int | Sequence[str] | None, notes: list[str], **settings: Any
) -> Patches:
    """Those to learn from; and apart, those left out."""
    place = opening.place
    names = [place.source.names[row] for row in opening.rows]
    out = chosen(leave_out, names, opening.name)
    sets = []
    for is_out in (True, False):
        places = [at for at, name in enumerate(names) if (name in out) == is_out]
        store = uncut.some(places)
        fingerprint = replace(opening, rows=store.rows).fingerprint(None)
        facts = {
            "source": opening.name,
            "kind": place.source.kind,
            "count": len(places),
            "fingerprint": f"{fingerprint}-{store.given[0].fingerprint()}" if store.given else fingerprint,
        }
        sets.append(partial(Patches, store, facts=facts, names=[names[at] for at in places], **settings))
    found = [f"{len(names) - len(out):,} pictures in {opening.name} ({place.source.kind})", *place.notes]
    if opening.skipped:
        found.append(f"skipped {len(opening.skipped):,}: {listed(opening.skipped)}")
    if out:
        found.append(f"kept apart, to see how it does on others: {shortened(sorted(out), 5)}")
    apart = sets[0]() if out else None
    return sets[1](apart=apart, notes=[*found, *notes], skipped=opening.skipped)


def chosen(leave_out: int | Sequence[str] | None, names: list[str], where: str) -> set[str]:
    """The names left out: one in 20, the last ones, or those given, with or without folder and ending."""
    if leave_out is None:
        return {name for name, is_apart in zip(names, kept_apart(names), strict=True) if is_apart}
    if isinstance(leave_out, int):
        if leave_out < 0:
            raise ValueError(f"leave_out: {leave_out} was given; 0 or more pictures expected")
        found = set(names[-leave_out:]) if leave_out else set()
    else:
        found = set()
        for given in leave_out:
            same = {n for n in names if given in (n, PurePosixPath(n).name, PurePosixPath(n).stem)}
            if not same:
                raise ValueError(f"leave_out: {given} is not among the {len(names):,} pictures of {where}")
            found |= same
    if len(found) >= len(names):
        raise ValueError(f"leave_out: none of the {len(names):,} pictures of {where} would remain to learn from")
    return found
