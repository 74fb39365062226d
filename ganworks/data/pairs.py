"""Pictures of which each is there twice, before and after: matched by their names, and a few kept apart."""

from collections import Counter

import torch
from torch import Tensor

from ganworks.data.domains import Domains, selected
from ganworks.data.open import shortened
from ganworks.data.pictures import Pictures
from ganworks.data.sources import stem

APART, MOST_APART = 20, 64  # one pair in 20 is kept apart, but no more than so many


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
    num = num_apart(len(first))
    if not num:
        return Domains(first, other, paired=True)
    order = torch.randperm(len(first), generator=torch.Generator().manual_seed(0))
    kept, learnt = (rows.sort().values for rows in (order[:num], order[num:]))
    domains = Domains(*both(first, other, learnt), paired=True)
    domains.apart = Domains(*both(first, other, kept), paired=True)
    domains.notes = [*first.notes, *other.notes, f"kept apart, to see how it does on others: {num} of the pairs"]
    return domains


def num_apart(num: int) -> int:
    """How many of so many are kept apart."""
    return min(num // APART, MOST_APART)


def both(first: Pictures, other: Pictures, rows: Tensor) -> tuple[Pictures, Pictures]:
    return selected(first, rows), selected(other, rows)
