"""The critic is too strong, too weak, sure of itself, or steeper and steeper.

Advice is in the order of docs/tricks.md where that has measured it.
"""

from ganworks.doctor.finding import (
    SERIOUS,
    WARNING,
    YOUNG,
    Advice,
    Curve,
    Finding,
    Record,
    falls,
    found,
    held,
    joined,
    last,
    smooth,
)

LASTING = 6  # probes on end
APART, FOOLED, SURE = 0.99, 0.3, 0.05
WORTH_A_WORD = 1500  # steps of a D that is sure, after which it is worth a word though samples get better
FLAT = 0.5
STEEPER = 20.0


def critic_wins(record: Record) -> list[Finding]:
    """D tells nearly all examples apart, its loss is near zero, and samples do not get any better.

    The first two are so for hundreds of steps of a sound DCGAN, and of WGAN-GP all along: what makes it a fault is that
    G no longer learns, and a warning that it lasts. Of losses without a zero, as Wasserstein's, nothing is said.
    """
    raw = record.curve("health", "told_apart")
    apart, gains = smooth(raw), falls(smooth(record.curve("health", "distance")))
    both = joined(apart, smooth(share_of_chance(record)))
    sure = [(step, step >= YOUNG and a >= APART and d <= SURE) for step, (a, d) in both]
    stuck = held(((step, is_sure and not gains.get(step, True)) for step, is_sure in sure), LASTING)
    lasting = held(sure, LASTING, steps=WORTH_A_WORD)
    if stuck and stuck[1] is not None and lasting:
        stuck = None  # that is over, but D is as sure as ever
    slow = "do not get nearer to the data" if stuck else "get better only slowly"
    return found(
        "critic wins",
        SERIOUS if stuck else WARNING,
        stuck or lasting,
        evidence=f"D tells {last(apart):.1%} apart, its loss is near 0, and samples {slow}",
        figure="told apart by D",
        curve=raw,
        cause="D is so sure that its verdict no longer tells G which way to go",
        advice=(
            *record.change_rate("D", 0.25, "a slower D leaves G the time to follow"),
            Advice("a system with a gradient penalty (r3gan, wgan_gp) keeps D's slope useful"),
            Advice("--soft-labels 0.1 --soft-fakes 0.1, if the system has them; before noise on D's input"),
        ),
    )


def critic_sleeps(record: Record) -> list[Finding]:
    """Fakes score higher than real examples, probe after probe: G fools a D that does not answer.

    A D that answers is fooled for moments only; near 1/2 lies equilibrium, which is no fault.
    """
    raw = record.curve("health", "told_apart")
    apart = smooth(raw)
    first_rate = () if record.rate("D") != 0 else (Advice("its learning rate is 0", "d_lr", 2e-4),)
    return found(
        "critic sleeps",
        SERIOUS,
        held(((step, value <= FOOLED) for step, value in apart), LASTING),
        evidence=f"D takes fakes for real, and real examples for fakes: told apart {last(apart):.0%}, chance is 50%",
        figure="told apart by D",
        curve=raw,
        cause="G has found what D likes, and D does not learn fast enough to see it",
        advice=(
            *first_rate,
            *record.change_rate("D", 4.0, "a faster D sees what G does"),
            *record.change_rate("G", 0.5, "a slower G leaves D the time to follow"),
        ),
    )


def logits_saturated(record: Record) -> list[Finding]:
    """Most logits lie where the sigmoid is flat, beyond +-8; only for losses that have a sigmoid."""
    raw = record.curve("health", "flat_scores")
    flat = smooth(raw)
    return found(
        "logits saturated",
        WARNING,
        held(((step, value >= FLAT) for step, value in flat), LASTING),
        evidence=f"{last(flat):.0%} of D's logits are beyond 8, where the sigmoid is flat",
        figure="share of D's logits beyond 8",
        curve=raw,
        cause="nothing bounds D, and it is far surer than it needs to be",
        advice=(
            *record.change_rate("D", 0.25, "a slower D becomes less sure"),
            Advice("--soft-labels 0.1 --soft-fakes 0.1, if the system has them, give D's logits a finite target"),
            Advice("a penalty on D's slope (r3gan) bounds it, and so does its norm (sngan)"),
        ),
    )


def critic_drifts(record: Record) -> list[Finding]:
    """D's slope at real examples is many times the most that it was in the first fifth of the run."""
    raw = record.curve("health", "slope")
    slope = smooth(raw)
    level = max((value for _, value in slope[: max(3, len(slope) // 5)]), default=0.0)
    return found(
        "critic drifts",
        WARNING,
        held(((step, 0 < STEEPER * level <= value) for step, value in slope), LASTING),
        evidence=f"D's slope at real examples is {last(slope):.3g}, at first it was at most {level:.3g}",
        figure="D's slope at real examples",
        curve=raw,
        cause="nothing holds D's slope, and G's gradients grow with it",
        advice=(
            Advice("a gradient penalty (r3gan, wgan_gp) or spectral norm (sngan) bounds the slope"),
            *record.change_rate("D", 0.25, "a slower D grows steep later"),
            Advice("limits what one steep batch can do", "clip", 1.0),
        ),
    )


def share_of_chance(record: Record) -> Curve:
    """D's loss as a share of that of a D that cannot tell, where that is known."""
    terms = record.curve("terms", "D.adversarial")
    if not terms:
        parts = joined(record.curve("terms", "D.real"), record.curve("terms", "D.fake"))
        terms = [(step, sum(values)) for step, values in parts]
    return [(step, d / chance) for step, (d, chance) in joined(terms, record.curve("health", "chance")) if chance > 0]
