"""`ganworks complete`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from rich.progress import Progress

from ganworks.cli.arguments import Usage, call, make_room


def main(words: Sequence[str], line: str) -> int:
    return call(complete, words, line)


def complete(
    run: str,
    picture: Path | None = None,
    *,
    mask: Path | None = None,
    out: Path | None = None,
    blend: bool = True,
    best: bool = False,
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto",
) -> int:
    """Fill holes in a picture, with a run of a system that does that, such as glcic.

    A PICTURE alone is filled by a model that comes with ganworks. It may have any size, 8 or 16 bits, and transparency;
    what lies outside of the hole stays as it is, to the bit.

    mask: picture of the same size, white where the hole is, black elsewhere
    out: the PNG file to write; RUN/out/NAME OF PICTURE.png if not given, or in out without RUN
    blend: change the colours in the hole so that its border cannot be seen (Poisson blending); --no-blend leaves them
    best: take the best checkpoint instead of the newest
    device: where to compute
    """
    from ganworks.request import is_run

    if picture is None:
        if is_run(Path(run)):
            raise Usage(f"{run} is a run; what shall it fill? ganworks complete {run} PICTURE --mask MASK")
        run, picture = "zoo:complete", Path(run)
    picture = Path(picture)
    if mask is None:
        raise Usage(f"which part of {picture}? Give a picture of the same size that is white there: --mask MASK")

    from ganworks import api
    from ganworks.apply import completion
    from ganworks.data.write import write_png
    from ganworks.systems.restore.glcic import GLCIC

    pixels = completion.read(picture)
    hole = completion.hole_in(Path(mask), picture, pixels.shape[:2])
    model = api.load(run, device=device, best=best)
    path = out or model.results / f"{picture.stem}.png"
    if path.suffix.lower() != ".png":
        raise Usage(f"--out {path}: what comes out is a PNG file, as it loses nothing; give a name that ends in .png")
    if path.resolve() == picture.resolve():
        raise Usage(f"--out {path} is the picture itself, which it would write over; choose another name")
    if not isinstance(model.system, GLCIC):
        raise Usage(f"{model.run.facts['system']} fills no holes; train one that does: ganworks train glcic PICTURES")
    make_room(path)
    channels = model.system.specs["image"].shape[0]
    times = max(1.0, completion.largest_square(hole) / model.system.largest_hole)
    with Progress(transient=True) as bar:
        task = bar.add_task(picture.name, total=1)
        made = completion.completed(
            pixels,
            hole,
            lambda part, inside: model.translate(part, mask=inside),
            channels,
            lambda share: bar.update(task, completed=share),
            times=times,
            blend=blend,
        )
    write_png(made, path)
    print(f"{path}: {hole.mean():.1%} of the picture filled")
    if times > 1:
        print(f"seen {times:.1f} x smaller: it has learnt holes of up to {model.system.largest_hole} pixels")
    return 0
