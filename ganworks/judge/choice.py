"""The metrics by name, which of them are wanted, and all of those measured."""

from collections.abc import Callable, Iterable, Iterator, Mapping

from ganworks.judge import measures
from ganworks.judge.bits import bits
from ganworks.judge.measures import Case, Found, Measure
from ganworks.registry import Unknown

MEASURES: dict[str, Measure] = {**measures.MEASURES, "bits": bits}
USUAL = ("fd", "fd_infinity", "kd", "score", "prdc", "one_nn", "memorised", "bits")
OF_CLASSES = ("score", "mode_score", "modes")
WITH_INCEPTION = ("fid", "fid_infinity", "kid", "inception_score")
OTHER_NAMES = {
    "fid": "fd",
    "fid_infinity": "fd_infinity",
    "kid": "kd",
    "inception_score": "score",
    "bits_per_dimension": "bits",
    **dict.fromkeys(("precision", "recall", "density", "coverage"), "prdc"),
}


def chosen(asked: str | Iterable[str] | None, extractor: str, standard: bool) -> dict[str, bool]:
    """The metrics asked for: names with commas, `all`, or None for the usual; and whether by name, each.

    The Fréchet distance brings FD∞ along. Unknown, with the nearest name, for a metric that does not exist.
    """
    words = [word.strip() for word in (asked.split(",") if isinstance(asked, str) else asked or ())]
    words = [word for word in words if word]
    if not words:
        return dict.fromkeys(USUAL, False)
    found: dict[str, bool] = dict.fromkeys(MEASURES, False) if "all" in words else {}
    for name in words:
        if name == "all":
            continue
        if name in WITH_INCEPTION and not standard:
            raise ValueError(
                f"{name} is made with the standard Inception network and its published .pth file, not with {extractor}"
                f"; leave out --features and --weights, or ask for {OTHER_NAMES[name]}"
            )
        short = name.removesuffix(f"_{extractor}")
        plain = OTHER_NAMES.get(short, short)
        if plain not in MEASURES:
            raise Unknown("metric", name, {*MEASURES, *OTHER_NAMES, "all"})
        found[plain] = True
        if plain == "fd":
            found.setdefault("fd_infinity", False)
    return found


def measured(case: Case, names: Mapping[str, bool], note: Callable[[str], None]) -> Iterator[Found]:
    """The rows of these metrics. What can't be measured is an error if it was asked for by name, else a note."""
    knows_classes = case.a.logits is not None and case.b.logits is not None
    for name, by_name in names.items():
        if not by_name and ((name in OF_CLASSES and not knows_classes) or (name == "bits" and case.bits is None)):
            continue
        try:
            for found in MEASURES[name](case):
                yield found
                if found.note:
                    note(found.note)
        except ValueError as error:
            if by_name:
                raise ValueError(f"{name}: {error}") from error
            note(f"{name} is left out: {error}")
    if max(case.num_pairs) < max(len(case.a.features), len(case.b.features)):
        note(f"metrics on pairs of features take {max(case.num_pairs):,} of a side, chosen by the seed")
