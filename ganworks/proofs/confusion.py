"""The page of the doctor's confusions: which training showed which symptom, from the trials of the claim `doctor`."""

from typing import Any

from ganworks.proofs.planted import CASES, NAMES, PLANTED

HEAD = """# What the doctor says of what

{cases} trainings, {seeds} of each: in how many of them a symptom was seen above a note at any time. **Bold** is what
should be seen, and nothing should of the sound ones. One fault leads to others: further symptoms are no mistake.

"""
TAIL = """
The thresholds were chosen on other seeds. The numbers are in [proofs/doctor.json](proofs/doctor.json), and
`ganworks prove doctor` measures them again.
"""


def write_confusion_page(outcome: dict[str, Any]) -> str | None:
    """The page for the outcome of the claim `doctor`; None as long as a case has not been tried."""
    trials: dict[str, list[dict[str, float]]] = {}
    for trial in outcome["trials"]:
        trials.setdefault(trial["arm"], []).append(trial["numbers"])
    if CASES.keys() - trials.keys():
        return None
    head = ["| training | sound or not | " + " | ".join(NAMES) + " |", "|---" * (len(NAMES) + 2) + "|"]
    rows = [row(arm, trials[arm]) for arm in CASES]
    return HEAD.format(cases=len(CASES), seeds=outcome["seeds"]) + "\n".join([*head, *rows]) + "\n" + TAIL


def row(arm: str, trials: list[dict[str, float]]) -> str:
    """One kind of training: how often each symptom was seen."""
    counts = {name: round(sum(numbers[name] for numbers in trials)) for name in NAMES}
    cells = [f"**{count}**" if name == CASES[arm].expected else str(count or "") for name, count in counts.items()]
    return f"| {arm}: {CASES[arm].words} | {'planted' if arm in PLANTED else 'sound'} | {' | '.join(cells)} |"
