"""How the players move: gradients, learning rates, numbers that are none, data that come late, nothing gained."""

from itertools import pairwise
from statistics import fmean, stdev

from ganworks.doctor.finding import (
    NOTE,
    SERIOUS,
    WARNING,
    YOUNG,
    Advice,
    Curve,
    Finding,
    Record,
    found,
    held,
    joined,
    last,
    smooth,
)
from ganworks.metrics import plateau

LASTING = 6  # probes, or lines, on end
VANISHED, EXPLODED, HUGE = 2e-3, 1e3, 1e5
QUICK, SLOW = 0.1, 1e-6
LATE = 0.3
BLOCKS, LEAST = 12, 24


def gradients(record: Record) -> list[Finding]:
    """The norm of a player's gradient is 500 times below, or 1,000 times above the most that it was at the start.

    In sound pilots it stayed within a factor of 30 of that, and below 1,000. Above 100,000 it has exploded whatever it
    was: it may have done so before the first lines were over.
    """
    findings: list[Finding] = []
    for player in record.players:
        raw, figure = record.curve("gradient_norms", player), f"gradient norm of {player}"
        norms = smooth(raw)
        early = [value for _, value in norms[: max(3, len(norms) // 5)] if value > 0] or [0.0]
        limit = min(EXPLODED * max(early), HUGE) if max(early) > 0 else HUGE
        findings += found(
            "gradients vanish",
            SERIOUS,
            held(((step, value <= VANISHED * max(early)) for step, value in norms), LASTING),
            evidence=f"{player}'s gradient is {last(norms):.2g}, at first it was up to {max(early):.2g}",
            figure=figure,
            curve=raw,
            cause="the other player is so sure that the loss is flat, or the net is dead",
            advice=(
                *record.change_rate("D", 0.25, "a slower D stays unsure for longer"),
                Advice("for gan: --loss non_saturating, whose gradient does not vanish when D is sure"),
                Advice("a loss without a sigmoid: wgan_gp, lsgan"),
            ),
        )
        findings += found(
            "gradients explode",
            SERIOUS,
            held(((step, value >= limit) for step, value in norms), LASTING),
            evidence=f"{player}'s gradient is {last(norms):.2g}, at first it was at most {max(early):.2g}",
            figure=figure,
            curve=raw,
            cause="nothing bounds the critic's slope, or the steps are too long",
            advice=(
                Advice("limits what one steep batch can do", "clip", 1.0),
                *record.change_rate(player, 0.25, "shorter steps"),
                Advice("a penalty on the slope (r3gan, wgan_gp) or spectral norm (sngan)"),
            ),
        )
    return findings


def not_finite(record: Record) -> list[Finding]:
    """Updates were skipped, as a loss or a gradient was no number; again and again is serious."""
    skipped = record.curve("skipped")
    grew = [(b[0], b[1] > a[1]) for a, b in pairwise([(0, 0.0), *skipped])]
    steps = [step for step, did in grew if did]
    if not steps:
        return []
    lasting = held(grew, LASTING, steps=0)
    often = last(skipped) >= max(10, 0.01 * skipped[-1][0]) or (lasting is not None and lasting[1] is None)
    is_over = len(grew) > LASTING and not any(did for _, did in grew[-LASTING:])
    return found(
        "not finite",
        SERIOUS if often else WARNING,
        (steps[0], steps[-1] if is_over else None),
        evidence=f"{last(skipped):,.0f} updates were skipped, as a loss or a gradient was no number",
        figure="updates skipped so far",
        curve=skipped,
        cause="a value has become too large for its format, or the data hold such values",
        advice=(
            Advice("limits what one steep batch can do", "clip", 1.0),
            *record.change_rate("G", 0.5, "shorter steps"),
            *record.change_rate("D", 0.5, "shorter steps"),
            Advice("--precision float32, if it is bf16; ganworks data check, if it comes again at the same data"),
        ),
    )


def learning_rates(record: Record) -> list[Finding]:
    """One step moves a player's weights by more than a tenth of the length they begin with, or hardly at all."""
    findings: list[Finding] = []
    for player in record.names("health", "stride"):
        raw = record.curve("health", "stride", player)
        moves = smooth(raw)
        for name, holds, cause, advice in (
            (
                "learning rate too high",
                [(step, value >= QUICK) for step, value in moves],
                "steps of this length leave what was learned behind",
                record.change_rate(player, 0.1, "shorter steps"),
            ),
            (
                "learning rate too low",
                [(step, value <= SLOW) for step, value in moves],
                "the rate is too low, or no gradient arrives",
                record.change_rate(player, 10.0, "longer steps"),
            ),
        ):
            findings += found(
                name,
                WARNING,
                held(holds, LASTING),
                evidence=f"a step of {player} is {last(moves):.2g} of its first weights' length; 1e-4 to 3e-2 is usual",
                figure=f"length of a step of {player}, over that of its first weights",
                curve=raw,
                cause=cause,
                advice=advice,
            )
    return findings


def nothing_gained(record: Record) -> list[Finding]:
    """The distance of samples from data has stopped to fall, by the rule of `metrics.plateau`.

    The run's own figure with its error is taken if it has one; or else the probes', in 12 blocks of equal length.
    A note: a training that is done looks like that too. A warning, if nothing was gained from the start, which a log
    that begins late cannot tell. Nothing is said of a young run.
    """
    name = next((name.removesuffix("_error") for line in record.lines for name in line if name.endswith("_error")), "")
    curve = record.curve(name) if name else record.curve("health", "distance")
    points = changes(curve, record.curve(f"{name}_error")) if name else blocks(curve)
    steps, values, errors = ([point[i] for point in points] for i in range(3))
    words = plateau.verdict(steps, values, errors) if points else None  # type: ignore[arg-type]
    if words is None or steps[-1] < YOUNG:
        return []
    never = curve[0][0] <= YOUNG and min(values) >= 0.9 * curve[0][1]
    faster = record.change_rate("G", 10.0, "nothing moves") + record.change_rate("D", 10.0, "nothing moves")
    slower = record.change_rate("G", 0.5, "shorter steps settle") + record.change_rate("D", 0.5, "shorter steps settle")
    return found(
        "plateau",
        WARNING if never else NOTE,
        (int(steps[values.index(min(values))]), None),
        evidence=f"the distance of samples from data is {words}",
        figure=name or "distance of samples from data",
        curve=curve,
        cause="nothing is learned" if never else "these nets with these settings get no further, or go in circles",
        advice=(
            *(faster if never else ()),
            Advice("stop, and take the best checkpoint: ganworks sample RUN --best"),
            *(() if never else slower),
        ),
    )


def blocks(curve: Curve) -> list[tuple[int, float, float]]:
    """(last step, mean, its standard error) of 12 blocks, without what is over at first; nothing for a short curve."""
    if len(curve) < LEAST:
        return []
    size = len(curve) // BLOCKS
    parts = [curve[begin : begin + size] for begin in range(len(curve) % size, len(curve), size)]
    values = [[value for _, value in part] for part in parts]
    return [
        (part[-1][0], fmean(each), stdev(each) / len(each) ** 0.5) for part, each in zip(parts, values, strict=True)
    ]


def changes(curve: Curve, errors: Curve) -> list[tuple[int, float, float]]:
    """A figure stands in every line after it was measured; the first line that has it is that of its step."""
    by_step = dict(errors)
    points = [(step, value, by_step[step]) for step, value in curve if step in by_step]
    return [point for i, point in enumerate(points) if not i or point[1:] != points[i - 1][1:]]


def slow_data(record: Record) -> list[Finding]:
    """The share of a step's time that goes by waiting for the next batch."""
    both = joined(record.curve("waited"), record.curve("seconds"))
    share = [
        (step, (waited - before) / (seconds - since))
        for (_, (before, since)), (step, (waited, seconds)) in pairwise(both)
        if seconds > since and waited >= before
    ]
    smoothed = smooth(share)
    return found(
        "slow data",
        WARNING,
        held(((step, value >= LATE) for step, value in smoothed), LASTING, steps=0),
        evidence=f"{last(smoothed):.0%} of the time is spent waiting for pictures",
        figure="share of the time spent waiting for data",
        curve=share,
        cause="reading and decoding is slower than training",
        advice=(
            Advice("more processes that read: --workers, one for each processor"),
            Advice("pictures that are stored at the size of training, in one .zip or .npy, on a local disk"),
        ),
    )
