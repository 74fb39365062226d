"""`ganworks sample`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ganworks.cli.arguments import Usage, call
from ganworks.registry import Unknown

if TYPE_CHECKING:
    from ganworks.api import Model
    from ganworks.core import Batch


def main(words: Sequence[str], line: str) -> int:
    return call(sample, words, line)


def sample(
    run: str,
    *,
    count: int = 64,
    seed: str = "0",
    out: Path | None = None,
    each: Path | None = None,
    label: str | None = None,
    truncation: float | None = None,
    best: bool = False,
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto",
) -> int:
    """Draw new pictures from a run: a grid for each seed, or single files by --each FOLDER.

    count: pictures for each seed
    seed: one, several (1,5,9) or a range (0-3); the same seed gives the same pictures
    out: folder for the grids; RUN/out if not given
    each: write single files into this folder, instead of grids
    label: class, by name or number, of a system that knows classes; all in turn if not given
    truncation: of stylegan2 or biggan: the lower it is, as 0.7, the cleaner and the more alike the pictures
    best: take the best checkpoint instead of the newest
    device: where to compute
    """
    seeds = seeds_of(seed)
    if count < 1:
        raise Usage(f"--count: {count} was given; possible: 1 or more")

    from ganworks import api, data

    model = api.load(run, device=device, best=best)
    labels = labels_of(model, label, count)
    prefix = "sample" if label is None else f"sample-{label}"
    prefix += "" if truncation is None else f"-truncation{truncation:g}"
    for number in seeds:
        given = truncated(model, labels, truncation, count, number)
        images = data.side_by_side(model.sample(count, number, **given))
        if each is None:
            path = (out or model.results) / f"{prefix}-seed{number}.png"
            data.save_grid(images, path)
            print(path)
        else:
            paths = data.save_each(images, each, f"{prefix}-seed{number}-")
            print(f"{paths[0]} to {paths[-1].name}" if len(paths) > 1 else paths[0])
    return 0


def truncated(model: "Model", given: "Batch", truncation: float | None, num: int, seed: int) -> "Batch":
    """The inputs given, with those drawn by the seed nearer to the middle, if that is asked for."""
    return given if truncation is None else model.system.truncate(model.system.inputs(num, seed) | given, truncation)


def seeds_of(text: str) -> list[int]:
    """ "0-3" -> [0, 1, 2, 3]; "1,5,9" -> [1, 5, 9]; both can be mixed."""
    seeds: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if not first.isdecimal() or not (last or first).isdecimal() or part.endswith("-"):
            raise Usage(f"--seed: '{text}' was given; possible: a whole number, a list 1,5,9, or a range 0-3")
        seeds += range(int(first), int(last or first) + 1)
    if not seeds:
        raise Usage(f"--seed: the range {text} runs backwards; possible: a range such as 0-3")
    return seeds


def labels_of(model: "Model", label: str | None, num: int) -> "Batch":
    """The inputs that ask for a class; none if no class is asked for."""
    if label is None:
        return {}
    import torch

    facts = model.run.facts
    total = sum(facts["specs"][name]["classes"] for name in ("label", "other_label") if name in facts["specs"])
    if not total:
        raise Usage(f"--label {label}: {facts['system']} was trained without classes; leave it out")
    names = class_names(facts)
    if label in names:
        number = names.index(label)
    elif label.isdecimal() and int(label) < total:
        number = int(label)
    else:
        raise Unknown("label", label, names or map(str, range(total)))
    return {"label": torch.full((num,), number)}


def class_names(facts: dict[str, Any]) -> list[str]:
    """Of the classes that a run knows, as far as they have names; after them those of its second set of pictures."""
    summary = facts["data"]["summary"]
    sets = [summary, summary.get("other")] if "other_label" in facts["specs"] else [summary]
    return [name for each in sets if each for name in each.get("classes") or ()]
