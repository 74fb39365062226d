"""Faults planted in real pictures, and what each metric says of them.

The reference is one half of the emoji, a fault is planted in pictures of the other half: what a metric says then is due
to the fault alone, and what it says of the untouched other half is what it says when nothing is wrong.
"""

from collections.abc import Callable
from pathlib import Path

import torch
from torch import Tensor
from torchvision.transforms.v2.functional import gaussian_blur

from ganworks import data
from ganworks.judge.judging import as_gathered
from ganworks.judge.measures import MEASURES, Case
from ganworks.metrics.extractors import Extractor, extractor
from ganworks.proofs.bench import Bench
from ganworks.proofs.claim import Numbers

NUM = 400  # pictures that are judged
DISTINCT = 100  # different ones among them, where most are duplicates
# Not exact transport, which wants a package, nor what wants many more pictures than dimensions, or than classes.
METRICS = [name for name in MEASURES if name not in ("fd_infinity", "wasserstein", "parzen", "modes")]
Fault = Callable[["Halves", torch.Generator], Tensor]


class Halves:
    """Real pictures, split by a seed: `reference` and `others`, (n, 3, H, W) uint8 each, and the others' classes."""

    def __init__(self, pictures: Tensor, labels: Tensor, generator: torch.Generator):
        order = torch.randperm(len(pictures), generator=generator)
        middle = len(order) // 2
        self.reference, self.others = pictures[order[:middle]], pictures[order[middle:]]
        self.classes = labels[order[middle:]]


def blurred(halves: Halves, generator: torch.Generator) -> Tensor:
    return gaussian_blur(halves.others[:NUM], [9, 9], [1.5, 1.5])


def noisy(halves: Halves, generator: torch.Generator) -> Tensor:
    clean = halves.others[:NUM].float()
    return (clean + 25 * torch.randn(clean.shape, generator=generator)).round().clamp(0, 255).to(torch.uint8)


def without_classes(halves: Halves, generator: torch.Generator) -> Tensor:
    """The most frequent classes alone, as few as give enough pictures."""
    counts = halves.classes.bincount()
    kept: list[int] = []
    for number in counts.argsort(descending=True).tolist():
        kept.append(number)
        if counts[kept].sum() >= NUM:
            break
    return halves.others[torch.isin(halves.classes, torch.tensor(kept))][:NUM]


def with_duplicates(halves: Halves, generator: torch.Generator) -> Tensor:
    return halves.others[:DISTINCT].repeat(NUM // DISTINCT, 1, 1, 1)


FAULTS: dict[str, tuple[str, Fault]] = {
    "none": ("other real pictures", lambda halves, _: halves.others[:NUM]),
    "blur": ("each picture blurred, by a Gaussian of 1.5 pixels", blurred),
    "noise": ("normal noise of 25 of 255 levels", noisy),
    "dropped classes": ("the largest categories alone", without_classes),
    "duplicates": ("100 pictures, four times each", with_duplicates),
    "copies": ("pictures of the reference itself: memorised", lambda halves, _: halves.reference[:NUM]),
    "colours": ("red and blue exchanged", lambda halves, _: halves.others[:NUM].flip(1)),
}


def halves_of(bench: Bench, seed: int) -> Halves:
    # The folder above holds the categories, for two styles of the same emoji; the first is the one that is taken.
    pictures = data.open_pictures(bench.find("emoji").parent)
    batch = pictures.read(torch.arange(len(pictures) // 2))
    return Halves(batch["image"], batch["label"], torch.Generator().manual_seed(seed))


def trial(bench: Bench, arm: str, seed: int) -> Numbers:
    """What every metric says of one fault."""
    halves = halves_of(bench, seed)
    eyes = extractor("efficientnet_lite0", weights=bench.find("efficientnet_lite0"))
    pictures = FAULTS[arm][1](halves, torch.Generator().manual_seed(seed))
    (a, a_logits), (b, b_logits) = see(eyes, pictures), see(eyes, halves.reference)
    case = Case(as_gathered(a, a_logits), as_gathered(b, b_logits), "lite0", False, seed, lambda num: pictures[:num])
    numbers: Numbers = {}
    for number, name in enumerate(METRICS, 1):
        numbers |= {row.metric.removesuffix("_lite0"): row.value for row in MEASURES[name](case)}
        bench.progress(number / len(METRICS))
    return numbers


def see(eyes: Extractor, pictures: Tensor) -> tuple[Tensor, Tensor]:
    seen = [eyes(part) for part in pictures.split(100)]
    logits = [found.logits for found in seen if found.logits is not None]
    return torch.cat([found.features for found in seen]), torch.cat(logits)


def draw(bench: Bench, path: Path, num: int = 8) -> None:
    """A row of pictures a fault, the same ones where the fault allows it."""
    halves = halves_of(bench, 0)
    rows = [fault(halves, torch.Generator().manual_seed(0)) for _, fault in FAULTS.values()]
    first, twice = torch.arange(num), (torch.arange(num) * DISTINCT) % NUM + torch.arange(num) * DISTINCT // NUM
    shown = [row[twice if name == "duplicates" else first] for name, row in zip(FAULTS, rows, strict=True)]
    data.save_grid(data.from_bytes(torch.cat(shown)), path, columns=num)
