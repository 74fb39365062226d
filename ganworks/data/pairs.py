"""Pictures of which each is there twice, before and after: matched by their names, and a few kept apart."""

from collections import Counter
from collections.abc import Sequence

import torch
from torch import Tensor

from ganworks.data.domains import Domains, selected
from ganworks.data.open import shortened
from ganworks.data.pictures import Pictures
from ganworks.data.sources import stem
from ganworks.data.stream import key

APART = 20  # one picture in so many is kept apart


def partners(first: Pictures, other: Pictures) -> tuple[Pictures, Pictures]:
    """Those pictures of both sets that have a partner of the same name, whatever the files end in; in one order."""
    rows = [rows_by_name(pictures) for pictures in (first, other)]
    common = sorted(rows[0].keys() & rows[1].keys())
    if not common:
        names = [next(iter(pictures.names)) for pictures in (first, other)]
        raise ValueError(
            f"no picture of {first.facts['source']} has a partner of the same name in {other.facts['source']} "
            f"(there are {names[0]} and {names[1]}); pairs need the same file names"
        )
    found = [
        selected(pictures, torch.tensor([of[name] for name in common]))
        for pictures, of in zip((first, other), rows, strict=True)
    ]
    lonely = sorted((rows[0].keys() | rows[1].keys()) - set(common))
    found[0].notes = [*first.notes, f"{len(common):,} pairs by file name"]
    found[1].notes = list(other.notes)
    if lonely:
        found[1].notes.append(f"left out, without a partner: {len(lonely):,} ({shortened(lonely, 5)})")
    return found[0], found[1]


def rows_by_name(pictures: Pictures) -> dict[str, int]:
    """ValueError for several files of a name."""
    stems = [stem(name) for name in pictures.names]
    if twice := [name for name, count in Counter(stems).items() if count > 1]:
        source = pictures.facts["source"]
        raise ValueError(f"{source} has several pictures named {shortened(twice, 3)}; pairs need one of each name")
    return {name: row for row, name in enumerate(stems)}


def with_apart(first: Pictures, other: Pictures) -> Domains:
    """Pairs to learn from, and those kept apart to look at; none if there are few."""
    is_apart = kept_apart(first.names)
    num = sum(is_apart)
    if not num:
        return Domains(first, other, paired=True)
    learnt, kept = (torch.tensor([row for row, is_kept in enumerate(is_apart) if is_kept == want]) for want in (0, 1))
    domains = Domains(*both(first, other, learnt), paired=True)
    domains.apart = Domains(*both(first, other, kept), paired=True)
    domains.notes = [*first.notes, *other.notes, f"kept apart, to see how it does on others: {num:,} of the pairs"]
    return domains


def kept_apart(names: Sequence[str]) -> list[bool]:
    """Which of so many pictures are kept apart: by its name alone, so that no other picture moves one across."""
    if len(names) < APART:
        return [False] * len(names)
    keys = [key("apart", stem(name)) for name in names]
    found = [number % APART == 0 for number in keys]
    return found if any(found) else [number == min(keys) for number in keys]


def both(first: Pictures, other: Pictures, rows: Tensor) -> tuple[Pictures, Pictures]:
    return selected(first, rows), selected(other, rows)
