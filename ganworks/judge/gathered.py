"""A side's features: pictures go through the extractor in batches, and what metrics need of them stays."""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganworks.data import named
from ganworks.engine import checkpoint
from ganworks.judge.sides import BATCH, Side
from ganworks.metrics.extractors import Extractor
from ganworks.metrics.moments import Moments

KEEP = 50_000  # rows of features kept of a side: bounds the memory, whatever N is
FORMAT = "ganworks features 1"
Progress = Callable[[str, int, int], None]  # (what is done, pictures done, pictures in all)


@dataclass(frozen=True)
class Gathered:
    """What is known of a side.

    moments: of all its features. features (n, d) float32, logits (n, k) or None: of the `places` (n,) kept.
    content: of all its pixels, in order.
    """

    moments: Moments
    features: Tensor
    logits: Tensor | None
    places: Tensor
    content: str
    was_kept: bool = False

    @property
    def count(self) -> int:
        return self.moments.count


def silent(what: str, done: int, total: int) -> None:
    """Shows no progress."""


def gather(side: Side, extractor: Extractor, seed: int = 0, progress: Progress = silent) -> Gathered:
    """Features of a side; those of data are kept in the cache, by content and protocol, and found again there."""
    if not side.is_data:
        return extract(side, extractor, seed, progress)
    content = content_of(side, progress)
    path = cached_at(content, side, extractor, seed)
    if found := read(path, content):
        return found
    gathered = extract(side, extractor, seed, progress)
    write(path, gathered)
    return gathered


def extract(side: Side, extractor: Extractor, seed: int = 0, progress: Progress = silent) -> Gathered:
    """Every picture through the extractor, once."""
    moments, digest = Moments(extractor.dim), hashlib.sha256(repr(side.shape).encode())
    places = kept_places(side.count, seed)
    features, logits = [], []
    for begin in range(0, side.count, BATCH):
        here = torch.arange(begin, min(begin + BATCH, side.count))
        pictures = side.read(here)
        digest.update(pictures.contiguous().numpy().data)
        found = extractor(pictures)
        moments.update(found.features)
        kept = places[(places >= begin) & (places < begin + BATCH)] - begin
        features.append(found.features[kept].float().cpu())
        if found.logits is not None:
            logits.append(found.logits[kept].float().cpu())
        progress(f"features of {side.name}", begin + len(here), side.count)
    together = torch.cat(logits) if logits else None
    return Gathered(moments, torch.cat(features), together, places, digest.hexdigest()[:16])


def kept_places(count: int, seed: int) -> Tensor:
    """All places, or KEEP of them, chosen by the seed, in order."""
    if count <= KEEP:
        return torch.arange(count)
    return torch.randperm(count, generator=torch.Generator().manual_seed(seed))[:KEEP].sort().values


def content_of(side: Side, progress: Progress = silent) -> str:
    """A fingerprint of all pixels, in order: names, files and formats don't matter."""
    digest = hashlib.sha256(repr(side.shape).encode())
    for begin in range(0, side.count, BATCH):
        here = torch.arange(begin, min(begin + BATCH, side.count))
        digest.update(side.read(here).contiguous().numpy().data)
        progress(f"reading {side.name}", begin + len(here), side.count)
    return digest.hexdigest()[:16]


# ------------------------------------------------------------------ the cache


def cached_at(content: str, side: Side, extractor: Extractor, seed: int) -> Path:
    """The file for these pixels, this extractor, and this choice of rows."""
    chosen = seed if side.count > KEEP else 0
    facts: dict[str, Any] = {"content": content, "count": side.count, "keep": KEEP, "seed": chosen, "format": FORMAT}
    text = json.dumps(facts | {"extractor": {"name": extractor.name} | extractor.facts}, sort_keys=True)
    return named.cache() / "features" / f"{extractor.name}-{hashlib.sha256(text.encode()).hexdigest()[:24]}.safetensors"


def write(path: Path, gathered: Gathered) -> None:
    """In one go; a cache that can't be written is no reason to stop."""
    tensors = {
        "mean": gathered.moments.mean,
        "scatter": gathered.moments.scatter,
        "features": gathered.features,
        "places": gathered.places,
    }
    if gathered.logits is not None:
        tensors["logits"] = gathered.logits
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        checkpoint.write(path, tensors, {"content": gathered.content, "count": gathered.count})
    except OSError:
        return


def read(path: Path, content: str) -> Gathered | None:
    """What was kept, or None if there is nothing, or nothing that is whole."""
    try:
        tensors, facts = checkpoint.read(path)
        if facts["content"] != content:
            return None
        moments = Moments(len(tensors["mean"]))
        moments.count, moments.mean, moments.scatter = facts["count"], tensors["mean"], tensors["scatter"]
        return Gathered(moments, tensors["features"], tensors.get("logits"), tensors["places"], content, was_kept=True)
    except (ValueError, KeyError):
        return None
