"""Patches of photographs in full resolution, each with a degraded version, cut anew each time."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from ganworks.core import Batch
from ganworks.data.augment import Augment
from ganworks.data.cut import Cut
from ganworks.data.decode import Broken, Pixels
from ganworks.data.gather import num_processors
from ganworks.data.pictures import Fetched, Pictures, Rows
from ganworks.data.plan import Plan
from ganworks.data.sources import Source
from ganworks.data.stream import MOST_WORKERS, Order, Stream, key
from ganworks.data.write import from_bytes
from ganworks.specs import Image


class Uncut:
    """Whole pictures, held in memory or decoded each time, that patches are cut from.

    given: a source and rows in it, if there is a version of each picture.
    """

    def __init__(
        self,
        cut: Cut,
        source: Source,
        rows: Rows,
        given: tuple[Source, Rows] | None = None,
        held: list[tuple[Tensor, ...]] | None = None,
    ):
        self.cut, self.source, self.rows, self.given, self.held = cut, source, rows, given, held
        self.in_memory = held is not None

    def some(self, places: list[int]) -> "Uncut":
        """Those at some places only."""
        given = self.given and (self.given[0], self.given[1][places])
        held = None if self.held is None else [self.held[place] for place in places]
        return Uncut(self.cut, self.source, self.rows[places], given, held)

    def pictures(self, index: int) -> tuple[Pixels, ...]:
        """One of the pictures, (H, W, C) uint8, and its version if it is given. Raises Broken."""
        if self.held is not None:
            return tuple(each.numpy() for each in self.held[index])
        sources = [(self.source, self.rows), *([self.given] if self.given else [])]
        return self.cut.ready(*(source.pixels(int(rows[index])) for source, rows in sources))

    def fetch(self, indices: Tensor) -> Fetched:
        """indices: (N, 2), of each patch the picture and the seed."""
        images, others, used = [], [], []
        broken: list[tuple[str, str]] = []
        asked, row = -1, -1
        pictures: tuple[Pixels, ...] = ()
        for index, seed in indices.tolist():
            if index != asked:  # several patches in turn may be of one picture
                asked = index
                row, pictures = self.next_readable(index, broken)
            image, entries = self.cut(pictures, np.random.default_rng(seed))
            images.append(image)
            others.append(entries)
            used.append(row)
        more = {name: stacked([entries[name] for entries in others]) for name in others[0]}
        return Fetched(stacked(images), torch.tensor(used), broken, more)

    def next_readable(self, index: int, broken: list[tuple[str, str]]) -> tuple[int, tuple[Pixels, ...]]:
        """The picture, or the next one if it is broken, so that the result depends on nothing else."""
        for candidate in range(index, index + len(self.rows)):
            row = candidate % len(self.rows)
            try:
                return row, self.pictures(row)
            except Broken as error:
                broken.append((self.source.names[int(self.rows[row])], str(error)))
        raise ValueError("none of the pictures can be read any more")


def stacked(arrays: Sequence[npt.NDArray[Any]]) -> Tensor:
    """(N, C, H, W) from (H, W, C) each."""
    return torch.from_numpy(np.stack(arrays)).permute(0, 3, 1, 2)


class Patches(Pictures):
    """Patches "image" and their degraded versions "other", P / scale a side; made by `open_patches`.

    For haze "transmission" (1, P / scale, P / scale) and "airlight" (C, 1, 1) besides, from [0, 1] brought to [-1, 1]:
    other = image * t + airlight * (1 - t) holds there too, with t = (transmission + 1) / 2.
    apart: those of the pictures that are kept for evaluation.
    """

    def __init__(self, store: Uncut, *, per_picture: int = 1, apart: "Patches | None" = None, **facts: Any):
        cut = store.cut
        super().__init__(store, Plan(cut.patch, cut.patch, cut.channels, fit="patch"), None, **facts)
        self.cut, self.uncut, self.per_picture, self.apart = cut, store, per_picture, apart
        shapes = {"other": (cut.channels, cut.small, cut.small), "transmission": (1, cut.small, cut.small)}
        shapes["airlight"] = (min(3, cut.channels), 1, 1)
        entries = cut.degrade.kind.entries if cut.degrade else ()
        self.specs |= {name: Image(*shapes[name]) for name in ("other", *entries)}

    def __len__(self) -> int:
        """Patches in an epoch."""
        return super().__len__() * self.per_picture

    def whole(self, index: int) -> Pixels:
        """A picture in full resolution, (H, W, C) uint8; its name is `names[index]`."""
        return self.uncut.pictures(index)[0]

    def read(self, indices: Tensor) -> Batch:
        """One patch of each of these pictures, always the same; the entries are bytes but for haze's floats."""
        return self.batch(self.store.fetch(torch.stack([indices, indices], 1)))

    def examples(self, num: int) -> Batch:
        """Patches, each of a place of its own, of those kept apart if there are any."""
        chosen, seeds = self.apart or self, torch.arange(num)
        rows = (seeds % int(chosen.facts["count"])).sort().values  # so that each photograph is read once
        found = chosen.batch(chosen.store.fetch(torch.stack([rows, seeds], 1)))
        return {name: from_bytes(found[name]) for name in ("image", "other")}

    def batch(self, fetched: Fetched) -> Batch:
        return super().batch(fetched) | (fetched.others or {})

    def summary(self) -> dict[str, Any]:
        more = {"scale": self.cut.scale, "degrade": str(self.cut.degrade or "given"), "per_picture": self.per_picture}
        return super().summary() | more | ({"apart": list(self.apart.names)} if self.apart else {})


class PatchStream(Stream):
    """Batches {"image": (batch / world, C, P, P), "other": (batch / world, C, P / scale, P / scale)} in [-1, 1].

    A patch, and what is done to it, is a function of the seed and its place in the stream alone. Every epoch is a new
    permutation of the pictures, each with `per_picture` patches in a row.
    workers: processes that cut ahead; none for pictures in memory, unless degrading them takes long.
    """

    def __init__(
        self,
        patches: Patches,
        batch: int,
        *,
        seed: int = 0,
        augment: Augment | None = None,
        workers: int | None = None,
        rank: int = 0,
        world: int = 1,
    ):
        if augment and augment not in (Augment(), Augment(flip=True)):
            raise ValueError(
                "patches are flipped and turned as it is; leave out --rotate, --colour, --light and the like"
            )
        if workers is None and patches.cut.degrade and patches.cut.degrade.kind.slow:
            workers = min(MOST_WORKERS, num_processors())
        super().__init__(patches, batch, seed=seed, workers=workers, rank=rank, world=world)
        self.order = Places(len(patches) // patches.per_picture, patches.per_picture, seed)

    def __next__(self) -> Batch:
        batch = super().__next__()
        batch["other"] = from_bytes(batch["other"])
        for name in batch.keys() - {"image", "other"}:
            batch[name] = 2 * batch[name] - 1
        return batch


class Places(Order):
    """Which picture comes when, and the seed of the patch: (N, 2)."""

    def __init__(self, num: int, per_picture: int, seed: int):
        super().__init__(num, seed)
        self.per_picture = per_picture

    def rows(self, position: int, part: slice) -> Tensor:
        first, last = position + part.start, position + part.stop
        begin, end = first // self.per_picture, -(-last // self.per_picture)
        pictures = super().rows(begin, slice(0, end - begin)).repeat_interleave(self.per_picture)
        seeds = torch.tensor([key(self.seed, "patch", place) for place in range(first, last)])
        skipped = first - begin * self.per_picture
        return torch.stack([pictures[skipped : skipped + last - first], seeds], 1)
