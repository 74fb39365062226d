"""Sides -> features -> metrics -> results."""

import hashlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from ganworks.api import Model
from ganworks.judge.choice import chosen, measured
from ganworks.judge.gathered import Gathered, Progress, content_of, extract, gather, kept_places, silent
from ganworks.judge.measures import MANY, Case
from ganworks.judge.networks import is_standard, name_of, network_for
from ganworks.judge.opening import Say, Size, Source, open_sides
from ganworks.judge.results import Result, Row, refuse_unlike_results
from ganworks.judge.sides import Side
from ganworks.metrics import features as arrays
from ganworks.metrics.extractors import Extractor
from ganworks.metrics.moments import Moments
from ganworks.metrics.protocol import VERSION, Protocol

Metrics = str | Iterable[str] | None
Look = Callable[[Side, Side, Gathered, Gathered], None]
Facts = dict[str, Any]


def evaluate(
    judged: Source | Sequence[Source],
    reference: Source,
    *,
    features: str | Extractor = "inception",
    weights: str | Path | None = None,
    metrics: Metrics = None,
    count: int | None = None,
    seed: int = 0,
    size: Size | None = None,
    device: str = "auto",
    best: bool = False,
    say: Say = lambda line: None,
    progress: Progress = silent,
    look: Look | None = None,
) -> list[Result]:
    """How near each judged side is to the reference: a result for each, all by one protocol.

    judged (one, or several), reference: folders of runs, anything that `open_pictures` takes, models, or uint8 tensors
    (N, C, H, W); runs are sampled by averaged weights. All are judged as 8-bit pictures, as they would be saved.
    features: an extractor or its name, with its weights. metrics: names, with commas or not, `all`, or None for a
    good set. count: pictures of each side. size: to bring pictures of several sizes to one. say: is told what happens.
    look: called with the first judged side and the reference, and their features; bits alone need none.
    ValueError, in one line, for bad input; Unlike if the sides can't be judged by one protocol.
    """
    judged = [judged] if isinstance(judged, str | Path | Model | Tensor) else judged
    standard = is_standard(features, weights)
    names = chosen(metrics, name_of(features) if isinstance(features, str) else features.name, standard)
    sides = open_sides([*judged, reference], count=count, seed=seed, size=size, device=device, best=best, say=say)
    if sides[-1].facts.get("kind") == "run":
        say(f"{sides[-1].name} is a run, and the reference: the other way round it would be judged")
    last = sides[-1]
    if names.keys() == {"bits"}:
        content = content_of(last, progress)
        return [bits_alone(side, last, content, names, seed) for side in sides[:-1]]
    network = network_for(features, weights, last.shape, device) if isinstance(features, str) else features
    theirs = gather(last, network, seed, progress)
    tell_kept(theirs, last, say)
    results = []
    for side in sides[:-1]:
        facts = common_facts(last, theirs.content) | {"judged": {"count": side.count}}
        protocol = Protocol({"extractor": {"name": network.name, "dim": network.dim} | network.facts, **facts})
        ours = extract(side, network, seed, progress)
        case = Case(ours, theirs, network.name, standard, seed, some_of(side, seed), likelihood(side, last, seed))
        progress(f"metrics of {side.name}", 0, 0)
        rows, notes = rows_of(case, protocol, names)
        if ours.content == theirs.content:
            notes.append(f"{side.name} and {last.name} are the same pictures")
        about = {"content": ours.content}, {"content": theirs.content}
        results.append(Result(side.facts | about[0], last.facts | about[1], rows, protocol, notes))
        if look and len(results) == 1:
            look(side, last, ours, theirs)
    refuse_unlike_results([side.name for side in sides[:-1]], results)
    return results


def judge_features(
    a: Tensor | np.ndarray,
    b: Tensor | np.ndarray,
    *,
    a_logits: arrays.Array | None = None,
    b_logits: arrays.Array | None = None,
    features: str = "features",
    metrics: Metrics = None,
    seed: int = 0,
) -> list[Row]:
    """The same on bare features (N, d) of any modality: a is judged, b the reference.

    a_logits, b_logits: (N, k), for the metrics on classes. features: what made them, part of the metrics' names.
    """
    ours, theirs = arrays.check(a, b)
    sides = as_gathered(ours, a_logits, "judged", seed), as_gathered(theirs, b_logits, "reference", seed)
    names = chosen(metrics, features, False)
    protocol = Protocol(
        {
            "version": VERSION,
            "extractor": {"name": features, "dim": ours.shape[1]},
            "judged": {"count": len(ours)},
            "reference": {"count": len(theirs), "content": sides[1].content},
        }
    )
    rows, _ = rows_of(Case(*sides, features, False, seed), protocol, names)
    return rows


def as_gathered(features: Tensor, logits: arrays.Array | None, name: str = "given", seed: int = 0) -> Gathered:
    """Bare features (N, d), and logits (N, k) if there are any."""
    places = kept_places(len(features), seed)
    digest = hashlib.sha256(features.contiguous().numpy().data)
    if logits is not None:
        logits = arrays.one(logits, name)
        if len(logits) != len(features):
            raise ValueError(f"{len(logits):,} {name} logits for {len(features):,} features: give one row for each")
        digest.update(logits.contiguous().numpy().data)
        logits = logits[places]
    return Gathered(Moments.of(features), features[places], logits, places, digest.hexdigest()[:16])


def bits_alone(side: Side, last: Side, content: str, names: Mapping[str, bool], seed: int) -> Result:
    """Without an extractor, and without a sample."""
    protocol = Protocol(common_facts(last, content) | {"judged": {"count": 0}})
    none = Gathered(Moments(0), torch.empty(0, 0), None, torch.empty(0, dtype=torch.int64), "")
    case = Case(none, none, "", False, seed, bits=likelihood(side, last, seed))
    rows, notes = rows_of(case, protocol, names)
    return Result(side.facts | {"count": 0}, last.facts | {"content": content}, rows, protocol, notes)


def common_facts(reference: Side, content: str) -> Facts:
    """What all metrics of one judgement share, but for the extractor and the number of samples judged."""
    channels, *size = reference.shape
    selection = "all" if reference.facts.get("selection", "all") == "all" else "a random part"
    return {
        "version": VERSION,
        "pictures": {"size": size, "channels": channels, "bits": 8, "fit": reference.facts.get("fit", "none")},
        "reference": {"count": reference.count, "selection": selection, "content": content},
    }


def rows_of(case: Case, protocol: Protocol, names: Mapping[str, bool]) -> tuple[list[Row], list[str]]:
    """The rows, each with the protocol of its own metric, and what is to be said about them."""
    rows: list[Row] = []
    notes: list[str] = []
    for found in measured(case, names, notes.append):
        if not math.isfinite(found.value):
            notes.append(f"{found.metric} is left out: it is {found.value}")
            continue
        facts = protocol.facts
        own = {
            "metric": {"name": found.metric} | found.settings,
            "judged": {**facts["judged"], "used": found.judged},
            "reference": {**facts["reference"], "used": found.reference},
        }
        error = found.error if found.error is not None and math.isfinite(found.error) else None
        rows.append(
            Row(found.metric, found.value, error, found.better, Protocol({**facts, **own}), found.words, found.kind)
        )
    fewest = min(case.a.count, case.b.count)
    if fewest < MANY and "fd" in names:
        name = case.named("fd", "fid")
        limit = case.named("fd_infinity", "fid_infinity")
        less = f"; {limit} has less of it" if any(row.metric == limit for row in rows) else ""
        notes.append(f"{name} with N = {fewest:,} is biased up: compare it only at equal N{less}")
    return rows, notes


def some_of(side: Side, seed: int) -> Callable[[int], Tensor]:
    """Up to n pictures of a side, chosen by the seed."""

    def pick(num: int) -> Tensor:
        if not side.is_data and "seed" in side.facts:  # samples: the first ones are as random as any, and made sooner
            return side.read(torch.arange(min(num, side.count)))
        places = torch.randperm(side.count, generator=torch.Generator().manual_seed(seed))[:num].sort().values
        return side.read(places)

    return pick


def likelihood(side: Side, reference: Side, seed: int) -> Callable[[int], Tensor] | None:
    """The bits per dimension of up to n pictures of the reference, if the side can tell."""
    bits = side.bits
    return None if bits is None else lambda num: bits(some_of(reference, seed)(num))


def tell_kept(gathered: Gathered, side: Side, say: Say) -> None:
    if gathered.was_kept:
        say(f"{side.name}: features of {gathered.count:,} pictures were found in the cache")
