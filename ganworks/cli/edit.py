"""`ganworks edit`."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from ganworks.cli.arguments import Usage, call
from ganworks.cli.sample import labels_of

if TYPE_CHECKING:
    from torch import Tensor

    from ganworks.api import Model
    from ganworks.core import Batch

COUNT = 64  # pictures of a seed, as `ganworks sample` numbers them
FIRST = 4  # of them are moved along a direction
STEPS = 7  # pictures along a direction, an odd number, so that the one as it is stands in the middle


def main(words: Sequence[str], line: str) -> int:
    return call(edit, words, line)


def edit(
    run: str,
    *,
    out: Path | None = None,
    direction: str | None = None,
    strength: float = 3.0,
    plus: str | None = None,
    minus: str | None = None,
    pictures: str | None = None,
    code: Path | None = None,
    seed: int = 0,
    label: str | None = None,
    best: bool = False,
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto",
) -> int:
    """Change pictures by their codes: along a direction, or by arithmetic.

    With --direction: a row for each picture, from minus to plus the strength; the middle is as it was. With --plus and
    --minus: the mean code of some pictures, less that of others, as 3,7,9+1,4,6 --minus 5,8,2 (smiling women + men -
    women); rows show the pictures and their mean, the last one the result with eight neighbours. Pictures are numbered
    from 0, row by row, in the grid of `ganworks sample RUN --seed SEED`. The codes and a JSON file go beside the grid.

    out: the grid to write; RUN/out/edit.png if not given
    direction: name in RUN/directions, as ganworks directions writes it, or a .json file
    strength: the end of the row, in deviations of codes along the direction
    plus: pictures whose mean code is taken; several groups with + between them
    minus: pictures whose mean code is taken away; several groups with + between them
    pictures: which to move along the direction; the first four, or all that --code has, if not given
    code: codes to work on, as ganworks invert and edit write them, instead of those of the seed
    seed: of the grid that the numbers are from
    label: class, by name or number, of a system that knows classes
    best: take the best checkpoint instead of the newest
    device: where to compute
    """
    if (direction is None) == (plus is None):
        raise Usage("give either --direction NAME or --plus NUMBERS (see ganworks edit --help)")
    if minus and not plus:
        raise Usage("--minus goes with --plus")
    if pictures and plus:
        raise Usage("--pictures goes with --direction; --plus names its pictures itself")
    if code and label:
        raise Usage("--label goes with --seed; the codes of a file have labels of their own")

    from ganworks import api, data
    from ganworks.latent.codes import draw, facts_of, load_codes, save_codes

    model = api.load(run, device=device, best=best)
    if code:
        inputs = load_codes(code, model.system)
        tell_step(f"the codes of {code}", facts_of(code), model)
    else:
        inputs = draw(model.system, COUNT, seed, **labels_of(model, label, COUNT))
    num = len(next(iter(inputs.values())))
    if plus:
        made, images, columns = arithmetic(model, inputs, groups_of("plus", plus, num), groups_of("minus", minus, num))
    else:
        (rows,) = groups_of("pictures", pictures, num) or [list(range(num if code else FIRST))]
        made, images, columns = along(model, inputs, str(direction), strength, rows)
    path = out or model.results / "edit.png"
    data.save_grid(images, path, columns=columns)
    facts = {"run": run, "step": model.step, "codes": str(code) if code else f"seed {seed}"}
    facts |= (
        {"plus": plus, "minus": minus} if plus else {"direction": direction, "strength": strength, "pictures": rows}
    )
    save_codes(path.with_suffix(".safetensors"), made, facts)
    path.with_suffix(".json").write_text(json.dumps(facts, indent=1), encoding="utf-8")
    print(f"{path}   codes in {path.with_suffix('.safetensors').name}")
    return 0


def tell_step(what: str, facts: dict[str, Any], model: "Model") -> None:
    """Say so if it was made at another step of the run: weights have moved since, and codes mean something else."""
    made = facts.get("step", model.step)
    if made != model.step:
        print(f"note: {what} is of step {made}, and the run is at step {model.step}: it may show other things now")


def groups_of(name: str, text: str | None, num: int) -> list[list[int]]:
    """ "3,7+1" -> [[3, 7], [1]]."""
    if text is None:
        return []
    groups = [group.split(",") for group in text.split("+")]
    if not all(word.isdecimal() and int(word) < num for group in groups for word in group):
        raise Usage(f"--{name}: '{text}' was given; possible: numbers of pictures from 0 to {num - 1}, as 3,7,9")
    if name == "pictures" and len(groups) > 1:
        raise Usage(f"--pictures: '{text}' was given; possible: one list, as 3,7,9")
    return [[int(word) for word in group] for group in groups]


def along(
    model: "Model", inputs: "Batch", name: str, strength: float, numbers: list[int]
) -> tuple["Batch", "Tensor", int]:
    """Codes at the end of the direction, all pictures on the way, and how many there are in a row."""
    import torch

    from ganworks.latent import directions
    from ganworks.latent.codes import make, rows

    direction = directions.load(name, model.run.folder / "directions", model.system)
    tell_step(f"direction {name}", direction.facts, model)
    chosen = rows(inputs, numbers)
    strengths = torch.linspace(-strength, strength, STEPS).tolist()
    steps = [make(model.system, direction.move(chosen, value)) for value in strengths]
    return direction.move(chosen, strength), torch.stack(steps, 1).flatten(0, 1), STEPS


def arithmetic(
    model: "Model", inputs: "Batch", plus: list[list[int]], minus: list[list[int]]
) -> tuple["Batch", "Tensor", int]:
    """The code of the result, a row of pictures for each group with their mean last, and the result with neighbours."""
    import torch

    from ganworks.latent.codes import make, rows
    from ganworks.latent.edit import combine, neighbours

    result = combine(model.system, inputs, plus, minus)
    around = make(model.system, neighbours(model.system, result))
    columns = max(len(around), 1 + max(map(len, plus + minus)))

    def filled(images: Any) -> Any:
        return torch.cat([images, torch.ones_like(images[:1]).expand(columns - len(images), -1, -1, -1)])

    lines = []
    for group in plus + minus:
        mean = make(model.system, combine(model.system, inputs, [group], []))
        lines.append(filled(torch.cat([make(model.system, rows(inputs, group)), mean])))
    return result, torch.cat([*lines, filled(around)]), columns
