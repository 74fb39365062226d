"""Opens pictures: finds them, chooses size and channels, and holds them in memory if they fit."""

import hashlib
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

import numpy as np
import torch

from ganworks.data import gather, memory
from ganworks.data.gather import Progress, Rows, Scan, Tally
from ganworks.data.labels import Labels
from ganworks.data.locate import Place, locate
from ganworks.data.pictures import Decoded, Held, Pictures, Store
from ganworks.data.plan import Plan, choose_size, parse_size

# Room for a copy with fewer channels, if the pictures held turn out to be grey or opaque.
ROOM = {1: 1.0, 3: 4 / 3, 4: 7 / 4}
LIMIT, LIMIT_CUDA = 64, 256  # the shorter side that larger pictures are scaled to
KINDS = {1: "grey", 3: "RGB", 4: "RGBA"}

Skipped = list[tuple[str, str]]


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

    source: folder, .zip, .tar(.gz), idx(.gz), .npy, .npz, fashion_mnist_10k, or a torchvision data set such as cifar10
    size: (height, width) or the side of a square; chosen from the data if not given
    channels: 1 grey, 3 RGB, 4 RGBA; chosen from the data if not given
    fit: crop cuts the centre to the wanted shape, stretch changes the shape
    strict: stop at a broken file instead of skipping it
    memory_share: share of the available memory that pictures may take; larger sets are read as needed
    progress: called with (steps done, steps in all)
    """
    if channels not in (None, 1, 3, 4):
        raise ValueError(f"channels: {channels} was given; 1 (grey), 3 (RGB) or 4 (RGBA) expected")
    if fit not in ("crop", "stretch"):
        raise ValueError(f"fit: '{fit}' was given; crop or stretch expected")
    wanted = None if size is None else parse_size(size)
    budget = memory.budget(memory_share)
    place = locate(str(source), budget)
    tally = Tally(progress, 2 * len(place.source.names))
    scan = gather.scan(place.source, tally)
    skipped = scan.broken
    rows = labelled(place, scan.rows, skipped)
    check(str(source), rows, skipped, strict)
    height, width = wanted or choose_size(scan.shapes, LIMIT_CUDA if torch.cuda.is_available() else LIMIT)
    plan = Plan(height, width, channels or scan.most_channels, scan.deep, fit)
    store, plan, rows = stored(place, scan, plan, rows, skipped, budget, channels, tally)
    check(str(source), rows, skipped, strict)
    tally.finish()
    labels = place.labels.of(rows) if place.labels else None
    facts = {"source": str(source), "kind": place.source.kind, "fingerprint": fingerprint(place, rows, labels)}
    notes = describe(str(source), place, scan, plan, rows, labels, store, skipped)
    return Pictures(store, plan, len(rows), labels, facts, notes, skipped, strict)


def stored(
    place: Place,
    scan: Scan,
    plan: Plan,
    rows: Rows,
    skipped: Skipped,
    budget: int,
    channels: int | None,
    tally: Tally,
) -> tuple[Store, Plan, Rows]:
    """The pictures in memory if the budget allows, otherwise a reader; the plan with the channels they need."""
    room = 1.0 if channels else ROOM[plan.channels]
    if len(rows) * plan.num_bytes * room > budget:
        plan = plan.with_channels(channels or gather.look(place.source, plan, scan))
        return Decoded(place.source, plan, rows), plan, rows
    values, rows, broken = gather.hold(place.source, plan, rows, tally)
    skipped += broken
    if channels is None and len(rows):
        values = gather.narrowed(values)
        plan = plan.with_channels(values.shape[3])
    return Held(values), plan, rows


def labelled(place: Place, rows: Rows, skipped: Skipped) -> Rows:
    """The rows without those that lack a label where the others have one."""
    if place.labels is None:
        return rows
    lacking = place.labels.numbers[rows] < 0
    skipped += [(place.source.names[row], "no label") for row in rows[lacking]]
    return rows[~lacking]


def check(source: str, rows: Rows, skipped: Skipped, strict: bool) -> None:
    if strict and skipped:
        name, why = skipped[0]
        raise ValueError(f"{name} in {source}: {why} ({len(skipped):,} broken in all; strict stops at them)")
    if not len(rows):
        raise ValueError(f"none of the {len(skipped):,} pictures in {source} can be read: {listed(skipped)}")


def fingerprint(place: Place, rows: Rows, labels: Labels | None) -> str:
    """Changes when pictures, their selection or their labels do."""
    digest = hashlib.sha256(place.source.fingerprint().encode())
    digest.update(np.ascontiguousarray(rows).data)
    if labels:
        digest.update(labels.numbers.data)
    return digest.hexdigest()[:16]


def describe(
    source: str,
    place: Place,
    scan: Scan,
    plan: Plan,
    rows: Rows,
    labels: Labels | None,
    store: Store,
    skipped: Skipped,
) -> list[str]:
    """What to say aloud, a line each."""
    notes = [f"{len(rows):,} pictures in {source} ({place.source.kind})", *place.notes]
    if skipped:
        notes.append(f"{len(skipped):,} files skipped: {listed(skipped)}")
    notes.append(plan.describe(scan.shapes))
    kind = f"{plan.channels} channels ({KINDS[plan.channels]})" if plan.channels > 1 else "1 channel (grey)"
    notes.append(kind + (", 16 bits" if plan.deep else ""))
    if labels:
        counts = [f"{name} {count:,}" for name, count in labels.counts().items()]
        notes.append(f"{len(counts)} classes from {labels.origin}: {shortened(counts, 10)}")
    num_bytes = len(rows) * plan.num_bytes
    memory_note = "held in memory" if store.in_memory else "too large for the memory allowed: read as needed"
    notes.append(f"{memory_note} ({num_bytes / 1e6:,.1f} MB)")
    return notes


def listed(skipped: Skipped) -> str:
    return shortened([f"{name} ({why})" for name, why in skipped], 5)


def shortened(parts: Sequence[str], most: int) -> str:
    rest = len(parts) - most
    return ", ".join(parts[:most]) + (f" and {rest:,} more" if rest > 0 else "")
