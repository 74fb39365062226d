"""`ganworks stylise`."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from ganworks.cli.arguments import Usage, call, make_room

if TYPE_CHECKING:
    from ganworks.data.decode import Pixels


def main(words: Sequence[str], line: str) -> int:
    return call(stylise, words, line)


def stylise(
    photo: Path,
    *,
    style: Path | None = None,
    out: Path | None = None,
    size: int = 512,
    strength: float = 3.0,
    smooth: float = 0.1,
    steps: int = 300,
    keep_colours: bool = False,
    features: str = "vgg19",
    device: Literal["auto", "cpu", "cuda", "mps"] = "auto",
) -> int:
    """Paint a photograph as another picture is painted: neural style, Gatys et al. 2015 (arXiv 1508.06576).

    PHOTO is changed until a network finds its content, and the other picture's style, in it. Nothing is trained, and
    each picture takes minutes; ganworks train fast_style learns one style once, and then does any picture at once.
    Ctrl-C ends it early, and what there is is written. Strokes are as large as in the other picture, which is made no
    larger than the photograph.

    style: the picture whose style it takes: a painting, or a texture
    out: the PNG to write; PHOTO-STYLE.png, by their names, in this folder if not given
    size: the longer side of what comes out, if the photograph is larger; twice the side takes four times as long
    strength: weight of the style beside the content: 1 is careful, 10 bold
    smooth: weight of the steps from pixel to pixel, against grain
    steps: how often the network looks at the picture
    keep_colours: the photograph's colours stay, and brightness alone is painted
    features: the network: vgg19 or vgg16, downloaded once, or a file with the weights of one
    device: where to compute
    """
    if style is None:
        raise Usage("give the picture whose style it shall have: ganworks stylise PHOTO --style PICTURE")
    for name, value, least in (("size", size, 16), ("steps", steps, 1)):
        if value < least:
            raise Usage(f"--{name}: {value} was given; possible: {least} or more")
    for name, weight in (("strength", strength), ("smooth", smooth)):
        if weight < 0:
            raise Usage(f"--{name}: {weight:g} was given; it must not be negative")
    photo, path = Path(photo), out or Path(f"{Path(photo).stem}-{style.stem}.png")
    if path.suffix.lower() != ".png":
        raise Usage(f"--out: {path} was given; it must end in .png")

    from rich.progress import Progress

    from ganworks.apply.style import Aim, finished, search, seen
    from ganworks.data.plan import shrunk
    from ganworks.data.write import write_png
    from ganworks.engine.precision import choose_device
    from ganworks.nets.vgg import vgg

    pixels = shrunk(read(photo), size)
    painting = shrunk(read(style), max(pixels.shape[:2]))
    make_room(path)
    place = choose_device(device)
    begin = seen(pixels).to(place)
    aim = Aim(vgg(features), begin, seen(painting).to(place))
    with Progress(transient=True) as bar:
        task = bar.add_task("painting", total=steps)
        found, done = search(
            aim,
            begin,
            strength=strength,
            smooth=smooth,
            steps=steps,
            progress=lambda done: bar.update(task, completed=done),
        )
    write_png(finished(found, pixels, keep_colours), path)
    print(f"{path}" + f"   stopped after {done:,} of {steps:,} steps" * (done < steps))
    return 0


def read(path: Path) -> "Pixels":
    """The picture in a file. Usage if there is none."""
    from ganworks.data.decode import Broken, decode

    if not path.is_file():
        raise Usage(f"no picture '{path}'")
    try:
        return decode(path.read_bytes())
    except Broken as error:
        raise Usage(f"{path} can't be read as a picture: {error}") from error
