"""What a number was measured by. Two numbers of unlike protocols don't stand in one table."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

VERSION = 1  # of the metrics' definitions: raised by any change that moves their numbers

# In words, and what to do when two differ; the most special name that begins a fact's name counts.
WORDS = {
    "version": ("version of the metrics", "evaluate all with one version of ganworks"),
    "metric": ("settings of the metric", "evaluate all with one version of ganworks"),
    "extractor": ("extractor", "give all the same --features and --weights"),
    "extractor.name": ("features", "give all the same --features"),
    "extractor.weights": ("weights of the features", "give all the same --weights"),
    "pictures.size": ("size of the pictures", "give all the same --size"),
    "pictures.channels": ("channels of the pictures", "judge pictures of one kind"),
    "judged.count": ("N of the judged set", "give all the same --count"),
    "judged.used": ("N of the judged set that the metric took", "give all the same --count"),
    "reference.count": ("N of the reference", "give all the same --count"),
    "reference.used": ("N of the reference that the metric took", "give all the same --count"),
    "reference.selection": ("choice of the reference's pictures", "give all the same --count"),
    "reference.content": ("pictures of the reference", "judge all against the same reference, with the same --seed"),
}
# A fact that differs of itself when one of these does, and need not be told then.
FOLLOWS = {
    "extractor.": ("extractor.name",),
    "metric.": ("metric.name", "judged.count", "judged.used", "reference.count", "reference.used"),
    "judged.used": ("judged.count",),
    "reference.used": ("reference.count",),
    "reference.selection": ("reference.count",),
    "reference.content": ("reference.count", "pictures.size", "pictures.channels"),
}


class Unlike(ValueError):
    """Numbers of unlike protocols were to stand side by side."""


@dataclass(frozen=True)
class Protocol:
    """Everything that two measurements must share for their numbers to be comparable.

    facts: nested, as JSON has it: version, metric, extractor, pictures, judged (N), reference (N, content). What is
    judged is no part of it, nor is the seed: another seed is another draw of the same measurement.
    """

    facts: Mapping[str, Any]

    def __post_init__(self) -> None:
        object.__setattr__(self, "facts", json.loads(json.dumps(self.facts, allow_nan=False)))

    @property
    def fingerprint(self) -> str:
        """12 hexadecimal digits; the same for the same facts, on any machine."""
        text = json.dumps(self.facts, sort_keys=True, separators=(",", ":"))
        return hashlib.sha256(text.encode()).hexdigest()[:12]

    def differences(self, other: "Protocol") -> list[str]:
        """A sentence for each fact that differs, as "N of the judged set: 500 against 1,000"."""
        ours, theirs = dict(flat(self.facts)), dict(flat(other.facts))
        return [
            f"{words_for(name)[0]}: {shown(ours.get(name))} against {shown(theirs.get(name))}"
            for name in self.unlike(other)
        ]

    def remedies(self, other: "Protocol") -> list[str]:
        """What to do about the differences, each once."""
        return list(dict.fromkeys(words_for(name)[1] for name in self.unlike(other)))

    def unlike(self, other: "Protocol") -> list[str]:
        """The facts that differ, without those that differ only because another does."""
        ours, theirs = dict(flat(self.facts)), dict(flat(other.facts))
        names = [name for name in dict.fromkeys([*ours, *theirs]) if ours.get(name) != theirs.get(name)]
        return [name for name in names if not follows(name, names)]


def refuse_unlike(what: str, protocols: Sequence[tuple[str, Protocol]]) -> None:
    """Unlike, in one line, unless all protocols are the same one. what: what is compared; with each, whose it is.

    The line names each difference, and what to do about it.
    """
    for name, other in protocols[1:]:
        whose, first = protocols[0]
        if first.fingerprint != other.fingerprint:
            raise Unlike(
                f"{what} of {whose} and {name} can't be compared; {'; '.join(first.differences(other))}. "
                f"To compare them, {', and '.join(first.remedies(other))}"
            )


def flat(facts: Mapping[str, Any], before: str = "") -> Iterator[tuple[str, Any]]:
    """{"a": {"b": 1}} -> ("a.b", 1)."""
    for key, value in facts.items():
        if isinstance(value, dict):
            yield from flat(value, f"{before}{key}.")
        else:
            yield before + key, value


def follows(name: str, differing: Sequence[str]) -> bool:
    """Whether a fact differs only because another one does."""
    causes = (causes for start, causes in FOLLOWS.items() if name.startswith(start))
    return any(cause in differing and cause != name for found in causes for cause in found)


def words_for(name: str) -> tuple[str, str]:
    """A fact in words, and the remedy."""
    if name in WORDS:
        return WORDS[name]
    group = name.partition(".")[0]
    words, remedy = WORDS.get(group, (group, "evaluate all in the same way"))
    return f"{words} ({name.partition('.')[2].replace('_', ' ').replace('.', ' ')})".replace(" ()", ""), remedy


def shown(value: Any) -> str:
    if value is None:
        return "none"
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{value:,}"
    return "x".join(map(str, value)) if isinstance(value, list) else str(value)
