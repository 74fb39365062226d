"""Two sets of pictures for systems that learn from two domains, and the stream that draws from both."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganworks.core import Batch
from ganworks.data.decode import Pixels
from ganworks.data.open import open_pictures
from ganworks.data.pictures import Decoded, Held, Pictures, Store
from ganworks.data.plan import Plan
from ganworks.data.stream import Stream, key
from ganworks.data.transforms import DERIVED
from ganworks.specs import Spec

SHARE = 0.125  # of the memory, for each of the two


class Domains:
    """Pictures of two domains: in a batch those of the first are "image" (and "label"), the others "other".

    Samples are judged by the first. paired: row i of one belongs to row i of the other; otherwise each domain is drawn
    in an order of its own.
    """

    def __init__(self, first: Pictures, other: Pictures, paired: bool = False):
        if paired and len(first) != len(other):
            has = [f"{pictures.facts['source']} has {len(pictures):,} pictures" for pictures in (first, other)]
            raise ValueError(f"{' and '.join(has)}; pairs need as many of each")
        self.first, self.other, self.paired = first, other, paired
        self.specs: dict[str, Spec] = first.specs | {"other": other.specs["image"]}
        self.notes = [*first.notes, *other.notes]

    def __len__(self) -> int:
        return len(self.first)

    def summary(self) -> dict[str, Any]:
        """That of the first, and under "other" that of the second."""
        return self.first.summary() | {"other": self.other.summary()}


class DomainStream(Stream):
    """Batches with an entry "other" besides; in pairs the rows, and how they are augmented, are those of the image."""

    def __init__(self, domains: Domains, batch: int, *, seed: int = 0, **settings: Any):
        super().__init__(domains.first, batch, seed=seed, **settings)
        self.second = Stream(domains.other, batch, seed=seed if domains.paired else key(seed, "other"), **settings)

    def __next__(self) -> Batch:
        other = next(self.second)["image"]
        return super().__next__() | {"other": other}

    def seek(self, position: int) -> None:
        super().seek(position)
        self.second.seek(position)


def stream_of(pictures: Pictures | Domains, batch: int, **settings: Any) -> Stream:
    """The stream for one set of pictures, or for two; settings as for `Stream`."""
    return (DomainStream if isinstance(pictures, Domains) else Stream)(pictures, batch, **settings)  # type: ignore[arg-type]


def open_domains(
    source: str | Path, other: str | Path, *, size: Any = None, channels: int | None = None, **settings: Any
) -> Domains:
    """Two sets, both of the size that the first is given or chosen; RGB if only one of them is grey or transparent.

    other: pictures; or one of `DERIVED`, which is done to half of the pictures of the first, whose other half remains:
    of no picture both versions are there. A folder of that name is given as a Path. Other settings as for
    `open_pictures`.
    """
    if isinstance(other, str) and other in DERIVED:  # whatever is in the folder where a run goes on
        return derived(open_pictures(source, size=size, channels=channels, **settings), other)
    opened: Callable[..., Pictures] = partial(open_pictures, memory_share=SHARE, **settings)
    first = opened(source, size=size, channels=channels)
    try:
        second = opened(other, size=first.plan.size, channels=channels)
    except ValueError as error:
        if Path(other).exists():
            raise
        raise ValueError(f"{error}; or made of half of the first: {', '.join(DERIVED)}") from error
    if first.plan.channels != second.plan.channels:
        both = ((source, first), (other, second))
        first, second = (
            each if each.plan.channels == 3 else opened(name, size=each.plan.size, channels=3) for name, each in both
        )
    return Domains(first, second)


def derived(pictures: Pictures, change: str) -> Domains:
    """Half of the pictures as they are, and the other half changed."""
    if len(pictures) < 2:
        raise ValueError(f"{pictures.facts['source']} has one picture, which cannot be halved for --other {change}")
    order = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(0))
    ours, theirs = (rows.sort().values for rows in order.chunk(2))
    assert not torch.isin(ours, theirs).any(), "a picture is in both domains"
    first, other = selected(pictures, ours), selected(pictures, theirs, change)
    first.notes = [*pictures.notes, f"halved: {len(ours):,} as they are, {len(theirs):,} others as {change}"]
    return Domains(first, other)


def selected(pictures: Pictures, rows: Tensor, change: str = "") -> Pictures:
    """Some of the pictures, with a change if one is named."""
    chosen, plan = rows.numpy(), pictures.plan
    if change:
        plan = Changed(**vars(plan), change=change)
    if isinstance(pictures.store, Held):
        values = pictures.store.values.numpy()[chosen]
        store: Store = Held(DERIVED[change](values) if change else values)
    else:
        assert isinstance(pictures.store, Decoded)
        store = Decoded(pictures.store.source, plan, pictures.store.rows[chosen])
    source, whole = pictures.facts["source"], pictures.facts["fingerprint"]
    facts = pictures.facts | {
        "source": f"{source} ({change})" if change else source,
        "count": len(rows),
        "fingerprint": f"{whole}-{change or 'rest'}",
    }
    labels = pictures.labels.of(chosen) if pictures.labels else None
    return Pictures(store, plan, labels, facts=facts, skipped=pictures.skipped, strict=pictures.strict)


@dataclass(frozen=True)
class Changed(Plan):
    """A plan with a change at its end, which a worker can be sent."""

    change: str = ""

    def apply(self, pixels: Pixels) -> Pixels:
        return DERIVED[self.change](super().apply(pixels))
