"""Systems against dcgan at equal time, on garments and on emoji: trials that several claims share."""

from ganworks.data import Stream
from ganworks.proofs.bench import BATCH, Bench
from ganworks.proofs.claim import Numbers

SETS = {"garments": ("fashion_mnist_10k", 1.5), "emoji": ("emoji", 3.0)}  # data, minutes
EMA = 0.999  # of all arms
SETTINGS: dict[str, dict[str, object]] = {
    "dcgan": {},
    "sngan": {"nets": "dcgan", "critic_steps": 1},
    "r3gan": {"nets": "dcgan"},
}


WORDS = {
    "dcgan": "batch norm in both nets, the logarithmic loss, Adam 2e-4 (0.5, 0.999), latent 100",
    "sngan": "spectral norm in D, the hinge loss, Adam 2e-4 (0, 0.9), latent 128, one move of D for each of G",
    "r3gan": "no norm in D, He's weights, the relativistic loss, R1 and R2, Adam 5e-4 (0, 0.99), latent 64",
}


def arms(system: str) -> dict[str, str]:
    """The system and dcgan on both sets, with all that differs."""
    return {f"{name} on {place}": WORDS[name] for place in SETS for name in (system, "dcgan")}


def trial(bench: Bench, arm: str, seed: int) -> Numbers:
    """Fréchet distance of an arm such as "sngan on emoji", all at width 32."""
    system, _, place = arm.partition(" on ")
    name, minutes = SETS[place]
    pictures = bench.pictures(name)
    nets = bench.build(system, pictures, seed, width=32, **SETTINGS[system])
    engine = bench.train(nets, Stream(pictures, BATCH, seed=seed), seed, minutes, ema=EMA)
    num = 5000 if place == "garments" else 1000
    distance = bench.judge(name).frechet(bench.samples(engine, num))
    return {f"Fréchet distance on {place}": distance, "steps": engine.step}
