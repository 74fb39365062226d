"""The whole examination: all symptoms on one record, the worst first, and what could not be looked at."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from ganworks.doctor.finding import SEVERITIES, Finding, Record, Settings
from ganworks.doctor.symptoms import critic, pace, samples

Symptom = Callable[[Record], list[Finding]]
SYMPTOMS: dict[Symptom, tuple[str, ...]] = {  # each with the figures, of the probe's or of the line, that it needs
    critic.critic_wins: ("told_apart", "chance", "distance"),
    critic.critic_sleeps: ("told_apart",),
    critic.logits_saturated: ("flat_scores",),
    critic.critic_drifts: ("slope",),
    samples.collapse: ("diversity", "twins", "lost"),
    samples.memorisation: ("nearest",),
    samples.oscillation: ("drift",),
    samples.tanh_saturated: ("edge",),
    samples.average_lags: ("ema_samples",),
    pace.gradients: ("gradient_norms",),
    pace.not_finite: ("skipped",),
    pace.learning_rates: ("stride",),
    pace.nothing_gained: ("distance",),
    pace.slow_data: ("waited",),
}
STANDSTILL = {"gradients vanish", "collapse", "critic wins"}


def diagnose(lines: Iterable[object], settings: Settings | None = None) -> list[Finding]:
    """What is wrong, from the lines of a log alone: what lasts before what is over, the worst first.

    settings: of the training, as in `run.json`, for better advice.
    """
    record = Record(lines, settings)
    findings = [finding for symptom in SYMPTOMS for finding in symptom(record)]
    now = {finding.name for finding in findings if finding.until is None}
    if "gradients vanish" in now:  # then short steps are not the rate's fault
        findings = [finding for finding in findings if finding.name != "learning rate too low"]
    if now & STANDSTILL:  # longer steps are no cure
        findings = [calm(finding) if finding.name == "plateau" else finding for finding in findings]
    return sorted(findings, key=lambda each: (each.until is not None, -SEVERITIES.index(each.severity), each.since))


def calm(finding: Finding) -> Finding:
    """The finding without advice to change a rate."""
    return replace(finding, advice=tuple(advice for advice in finding.advice if not advice.setting))


def not_measured(lines: Iterable[object]) -> dict[str, list[str]]:
    """By symptom, the figures that it needs and that no line has. Without an average there is none to look at."""
    record = Record(lines)
    there = {*record.names("health"), *(name for line in record.lines for name in line)}
    missing = {name_of(symptom): [name for name in needed if name not in there] for symptom, needed in SYMPTOMS.items()}
    if record.names("health"):
        missing.pop(name_of(samples.average_lags), None)
    return {name: figures for name, figures in missing.items() if figures}


def name_of(symptom: Symptom) -> str:
    return getattr(symptom, "__name__", "").replace("_", " ")
