"""Where samples are compared with data: local means of pictures, or the points themselves, cut into cells."""

from collections.abc import Iterable

import torch
from torch import Tensor

from ganworks.core import Batch, System
from ganworks.metrics.quick import coarse
from ganworks.specs import Image, Vector

CELLS = 16
ROUNDS = 20  # of k-means; the cells need not be the best ones, only the same ones all the time
TWIN = 0.25  # a sample this much nearer to another one than real ones are to each other repeats it


def entry_of(system: System) -> str | None:
    """The batch entry whose samples can be compared; None for systems that make something else."""
    return next((name for name, spec in system.specs.items() if isinstance(spec, (Image, Vector))), None)


def placed(values: Tensor) -> Tensor:
    """Pictures (N, C, H, W) or points (N, dim) -> vectors (N, d), float32, on the CPU."""
    return (coarse(values) if values.ndim == 4 else values.float()).detach().cpu()


class Space:
    """Real examples as vectors, their k-means cells, and how near to each other they are.

    real: (n, d) of different examples, n >= 2. num: as many samples will be compared with them.
    """

    def __init__(self, real: Tensor, num: int):
        assert len(real) > 1, "one example has no distances"
        self.real, self.num = real, min(num, len(real))
        self.centres = k_means(real, min(CELLS, len(real) // 4 or 1))
        self.expected = self.shares(real)
        self.spread = torch.pdist(real).mean().item()
        self.apart = nearest_other(real[: self.num]).median().item()  # among as many as there will be samples
        some = real[: self.num]
        self.next_of_kin = two_nearest(some, real)[:, 1].median().item()  # of a real one, itself left out

    def shares(self, vectors: Tensor) -> Tensor:
        """The share of vectors in each cell, (k,)."""
        cells = torch.cdist(vectors, self.centres).argmin(1)
        return cells.bincount(minlength=len(self.centres)) / len(vectors)

    def compare(self, samples: Tensor) -> dict[str, object]:
        """samples: (n, d). What the doctor wants to know of them; see `Probe`."""
        samples = samples[: self.num]
        if not samples.isfinite().all():
            return {}
        shares = self.shares(samples)
        due = self.expected * len(samples) >= 5  # an empty cell is then luck in less than 1 case of 100
        figures: dict[str, object] = {
            "cells": [round(share, 4) for share in shares.tolist()],
            "lost": int(((shares == 0) & due).sum()) / max(int(due.sum()), 1),
        }
        if self.spread > 0:
            between = torch.pdist(samples).mean().item()
            figures["diversity"] = between / self.spread
            across = torch.cdist(samples, self.real).mean().item()
            figures["distance"] = (2 * across - between - self.spread) / self.spread
        if self.apart > 0:
            figures["twins"] = (nearest_other(samples) < TWIN * self.apart).float().mean().item()
        if self.next_of_kin > 0:
            figures["nearest"] = torch.cdist(samples, self.real).amin(1).median().item() / self.next_of_kin
        return figures


def k_means(vectors: Tensor, k: int) -> Tensor:
    """Centres (k, d) by Lloyd's rounds; the same for the same vectors."""
    chosen = torch.randperm(len(vectors), generator=torch.Generator().manual_seed(0))[:k]
    centres = vectors[chosen].clone()
    for _ in range(ROUNDS):
        cells = torch.cdist(vectors, centres).argmin(1)
        sums = torch.zeros_like(centres).index_add_(0, cells, vectors)
        counts = cells.bincount(minlength=k)
        centres = torch.where(counts[:, None] > 0, sums / counts.clamp(min=1)[:, None], centres)
    return centres


def nearest_other(vectors: Tensor) -> Tensor:
    """(n, d) -> (n,): how far the nearest of the others is."""
    return torch.cdist(vectors, vectors).fill_diagonal_(torch.inf).amin(1)


def two_nearest(vectors: Tensor, among: Tensor) -> Tensor:
    return torch.cdist(vectors, among).topk(2, largest=False).values


def reference_of(batches: Iterable[Batch], entry: str) -> Tensor:
    """Vectors of the real examples in batches, each once: data may hold the same picture twice."""
    vectors = torch.cat([placed(batch[entry]) for batch in batches]).unique(
        dim=0
    )  # sorted, so that any first ones are alike
    return vectors[torch.randperm(len(vectors), generator=torch.Generator().manual_seed(0))]
