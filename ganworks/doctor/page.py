"""The findings as a section of the report, each with the curve that it is taken from."""

import html
import json
from collections.abc import Sequence
from typing import Any

from ganworks.doctor.diagnose import diagnose
from ganworks.doctor.finding import Finding
from ganworks.engine.curves import chart
from ganworks.engine.report import section
from ganworks.engine.run import Run, write_text


def findings_of(run: Run) -> str:
    """The section; a sentence, if nothing was found. Writes `doctor.json`, with the same, beside the page."""
    log = list(run.read_log())
    if not log:
        return ""
    findings = diagnose(log, run.facts.get("training"))
    write_findings(run, findings)
    went_back = [told(each) for each in run.facts.get("rollbacks", [])]
    return section("What the doctor says", [*map(part, findings), *went_back] or ["<p>Nothing was found.</p>"])


def part(finding: Finding) -> str:
    """A curve, and beside it what it means and what to do."""
    over = f", over since step {finding.until:,}" if finding.until is not None else ""
    title = f"{finding.name} ({finding.severity}), from step {finding.since:,} on{over}"
    advice = "".join(f"<li>{html.escape(str(each))}</li>" for each in finding.advice)
    return (
        f"{chart(finding.figure, finding.curve)}<div style='width: 36rem'><b>{html.escape(title)}</b>"
        f"<p>{html.escape(finding.evidence)}.</p><p>Likely cause: {html.escape(finding.cause)}.</p>"
        f"<ol>{advice}</ol></div>"
    )


def options(change: dict[str, float]) -> str:
    """What was changed, as the command line has it."""
    return ", ".join(f"--{name.replace('_', '-')} {value:g}" for name, value in change.items()) or "nothing"


def told(rollback: dict[str, Any]) -> str:
    """One line for each time that the run went back."""
    back = f"went back from step {rollback['from']:,} to {rollback['to']:,}"
    words = f"{back}, changed {options(rollback['change'])}"
    return f"<p>{html.escape(words)}: {html.escape(str(rollback['finding']))}</p>"


def write_findings(run: Run, findings: Sequence[Finding]) -> None:
    """`doctor.json`: the findings, the worst first."""
    write_text(run.folder / "doctor.json", json.dumps({"findings": [each.to_json() for each in findings]}, indent=1))
