"""Feature networks of one's own: a small classifier, trained on labelled pictures, whose features metrics can use."""

from collections.abc import Callable
from functools import partial
from math import ceil, cos, pi
from pathlib import Path
from typing import Any

import torch
from torch import Tensor
from torch.nn.functional import cross_entropy
from torch.optim import AdamW

from ganworks import data
from ganworks.core import Batch, Player, System, Terms, Turn
from ganworks.data.pictures import Pictures
from ganworks.data.stream import Order
from ganworks.engine.engine import Engine
from ganworks.nets.classifier import Classifier, save_network
from ganworks.specs import Label

BATCH = 128
HELD_OUT = 0.1  # the share of the pictures that measures the accuracy
LEAST = 100  # steps: with fewer, batch norm's running statistics are still those of the start
WARM_UP = 0.15  # the share of the steps in which the learning rate rises


class Learner(System):
    """A classifier and its only player."""

    whole_batch = True  # batch norm

    def __init__(self, net: Classifier, specs: dict[str, Any], steps: int):
        super().__init__()
        self.net, self.specs, self.steps = net, specs, steps

    def players(self) -> dict[str, Player]:
        return {"C": Player(self.net, partial(AdamW, lr=4e-3, weight_decay=0.02), schedule=self.rate)}

    def rate(self, step: int) -> float:
        """Up in a line, down along a cosine to zero."""
        rise = WARM_UP * self.steps
        return (step + 1) / rise if step < rise else (1 + cos(pi * (step - rise) / (self.steps - rise))) / 2

    def turns(self, step: int) -> list[Turn]:
        return [Turn("C", self.loss)]

    def loss(self, batch: Batch) -> Terms:
        return {"cross_entropy": cross_entropy(self.net(batch["image"]).float(), batch["label"])}

    def generate(self, inputs: Batch) -> Batch:
        return {"label": self.net(inputs["image"]).argmax(1)}


class Part:
    """An endless stream of some of the pictures, by number."""

    def __init__(self, pictures: Pictures, rows: Tensor, batch: int, seed: int):
        self.pictures, self.rows, self.batch, self.position = pictures, rows, batch, 0
        self.order = Order(len(rows), seed)

    def seek(self, position: int) -> None:
        self.position = position

    def __next__(self) -> Batch:
        rows = self.rows[self.order.rows(self.position, slice(0, self.batch))]
        self.position += self.batch
        return floats(self.pictures, rows)


def floats(pictures: Pictures, rows: Tensor) -> Batch:
    batch = pictures.read(rows)
    return batch | {"image": data.from_bytes(batch["image"], pictures.bits)}


def train_features(
    pictures: Pictures,
    path: Path,
    *,
    epochs: int = 12,
    width: int = 32,
    seed: int = 0,
    progress: Callable[[int, int], None] | None = None,
) -> dict[str, Any]:
    """Train a classifier on labelled pictures, and write it to `path` as `evaluate --features` takes it.

    A tenth of the pictures is held out for the accuracy; returned are the facts that stand in the file.
    progress: called with (steps done, steps in all)
    """
    label = pictures.specs.get("label")
    source = pictures.facts["source"]
    if not isinstance(label, Label):
        raise ValueError(f"{source} has no labels; put the pictures in one subfolder a class, or add a metadata.csv")
    if len(pictures) < 20:
        raise ValueError(f"{source} has {len(pictures)} pictures; at least 20 are needed to learn the classes from")
    for name, value in (("epochs", epochs), ("width", width)):
        if value < 1:
            raise ValueError(f"--{name}: {value} was given; possible: 1 or more")
    channels, height, breadth = pictures.specs["image"].shape
    rows = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(seed))
    num_held_out = ceil(HELD_OUT * len(rows))
    held_out, rest = rows[:num_held_out], rows[num_held_out:]
    batch = min(BATCH, len(rest))
    steps = max(epochs * ceil(len(rest) / batch), LEAST)
    torch.manual_seed(seed)
    net = Classifier(channels, (height, breadth), label.classes, width)
    engine = Engine(
        Learner(net, dict(pictures.specs), steps), Part(pictures, rest, batch, seed), seed=seed, device="cpu"
    )
    for step in range(steps):
        engine.take_step()
        if progress:
            progress(step + 1, steps)
    facts = {
        "classes": list(label.names),
        "accuracy": accuracy(net, pictures, held_out),
        "held_out": num_held_out,
        "data": pictures.summary(),
    }
    save_network(path, net, facts)
    return facts


@torch.no_grad()
def accuracy(net: Classifier, pictures: Pictures, rows: Tensor) -> float:
    """The share of the pictures whose label the net finds."""
    net.eval()
    right = 0
    for part in rows.split(250):
        batch = floats(pictures, part)
        right += int((net(batch["image"]).argmax(1) == batch["label"]).sum())
    return right / len(rows)
