"""What a judgement found: rows, each with its protocol; to JSON and back, and side by side if that is right."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ganworks.engine.run import versions, write_text
from ganworks.metrics.protocol import Protocol, Unlike, refuse_unlike

FORMAT = "ganworks evaluation 1"
Facts = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """A number: its metric, one standard error if known, which way is better ("lower", "higher" or "")."""

    metric: str
    value: float
    error: float | None
    better: str
    protocol: Protocol
    words: str = ""  # what it means, where that can be said

    @property
    def num_judged(self) -> int:
        return int(self.protocol.facts["judged"]["used"])

    @property
    def num_reference(self) -> int:
        return int(self.protocol.facts["reference"]["used"])

    def to_json(self) -> Facts:
        facts = {"metric": self.metric, "value": self.value, "error": self.error, "better": self.better}
        return facts | {
            "words": self.words,
            "fingerprint": self.protocol.fingerprint,
            "protocol": dict(self.protocol.facts),
        }


@dataclass(frozen=True)
class Result:
    """A judged side against a reference. judged, reference: source, kind, count, content; step and seed of a run."""

    judged: Facts
    reference: Facts
    rows: list[Row]
    protocol: Protocol
    notes: list[str] = field(default_factory=list)

    def __getitem__(self, metric: str) -> Row:
        """The row of a metric; KeyError if it has none."""
        for row in self.rows:
            if row.metric == metric:
                return row
        raise KeyError(metric)

    @property
    def name(self) -> str:
        step = self.judged.get("step")
        return str(self.judged["source"]) + (f" at step {step:,}" if step is not None else "")

    def to_json(self) -> Facts:
        return {
            "judged": self.judged,
            "reference": self.reference,
            "fingerprint": self.protocol.fingerprint,
            "protocol": dict(self.protocol.facts),
            "rows": [row.to_json() for row in self.rows],
            "notes": self.notes,
        }


def refuse_unlike_results(names: Sequence[str], results: Sequence[Result]) -> None:
    """Unlike, in one line, if any metric that several results have was not measured by one protocol."""
    refuse_unlike("the results", {name: result.protocol for name, result in zip(names, results, strict=True)})
    for metric in metrics_of(results):
        rows = {
            name: row.protocol
            for name, result in zip(names, results, strict=True)
            for row in result.rows
            if row.metric == metric
        }
        refuse_unlike(metric, rows)


def metrics_of(results: Sequence[Result]) -> list[str]:
    """All metrics, in the order in which they come."""
    return list(dict.fromkeys(row.metric for result in results for row in result.rows))


def save(path: Path, results: Sequence[Result], command: str) -> None:
    """Everything needed to repeat the judgement, as JSON."""
    facts = {
        "format": FORMAT,
        "command": command,
        "versions": versions() | {"numpy": np.__version__},
        "results": [result.to_json() for result in results],
    }
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(facts, indent=2, allow_nan=False) + "\n")


def load(path: Path) -> list[Result]:
    """The results in a file that `save` wrote; ValueError, in one line, for anything else."""
    try:
        facts = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError:
        raise ValueError(f"no file at '{path}'; give a file that `ganworks evaluate … --json FILE` wrote") from None
    except (OSError, ValueError) as error:
        why = getattr(error, "strerror", None) or f"it is no JSON: {error}"
        raise ValueError(f"{path} can't be read ({why})") from error
    if not isinstance(facts, dict) or facts.get("format") != FORMAT:
        raise ValueError(f"{path} is no result of ganworks; give a file that `ganworks evaluate … --json FILE` wrote")
    try:
        return [result_of(each) for each in facts["results"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is not a whole result ({type(error).__name__}: {error}); evaluate again") from error


def result_of(facts: Facts) -> Result:
    rows = [
        Row(row["metric"], float(row["value"]), row["error"], row["better"], protocol_of(row), row["words"])
        for row in facts["rows"]
    ]
    return Result(facts["judged"], facts["reference"], rows, protocol_of(facts), facts["notes"])


def protocol_of(facts: Facts) -> Protocol:
    """The protocol that a file tells; ValueError if it was changed after it was written."""
    protocol = Protocol(facts["protocol"])
    if protocol.fingerprint != facts["fingerprint"]:
        raise Unlike(f"the protocol {facts['fingerprint']} was changed by hand; evaluate again")
    return protocol
