"""What is wrong with the samples: all alike, copies, moving in circles, at the limits of their range, behind."""

from collections.abc import Iterator

from ganworks.doctor.finding import (
    NOTE,
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
WORDS = {
    "diversity": ("diversity", "samples are {:.0%} as far apart as real ones"),
    "twins": ("share of samples that repeat another", "{:.0%} of the samples repeat another one"),
    "lost": ("share of kinds without a sample", "{:.0%} of the kinds of data have no sample"),
}
LIMITS = {"diversity": (0.5, 0.25, 0.03), "twins": (0.1, 0.5, 2.0), "lost": (0.3, 0.7, 2.0)}  # good, bad, hopeless
NEAR = 0.35
CIRCLES = 0.5
AT_EDGE = 0.5
BEHIND = 0.5


def collapse(record: Record) -> list[Finding]:
    """Samples are much more alike than data, repeat each other, or leave most cells of the data empty.

    G begins with one grey picture: what was never good is not looked at in a young run, nor while samples still come
    nearer to the data. One collapse shows in several figures; the one that was seen first stands for all. Sound pilots
    had a diversity of 0.3 for 500 steps, and of 0.07 for 250, before it rose.
    """
    advice = (
        *record.change_rate("G", 0.25, "a slower G cannot jump from one kind to the next"),
        Advice("labels, if the data has classes (cgan, biggan): of all tricks measured the one that clearly helps"),
        Advice("r3gan or wgan_gp: a penalty on D's slope lets it see what is missing"),
        Advice("a larger --batch, or a system that judges several samples at once"),
    )
    gains = falls(smooth(record.curve("health", "distance")), by=0.05)
    findings: list[Finding] = []
    for name, (figure, words) in WORDS.items():
        curve = smooth(record.curve("health", name))
        findings += found(
            "collapse",
            SERIOUS,
            held(is_bad(curve, gains, *LIMITS[name]), LASTING),
            evidence=words.format(last(curve)),
            figure=figure,
            curve=record.curve("health", name),
            cause="G has found a few samples that D takes for real, and makes nothing else",
            advice=advice,
        )
    return sorted(findings, key=lambda each: (each.until is not None, each.since))[:1]


def is_bad(
    curve: Curve, gains: dict[int, bool], good: float, bad: float, hopeless: float
) -> Iterator[tuple[int, bool]]:
    """At each step, whether the figure is bad and was good once, or is still bad when it should not be.

    One picture alone can come nearer to the middle of the data for long: what is hopeless gets no time to mend.
    """
    sign, was_good = (1 if bad > good else -1), False
    for step, value in curve:
        was_good |= sign * value <= sign * good
        is_late = step >= YOUNG and (sign * value >= sign * hopeless or not gains.get(step))
        yield step, sign * value >= sign * bad and (was_good or is_late)


def memorisation(record: Record) -> list[Finding]:
    """Samples are much nearer to training examples than these are to each other."""
    raw = record.curve("health", "nearest")
    near = grown(smooth(raw))
    return found(
        "memorisation",
        WARNING,
        held(((step, value <= NEAR) for step, value in near), LASTING),
        evidence=f"samples are {last(near):.0%} as far from training examples as these are from each other",
        figure="distance to the nearest training example",
        curve=raw,
        cause="there are so few examples that G has learned them by heart",
        advice=(
            Advice("more data, or more of the same by --flip, --rotate 10, --crop 0.1"),
            Advice(
                "a new run in which D sees the pictures changed, if the system has these: --ada 0.6, as need be, or "
                "--diff-augment color,translation,cutout, always"
            ),
            Advice("an earlier checkpoint: ganworks sample RUN --best"),
            Advice("a smaller --width"),
        ),
    )


def oscillation(record: Record) -> list[Finding]:
    """From probe to probe most samples, of the same z, move to another part of the data, and nothing is gained."""
    raw = record.curve("health", "drift")
    drift, gains = grown(smooth(raw)), falls(smooth(record.curve("health", "distance")))
    return found(
        "oscillation",
        WARNING,
        held(((step, value >= CIRCLES and not gains.get(step)) for step, value in drift), LASTING),
        evidence=f"{last(drift):.0%} of the samples change their kind from one look to the next",
        figure="share of samples that change their kind",
        curve=raw,
        cause="G runs from kind to kind, and D after it",
        advice=(
            *record.change_rate("G", 0.25, "shorter steps turn circles into spirals that end"),
            *record.change_rate("D", 0.25, "the same for D"),
            Advice("in a new run: averaged weights stand still where the weights go round", "ema", 0.999),
            Advice("r3gan: its penalties are made to end the circles"),
        ),
    )


def tanh_saturated(record: Record) -> list[Finding]:
    """Most pixels that are between the limits in data are at the limits in samples."""
    edges = joined(record.curve("health", "edge"), record.curve("health", "edge_real"))
    raw = [(step, (made - real) / max(1 - real, 1e-6)) for step, (made, real) in edges]
    made, real = edges[-1][1] if edges else (0.0, 0.0)
    return found(
        "tanh saturated",
        WARNING,
        held(((step, value >= AT_EDGE) for step, value in grown(smooth(raw))), LASTING),
        evidence=f"{made:.0%} of the samples' pixels are at the limits, {real:.0%} of those of data",
        figure="share of pixels at the limits, beyond that of data",
        curve=raw,
        cause="what G gives to its last tanh is so large that no gradient comes back",
        advice=(
            *record.change_rate("G", 0.25, "a slower G does not run into the limits"),
            Advice("limits what one steep batch can do", "clip", 1.0),
            Advice("a new run: weights that are this large do not come back"),
        ),
    )


def average_lags(record: Record) -> list[Finding]:
    """What averaged weights make of z is far from what the weights make of it, in units of the data's spread.

    A note: a long average is behind on purpose, and better for it, as long as the run is long too.
    """
    raw = record.curve("health", "ema_samples")
    behind = grown(smooth(raw))
    decay = record.settings.get("ema")
    had = f"in a new run, in place of {decay}: " if decay else "in a new run: "
    return found(
        "average lags",
        NOTE,
        held(((step, value >= BEHIND) for step, value in behind), LASTING),
        evidence=f"the averaged G's samples are {last(behind):.2f} of the data's spread away from G's own",
        figure="distance of averaged from present samples",
        curve=raw,
        cause="the average looks further back than G stays the same",
        advice=(
            Advice(f"{had}a shorter memory", "ema", 0.99),
            *record.change_rate("G", 0.5, "a slower G is easier to follow"),
        ),
    )


def grown(curve: Curve) -> Curve:
    """Without the first fifth, and the first steps."""
    least = max(YOUNG, curve[-1][0] / 5) if curve else 0
    return [point for point in curve if point[0] >= least]
