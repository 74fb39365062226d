"""`ganworks mix`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from ganworks.cli.arguments import Usage, call
from ganworks.cli.sample import labels_of, truncated


def main(words: Sequence[str], line: str) -> int:
    return call(mix, words, line)


def mix(
    run: str,
    *,
    out: Path | None = None,
    rows: int = 4,
    columns: int = 6,
    coarse: int | None = None,
    seed: int = 0,
    label: str | None = None,
    truncation: float | None = None,
    best: bool = False,
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto",
) -> int:
    """A grid in which each picture is mixed of the one at the left of its row and the one above its column.

    A system with styles takes the coarse ones from the row and the fine ones from the column. Others have one z, in
    which nothing is coarse or fine: there a picture lies halfway between the two, on the arc.

    out: the picture to write; RUN/out/mix.png if not given
    rows: pictures at the left
    columns: pictures above
    coarse: styles that come from the row; a third of them if not given
    seed: of the pictures
    label: class, by name or number, of a system that knows classes
    truncation: of stylegan2 or biggan: the lower it is, as 0.7, the cleaner and the more alike the pictures
    best: take the best checkpoint instead of the newest
    device: where to compute
    """
    for name, value in (("rows", rows), ("columns", columns)):
        if value < 1:
            raise Usage(f"--{name}: {value} was given; possible: 1 or more")

    from ganworks import api, data
    from ganworks.latent.codes import draw, space_of
    from ganworks.latent.mix import coarse_styles, crossed

    model = api.load(run, device=device, best=best)
    given = truncated(model, labels_of(model, label, rows + columns), truncation, rows + columns, seed)
    inputs = draw(model.system, rows + columns, seed, **given)
    if space_of(model.system) == "w":
        num = inputs["w"].shape[1]
        chosen = coarse_styles(num, coarse)
        said = f"styles 1 to {chosen} from the left, {chosen + 1} to {num} from above"
    elif coarse is not None:
        raise Usage(f"--coarse: {model.run.facts['system']} has no styles, only one z; leave it out")
    else:
        said = "halfway between left and above: a z has no order from coarse to fine"
    path = out or model.results / "mix.png"
    data.save_grid(crossed(model.system, inputs, rows, coarse), path, columns=columns + 1)
    print(f"{path}   {said}")
    return 0
