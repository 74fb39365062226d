"""Pictures of which two or more versions are there, and judges of which one a picture is: for claims on translation."""

import csv
import hashlib
from collections.abc import Callable
from functools import cache

import numpy as np
import torch
from torch import Tensor

from ganworks import data
from ganworks.data.decode import Pixels
from ganworks.data.labels import from_values
from ganworks.data.pairs import partners
from ganworks.data.pictures import Held, Pictures
from ganworks.data.plan import Plan
from ganworks.features import train_features
from ganworks.nets.classifier import load_network
from ganworks.proofs.bench import Bench

NUM_HELD_OUT = 200
Tell = Callable[[Tensor], Tensor]  # pictures (N, C, H, W) in [-1, 1] -> class numbers (N,)


def held(values: Pixels, name: str, labels: list[str] | None = None) -> Pictures:
    """Pictures (N, H, W, C) in memory; a label each if there are any."""
    num, height, width, channels = values.shape
    fingerprint = hashlib.sha256(values.tobytes()).hexdigest()[:16]
    facts = {"source": name, "kind": "array", "count": num, "fingerprint": fingerprint}
    found = from_values(labels, "the proof") if labels else None
    return Pictures(Held(values), Plan(height, width, channels), found, facts=facts)


@cache
def emoji(bench: Bench, side: int) -> tuple[dict[str, Pixels], list[str]]:
    """The pictures (N, side, side, 3) by style, in each row of one thing, in a random order; and their categories."""
    places = {"google": bench.find("emoji"), "twitter": bench.find("twitter")}
    both = partners(*(data.open_pictures(place, size=side, channels=3) for place in places.values()))
    with bench.find("emoji_categories").open(newline="") as file:
        categories = {line["file_name"]: line["category"] for line in csv.DictReader(file)}
    order = torch.randperm(len(both[0]), generator=torch.Generator().manual_seed(0))
    values = {style: bytes_of(pictures, order) for style, pictures in zip(places, both, strict=True)}
    return values, [categories[both[0].names[row]] for row in order.tolist()]


def bytes_of(pictures: Pictures, rows: Tensor) -> Pixels:
    """(N, H, W, C)"""
    return np.ascontiguousarray(pictures.read(rows)["image"].permute(0, 2, 3, 1).numpy())


def floats(values: Pixels) -> Tensor:
    """(N, H, W, C) bytes -> (N, C, H, W) in [-1, 1]"""
    return data.from_bytes(torch.from_numpy(values)).permute(0, 3, 1, 2)


def classifier(bench: Bench, pictures: Pictures, epochs: int) -> Tell:
    """A judge of the pictures' labels, trained once and kept."""
    facts = pictures.facts
    path = bench.folder / "judges" / f"{facts['source']}-{facts['fingerprint']}.safetensors"
    if not path.exists():
        share = min(bench.scale, 1.0)
        train_features(pictures, path, epochs=max(1, round(epochs * share)), width=max(4, round(16 * share)))
    net, bench.hired[facts["source"]] = load_network(path)

    @torch.no_grad()
    def tell(images: Tensor) -> Tensor:
        return torch.cat([net(part.float()) for part in images.split(250)]).argmax(1)

    return tell


def share(right: Tensor) -> float:
    return right.double().mean().item()


def distance(made: Tensor, true: Tensor) -> float:
    """Mean difference of pixels, which are in [-1, 1]."""
    return (made - true).abs().mean().item()


def found(made: Tensor, true: Tensor) -> float:
    """For how many of the made ones the true one, of the same row, is the nearest of all."""
    return share(torch.cdist(made.flatten(1), true.flatten(1)).argmin(1) == torch.arange(len(made)))
