"""Opens pictures: finds them, chooses size and channels, and holds them in memory if they fit."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
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
from ganworks.data.sources import Half

# Room for a copy with fewer channels, if the pictures held turn out to be grey or opaque.
ROOM = {1: 1.0, 3: 4 / 3, 4: 7 / 4}
LIMIT, LIMIT_CUDA = 64, 256  # the shorter side that larger pictures are scaled to
KINDS = {1: "1 channel (grey)", 3: "3 channels (RGB)", 4: "4 channels (RGBA)"}


def open_pictures(
    source: str | Path,
    *,
    size: int | tuple[int, int] | None = None,
    channels: int | None = None,
    fit: Literal["crop", "stretch"] = "crop",
    strict: bool = False,
    memory_share: float = 0.25,
    progress: Progress | None = None,
    half: str | None = None,
) -> Pictures:
    """Open pictures, all brought to one size and kind.

    source: folder, .zip, .tar(.gz), idx(.gz), .npy, .npz, fashion_mnist_10k, or a torchvision data set such as cifar10
    size: (height, width) or the side of a square; chosen from the data if not given
    channels: 1 grey, 3 RGB, 4 RGBA; chosen from the data if not given
    fit: crop cuts the centre to the wanted shape, stretch changes the shape
    strict: stop at a broken file instead of skipping it
    memory_share: share of the available memory that pictures may take; larger sets are read as needed
    progress: called with (steps done, steps in all)
    half: "left" or "right", of files that hold two pictures side by side
    """
    if channels not in (None, 1, 3, 4):
        raise ValueError(f"channels: {channels} was given; 1 (grey), 3 (RGB) or 4 (RGBA) expected")
    if fit not in ("crop", "stretch"):
        raise ValueError(f"fit: '{fit}' was given; crop or stretch expected")
    wanted = None if size is None else parse_size(size)
    budget = memory.budget(memory_share)
    place = locate(str(source), budget)
    if half:
        place = place._replace(source=Half(place.source, half))
    tally = Tally(progress, 2 * len(place.source.names))
    scan = gather.scan(place.source, tally)
    opening = Opening(str(source), place, scan, scan.rows, scan.broken, channels)
    opening.drop_unlabelled()
    opening.check(strict)
    height, width = wanted or choose_size(scan.shapes, LIMIT_CUDA if torch.cuda.is_available() else LIMIT)
    plan = Plan(height, width, channels or scan.most_channels, scan.deep, fit)
    room = 1.0 if channels else ROOM[plan.channels]
    if len(opening.rows) * plan.num_bytes * room <= budget:
        store, plan = opening.hold(plan, tally)
        opening.check(strict)
    else:
        store, plan = opening.leave(plan)
    tally.finish()
    return opening.pictures(store, plan, strict)


@dataclass
class Opening:
    """What is known so far: the place, its headers, the rows still in use and the files given up."""

    name: str
    place: Place
    scan: Scan
    rows: Rows
    skipped: list[tuple[str, str]]
    channels: int | None  # as asked for

    def drop_unlabelled(self) -> None:
        """Leave out the pictures that lack a label where most have one."""
        if self.place.labels is not None:
            lacking = self.place.labels.numbers[self.rows] < 0
            self.skipped += [(self.place.source.names[row], "no label") for row in self.rows[lacking]]
            self.rows = self.rows[~lacking]

    def check(self, strict: bool) -> None:
        if strict and self.skipped:
            name, why = self.skipped[0]
            raise ValueError(f"{name} in {self.name}: {why} ({len(self.skipped):,} in all; strict stops at them)")
        if not len(self.rows):
            raise ValueError(f"no picture in {self.name} can be read, of {len(self.skipped):,}: {listed(self.skipped)}")

    def hold(self, plan: Plan, tally: Tally) -> tuple[Store, Plan]:
        """All pictures in memory, and the plan with the channels that they turned out to need."""
        values, self.rows, broken = gather.hold(self.place.source, plan, self.rows, tally)
        self.skipped += broken
        if self.channels is None and len(self.rows):
            values = gather.narrowed(values)
        return Held(values), plan.with_channels(values.shape[3])

    def leave(self, plan: Plan) -> tuple[Store, Plan]:
        """The pictures where they are, and the plan with the channels that a sample of them needs."""
        plan = plan.with_channels(self.channels or gather.look(self.place.source, plan, self.scan))
        return Decoded(self.place.source, plan, self.rows), plan

    def pictures(self, store: Store, plan: Plan, strict: bool) -> Pictures:
        labels = self.place.labels.of(self.rows) if self.place.labels else None
        facts = {
            "source": self.name,
            "kind": self.place.source.kind,
            "count": len(self.rows),
            "fingerprint": self.fingerprint(labels),
        }
        return Pictures(
            store,
            plan,
            labels,
            facts=facts,
            names=[self.place.source.names[row] for row in self.rows],
            notes=self.notes(store, plan, labels),
            skipped=self.skipped,
            strict=strict,
        )

    def fingerprint(self, labels: Labels | None) -> str:
        """Changes when pictures, their selection or their labels do."""
        digest = hashlib.sha256(self.place.source.fingerprint().encode())
        digest.update(np.ascontiguousarray(self.rows).data)
        if labels:
            digest.update(np.ascontiguousarray(labels.numbers).data)
        return digest.hexdigest()[:16]

    def notes(self, store: Store, plan: Plan, labels: Labels | None) -> list[str]:
        """What to say aloud, a line each."""
        notes = [f"{len(self.rows):,} pictures in {self.name} ({self.place.source.kind})", *self.place.notes]
        if self.skipped:
            total = len(self.rows) + len(self.skipped)
            notes.append(f"skipped {len(self.skipped):,} of {total:,}: {listed(self.skipped)}")
        notes.append(plan.describe(self.scan.shapes))
        notes.append(KINDS[plan.channels] + (", 16 bits" if plan.deep else ""))
        if self.scan.most_channels == 4 and plan.channels == 4:
            notes[-1] += ": some pictures are partly transparent"
        elif self.scan.most_channels == 4 and self.channels:
            notes.append("transparent parts, if any, become white")
        if labels:
            counts = [f"{name} {count:,}" for name, count in labels.counts().items()]
            notes.append(f"{len(counts)} classes from {labels.origin}: {shortened(counts, 10)}")
        kept = "held in memory" if store.in_memory else "too large for the memory allowed: read as needed"
        notes.append(f"{kept} ({len(self.rows) * plan.num_bytes / 1e6:,.1f} MB)")
        return notes


def listed(skipped: list[tuple[str, str]]) -> str:
    return shortened([f"{name} ({why})" for name, why in skipped], 5)


def shortened(parts: Sequence[str], most: int) -> str:
    rest = len(parts) - most
    return ", ".join(parts[:most]) + (f" and {rest:,} more" if rest > 0 else "")
