"""`ganworks doctor`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganworks.cli.arguments import call, make_room

if TYPE_CHECKING:
    from ganworks.doctor.finding import Finding


def main(words: Sequence[str], line: str) -> int:
    return call(doctor, words, line)


def doctor(*runs: str, json: Path | None = None, strict: bool = False) -> int:
    """What is wrong with runs, since when, and what to change: read from their logs alone, and nothing is changed.

    A finding is serious, a warning, or a note; what is over is a note. While a run trains it is examined all the time.

    json: write the findings here
    strict: exit with code 3 if a run has a finding above a note
    """
    from json import dumps

    from ganworks.doctor.diagnose import diagnose, not_measured
    from ganworks.engine.run import Run, write_text

    if json:
        make_room(json)
    found: dict[str, Any] = {}
    alarm = False
    for number, folder in enumerate(runs):
        run = Run(Path(folder))
        settings, log = run.facts.get("training"), list(run.read_log())
        findings, missing = diagnose(log, settings), not_measured(log)
        alarm |= any(finding.is_alarm for finding in findings)
        found[folder] = {"findings": [finding.to_json() for finding in findings], "not_measured": missing}
        print("\n" * bool(number) + outline(folder, log, findings))
        for finding in findings:
            print(story(finding))
        if missing and log:
            print(f"  not looked at, as the log lacks the figures: {', '.join(missing)}")
    if json:
        write_text(json, dumps(found, indent=1))
        print(f"\n{json}")
    return 3 if strict and alarm else 0


def outline(folder: str, log: list[dict[str, Any]], findings: "list[Finding]") -> str:
    """One line: how far the run is, and how many findings it has."""
    if not log:
        return f"{folder}: nothing is logged yet"
    counts = {
        severity: sum(each.severity == severity for each in findings) for severity in ("serious", "warning", "note")
    }
    words = ", ".join(f"{count} {name}" for name, count in counts.items() if count) or "nothing was found"
    return f"{folder}: {len(log)} lines: {words}"


def story(finding: "Finding") -> str:
    """What was found, why, and what to do, in a few lines."""
    over = f" to {finding.until:,}, over" if finding.until is not None else ""
    lines = [
        f"  {finding.severity:<8}{finding.name}, from step {finding.since:,}{over}",
        f"          seen: {finding.evidence}",
        f"          because {finding.cause}",
        *(f"          {number}. {each}" for number, each in enumerate(finding.advice, 1)),
    ]
    return "\n".join(lines)
