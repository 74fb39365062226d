"""`ganworks apply`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rich.progress import Progress

from ganworks.cli.arguments import Usage, call
from ganworks.cli.sample import class_names, labels_of

if TYPE_CHECKING:
    from ganworks.apply.files import Applied, Job, Look
    from ganworks.apply.truth import Truth


def main(words: Sequence[str], line: str) -> int:
    return call(apply, words, line)


def apply(
    run: str,
    pictures: Path | None = None,
    *,
    out: Path | None = None,
    truth: Path | None = None,
    kept_apart: bool = False,
    tile: int | None = None,
    seed: int = 0,
    label: str | None = None,
    back: bool = False,
    best: bool = False,
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto",
) -> int:
    """Make new pictures of pictures, with a run of a system that starts from some, such as pix2pix.

    PICTURES is a file or a folder; their size does not matter, large ones are done in tiles. What comes out are PNG
    files of the same names, upright, with the transparency and the 16 bits that the originals have. report.html beside
    them shows each before and after.

    out: the folder of the new pictures; RUN/out/NAME OF PICTURES if not given
    truth: folder of true pictures of the same names, or a file: prints how near to them the new ones are
    kept_apart: in place of PICTURES, those pairs that the run has not learnt from, which are written to OUT too
    tile: longest side done at once; smaller takes less memory (512, or 256 if pictures are enlarged)
    seed: of what is random in it, as pix2pix's dropout
    label: class to make of the pictures, by name or number, of a system that knows classes, such as stargan
    back: the other way round, of a system that learns both, such as cyclegan
    best: take the best checkpoint instead of the newest
    device: where to compute
    """
    if tile is not None and tile < 64:
        raise Usage(f"--tile: {tile} was given; possible: 64 or more")
    if kept_apart == (pictures is not None) or (kept_apart and truth):
        raise Usage("give either PICTURES, with or without --truth, or --kept-apart")

    from functools import partial

    from ganworks import api
    from ganworks.apply.files import Applied, jobs_in
    from ganworks.apply.page import Page
    from ganworks.apply.truth import Truth
    from ganworks.systems.translation import Translation

    if kept_apart:
        from ganworks.engine.run import Run
        from ganworks.kept_apart import write_kept_apart

        out = out or Path(run) / "out" / "kept_apart"
        pictures, truth = write_kept_apart(Run(Path(run)), out)
        out = out / "after"
    pictures = Path(str(pictures))
    jobs = jobs_in(pictures)
    model = api.load(run, device=device, best=best)
    if not isinstance(model.system, Translation):
        raise Usage(f"{model.run.facts['system']} starts from no picture; ganworks sample {run} draws new ones")
    if label is None and "label" in model.system.specs:
        names = ", ".join(class_names(model.run.facts))
        raise Usage(f"{model.run.facts['system']} makes several classes; choose one by --label: {names}")
    translate = partial(model.translate, seed=seed, back=back, **labels_of(model, label, 1))
    applied = Applied(model.system, translate, tile)
    folder = out or model.results / (pictures.resolve().stem if pictures.is_file() else pictures.resolve().name)
    if folder.resolve() == (pictures if pictures.is_dir() else pictures.parent).resolve():
        raise Usage(f"--out {folder} is where the pictures are, which it would write over; choose another folder")
    true = None if truth is None else Truth(Path(truth), jobs, model.system)
    detail = model.system.restores or model.system.scale > 1
    page = Page(f"{pictures.resolve().name}, by {model.run.facts['system']} at step {model.step:,}", detail, true)
    failed = do_all(jobs, applied, folder, page.add)
    if failed:
        print(f"skipped: {listed(failed)}")
    if len(failed) == len(jobs):
        raise Usage(f"none of the pictures in {pictures} can be read")
    if applied.uneven:
        print(
            f"colours of tiles may differ, as each is normalised by itself: a larger --tile than {applied.tile} helps"
        )
    if true:
        show(true)
    done = len(jobs) - len(failed)
    print(f"{done:,} picture{'s' * (done != 1)} in {folder}; before and after: {page.write(folder)}")
    return 0


def do_all(jobs: "Sequence[Job]", applied: "Applied", folder: Path, *look: "Look") -> list[str]:
    """Do the pictures, and look at each; the names of those that cannot be read, with the reason."""
    from ganworks.data.decode import Broken

    failed = []
    with Progress(transient=True) as bar:
        task = bar.add_task("", total=len(jobs))
        for number, job in enumerate(jobs):
            bar.update(task, description=job.name, completed=number)
            try:
                applied.save(job, folder, lambda share: bar.update(task, completed=number + share), *look)  # noqa: B023
            except Broken as error:
                failed.append(f"{job.path.name} ({error})")
    return failed


def show(truth: "Truth") -> None:
    """A table of the measures, and which pictures went worst and best."""
    if truth.left_out:
        print(f"not compared: {listed(truth.left_out)}")
    if not truth.found:
        return
    rows = [(f"mean of {len(truth.found):,}", "after", truth.rival), *truth.table()]
    widths = [max(len(row[column]) for row in rows) for column in range(3)]
    for measure, made, before in rows:
        print(f"{measure:<{widths[0]}}  {made:>{widths[1]}}  {before:>{widths[2]}}")
    ranked = truth.ranked()
    if len(ranked) > 1:
        print(f"worst {ranked[0]}, best {ranked[-1]}")


def listed(names: Sequence[str]) -> str:
    return f"{len(names):,} ({', '.join(names[:5])}{', …' if len(names) > 5 else ''})"
