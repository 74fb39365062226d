"""`ganworks features train`: a feature network of the user's own pictures."""

from collections.abc import Sequence
from pathlib import Path

from ganworks.cli.arguments import Usage, call, make_room


def main(words: Sequence[str], line: str) -> int:
    return call(features_train, words, line)


def features_train(
    pictures: str,
    *,
    out: Path | None = None,
    size: int | tuple[int, int] | None = None,
    epochs: int = 12,
    width: int = 32,
    seed: int = 0,
) -> int:
    """Train a small classifier on labelled pictures; its features judge pictures of their kind.

    PICTURES is what `ganworks train` takes, with labels: a subfolder a class, or a metadata.csv. A tenth of them is
    held out, and the accuracy on it is printed: features of a classifier that is often wrong judge badly.

    out: the file to write; features/NAME.safetensors if not given
    size: side of the pictures, or height and width; chosen from the data if not given
    epochs: how often every picture is seen
    width: channels of the finest layers; the features are 8 times as many
    seed: of the weights, the order and the choice of what is held out
    """
    from rich.progress import Progress, TimeRemainingColumn

    from ganworks.data import open_pictures
    from ganworks.features import train_features

    path = out or Path("features") / f"{Path(pictures).name.partition('.')[0]}.safetensors"
    if path.suffix != ".safetensors":
        raise Usage(f"--out: {path} was given; a name that ends in .safetensors is needed")
    make_room(path)
    replaced = path.exists()
    found = open_pictures(pictures, size=size)
    for note in found.notes:
        print(note)
    with Progress(*Progress.get_default_columns()[:-1], TimeRemainingColumn(), transient=True) as bar:
        task = bar.add_task("training", total=None)
        facts = train_features(
            found,
            path,
            epochs=epochs,
            width=width,
            seed=seed,
            progress=lambda done, total: bar.update(task, completed=done, total=total),
        )
    if replaced:
        print(f"{path} was there, and is replaced")
    print(
        f"{path}: {8 * width} features; {facts['accuracy']:.1%} of {facts['held_out']:,} held-out pictures are "
        f"recognised, of {len(facts['classes'])} classes\n"
        f"Next: ganworks evaluate RUN {pictures} --features {path}"
    )
    return 0
