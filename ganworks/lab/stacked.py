"""Stacked pictures as a task: three grey ones as the channels of one; a classifier counts the thousand modes."""

from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from ganworks.core import System
from ganworks.data.open import open_pictures
from ganworks.data.stacked import Stacked
from ganworks.data.write import to_bytes
from ganworks.metrics.extractors import extractor
from ganworks.metrics.modes import Modes, modes_by_label

NUM = 26_000  # samples: Srivastava et al. 2017, Lin et al. 2018
SEED = 1


class Task:
    """Trains on stacks of pictures of a labelled data set. judge: the file of a classifier of its pictures."""

    entry = "image"

    def __init__(self, name: str, judge: Path):
        self.name, self.pictures = name, open_pictures(name)
        self.eyes = extractor(str(judge))
        height, width = self.pictures.specs["image"].shape[1:]
        self.facts: dict[str, Any] = {"size": (height, width), "channels": 3}
        if self.eyes.classes is None:
            raise ValueError(f"{judge} is no classifier; `ganworks features train {name}` makes one")
        self.classes = len(self.eyes.classes)

    def protocol(self) -> str:
        return (
            f"Metz et al. 2017 (arXiv 1611.02163), section 3.3, on {self.name}; {NUM:,} samples, {self.classes**3:,} "
            "modes, named by a classifier"
        )

    def stream(self, batch: int, seed: int) -> Stacked:
        return Stacked(self.pictures, batch, seed)

    def judge(self, system: System) -> Modes:
        samples = system.sample(NUM, SEED)[self.entry]
        places = [self.classes_of(samples[:, channel : channel + 1]) for channel in range(3)]
        labels = (places[0] * self.classes + places[1]) * self.classes + places[2]
        return modes_by_label(labels, self.classes**3)

    def classes_of(self, pictures: Tensor) -> Tensor:
        """(N, 1, H, W) in [-1, 1] -> (N,)"""
        parts = [self.eyes(to_bytes(part)).logits for part in pictures.split(500)]
        return torch.cat([part for part in parts if part is not None]).argmax(1)
