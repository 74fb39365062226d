"""DCGAN with few pictures, with help against without: trials that several claims share."""

from functools import cache

import torch

from ganworks import data
from ganworks.data import Pictures, Stream
from ganworks.data.pictures import Held
from ganworks.metrics.extractors import Extractor, extractor
from ganworks.metrics.similarity import nearest_training
from ganworks.proofs.bench import BATCH, Bench, Judge
from ganworks.proofs.claim import AtMost, Claim, Lower, Numbers

NUM_GARMENTS, EMOJI_SIDE, MINUTES = 500, 32, 2.5
EMA, RATE = 0.999, 5e-4  # of all arms; D is sure of itself sooner than at 2e-4
HELP: dict[str, tuple[str, dict[str, object]]] = {
    "plain": ("D sees the pictures as they are", {}),
    "diff": (
        "DiffAugment: colour, translation and cutout in front of D",
        {"diff_augment": "color,translation,cutout"},
    ),
    "ada": ("ADA: target 0.6, p may go from 0 to 1 in 50,000 pictures", {"ada": 0.6, "ada_images": 50_000}),
}


def some_of(pictures: Pictures, num: int, seed: int) -> Pictures:
    """`num` of them in memory, by chance, without labels."""
    order = torch.randperm(len(pictures), generator=torch.Generator().manual_seed(seed))[:num]
    values = pictures.read(order)["image"].permute(0, 2, 3, 1).contiguous().numpy()
    return Pictures(Held(values), pictures.plan, None, facts=pictures.facts | {"count": len(values)})


@cache
def small_emoji(bench: Bench) -> tuple[Pictures, Judge]:
    pictures = data.open_pictures(bench.find("emoji"), size=EMOJI_SIDE)
    return pictures, Judge(extractor("efficientnet_lite0", weights=bench.find("efficientnet_lite0")), pictures)


def features(eyes: Extractor, images: torch.Tensor) -> torch.Tensor:
    """Of images (N, C, H, W) uint8."""
    return torch.cat([eyes(part).features for part in images.split(250)])


def trial(bench: Bench, arm: str, seed: int) -> Numbers:
    """Distance to all pictures of the set, and the share of samples that are too near to one trained on.

    arm: such as "ada on garments".
    """
    help_, _, place = arm.partition(" on ")
    if place == "garments":
        everything, judge = bench.pictures("fashion_mnist_10k"), bench.judge("fashion_mnist_10k")
        pictures = some_of(everything, NUM_GARMENTS, seed)
    else:
        pictures, judge = small_emoji(bench)
    nets = bench.build("dcgan", pictures, seed, width=16, **HELP[help_][1])
    engine = bench.train(nets, Stream(pictures, BATCH, seed=seed), seed, MINUTES, ema=EMA, lr={"G": RATE, "D": RATE})
    samples = bench.samples(engine, 5000 if place == "garments" else 2000)
    shown = pictures.read(torch.arange(len(pictures)))["image"]
    near = nearest_training(features(judge.eyes, data.to_bytes(samples)), features(judge.eyes, shown))
    return {"Fréchet distance": judge.frechet(samples), "copies": near.share, "steps": engine.step}


def claim(place: str, says: str, needs: tuple[str, ...] = (), remarks: str = "") -> Claim:
    """Each help against none, on one set."""
    return Claim(
        says=says,
        source="Zhao et al. 2020 (arXiv 2006.10738), tables 2 to 4; Karras et al. 2020 (arXiv 2006.06676), figure 7",
        arms={f"{name} on {place}": words for name, (words, _) in HELP.items()},
        trial=trial,
        checks=[
            *[Lower("Fréchet distance", f"{name} on {place}", f"plain on {place}") for name in HELP if name != "plain"],
            *[AtMost("copies", f"{name} on {place}", 0.02) for name in HELP if name != "plain"],
        ],
        minutes=MINUTES + 0.5,
        needs=needs,
        remarks=remarks,
    )
