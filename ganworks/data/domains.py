"""Two sets of pictures for systems that learn from two domains, and the stream that draws from both."""

from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from ganworks.core import Batch
from ganworks.data.decode import Pixels
from ganworks.data.patches import Patches, PatchStream
from ganworks.data.pictures import Decoded, Fetched, Held, Pictures, Store
from ganworks.data.plan import Plan
from ganworks.data.stream import Stream, key
from ganworks.data.transforms import DERIVED
from ganworks.data.write import from_bytes
from ganworks.specs import Spec

OTHERS = {"image": "other", "label": "other_label"}  # what the entries of the second are called


class Domains:
    """Pictures of two domains: in a batch those of the first are "image", the others "other"; with labels if any.

    Samples are judged by the first. paired: row i of one belongs to row i of the other; otherwise each domain is drawn
    in an order of its own. apart: a few pairs that are not among these, to look at.
    """

    apart: "Domains | None" = None

    def __init__(self, first: Pictures, other: Pictures, paired: bool = False):
        if paired and len(first) != len(other):
            has = [f"{pictures.facts['source']} has {len(pictures):,} pictures" for pictures in (first, other)]
            raise ValueError(f"{' and '.join(has)}; pairs need as many of each")
        self.first, self.other, self.paired = first, other, paired
        self.specs: dict[str, Spec] = first.specs | {OTHERS[name]: spec for name, spec in other.specs.items()}
        self.notes = [*first.notes, *other.notes]

    def __len__(self) -> int:
        return len(self.first)

    def examples(self, num: int) -> Batch:
        """The first `num` of those kept apart, if there are any, else of all; again and again if there are fewer."""
        chosen = self.apart or self
        both = (chosen.first, chosen.other)
        raw = [pictures.store.fetch(torch.arange(num) % len(pictures)) for pictures in both]
        each = zip(("image", "other"), both, chosen.agreed(raw[0], raw[1]), strict=True)
        return {name: from_bytes(pictures.batch(of)["image"], pictures.bits) for name, pictures, of in each}

    def agreed(self, ours: Fetched, theirs: Fetched) -> tuple[Fetched, Fetched]:
        """Of pairs the same rows of both: where a broken file of one was passed over, so is its partner."""
        for _ in range(len(self)):
            if not self.paired or torch.equal(ours.rows, theirs.rows):
                return ours, theirs
            ours = passed_over(ours, self.first.store.fetch(theirs.rows))
            theirs = passed_over(theirs, self.other.store.fetch(ours.rows))
        raise ValueError("none of the pairs can be read any more")

    def summary(self) -> dict[str, Any]:
        """That of the first, and under "other" that of the second; of pairs also the names of those kept apart."""
        apart = {"apart": list(self.apart.first.names)} if self.apart else {}
        return self.first.summary() | {"other": self.other.summary()} | apart


class DomainStream(Stream):
    """Batches with "other" besides, and "other_label" if it has classes.

    In pairs the rows, and how they are augmented, are those of the image.
    """

    def __init__(self, domains: Domains, batch: int, *, seed: int = 0, **settings: Any):
        super().__init__(domains.first, batch, seed=seed, **settings)
        self.domains = domains
        self.second = Stream(domains.other, batch, seed=seed if domains.paired else key(seed, "other"), **settings)

    def __next__(self) -> Batch:
        ours, theirs = self.domains.agreed(self.fetch(), self.second.fetch())
        others = self.second.finish(theirs)
        return self.finish(ours) | {OTHERS[name]: value for name, value in others.items()}

    def close(self) -> None:
        super().close()
        self.second.close()

    def seek(self, position: int) -> None:
        super().seek(position)
        self.second.seek(position)


def passed_over(before: Fetched, now: Fetched) -> Fetched:
    """What was fetched at last, with all that turned out broken."""
    return now._replace(broken=[*before.broken, *now.broken])


def stream_of(pictures: Pictures | Domains, batch: int, **settings: Any) -> Stream:
    """The stream for one set of pictures, or for two, or for patches; settings as for `Stream`."""
    if isinstance(pictures, Patches):
        return PatchStream(pictures, batch, **settings)
    return (DomainStream if isinstance(pictures, Domains) else Stream)(pictures, batch, **settings)  # type: ignore[arg-type]


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
        "fingerprint": f"{whole}-{change or 'of'}-{key(*rows.tolist()):x}",
    }
    labels = pictures.labels.of(chosen) if pictures.labels else None
    names = [pictures.names[row] for row in chosen]
    return Pictures(store, plan, labels, facts=facts, names=names, skipped=pictures.skipped, strict=pictures.strict)


@dataclass(frozen=True)
class Changed(Plan):
    """A plan with a change at its end, which a worker can be sent."""

    change: str = ""

    def apply(self, pixels: Pixels) -> Pixels:
        return DERIVED[self.change](super().apply(pixels))
