"""What claims on learning from pairs share: the pairs, and how sharp and near is what is made of those kept apart."""

from functools import cache

import torch

from ganworks.core import Batch
from ganworks.data.domains import Domains, stream_of
from ganworks.data.open_two import open_parts
from ganworks.metrics.restoration import gradient_histogram_distance, mean_difference, psnr
from ganworks.proofs.bench import Bench
from ganworks.proofs.claim import Numbers
from ganworks.systems.translation import Translation

PLACES = {"emoji": ("google", "twitter"), "textures": ("albedo", "normal")}
SIDES = {"emoji": 32, "textures": 64}
NEEDS = ("emoji", "twitter", "textures")
BATCH, RATE = 8, 1e-3


@cache
def pairs(bench: Bench, name: str) -> Domains:
    """The pairs of a set, some of them kept apart."""
    return open_parts(bench.find(name).parent, *PLACES[name], size=SIDES[name], channels=3)


def tried(
    bench: Bench, name: str, builder: str, seed: int, minutes: float, **settings: object
) -> tuple[Translation, Batch, Numbers]:
    """The system, the pairs that it did not learn from with what it makes as "fake", and how sharp and near that is."""
    domains = pairs(bench, name)
    system = bench.build(builder, domains.first, seed, **settings)
    assert isinstance(system, Translation) and domains.apart
    stream = stream_of(domains, BATCH, seed=seed, workers=0)
    engine = bench.train(system, stream, seed, minutes, lr={"G": RATE, "D": RATE})
    batch = domains.apart.examples(len(domains.apart))
    batch["fake"] = torch.cat([system.translate(part) for part in batch["other"].split(16)])
    return (
        system.eval(),
        batch,
        {
            f"{name}: slopes apart": gradient_histogram_distance(batch["fake"], batch["image"]),
            f"{name}: L1": mean_difference(batch["fake"], batch["image"]).mean().item(),
            f"{name}: PSNR": psnr(batch["fake"], batch["image"]).mean().item(),
            f"{name}: steps": engine.step,
        },
    )
