"""`ganworks morph`."""

from collections.abc import Sequence
from pathlib import Path

from ganworks.cli.arguments import Usage, call, make_room


def main(words: Sequence[str], line: str) -> int:
    return call(morph, words, line)


def morph(
    pictures: Path,
    first: str,
    second: str,
    *,
    landmarks: Path | None = None,
    alpha: tuple[float, ...] = (0.0, 0.25, 0.5, 0.75, 1.0),
    components: int | None = None,
    size: int = 256,
    out: Path | None = None,
) -> int:
    """Turn one picture into another of its kind, such as faces, by landmarks: no network is trained.

    PICTURES is a folder, A and B are names of files in it. From all pictures with landmarks it learns how shapes
    differ and, with the landmarks bent onto their mean places, how textures do (principal components of both, Cootes
    et al. 1998), and moves from A to B in these. Bending is by thin-plate splines, the corners stay.

    landmarks: CSV with a line for each picture, after one of headings: file name,x,y,x,y,… in pixels
    alpha: how far from A, 0, to B, 1, several with commas between; below 0 and above 1 it exaggerates
    components: of shapes, and of textures; with few, pictures look more like the mean; all if not given
    size: the longer side of what comes out, if the pictures are larger
    out: the PNG to write, pictures side by side; A-B.png, by their names, in this folder if not given
    """
    if landmarks is None:
        raise Usage("give the landmarks: ganworks morph PICTURES A B --landmarks FILE; ganworks morph --help says how")
    for name, value, least in (("components", components, 0), ("size", size, 16)):
        if value is not None and value < least:
            raise Usage(f"--{name}: {value} was given; possible: {least} or more")

    import torch

    from ganworks import data
    from ganworks.apply.landmarks import marked
    from ganworks.apply.morph import Morpher

    path = out or Path(f"{Path(first).stem}-{Path(second).stem}.png")
    known = marked(Path(pictures), landmarks, size)
    rows = [known.row(name) for name in (first, second)]
    make_room(path)
    morpher = Morpher(known.pictures, known.points, components)
    made, _ = morpher.between(known.pictures[rows], known.points[rows], torch.tensor(alpha))
    data.save_grid(made, path, columns=len(alpha))
    print(f"{path}   learnt from {len(known.names):,} pictures with {known.points.shape[1]} landmarks each")
    return 0
