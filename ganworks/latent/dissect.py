"""Which maps of a generator draw a thing, and what it draws without them."""

from collections.abc import Callable
from dataclasses import astuple, dataclass

import torch
from torch import Tensor
from torch.nn.functional import interpolate

from ganworks.core import System
from ganworks.latent.codes import draw, make
from ganworks.latent.layers import dropping, maps_read, read_by
from ganworks.latent.logistic import fit_logistic
from ganworks.registry import Unknown

Classify = Callable[[Tensor], Tensor]  # pictures (N, C, H, W) in [-1, 1] -> class numbers (N,)
Evidence = Callable[[Tensor, int], Tensor]  # pictures, a class -> how much each place speaks for it (N, h, w)
MOST = 8000  # places of either kind that the regression sees
LEAST = 10  # samples of the class, and of others, among those that are looked at
BEYOND = 0.5  # of the highest evidence in its picture has a place that belongs to the thing
CONTROLS = 5  # random choices of as many maps


@dataclass(frozen=True)
class Kept:
    """The share of samples that stay what they were: those of the class, and the others. share: of the class, now."""

    thing: float
    others: float
    share: float


@dataclass(frozen=True)
class Dissection:
    """layer: the maps' shape. weights (C,): of the regression, in deviations of the maps. dropped: numbers of maps.

    accuracy: of the regression on held-out places, both sides weighing the same. has (N,): which samples showed
    the thing. before, after: the samples (N, C, H, W). kept: without the dropped maps; control: without as many
    random ones, the mean of several choices.
    """

    layer: str
    weights: Tensor
    dropped: Tensor
    accuracy: float
    has: Tensor
    before: Tensor
    after: Tensor
    kept: Kept
    control: Kept


def dissect(
    system: System,
    classify: Classify,
    evidence: Evidence,
    thing: int,
    *,
    layer: str | None = None,
    num: int = 1000,
    seed: int = 0,
) -> Dissection:
    """Forget a class, as DCGAN forgot to draw windows: Radford et al. 2015 (arXiv 1511.06434), section 6.3.1.

    A logistic regression tells, from all maps at one place, whether the place belongs to the thing; maps with weights
    above 0 are dropped at all places, and the same codes make new pictures. The paper drew boxes around windows by
    hand; here a classifier says what a sample shows, and its evidence where. The paper's other places came from the
    same pictures; here they come from samples that show something else, as pictures of one thing have little beside.

    layer: shape of the maps, as "128x7x7"; if not given, those of a quarter of the picture's sides, as in the paper.
    Two thirds of the samples are for the regression, and what is measured is measured on the rest.
    """
    inputs = draw(system, num, seed)
    readers = maps_read(system, inputs)
    layer = layer or quarter(system, readers)
    if layer not in readers:
        raise Unknown("layer", layer, readers)
    maps, before = read_by(system, inputs, readers[layer][0])
    label = classify(before)
    has = label == thing
    cut = 2 * num // 3
    if min(yes := int(has[cut:].sum()), num - cut - yes) < LEAST:
        raise ValueError(
            f"{yes} of {num - cut} samples are of the class; {LEAST} are needed that are, and as many others"
        )
    generator = torch.Generator().manual_seed(seed)
    mine = has[:, None, None] & bright(evidence(before, thing), maps.shape[2:])
    values, belongs = places(maps[:cut], mine[:cut], ~has[:cut], generator)
    fitted = fit_logistic(values, belongs)
    tested, truth = places(maps[cut:], mine[cut:], ~has[cut:], generator)
    right = (fitted.logits(tested) > 0) == truth
    dropped = (fitted.weight > 0).nonzero().flatten()
    rest = {name: value[cut:] for name, value in inputs.items()}

    def without(chosen: Tensor) -> tuple[Tensor, Kept]:
        with dropping(system, readers[layer], chosen):
            images = make(system, rest)
        return images, compare(classify(images), label[cut:], thing)

    after, kept = without(dropped)
    chances = [torch.randperm(maps.shape[1], generator=generator)[: len(dropped)] for _ in range(CONTROLS)]
    control = Kept(*torch.tensor([astuple(without(chance)[1]) for chance in chances]).mean(0).tolist())
    accuracy = float(right[truth].double().mean() + right[~truth].double().mean()) / 2
    weights = fitted.weight * values.double().std(0)
    return Dissection(layer, weights, dropped, accuracy, has[cut:], before[cut:], after, kept, control)


def quarter(system: System, readers: dict[str, list[str]]) -> str:
    """The shape of the finest maps of at most a quarter of the picture's height: in DCGAN the second highest layer.

    The paper's net makes 64x64 pictures, and 200 maps were dropped: of 256 of 16x16, as the finer ones are 128.
    """
    if not readers:
        raise ValueError("the generator has no convolutions, so it has no maps to drop")
    most = system.specs["image"].shape[1] / 4
    heights = {name: int(name.split("x")[1]) for name in readers}
    coarse = [name for name in readers if heights[name] <= most] or list(readers)[:1]
    return max(coarse, key=lambda name: heights[name])


def bright(evidence: Tensor, size: torch.Size) -> Tensor:
    """Places (N, *size) whose evidence is more than half of the highest in their picture."""
    there = interpolate(evidence[:, None], tuple(size), mode="bilinear")[:, 0]
    return there > BEYOND * there.flatten(1).amax(1)[:, None, None]


def places(maps: Tensor, mine: Tensor, other: Tensor, generator: torch.Generator) -> tuple[Tensor, Tensor]:
    """Values (n, C) of maps (N, C, h, w) at single places, and whether a place belongs to the thing.

    mine (N, h, w): the places that do. other (N,): the samples whose places do not.
    """
    values = maps.permute(0, 2, 3, 1)
    found = [values[chosen] for chosen in (mine, other[:, None, None].expand_as(mine))]
    few = [each[torch.randperm(len(each), generator=generator)[:MOST]] for each in found]
    return torch.cat(few), torch.arange(sum(map(len, few))) < len(few[0])


def compare(now: Tensor, before: Tensor, thing: int) -> Kept:
    """Classes (N,) as they are, and as they were."""
    same, had = (now == before).double(), before == thing
    return Kept(float(same[had].mean()), float(same[~had].mean()), float((now == thing).double().mean()))
