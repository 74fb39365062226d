"""`ganworks lab`: systems side by side on toy data."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganworks import registry
from ganworks.cli import values
from ganworks.cli.arguments import Usage, call, make_room
from ganworks.registry import Unknown

if TYPE_CHECKING:
    from ganworks.lab.contest import Progress
    from ganworks.lab.plan import Arm

DEFAULT = ("gan", "lsgan", "pacgan", "r3gan")


def main(words: Sequence[str], line: str) -> int:
    return call(lab, words, line)


def lab(
    toy: str,
    *,
    systems: tuple[str, ...] | None = None,
    seeds: int = 4,
    steps: int | None = None,
    batch: int | None = None,
    width: int | None = None,
    latent: int | None = None,
    lr: float | None = None,
    d_lr: float | None = None,
    decay: float = 0.5,
    film: str = "film.gif",
    frames: int = 60,
    processes: int | None = None,
    judge: Path | None = None,
    out: Path | None = None,
) -> int:
    """Train systems side by side on toy data whose modes are known, and count what each of them misses.

    TOY is ring8, grid25, spiral, mixture1d, ring1200, or stacked:DATA for stacks of three labelled grey pictures, as
    stacked:fashion_mnist_10k. OUT gets the table (table.json, table.txt), a film of the first seed and its last frame
    (still.png). Ctrl-C ends the training and writes what there is.

    systems: names with commas between, by default gan,lsgan,pacgan,r3gan; with settings: gan,gan:loss=minimax
    seeds: trials of each system; 4 or more tell a difference from luck
    steps: of each trial; 1000 on points, 1500 on stacked pictures
    batch: examples in a batch; 256 points, or 64 pictures
    width: of the nets; 128 for points, 32 for pictures
    latent: length of z; 2 for points of one or two dimensions, otherwise 64
    lr: learning rate of all players; 1e-3 on points; 0 leaves each system its own
    d_lr: learning rate of D; that of --lr if not given. With 3e-4 a plain GAN collapses on the grid
    decay: the share of the steps, at the end, in which learning rates fall to 0
    film: name of the film, .gif or .mp4
    frames: of the film
    processes: trials at once; one for each processor if not given
    judge: classifier that names stacked pictures; trained first if not given, and kept in OUT
    out: the folder of the results; runs/lab-TOY if not given
    """
    arms = [understood(text) for text in systems or DEFAULT]
    out = out or Path(f"runs/lab-{toy.partition(':')[0]}")
    if Path(film).name != film:
        raise Usage(f"--film: {film} was given; it is a file's name, and --out its folder")
    make_room(out / "table.json")

    from ganworks.data import film as films
    from ganworks.lab import compare
    from ganworks.lab.plan import STACKED, check_data

    films.check(Path(film))
    check_data(toy)
    with bar() as show:
        if toy.startswith(STACKED) and judge is None:
            judge = hired(toy.removeprefix(STACKED), out, show("learning to name the pictures"))
        found = compare(
            toy,
            arms,
            seeds=seeds,
            steps=steps,
            batch=batch,
            width=width,
            latent=latent,
            lr=lr,
            d_lr=d_lr,
            decay=decay,
            frames=frames,
            processes=processes,
            judge=judge,
            progress=show(f"{len(arms)} systems, {seeds} seeds"),
        )
    if not found.trials:
        raise KeyboardInterrupt
    print(found.table())
    for path in found.write(out, film):
        print(path)
    num_finished = sum(trial.end != "interrupt" for trial in found.trials)
    return 0 if num_finished == len(arms) * seeds else 130


def understood(text: str) -> "Arm":
    """gan:loss=minimax, my_module:my_system -> the system and its settings. ValueError for what doesn't exist."""
    from ganworks.lab.plan import Arm

    parts = text.split(":")
    name = ":".join(part for part in parts if "=" not in part)
    kinds = {setting.name: setting.annotation for setting in registry.find(name).settings}
    settings: dict[str, Any] = {}
    for key, _, value in (part.partition("=") for part in parts if "=" in part):
        setting = key.replace("-", "_")
        if setting not in kinds:
            raise Unknown(f"setting of {name}", setting, kinds)
        try:
            settings[setting] = values.read(kinds[setting], value)
        except ValueError as error:
            raise Usage(f"--systems {text}: {key}: {error}") from None
    return Arm(name, settings)


def hired(name: str, out: Path, progress: "Progress") -> Path:
    """A classifier of these pictures, trained if it isn't there."""
    from ganworks.data import open_pictures
    from ganworks.features import train_features

    pictures = open_pictures(name)
    path = out / f"judge-{pictures.facts['fingerprint']}.safetensors"
    if not path.exists():
        facts = train_features(pictures, path, progress=progress)
        print(f"the judge names {facts['accuracy']:.1%} of {facts['held_out']:,} held-out pictures rightly")
    return path


@contextmanager
def bar() -> Iterator[Callable[[str], "Progress"]]:
    """A progress bar, on a terminal; what it yields begins a new one, and returns whom to tell how far it is."""
    from rich import progress
    from rich.console import Console

    columns = (progress.TextColumn("{task.description}"), progress.BarColumn(), progress.TimeRemainingColumn())
    console = Console(stderr=True)
    with progress.Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as shown:

        def show(what: str) -> "Progress":
            task = shown.add_task(what, total=1)

            def tell(done: int, total: int) -> None:
                shown.update(task, completed=done, total=total)

            return tell

        yield show
