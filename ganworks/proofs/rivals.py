"""Systems against dcgan at equal time, on garments and on emoji: trials that several claims share."""

from ganworks.data import Stream
from ganworks.proofs.bench import BATCH, Bench
from ganworks.proofs.claim import Numbers

SETS = {"garments": ("fashion_mnist_10k", 1.5), "emoji": ("emoji", 3.0)}  # data, minutes
SETTINGS: dict[str, dict[str, object]] = {
    "dcgan": {},
    "sngan": {"nets": "dcgan", "critic_steps": 1},
    "r3gan": {"nets": "dcgan"},
}


def trial(bench: Bench, arm: str, seed: int) -> Numbers:
    """Fréchet distance of an arm such as "sngan on emoji", all at width 32."""
    system, _, place = arm.partition(" on ")
    name, minutes = SETS[place]
    pictures = bench.pictures(name)
    nets = bench.build(system, pictures, seed, width=32, **SETTINGS[system])
    engine = bench.train(nets, Stream(pictures, BATCH, seed=seed), seed, minutes)
    num = 5000 if place == "garments" else 1000
    distance = bench.judge(name).frechet(bench.samples(engine, num))
    return {f"Fréchet distance on {place}": distance, "steps": engine.step}
