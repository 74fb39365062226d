"""A side of a judgement: 8-bit pictures by place, whether they lie in a set or are made by a system."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import torch
from torch import Tensor

from ganworks import data
from ganworks.core import Batch
from ganworks.data import Pictures

BATCH = 128  # pictures read, or samples made, together


@dataclass(frozen=True)
class Side:
    """Pictures by place, as they would be saved.

    read: places (n,) from 0 to count - 1 -> (n, C, H, W) uint8. facts: where they come from, JSON-able.
    is_data: the same pictures tomorrow, so that what is found out about them may be kept on disk.
    bits: of a system that knows likelihoods: pictures (n, C, H, W) uint8 -> bits per dimension (n,).
    """

    name: str
    count: int
    shape: tuple[int, int, int]
    facts: dict[str, Any]
    read: Callable[[Tensor], Tensor]
    is_data: bool
    bits: Callable[[Tensor], Tensor] | None = None


class Sample(Protocol):
    """`num` new outputs of a system, the same for the same seed."""

    def __call__(self, num: int, seed: int | None = None) -> Batch: ...


def of_samples(
    name: str,
    sample: Sample,
    shape: tuple[int, int, int],
    *,
    count: int,
    seed: int,
    facts: dict[str, Any] | None = None,
) -> Side:
    """`count` samples; the first ones are the same, however many there are."""
    facts = (facts or {}) | {"count": count, "seed": seed}
    return Side(name, count, shape, facts, partial(made, sample, seed), False)


def made(sample: Sample, seed: int, places: Tensor) -> Tensor:
    """A place is a batch, which has a seed of its own, and a row in it: any of them can be made again."""
    pictures: dict[int, Tensor] = {}
    for batch in (places // BATCH).unique().tolist():
        images = data.to_bytes(sample(BATCH, seed=seed * 1_000_003 + batch)["image"])
        for position in (places // BATCH == batch).nonzero().flatten().tolist():
            pictures[position] = images[places[position] % BATCH].clone()  # a view would keep the whole batch
    return torch.stack([pictures[position] for position in range(len(places))])


def of_set(name: str, pictures: Pictures | Tensor, count: int, seed: int) -> Side:
    """All pictures of a set in their order, or `count` of them, chosen by the seed."""
    total = len(pictures)
    if count == total:
        rows = torch.arange(total)
    else:
        rows = torch.randperm(total, generator=torch.Generator().manual_seed(seed))[:count].sort().values
    facts = {
        "source": name,
        "kind": "memory" if isinstance(pictures, Tensor) else pictures.facts["kind"],
        "fit": "none" if isinstance(pictures, Tensor) else pictures.plan.fit,
        "count": count,
        "total": total,
        "selection": "all" if count == total else f"{count:,} of {total:,} by seed {seed}",
    }
    if isinstance(pictures, Tensor):
        channels, height, width = pictures.shape[1:]
    else:
        channels, height, width = pictures.specs["image"].shape
    return Side(
        name, count, (channels, height, width), facts, partial(stored, pictures, rows), not isinstance(pictures, Tensor)
    )


def stored(pictures: Pictures | Tensor, rows: Tensor, places: Tensor) -> Tensor:
    if isinstance(pictures, Tensor):
        return pictures[rows[places]]
    images = pictures.read(rows[places])["image"]
    return images if pictures.bits == 8 else data.to_bytes(data.from_bytes(images, pictures.bits))
