"""Three digits in one picture, a channel each: a thousand modes that a classifier can count."""

from typing import Self

import torch

from ganworks.core import Batch
from ganworks.data.pictures import Pictures
from ganworks.data.stream import Order
from ganworks.data.write import from_bytes
from ganworks.specs import Image, Spec


class Stacked:
    """An endless stream of stacked pictures: {"image": (batch, 3, H, W) in [-1, 1]}.

    Metz et al. 2017 (Unrolled GAN, arXiv 1611.02163), section 3.3: each channel is a digit drawn on its own. Any grey
    pictures do. The order is a function of seed and position; each channel has its own permutations.
    """

    def __init__(self, digits: Pictures, batch: int, seed: int = 0):
        shape = digits.specs["image"].shape
        if shape[0] != 1:
            raise ValueError(f"stacked pictures are made of grey ones; these have {shape[0]} channels")
        self.digits, self.batch, self.seed, self.position = digits, batch, seed, 0
        self.specs: dict[str, Spec] = {"image": Image(3, *shape[1:])}
        self.orders = [Order(len(digits), 3 * seed + channel) for channel in range(3)]

    def seek(self, position: int) -> None:
        self.position = position

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> Batch:
        part = slice(0, self.batch)
        channels = [self.digits.read(order.rows(self.position, part))["image"] for order in self.orders]
        self.position += self.batch
        return {"image": from_bytes(torch.cat(channels, dim=1), self.digits.bits)}
