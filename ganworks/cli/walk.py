"""`ganworks walk`: straight through the latent space would leave the shell where samples live, so it goes around."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ganworks.cli.arguments import Usage, call
from ganworks.cli.sample import labels_of, truncated

if TYPE_CHECKING:
    from torch import Tensor

    from ganworks.api import Model
    from ganworks.core import Batch


def main(words: Sequence[str], line: str) -> int:
    return call(walk, words, line)


def walk(
    run: str,
    *,
    out: Path | None = None,
    points: int = 8,
    frames: int = 24,
    fps: int = 24,
    grid: int | tuple[int, int] = 3,
    seed: int = 0,
    label: str | None = None,
    truncation: float | None = None,
    best: bool = False,
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto",
) -> int:
    """A film of pictures turning into each other, which ends where it begins; several walks side by side.

    out: the film, .gif or .mp4; RUN/out/walk.gif if not given
    points: random pictures that each walk passes
    frames: from one of them to the next
    fps: frames a second
    grid: walks side by side, rows x columns
    seed: of the random pictures
    label: class, by name or number, of a system that knows classes
    truncation: of stylegan2 or biggan: the lower it is, as 0.7, the cleaner and the more alike the pictures
    best: take the best checkpoint instead of the newest
    device: where to compute
    """
    rows, columns = (grid, grid) if isinstance(grid, int) else grid
    for name, value, least in (("points", points, 2), ("frames", frames, 1), ("fps", fps, 1), ("grid", rows, 1)):
        if value < least:
            raise Usage(f"--{name}: {value} was given; possible: {least} or more")
    if fps > 50:
        raise Usage(f"--fps: {fps} was given; possible: 1 to 50")
    if columns < 1:
        raise Usage(f"--grid: {rows}x{columns} was given; possible: 1x1 or more")

    from ganworks import api
    from ganworks.data import film

    if out is not None:
        film.check(out)
    model = api.load(run, device=device, best=best)
    path = out or model.results / "walk.gif"
    given = labels_of(model, label, rows * columns)
    images = walks(model, rows * columns, given, points=points, frames=frames, seed=seed, truncation=truncation)
    film.write((film.sheet(each, columns) for each in images), path, fps)
    print(f"{path}   {points * frames} frames, {points * frames / fps:.1f} seconds")
    return 0


def walks(
    model: "Model", num: int, given: "Batch", *, points: int, frames: int, seed: int, truncation: float | None = None
) -> "Iterator[Tensor]":
    """Frames (num, C, H, W) of `num` closed walks; whatever is drawn besides z stays the same all the way."""
    from ganworks.latent.codes import slerp

    inputs = model.system.inputs(num * points, seed)
    if "z" not in inputs:
        raise Usage(f"{model.run.facts['system']} draws no z, so there is nothing to walk through")
    still = {name: value[:num] for name, value in inputs.items() if name != "z"} | given
    z = inputs["z"].unflatten(0, (points, num))
    for point in range(points):
        for frame in range(frames):
            between = slerp(z[point], z[(point + 1) % points], frame / frames)
            inputs = still | {"z": between}
            yield model.sample(num, seed, **truncated(model, inputs, truncation, num, seed))["image"]
