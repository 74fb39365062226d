"""`ganworks upscale`."""

from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from ganworks.cli.apply import do_all, listed
from ganworks.cli.arguments import Usage, call


def main(words: Sequence[str], line: str) -> int:
    return call(upscale, words, line)


def upscale(
    run: str,
    picture: Path | None = None,
    *,
    out: Path | None = None,
    scale: Literal[2, 4] | None = None,
    blend: float | None = None,
    tile: int = 256,
    best: bool = False,
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto",
) -> int:
    """Enlarge a picture, or a folder of them, with a run of a system that restores, such as edsr.

    A PICTURE alone is enlarged by a model that comes with ganworks, and what JPEG has left is repaired. Pictures may
    have any size; large ones are done in tiles. What comes out are PNG files, upright, with the transparency and the 16
    bits that the originals have. ganworks apply does the same and shows before and after.

    out: the new picture, a .png; or for a folder the new folder; NAME-x2 and so on beside PICTURE if not given
    scale: without RUN, how many times as high and wide; 2 if not given
    blend: of esrgan, how much of the second stage: from 0, near to the truth, to 1, sharp; 1 if not given
    tile: longest side done at once; smaller takes less memory
    best: take the best checkpoint instead of the newest
    device: where to compute
    """
    if tile < 64:
        raise Usage(f"--tile: {tile} was given; possible: 64 or more")

    from ganworks import api
    from ganworks.apply.files import Applied, Job, jobs_in
    from ganworks.request import is_run
    from ganworks.systems.restoration import Restoration

    if picture is None:
        if is_run(Path(run)):
            raise Usage(f"{run} is a run; what shall it enlarge? ganworks upscale {run} PICTURE")
        run, picture = f"zoo:upscale{scale or 2}", Path(run)
    elif scale:
        raise Usage(f"--scale {scale}: {run} enlarges as it has learnt; leave it out, or leave out {run}")
    picture = Path(picture)
    jobs = jobs_in(picture)
    model = api.load(run, device=device, best=best)
    if not isinstance(model.system, Restoration):
        raise Usage(f"{model.run.facts['system']} does not enlarge pictures; systems that do: edsr, esrgan, and others")
    if blend is not None:
        model.system.blend(blend)
    place = picture.resolve()
    if picture.is_dir():
        target = folder = out or place.with_name(f"{place.name}-x{model.system.scale}")
        if folder.resolve() == place:
            raise Usage(f"--out {folder} is where the pictures are, which it would write over; choose another folder")
    else:
        target = out or place.with_name(f"{place.stem}-x{model.system.scale}.png")
        if target.suffix.lower() != ".png" or target.resolve() == place:
            raise Usage(f"--out: {target} was given; a .png file expected, and not the picture itself")
        target = target.with_suffix(".png")
        folder, jobs = target.parent, [Job(picture, target.stem)]
    failed = do_all(jobs, Applied(model.system, model.translate, tile), folder)
    if failed:
        print(f"skipped: {listed(failed)}")
    if len(failed) == len(jobs):
        raise Usage(f"none of the pictures in {picture} can be read")
    print(f"{model.system.scale}x as large: {target}")
    return 0
