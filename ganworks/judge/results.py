"""What a judgement found: rows, each with its protocol; to JSON and back, and side by side if that is right."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from ganworks.engine.run import versions, write_text
from ganworks.metrics.protocol import Protocol, Unlike, refuse_unlike

FORMAT = "ganworks evaluation 2"
STANDARD = "one standard error"
Facts = dict[str, Any]


@dataclass(frozen=True)
class Row:
    """A number: its metric, its error and of what kind that is, which way is better ("lower", "higher" or "")."""

    metric: str
    value: float
    error: float | None
    better: str
    protocol: Protocol
    words: str = ""  # what it means, where that can be said
    kind: str = STANDARD  # what the error is

    @property
    def num_judged(self) -> int:
        return int(self.protocol.facts["judged"]["used"])

    @property
    def num_reference(self) -> int:
        return int(self.protocol.facts["reference"]["used"])

    def to_json(self) -> Facts:
        facts = {"metric": self.metric, "value": self.value, "error": self.error, "error_is": self.kind}
        return facts | {
            "better": self.better,
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
    named = list(zip(names, results, strict=True))
    for name, result in named[1:]:
        refuse_unlike_references(names[0], results[0], name, result)
    refuse_unlike("the results", [(name, result.protocol) for name, result in named])
    for metric in metrics_of(results):
        rows = [(name, row.protocol) for name, result in named for row in result.rows if row.metric == metric]
        refuse_unlike(metric, rows)


def refuse_unlike_references(name: str, one: Result, other_name: str, other: Result) -> None:
    """Unlike, with the names of the two, if they are different sets: no setting can help that."""
    sources = one.reference["source"], other.reference["source"]
    if one.reference.get("content") != other.reference.get("content") and sources[0] != sources[1]:
        raise Unlike(
            f"the results of {name} and {other_name} can't be compared: one is against {sources[0]}, the other against "
            f"{sources[1]}; judge both against the same reference"
        )


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
    made = facts.get("format", "") if isinstance(facts, dict) else ""
    if made != FORMAT and str(made).startswith("ganworks evaluation"):
        raise ValueError(f"{path} was written by another version of ganworks; evaluate again")
    if made != FORMAT:
        raise ValueError(f"{path} is no result of ganworks; give a file that `ganworks evaluate … --json FILE` wrote")
    if not facts.get("results"):
        raise ValueError(f"{path} holds no result; evaluate again")
    try:
        return [result_of(each) for each in facts["results"]]
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{path} is not a whole result ({type(error).__name__}: {error}); evaluate again") from error


def result_of(facts: Facts) -> Result:
    rows = [
        Row(
            row["metric"],
            float(row["value"]),
            row["error"],
            row["better"],
            protocol_of(row),
            row["words"],
            row["error_is"],
        )
        for row in facts["rows"]
    ]
    return Result(facts["judged"], facts["reference"], rows, protocol_of(facts), facts["notes"])


def protocol_of(facts: Facts) -> Protocol:
    """The protocol that a file tells; ValueError if it was changed after it was written."""
    protocol = Protocol(facts["protocol"])
    if protocol.fingerprint != facts["fingerprint"]:
        raise Unlike(f"the protocol {facts['fingerprint']} was changed by hand; evaluate again")
    return protocol
