"""Remedies on stacked digits before a D an eighth as wide as G, at equal steps: trials that several claims share."""

import torch

from ganworks.data.stacked import Stacked
from ganworks.engine.engine import Engine
from ganworks.metrics.modes import modes_by_label
from ganworks.proofs.bench import BATCH, Bench
from ganworks.proofs.claim import Claim, Higher, Lower, Numbers
from ganworks.registry import build
from ganworks.systems.duel import Duel

DATA, STEPS, NUM = "mnist_5k", 3000, 26_000
WIDTH, D_WIDTH = 16, 2  # before a D of width 4 DCGAN finds 9 modes of 10
RATE = 2e-4
TOTAL = 1000  # modes
SETTINGS: dict[str, dict[str, object]] = {"pacgan": {"pack": 2}}


def trial(bench: Bench, arm: str, seed: int) -> Numbers:
    digits, judge = bench.pictures(DATA), bench.judge(DATA)
    system = narrow(arm, {"size": digits.specs["image"].shape[1:], "channels": 3}, seed)
    rates = dict.fromkeys(system.players(), RATE)
    engine = Engine(system, Stacked(digits, BATCH, seed), seed=seed, device="cpu", ema=0, lr=rates)
    steps = max(1, round(STEPS * min(bench.scale, 1.0)))
    while engine.step < steps:
        engine.take_step()
        bench.progress(engine.step / steps)
    samples = bench.samples(engine, NUM)
    places = [judge.probabilities(samples[:, channel : channel + 1]).argmax(1) for channel in range(3)]
    modes = modes_by_label(100 * places[0] + 10 * places[1] + places[2], classes=TOTAL)
    return {"modes": modes.count, "fair modes": modes.fair, "KL": modes.kl}


def narrow(name: str, facts: dict[str, object], seed: int) -> Duel:
    """A system whose D has an eighth of G's channels; the same first G for a seed."""
    wide, slim = (start(name, facts, width, seed) for width in (WIDTH, D_WIDTH))
    wide.D = slim.D
    wide.look_again()
    return wide


def start(name: str, facts: dict[str, object], width: int, seed: int) -> Duel:
    torch.manual_seed(seed)
    system, _ = build(name, facts, width=width, **SETTINGS.get(name, {}))
    assert isinstance(system, Duel)
    return system


def claim(system: str, *, source: str, published: str, minutes: float) -> Claim:
    """The system finds more of the thousand modes than DCGAN with the same nets."""
    return Claim(
        says=f"Before a D an eighth as wide as G, {system} finds more of the 1,000 modes of stacked digits than DCGAN.",
        source=source,
        arms={system: "the remedy", "dcgan": "DCGAN"},
        trial=trial,
        checks=[Higher("modes", system, "dcgan"), Lower("KL", system, "dcgan")],
        minutes=minutes,
        needs=(DATA,),
        remarks=f"""{STEPS:,} steps of batch {BATCH}, rates of {RATE:g}, G of width {WIDTH} and D of
    width {D_WIDTH}, no averaging; {NUM:,} samples, named by a classifier of the 5,000 digits. {published}""",
    )
