"""`ganworks evaluate`."""

import inspect
import shlex
import time
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from rich.console import Console
from rich.progress import Progress, TaskID

from ganworks.cli.arguments import Usage, call, dashed, make_room

if TYPE_CHECKING:
    from ganworks.judge.gathered import Gathered
    from ganworks.judge.sides import Side


def main(words: Sequence[str], line: str) -> int:
    return call(evaluate, words, line)


def evaluate(
    *sources: str,
    features: str = "inception",
    weights: Path | None = None,
    count: int | None = None,
    seed: int = 0,
    metrics: str | None = None,
    size: int | tuple[int, int] | None = None,
    json: Path | None = None,
    picture: Path | None = None,
    best: bool = False,
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto",
) -> int:
    """How near pictures are to real ones. The last word is the reference; what stands before it is judged.

    Each is a run, a folder, an archive, an idx, .npy or .npz file, or a named data set such as fashion_mnist_10k. Runs
    are sampled with their averaged weights. Without the standard Inception network, --features convs needs no download.

    features: inception, convs, pixels, efficientnet_lite0, a torchvision network, an .onnx or .safetensors file
    weights: file with the weights of the features
    count: pictures of each side; if not given, up to 50,000 of a set, and samples as the reference has, up to 10,000
    seed: of samples, of choices, and of the metrics' subsets
    metrics: all, or fd,kd,prdc,one_nn,memorised,score,mode_score,modes,mmd,sliced_wasserstein,ms_ssim,duplicates,bits
    size: side, or height and width, to bring pictures of several sizes to one
    json: write the results here, with everything needed to repeat them; `ganworks compare` reads it
    picture: draw possible copies and the worst samples here; RUN/evaluation.png if a run is judged
    best: take the best checkpoint of runs instead of the newest
    device: where runs compute
    """
    given = {name: value for name, value in locals().items() if name != "sources"}
    if len(sources) < 2:
        raise Usage(f"'{sources[0]}' against what? It goes: ganworks evaluate {sources[0]} REAL")

    from ganworks.cli.table import console, show
    from ganworks.judge import results
    from ganworks.judge.evidence import draw_evidence
    from ganworks.judge.judging import evaluate as judge
    from ganworks.request import is_run

    *judged, reference = sources
    for path in (json, picture):
        if path:
            make_room(path)
    picture = picture or (Path(judged[0]) / "evaluation.png" if is_run(Path(judged[0])) else None)
    out = console()
    bar = Bar(out)

    seen: list[tuple[Side, Side, Gathered, Gathered]] = []
    with bar:
        found = judge(
            judged,
            reference,
            features=features,
            weights=weights,
            metrics=metrics,
            count=count,
            seed=seed,
            size=size,
            device=device,
            best=best,
            say=lambda line: out.print(line, soft_wrap=True),
            progress=bar,
            look=lambda *sides: seen.append(sides),
        )
    show(out, [result.name for result in found], found)
    if json:
        results.save(json, found, command(sources, given))
        out.print(f"results  {json}", soft_wrap=True)
    if picture and not seen and given["picture"]:
        out.print("note: no picture: bits alone need neither samples nor features")
    elif picture and seen:
        try:
            draw_evidence(picture, *seen[0])
            out.print(f"picture  {picture}", soft_wrap=True)
        except OSError as error:  # the numbers are there
            out.print(f"note: no picture: {picture} can't be written ({error.strerror})", soft_wrap=True)
    return 0


def command(sources: Sequence[str], given: dict[str, object]) -> str:
    """The words that repeat this judgement."""
    parameters = inspect.signature(evaluate).parameters
    words = ["ganworks", "evaluate", *sources]
    for name, value in given.items():
        if value == parameters[name].default:
            continue
        text = "x".join(map(str, value)) if isinstance(value, tuple) else str(value)
        words += [f"--{dashed(name)}"] + ([] if value is True else [text])
    return shlex.join(words)


class Bar:
    """What is being done, and how far it is: on a terminal as a bar that goes away, elsewhere a line now and then."""

    every = 10.0  # seconds between two lines

    def __init__(self, out: Console):
        self.out, self.what = out, ""
        self.last = time.monotonic()
        self.live = Progress(console=out, transient=True) if out.is_terminal else None
        self.task: TaskID | None = None

    def __enter__(self) -> "Bar":
        if self.live:
            self.live.start()
        return self

    def __exit__(self, *error: object) -> None:
        if self.live:
            self.live.stop()

    def __call__(self, what: str, done: int, total: int) -> None:
        if self.live:
            if what != self.what or self.task is None:
                if self.task is not None:
                    self.live.remove_task(self.task)
                self.task = self.live.add_task(what, total=total or None)
            self.live.update(self.task, completed=done)
        elif time.monotonic() - self.last > self.every:
            self.last = time.monotonic()
            self.out.print(f"{what}{f': {done:,} of {total:,}' if total else ''}", soft_wrap=True)
        self.what = what
