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
        self.orders: dict[int, Tensor] = {}
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
        self._position, self.ahead = position, None

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Batch:
        if not self.workers:
            fetched = self.pictures.store.fetch(self.rows_at(self._position))
        else:
            if self.ahead is None:
                self.ahead = self.read_ahead()
            fetched = next(self.ahead)
        if self.augment:  # moving pixels about is faster plane by plane
            fetched = fetched._replace(images=fetched.images.contiguous())
        batch = self.pictures.batch(fetched)
        batch["image"] = from_bytes(batch["image"], self.pictures.bits)
        if self.augment:
            generator = torch.Generator().manual_seed(key(self.seed, "augment", self._position))
            draws = torch.rand(self.batch, NUM_DRAWS, generator=generator)
            batch["image"] = self.augment(batch["image"], draws[self.part])
        self._position += self.batch
        return batch

    def rows_at(self, position: int) -> Tensor:
        """This rank's rows of the batch that starts at `position`."""
        num, first, last = len(self.pictures), position + self.part.start, position + self.part.stop
        pieces = []
        while first < last:
            epoch, start = divmod(first, num)
            stop = min(num, start + last - first)
            pieces.append(self.order(epoch)[start:stop])
            first += stop - start
        return torch.cat(pieces)

    def order(self, epoch: int) -> Tensor:
        """The permutation of an epoch; the last few are kept, as reading ahead alternates between two."""
        if epoch not in self.orders:
            while len(self.orders) > 2:
                self.orders.pop(next(iter(self.orders)))
            generator = torch.Generator().manual_seed(key(self.seed, "order", epoch))
            self.orders[epoch] = torch.randperm(len(self.pictures), generator=generator)
        return self.orders[epoch]

    def read_ahead(self) -> Iterator[Fetched]:
        """What workers fetch from the present position on, in order."""
        loader = DataLoader(
            Fetches(self.pictures.store),
            batch_size=None,  # a sample of the data set is a whole batch
            sampler=RowsFrom(self, self._position),
            num_workers=self.workers,
            prefetch_factor=4,
            collate_fn=unchanged,
            worker_init_fn=ignore_interrupts,
            generator=torch.Generator(),  # otherwise it would draw from the global numbers that training uses
        )
        return iter(loader)


class Fetches(Dataset[Fetched]):
    """A store as DataLoader wants it: indexed by the rows of a batch."""

    def __init__(self, store: Store):
        self.store = store

    def __getitem__(self, rows: Tensor) -> Fetched:
        return self.store.fetch(rows)


class RowsFrom:
    """The rows of one batch after another, from a position on."""

    def __init__(self, stream: Stream, position: int):
        self.stream, self.position = stream, position

    def __iter__(self) -> Iterator[Tensor]:
        position = self.position
        while True:
            yield self.stream.rows_at(position)
            position += self.stream.batch


def unchanged(fetched: T) -> T:
    return fetched


def ignore_interrupts(worker: int) -> None:
    """Ctrl-C is for the process that trains: it still needs batches to finish its step."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def default_workers(store: Store) -> int:
    """None for memory, nor for arrays mapped from a file: only decoding is worth a process."""
    if isinstance(store, Decoded) and not isinstance(store.source, Array):
        return min(MOST_WORKERS, num_processors())
    return 0


def key(*parts: int | str) -> int:
    """A seed for a generator: the same for the same parts, unrelated for others."""
    digest = hashlib.blake2b(repr(parts).encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") >> 1
