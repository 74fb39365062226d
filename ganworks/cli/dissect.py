"""`ganworks dissect`."""

import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ganworks.cli.arguments import Usage, call
from ganworks.registry import Unknown

if TYPE_CHECKING:
    from ganworks.latent.dissect import Dissection

COLUMNS = 12


def main(words: Sequence[str], line: str) -> int:
    return call(dissect, words, line)


def dissect(
    run: str,
    thing: str,
    *,
    network: Path | None = None,
    layer: str | None = None,
    out: Path | None = None,
    samples: int = 1500,
    seed: int = 0,
    best: bool = False,
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto",
) -> int:
    """Find the feature maps with which a generator draws a class, switch them off, and look at what is drawn then.

    A logistic regression tells from the maps at a place whether it belongs to CLASS; those with weights above 0 are
    dropped, as in section 6.3.1 of the DCGAN paper. In place of boxes drawn by hand, a network of `ganworks features
    train` says which samples show the class, and where. Beside it stand as many maps chosen at random. The picture has
    samples of the class and without the maps, then others and without them.

    network: the network that knows the classes
    layer: which maps, by their shape, as 128x7x7; if not given, those of a quarter of the picture's height
    out: the grid to write; RUN/out/dissect-CLASS.png if not given
    samples: two thirds for the regression, the rest to be looked at
    seed: of the samples
    best: take the best checkpoint instead of the newest
    device: where to compute
    """
    if network is None:
        raise Usage("--network FILE is needed, which knows the classes; make it with: ganworks features train DATA")
    if samples < 100:
        raise Usage(f"--samples: {samples} was given; possible: 100 or more")

    from ganworks import api
    from ganworks.latent.directions import file_name
    from ganworks.latent.dissect import dissect as forget
    from ganworks.latent.recogniser import Recogniser

    model = api.load(run, device=device, best=best)
    classes = Recogniser(network)
    if thing not in classes.names:
        raise Unknown("class", thing, classes.names)
    number = classes.names.index(thing)
    found = forget(model.system, classes, classes.evidence, number, layer=layer, num=samples, seed=seed)
    path = out or model.results / f"dissect-{file_name(thing)}.png"
    draw(found, path)
    facts = {"run": run, "step": model.step, "class": thing, "network": str(network), "samples": samples, "seed": seed}
    facts |= {"layer": found.layer, "dropped": found.dropped.tolist(), "weights": found.weights.tolist()}
    facts |= {"accuracy": found.accuracy, "kept": asdict(found.kept), "control": asdict(found.control)}
    path.with_suffix(".json").write_text(json.dumps(facts, indent=1), encoding="utf-8")
    kept, control = found.kept, found.control
    print(
        f"{len(found.dropped)} of {len(found.weights)} maps {found.layer} dropped; the regression is right on "
        f"{found.accuracy:.0%} of held-out places (50% is chance)\n"
        f"{'':<34}{'before':>8}{'after':>8}  without as many random maps\n"
        f"{'still ' + thing:<34}{'100%':>8}{kept.thing:>8.0%}{control.thing:>8.0%}\n"
        f"{'others that stay what they were':<34}{'100%':>8}{kept.others:>8.0%}{control.others:>8.0%}\n"
        f"{thing + ' among all':<34}{found.has.double().mean():>8.1%}{kept.share:>8.1%}{control.share:>8.1%}\n"
        f"{path}"
    )
    return 0


def draw(found: "Dissection", path: Path) -> None:
    """Samples of the class, the same without the maps, others, and these without them."""
    import torch

    from ganworks.data import save_grid

    num = min(COLUMNS, int(found.has.sum()), int((~found.has).sum()))
    chosen = [has.nonzero().flatten()[:num] for has in (found.has, ~found.has)]
    save_grid(torch.cat([images[rows] for rows in chosen for images in (found.before, found.after)]), path, columns=num)
