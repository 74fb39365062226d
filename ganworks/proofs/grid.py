"""Remedies on the grid of 25 modes, at equal time with the nets of the plain GAN: trials that several claims share."""

from math import log

import torch

from ganworks.data import toys
from ganworks.metrics.modes import modes_by_centre
from ganworks.proofs.bench import Bench
from ganworks.proofs.claim import Claim, Higher, Numbers
from ganworks.registry import build

TOY, MINUTES, BATCH = "grid25", 0.5, 256
NETS = {"width": 128, "latent": 2}
FAST, SLOW = 1e-3, 1e-4  # rates: of all players but a slow D
SETTINGS: dict[str, dict[str, object]] = {"pacgan": {"pack": 2}, "dragan": {"penalty": 0.1}}


def trial(bench: Bench, arm: str, seed: int) -> Numbers:
    """An arm such as "gan" or "gan, slow D": what of the grid 2,500 samples hold."""
    name, _, how = arm.partition(", ")
    toy = toys.find(TOY)
    torch.manual_seed(seed)
    system, _ = build(name, {"dim": toy.dim}, **NETS, **SETTINGS.get(name, {}))
    rates = {"G": FAST, "D": SLOW if how == "slow D" else FAST}
    engine = bench.train(system, toys.Points(toy, BATCH, seed), seed, MINUTES, ema=0, lr=rates)
    points = toy.from_nets(engine.sample(toy.num, seed=1)["point"])
    found = modes_by_centre(points, toy.centres, toy.sigmas, toy.within)
    return {
        "modes": found.count,
        "fair modes": found.fair,
        "held modes": found.held,
        "KL": min(found.kl, log(found.total)),  # of the good ones; as of a single mode, if there is none
        "good": found.good,
        "steps": engine.step,
    }


def claim(system: str, source: str, published: str, how: str = "", remarks: str = "") -> Claim:
    """The system holds more of the grid than the plain GAN with the same nets and rates."""
    ours, plain = system + how, "gan" + how
    rates = f"rates {FAST} for G, {SLOW if how else FAST} for D"
    return Claim(
        says=f"At equal time, with the same nets, {system} holds more of the 25 modes of a grid than a GAN.",
        source=source,
        arms={ours: rates, plain: f"the plain GAN, {rates}"},
        trial=trial,
        checks=[Higher("held modes", ours, plain)],
        minutes=MINUTES,
        remarks=f"""{60 * MINUTES:.0f} seconds of one core; three layers of 128 units without norm, z of two numbers,
    batch {BATCH}, constant rates, no averaging, 2,500 samples, good within 3 sigma (0.15). A held mode has at least a
    fifth of its fair share of all samples: of the good ones alone, a cloud over the whole grid has a fair number in
    each mode, with 2.6 % good.
    {remarks} {published}""".strip(),
    )
