"""From what the user names to sides: runs are loaded, pictures opened, and all brought to one size and kind."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, TypeGuard

import torch
from torch import Tensor

from ganworks import data
from ganworks.api import Model, load
from ganworks.data import Pictures, gather, memory
from ganworks.data.locate import locate
from ganworks.data.plan import parse_size
from ganworks.judge.bits import bits_of
from ganworks.judge.sides import Side, of_samples, of_set
from ganworks.request import is_run
from ganworks.specs import Image
from ganworks.systems.translation import Translation

MOST_PICTURES = 50_000  # of a set, if no number is given
MOST_SAMPLES = 10_000  # of a run, if no number is given

Source = str | Path | Model | Tensor
Opened = Model | Pictures | Tensor
Size = int | tuple[int, int]
Say = Callable[[str], None]


def open_sides(
    sources: Sequence[Source],
    *,
    count: int | None = None,
    seed: int = 0,
    size: int | tuple[int, int] | None = None,
    device: str = "auto",
    best: bool = False,
    say: Say = print,
) -> list[Side]:
    """The sides in the order given, the reference last; all of one size and kind. ValueError, in one line.

    count: pictures of each side; if not given, all of a set up to MOST_PICTURES, and as many samples of a run as there
    are pictures in the reference, up to MOST_SAMPLES; of several judged sides as many as of the one that has least.
    say: is told what is done to pictures of another size.
    """
    if count is not None and count < 2:
        raise ValueError(f"--count: {count} was given; possible: 2 or more, as one picture has no spread")
    if not 0 <= seed < 2**32:
        raise ValueError(f"--seed: {seed} was given; possible: 0 to {2**32 - 1}")
    found = [load(source, device, best) if is_path_of_run(source) else source for source in sources]
    models = [what for what in found if isinstance(what, Model)]
    for model in models:
        if isinstance(model.system, Translation):
            run = model.run.folder
            raise ValueError(
                f"{run} makes pictures of others; judge them by ganworks apply {run} PICTURES --truth FOLDER"
            )
    opened = as_runs(found, models, size, say) if models else as_sets(found, size, say)
    for what in opened:
        check_number(what, count)
    last = opened[-1]
    samples = MOST_SAMPLES if isinstance(last, Model) else min(len(last), MOST_SAMPLES)
    most = [samples if isinstance(what, Model) else min(len(what), MOST_PICTURES) for what in opened]
    if len(set(most[:-1])) > 1 and count is None:  # numbers of unlike N would not compare
        fewest = min(most[:-1])
        for what, num in zip(opened[:-1], most[:-1], strict=True):
            if num > fewest:
                say(f"{name_of(what)}: {fewest:,} of {num:,} are judged, as many as of the smallest side")
        most[:-1] = [fewest] * len(most[:-1])
    return [
        of_run(what, count or num, seed) if isinstance(what, Model) else of_set(name_of(what), what, count or num, seed)
        for what, num in zip(opened, most, strict=True)
    ]


def is_path_of_run(source: Source) -> TypeGuard[str | Path]:
    if not isinstance(source, str | Path):
        return False
    if not is_run(Path(source)) and (runs := sorted(Path(source).glob("*/run.json"))):
        raise ValueError(f"{source} holds runs, and is none; name one of them, such as {runs[0].parent}")
    return is_run(Path(source))


def as_runs(found: Sequence[Source], models: list[Model], size: Size | None, say: Say) -> list[Opened]:
    """Sets of pictures brought to the shape of the runs beside them, as it was done for their training."""
    shape = shape_of(models[0])
    if size is not None and parse_size(size) != shape[1:]:
        raise ValueError(
            f"--size: {sides_of(parse_size(size))} was given, but {described(models[0])}; leave --size out"
        )
    fit = models[0].run.facts["training"].get("fit", "crop")
    opened = [
        opened_as(source, size=shape[1:], channels=shape[0], fit=fit) if isinstance(source, str | Path) else source
        for source in found
    ]
    for what in opened:
        if shape_of(what) != shape:
            raise ValueError(f"{described(models[0])}, and {described(what)}: they can't be judged together")
        tell(what, say)
    return opened


def as_sets(found: Sequence[Source], size: Size | None, say: Say) -> list[Opened]:
    """Sets of pictures as they are, or of the size asked for; in colour if not all of them are of one kind."""
    opened = [
        opened_as(source, size=native(source) if size is None else size) if isinstance(source, str | Path) else source
        for source in found
    ]
    last = opened[-1]
    for what in opened:
        if shape_of(what)[1:] != shape_of(last)[1:]:
            least = min(min(shape_of(each)[1:]) for each in opened)
            raise ValueError(f"{described(what)}, and {described(last)}; give --size {least} to bring all to one size")
    if len({shape_of(what)[0] for what in opened}) > 1:
        say("grey pictures are judged as RGB beside those in colour; transparent parts become white")
        height_width = shape_of(last)[1:]
        opened = [
            opened_as(source, size=height_width, channels=3) if isinstance(source, str | Path) else source
            for source in found
        ]
    for what in opened:
        if shape_of(what) != shape_of(opened[-1]):
            raise ValueError(f"{described(what)}, and {described(opened[-1])}: they can't be judged together")
        tell(what, say)
    return opened


def opened_as(source: str | Path, **settings: Any) -> Pictures:
    return data.open_pictures(source, **settings)


def native(source: str | Path) -> tuple[int, int] | None:
    """The size of pictures that are all of one; None leaves the choice to the data."""
    shapes = gather.scan(locate(str(source), memory.budget(0.25)).source, gather.Tally(None, 0)).shapes
    return next(iter(shapes)) if len(shapes) == 1 else None


def tell(what: Opened, say: Say) -> None:
    """What was done to pictures, where it may matter to the judgement."""
    notes = what.notes if isinstance(what, Pictures) else []
    for note in notes:
        if note.startswith("skipped") or ("(height x width)" in note and "kept as they are" not in note):
            say(f"{name_of(what)}: {note}")


def check_number(what: Opened, count: int | None) -> None:
    """ValueError if a set has fewer pictures than are wanted, or than can be judged."""
    if isinstance(what, Model) or len(what) >= (count or 2):
        return
    there = f"{name_of(what)} has {len(what):,} picture{'s' * (len(what) != 1)}"
    if len(what) < 2:
        raise ValueError(f"{there}; at least 2 are needed")
    raise ValueError(f"--count: {count:,} was given, but {there}; possible: 2 to {len(what):,}")


def shape_of(what: Opened) -> tuple[int, int, int]:
    if isinstance(what, Tensor):
        if what.ndim != 4 or what.dtype != torch.uint8:
            raise ValueError(f"pictures {what.dtype} of shape {tuple(what.shape)}; uint8 (N, C, H, W) expected")
        return (what.shape[1], what.shape[2], what.shape[3])
    image = (what.system if isinstance(what, Model) else what).specs.get("image")
    if not isinstance(image, Image):
        raise ValueError(f"{name_of(what)} makes no pictures")
    channels, height, width = image.shape
    return (channels, height, width)


def sides_of(size: Sequence[int]) -> str:
    return "x".join(map(str, size))


def described(what: Opened) -> str:
    """ "photos/ has 64x64 RGB pictures"."""
    channels, *size = shape_of(what)
    kind = {1: "grey", 3: "RGB", 4: "RGBA"}.get(channels, f"{channels}-channel")
    return f"{name_of(what)} {'makes' if isinstance(what, Model) else 'has'} {sides_of(size)} {kind} pictures"


def name_of(what: Opened) -> str:
    if isinstance(what, Model):
        return str(what.run.folder)
    return "the tensor" if isinstance(what, Tensor) else str(what.facts["source"])


def of_run(model: Model, count: int, seed: int) -> Side:
    """Samples of the averaged weights; labels are drawn by the system itself."""
    facts = {"source": name_of(model), "kind": "run", "step": model.step}
    side = of_samples(name_of(model), model.sample, shape_of(model), count=count, seed=seed, facts=facts)
    return replace(side, bits=bits_of(model.system, model.device))
