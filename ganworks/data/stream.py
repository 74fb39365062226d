"""The endless stream of batches: its order is a function of seed and position alone."""

import hashlib
import signal
from collections.abc import Iterator
from typing import Self, TypeVar

import torch
from torch import Tensor
from torch.utils.data import DataLoader, Dataset

from ganworks.core import Batch
from ganworks.data.arrays import Array
from ganworks.data.augment import NUM_DRAWS, Augment
from ganworks.data.gather import num_processors
from ganworks.data.pictures import Decoded, Fetched, Pictures, Store
from ganworks.data.write import from_bytes

T = TypeVar("T")
MOST_WORKERS = 8


class Stream:
    """Batches without end: {"image": (batch / world, C, H, W) float32 in [-1, 1], "label": (batch / world,)}.

    Every epoch is a new permutation; batches run across its end. With several ranks each gets a
    contiguous part of the same batch, augmentation included, so that they agree with one process.
    seed: of the order and of the augmentation.
    workers: processes that decode ahead; as many as there are processors for files, 0 for pictures in memory.
    """

    def __init__(
        self,
        pictures: Pictures,
        batch: int,
        *,
        seed: int = 0,
        augment: Augment | None = None,
        workers: int | None = None,
        rank: int = 0,
        world: int = 1,
    ):
        if batch < 1 or batch % world:
            raise ValueError(f"batch: {batch} was given; a positive multiple of the {world} processes expected")
        if workers is not None and workers < 0:
            raise ValueError(f"workers: {workers} was given; 0 or more expected")
        assert 0 <= rank < world, f"rank {rank} of {world}"
        self.pictures, self.batch, self.seed = pictures, batch, seed
        self.augment = augment if augment and augment.active else None
        self.workers = default_workers(pictures.store) if workers is None else workers
        self.part = slice(rank * batch // world, (rank + 1) * batch // world)
        self.order = Order(len(pictures), seed)
        self.ahead: Iterator[Fetched] | None = None
        self._position = 0

    @property
    def position(self) -> int:
        """Pictures consumed by all ranks together since the start."""
        return self._position

    @position.setter
    def position(self, position: int) -> None:
        self.seek(position)

    def seek(self, position: int) -> None:
        """Go on from here, as if everything before had been read."""
        assert position >= 0
        self._position = position
        self.close()

    def close(self) -> None:
        """End the workers; the next batch starts new ones."""
        self.ahead = None

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Batch:
        return self.finish(self.fetch())

    def fetch(self) -> Fetched:
        """The raw pictures of the next batch."""
        if not self.workers:
            return self.pictures.store.fetch(self.order.rows(self._position, self.part))
        if self.ahead is None:
            self.ahead = self.read_ahead()
        return next(self.ahead)

    def finish(self, fetched: Fetched) -> Batch:
        """The batch of these, with which the stream has moved on."""
        if self.augment:  # moving pixels about is faster plane by plane
            fetched = fetched._replace(images=fetched.images.contiguous())
        try:
            batch = self.pictures.batch(fetched)
        except ValueError:  # a broken file, and strict
            self.close()
            raise
        batch["image"] = from_bytes(batch["image"], self.pictures.bits)
        if self.augment:
            generator = torch.Generator().manual_seed(key(self.seed, "augment", self._position))
            draws = torch.rand(self.batch, NUM_DRAWS, generator=generator)
            batch["image"] = self.augment(batch["image"], draws[self.part])
        self._position += self.batch
        return batch

    def read_ahead(self) -> Iterator[Fetched]:
        """What workers fetch from the present position on, in order."""
        loader = DataLoader(
            Fetches(self.pictures.store),
            batch_size=None,  # a sample of the data set is a whole batch
            # It must not refer to this stream: a cycle would be collected in an order that leaves workers hanging.
            sampler=RowsFrom(self.order, self._position, self.batch, self.part),
            num_workers=self.workers,
            prefetch_factor=4,
            collate_fn=unchanged,
            worker_init_fn=ignore_interrupts,
            generator=torch.Generator(),  # otherwise it would draw from the global numbers that training uses
        )
        return iter(loader)


class Order:
    """Which picture comes when: one permutation of `num` after another, each from the seed and its epoch."""

    def __init__(self, num: int, seed: int):
        self.num, self.seed = num, seed
        self.epochs: dict[int, Tensor] = {}

    def rows(self, position: int, part: slice) -> Tensor:
        """The rows of a part of the batch that starts at `position`."""
        first, last = position + part.start, position + part.stop
        pieces = []
        while first < last:
            epoch, start = divmod(first, self.num)
            stop = min(self.num, start + last - first)
            pieces.append(self.epoch(epoch)[start:stop])
            first += stop - start
        return torch.cat(pieces)

    def epoch(self, epoch: int) -> Tensor:
        """The permutation of an epoch; the last few are kept, as batches run across."""
        if epoch not in self.epochs:
            while len(self.epochs) > 2:
                self.epochs.pop(next(iter(self.epochs)))
            generator = torch.Generator().manual_seed(key(self.seed, "order", epoch))
            self.epochs[epoch] = torch.randperm(self.num, generator=generator)
        return self.epochs[epoch]


class Fetches(Dataset[Fetched]):
    """A store as DataLoader wants it: indexed by the rows of a batch."""

    def __init__(self, store: Store):
        self.store = store

    def __getitem__(self, rows: Tensor) -> Fetched:
        return self.store.fetch(rows)


class RowsFrom:
    """The rows of a part of one batch after another, from a position on."""

    def __init__(self, order: Order, position: int, batch: int, part: slice):
        self.order, self.position, self.batch, self.part = order, position, batch, part

    def __iter__(self) -> Iterator[Tensor]:
        position = self.position
        while True:
            yield self.order.rows(position, self.part)
            position += self.batch


def unchanged(fetched: T) -> T:
    return fetched


def ignore_interrupts(worker: int) -> None:
    """Ctrl-C is for the process that trains: it still needs batches to finish its step."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def default_workers(store: Store) -> int:
    """None for memory, nor for arrays mapped from a file: only decoding is worth a process."""
    if store.in_memory or (isinstance(store, Decoded) and isinstance(store.source, Array)):
        return 0
    return min(MOST_WORKERS, num_processors())


def key(*parts: int | str) -> int:
    """A seed for a generator: the same for the same parts, unrelated for others."""
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
