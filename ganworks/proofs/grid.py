"""Remedies on the grid of 25 modes, at equal steps with the nets of the plain GAN: trials that several claims share."""

from math import log
from typing import Any

from ganworks.lab.plan import Arm, Plan
from ganworks.lab.trial import run, task_of
from ganworks.proofs.bench import Bench
from ganworks.proofs.claim import AtLeast, Claim, Higher, Numbers

STEPS, RATE, D_RATE = 6000, 1e-3, 3e-4
CLOUD = 0.1  # share of good samples below which they are a cloud over all modes, that luck puts into some
SETTINGS: dict[str, dict[str, Any]] = {
    "dragan": {"penalty": 0.1},
    "packs of 1": {"pack": 1},
    "packs of 2": {"pack": 2},
    "no step ahead": {"unroll": 0},
    "5 steps ahead": {"unroll": 5},
}
Rates = tuple[float | None, float | None]  # of G and D; None leaves them as they are elsewhere
COLLAPSING, EQUAL = (RATE, D_RATE), (RATE, None)  # with the first a plain GAN collapses
OWN: dict[str, Rates] = {"unrolled": (None, None)}  # a D slower still is part of its protocol


def trial(bench: Bench, arm: str, seed: int) -> Numbers:
    """An arm such as "gan" or "pacgan, packs of 2": what 2,500 samples hold of the modes of the grid."""
    system, _, how = arm.partition(", ")
    steps = max(1, round(STEPS * min(bench.scale, 1.0)))
    lr, d_lr = OWN.get(system, EQUAL if how == "equal rates" else COLLAPSING)
    plan = Plan("grid25", steps, batch=256, width=128, latent=2, lr=lr, d_lr=d_lr, decay=0.5, frames=2)
    done = 0

    def tick() -> bool:
        nonlocal done
        done += 1
        bench.progress(done / steps)
        return True

    found = run(plan, task_of(plan), Arm(system, SETTINGS.get(how) or SETTINGS.get(system, {})), seed, tick=tick)
    modes = found.modes
    return {
        "modes": modes.count,
        "fair modes": modes.fair,
        "held modes": modes.held,
        "KL": min(modes.kl, log(modes.total)),  # of the good ones; as of a single mode, if there is none
        "good": modes.good,
        "seconds": found.seconds,
    }


def claim(
    arm: str, *, source: str, published: str, than: str = "gan", remarks: str = "", minutes: float = 1.0
) -> Claim:
    """The arm finds more of the grid than the plain GAN with the same nets and rates."""
    system = arm.partition(",")[0]
    return Claim(
        says=f"After as many steps, with the same nets and rates, {system} finds more of the 25 modes of a grid than a "
        "GAN, and its samples are no cloud.",
        source=source,
        arms={arm: "the remedy", than: "the plain GAN"},
        trial=trial,
        checks=[Higher("modes", arm, than), AtLeast("good", arm, CLOUD)],
        minutes=minutes,
        remarks=f"""{STEPS:,} steps of batch 256; unless said below, rates of {RATE:g} for G and {D_RATE:g} for D,
    with which a GAN collapses, that fall to 0 over the last half; three layers of 128 units without norm, z of two
    numbers, no averaging; 2,500 samples, good within 3 sigma (0.15). Modes are counted as the papers do, with a good
    sample or more; held ones have a fifth of their fair share of all samples. At equal rates of {RATE:g} a GAN does not
    collapse, and over ten seeds mrgan and veegan were no better than it ([the log](log.md)).
    {remarks} {published}""".strip(),
    )
