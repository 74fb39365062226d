"""`ganworks directions`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ganworks.cli.arguments import Usage, call

if TYPE_CHECKING:
    from ganworks.api import Model
    from ganworks.latent.directions import Direction
    from ganworks.latent.recogniser import Recogniser

SHOWN = (-3.0, -2.0, -1.0, 0.0, 1.0, 2.0, 3.0)  # strengths in the picture


def main(words: Sequence[str], line: str) -> int:
    return call(directions, words, line)


def directions(
    run: str,
    *,
    by: Literal["labels", "pca", "sefa"] = "sefa",
    network: Path | None = None,
    count: int = 10,
    samples: int = 2000,
    seed: int = 0,
    best: bool = False,
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto",
) -> int:
    """Find directions in the latent space along which pictures change in one way; ganworks edit goes along them.

    By labels: what tells a class from the others, by logistic regression; a network of `ganworks features train` says
    which class a sample shows. By pca: in which most varies. By sefa: which the generator's first weights amplify most.
    They are written to RUN/directions, and a picture to RUN/out: a row for each, from -3 to 3 deviations.

    by: how they are found
    network: the network that knows the classes, for --by labels
    count: how many, for pca and sefa
    samples: from which the statistics come, for labels and pca
    seed: of the samples
    best: take the best checkpoint instead of the newest
    device: where to compute
    """
    for name, value, least in (("count", count, 1), ("samples", samples, 100)):
        if value < least:
            raise Usage(f"--{name}: {value} was given; possible: {least} or more")
    if (by == "labels") != (network is not None):
        raise Usage("--by labels and --network FILE go together; make the file with: ganworks features train DATA")

    from ganworks import api
    from ganworks.latent import directions as ways
    from ganworks.latent.recogniser import Recogniser

    model = api.load(run, device=device, best=best)
    system = model.system
    classes = Recogniser(network) if network else None
    if classes:
        found = ways.by_labels(system, classes, classes.names, num=samples, seed=seed)
        if not found:
            raise ValueError(
                f"of {samples} samples no class has {ways.LEAST} and more beside others; try more --samples"
            )
    elif by == "pca":
        found = ways.by_pca(system, count, num=samples, seed=seed)
    else:
        found = ways.by_sefa(system, count, seed=seed)
    show(model, found, classes, seed)
    picture = model.results / f"directions-{by}.png"
    draw_rows(model, found, picture, seed)
    print(
        f"picture  {picture}: a row for each, from {SHOWN[0]:g} to {SHOWN[-1]:g} deviations\n"
        f"Next: ganworks edit {run} --direction {ways.file_name(found[0].name)}"
    )
    return 0


def show(model: "Model", found: list["Direction"], classes: "Recogniser | None", seed: int) -> None:
    """Save each direction, and print a line on it; of classes, also how often pictures show one as they go."""
    if classes:
        print("accuracy is on held-out samples, 50% is chance; shares are of pictures that show the class, on the way")
        if "label" in model.system.specs:
            print(f"{model.run.facts['system']} is told the class, which then hardly depends on z: use --label")
    for direction in found:
        direction.facts["step"] = model.step
        if classes:
            shares = shares_of(model, direction, classes, seed)
            direction.facts["shares"] = shares
            said = f"accuracy {direction.facts['accuracy']:.0%}   " + ", ".join(
                f"at {s} {v:.0%}" for s, v in shares.items()
            )
        elif "share" in direction.facts:
            said = f"{direction.facts['share']:.1%} of the variance of {direction.facts['layer']}"
        else:
            said = f"amplified {direction.facts['gain']:.3g} times"
        print(f"{direction.save(model.run.folder / 'directions')}   {said}")


def shares_of(model: "Model", direction: "Direction", classes: "Recogniser", seed: int) -> dict[str, float]:
    """How many of 64 other samples show the class, when moved by so many deviations."""
    from ganworks.latent.codes import draw, make

    inputs = draw(model.system, 64, seed + 1)
    number = classes.names.index(direction.name)
    moved = {strength: make(model.system, direction.move(inputs, strength)) for strength in (-3, 0, 3)}
    return {str(s): float((classes(images) == number).double().mean()) for s, images in moved.items()}


def draw_rows(model: "Model", found: list["Direction"], path: Path, seed: int) -> None:
    import torch

    from ganworks import data
    from ganworks.latent.codes import draw, make

    inputs = draw(model.system, 1, seed)
    pictures = [make(model.system, direction.move(inputs, strength)) for direction in found for strength in SHOWN]
    data.save_grid(torch.cat(pictures), path, columns=len(SHOWN))
