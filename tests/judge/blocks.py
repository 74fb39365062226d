"""A small extractor that counts what it sees, and sets of pictures for it."""

import torch
from torch import Tensor

from ganworks.metrics.extractors import Extractor, Features


class Means(Extractor):
    """Means of 16 blocks and the spread: (N, C, 8, 8) -> (N, 17); four classes, by the brightest of the quarters."""

    name, dim = "means", 17

    def __init__(self, classes: bool = True, **facts: int):
        self.facts, self.seen = {"blocks": 16} | facts, 0
        self.classes = ("a", "b", "c", "d") if classes else None

    def read(self, pictures: Tensor) -> Features:
        self.seen += len(pictures)
        grey = pictures.float().mean(1)
        blocks = grey.unfold(1, 2, 2).unfold(2, 2, 2).mean((3, 4)).flatten(1)
        quarters = grey.unfold(1, 4, 4).unfold(2, 4, 4).mean((3, 4)).flatten(1) / 64
        features = torch.cat([blocks, grey.flatten(1).std(1, keepdim=True)], 1) / 255
        return Features(features, quarters if self.classes else None)


def pictures(num: int, seed: int = 0, noise: float = 0.0) -> Tensor:
    """(num, 1, 8, 8) uint8: patches of random light; noise is what neighbouring pixels don't share."""
    random = torch.Generator().manual_seed(seed)
    coarse = torch.rand(num, 1, 4, 4, generator=random).repeat_interleave(2, 2).repeat_interleave(2, 3)
    fine = torch.rand(num, 1, 8, 8, generator=torch.Generator().manual_seed(seed + 1000))
    return ((coarse * (1 - noise) + fine * noise) * 255).round().to(torch.uint8)
