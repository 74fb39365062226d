"""`ganworks invert`."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ganworks.cli.arguments import Usage, call
from ganworks.cli.sample import labels_of

if TYPE_CHECKING:
    from torch import Tensor

    from ganworks.api import Model


def main(words: Sequence[str], line: str) -> int:
    return call(invert, words, line)


def invert(
    run: str,
    *pictures: str,
    out: Path | None = None,
    steps: int = 300,
    restarts: int = 2,
    features: str = "convs",
    count: int = 8,
    seed: int = 0,
    label: str | None = None,
    best: bool = False,
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto",
) -> int:
    """Search the codes with which a run makes given pictures; ganworks edit --code FILE then changes them.

    PICTURE is a file, or a set of pictures whose first ones are taken. The grid has a row for each: as it is, the
    sample, or code of the encoder, that the search began with, and what was found. Codes and a JSON file go beside it.

    out: the grid to write; RUN/out/invert.png if not given
    steps: of Adam
    restarts: starts for each picture; the best end is kept
    features: that pictures are compared by, besides pixels: as for ganworks evaluate, or none
    count: pictures of a set
    seed: of the random samples among which starts are chosen
    label: class, by name or number, of a system that knows classes
    best: take the best checkpoint instead of the newest
    device: where to compute
    """
    for name, value in (("steps", steps), ("restarts", restarts), ("count", count)):
        if value < 1:
            raise Usage(f"--{name}: {value} was given; possible: 1 or more")

    from rich.progress import Progress

    from ganworks import api, data
    from ganworks.latent import perceptual
    from ganworks.latent.codes import draw, save_codes
    from ganworks.latent.invert import invert as search
    from ganworks.metrics.extractors import extractor

    model = api.load(run, device=device, best=best)
    draw(model.system, 1, seed)  # whether there is a latent space at all
    wanted = read(model, pictures, count)
    perceive: perceptual.Perceive | None = None if features == "none" else perceptual.convs
    if features not in ("convs", "none"):
        size = (wanted.shape[2], wanted.shape[3])
        perceive = perceptual.of(
            extractor(features, size=size, channels=min(3, wanted.shape[1]), device=model.device.type)
        )
    with Progress(transient=True) as bar:
        task = bar.add_task("searching", total=None)
        found = search(
            model.system,
            wanted,
            perceive=perceive,
            steps=steps,
            restarts=restarts,
            seed=seed,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
            given=labels_of(model, label, 1),
        )
    path = out or model.results / "invert.png"
    import torch

    data.save_grid(torch.stack([wanted, found.start, found.images], 1).flatten(0, 1), path, columns=3)
    facts = {"run": run, "step": model.step, "pictures": list(pictures), "features": features, "steps": steps}
    facts |= {"restarts": restarts, "seed": seed, "psnr": found.psnr.tolist(), "seconds": found.seconds}
    path.with_suffix(".json").write_text(json.dumps(facts, indent=1), encoding="utf-8")
    codes = path.with_suffix(".safetensors")
    save_codes(codes, found.inputs, facts)
    print(
        f"{path}   PSNR {found.psnr.mean():.1f} dB on average, {found.psnr.min():.1f} to {found.psnr.max():.1f}, "
        f"in {found.seconds:.0f} seconds\nNext: ganworks edit {run} --code {codes} --direction NAME"
    )
    return 0


def read(model: "Model", names: Sequence[str], count: int) -> "Tensor":
    """Pictures (N, C, H, W) in [-1, 1], brought to the run's size as its data was."""
    import torch

    from ganworks.data import from_bytes, open_pictures
    from ganworks.data.decode import ENDINGS, Broken, decode
    from ganworks.data.plan import Plan

    channels, height, width = model.system.specs["image"].shape
    fit = model.run.facts["training"].get("fit", "crop")
    plan = Plan(height, width, channels, deep=True, fit=fit)
    found = []
    for name in names:
        path = Path(name)
        if path.is_file() and path.suffix.lower() in ENDINGS:
            try:
                pixels = torch.from_numpy(plan.apply(decode(path.read_bytes(), plan.near)).astype("int32"))
            except Broken as error:
                raise ValueError(f"{path} can't be read as a picture: {error}") from error
            found.append(from_bytes(pixels.permute(2, 0, 1)[None], 16))
        else:
            several = open_pictures(name, size=(height, width), channels=channels, fit=fit)
            first = several.read(torch.arange(min(count, len(several))))["image"]
            found.append(from_bytes(first, several.bits))
    return torch.cat(found)
