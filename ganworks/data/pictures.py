"""Pictures that can be read by number, from memory or from where they lie."""

import warnings
from collections.abc import Sequence
from typing import Any, NamedTuple, Protocol

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ganworks.core import Batch
from ganworks.data.decode import Broken, Pixels
from ganworks.data.labels import Labels
from ganworks.data.plan import Plan
from ganworks.data.sources import Source
from ganworks.data.write import from_bytes
from ganworks.specs import Image, Label, Spec

Rows = npt.NDArray[np.int64]


class Fetched(NamedTuple):
    """What a store gave: raw pictures (N, C, H, W), which rows they are, files that turned out broken, and more."""

    images: Tensor
    rows: Tensor
    broken: list[tuple[str, str]]
    others: Batch | None = None


class Store(Protocol):
    """Pictures of one size by number. Plain data, so that a copy can go to a worker process."""

    in_memory: bool

    def fetch(self, indices: Tensor) -> Fetched: ...


class Held:
    """Pictures in memory, (N, H, W, C), so that a batch of them is channels-last without a copy."""

    in_memory = True

    def __init__(self, values: Pixels):
        self.values = torch.from_numpy(np.require(values, requirements=["C", "W"]))

    def fetch(self, indices: Tensor) -> Fetched:
        return Fetched(self.values.index_select(0, indices).permute(0, 3, 1, 2), indices, [])


class Decoded:
    """Pictures decoded from their source each time.

    One that turns out broken is replaced by the next readable one, so that the result depends on nothing else.
    """

    in_memory = False

    def __init__(self, source: Source, plan: Plan, rows: Rows):
        self.source, self.plan, self.rows = source, plan, rows

    def fetch(self, indices: Tensor) -> Fetched:
        images, used, broken = [], [], []
        for index in indices.tolist():
            for candidate in range(index, index + len(self.rows)):
                row = int(self.rows[candidate % len(self.rows)])
                try:
                    images.append(self.plan.apply(self.source.pixels(row, self.plan.near)))
                except Broken as error:
                    broken.append((self.source.names[row], str(error)))
                    continue
                used.append(candidate % len(self.rows))
                break
            else:
                raise ValueError("none of the pictures can be read any more")
        stacked = torch.from_numpy(np.stack(images))
        return Fetched(stacked.permute(0, 3, 1, 2), torch.tensor(used), broken)


class Pictures:
    """A set of pictures of one size, with or without classes; made by `open_pictures`.

    specs: {"image": Image, "label": Label if there are classes}.
    notes: lines to show the user: what was found, skipped, resized, and where it is kept.
    skipped: (file, reason) of the files that could not be read.
    facts: source, kind, count and fingerprint, for the summary. names: of the files, one
    each, as far as they are known.
    """

    def __init__(
        self,
        store: Store,
        plan: Plan,
        labels: Labels | None,
        *,
        facts: dict[str, Any],
        names: Sequence[str] = (),
        notes: Sequence[str] = (),
        skipped: Sequence[tuple[str, str]] = (),
        strict: bool = False,
    ):
        self.store, self.labels, self.names = store, labels, names
        self.notes, self.skipped = list(notes), list(skipped)
        self.bits = 16 if plan.deep else 8
        self.plan, self.facts, self.strict = plan, facts, strict
        self.specs: dict[str, Spec] = {"image": Image(plan.channels, plan.height, plan.width)}
        if labels is not None:
            self.specs["label"] = Label(len(labels.names), labels.names)
            self.numbers = torch.from_numpy(labels.numbers)

    def __len__(self) -> int:
        return int(self.facts["count"])

    @property
    def in_memory(self) -> bool:
        return self.store.in_memory

    def examples(self, num: int) -> Batch:
        """Pictures of `num` of them in [-1, 1], of all classes; again and again if there are fewer."""
        count = int(self.facts["count"])
        order = torch.randperm(count, generator=torch.Generator().manual_seed(0))
        found = self.read(order[torch.arange(num) % count])
        return {name: from_bytes(found[name], self.bits) for name in ("image", "other") if name in found}

    def read(self, indices: Tensor) -> Batch:
        """{"image": (N, C, H, W) uint8, or int32 from 0 to 65535 for 16 bits, "label": (N,) int64} on the CPU."""
        return self.batch(self.store.fetch(indices))

    def batch(self, fetched: Fetched) -> Batch:
        """The entries for what the store gave; warns of each newly broken file, or stops if strict."""
        for name, why in fetched.broken:
            if self.strict:
                raise ValueError(f"{name}: {why}")
            if (name, why) not in self.skipped:
                self.skipped.append((name, why))
                warnings.warn(f"{name}: {why}; the next picture is used in its place", stacklevel=2)
        batch = {"image": fetched.images if self.bits == 8 else fetched.images.to(torch.int32)}
        if self.labels is not None:
            batch["label"] = self.numbers[fetched.rows]
        return batch

    def summary(self) -> dict[str, Any]:
        """What is known about the set, for `run.json` and reports."""
        return self.facts | {
            "size": list(self.plan.size),
            "channels": self.plan.channels,
            "bits": self.bits,
            "fit": self.plan.fit,
            "classes": self.labels.counts() if self.labels else {},
            "num_skipped": len(self.skipped),
            "skipped": [{"name": name, "reason": why} for name, why in self.skipped[:100]],
            "in_memory": self.in_memory,
        }
