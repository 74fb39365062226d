"""Pictures of one kind, and where in each of them the same things are."""

import csv
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from ganworks.apply.tiles import tensor_of
from ganworks.data.decode import Broken, decode
from ganworks.data.plan import resize, with_channels

LEAST = 3  # pictures, below which there is hardly anything to learn of their kind


@dataclass(frozen=True)
class Marked:
    """pictures: (N, 3, H, W) in [-1, 1]. points: landmarks (N, K, 2), x and y from -1 to 1 at the borders."""

    names: list[str]
    pictures: Tensor
    points: Tensor

    def row(self, name: str) -> int:
        """Of a picture by its name, with or without an ending. ValueError if it is not there."""
        found = [row for row, known in enumerate(self.names) if name in (known, Path(known).stem)]
        if not found:
            raise ValueError(f"no landmarks of '{name}'; there are some of {', '.join(self.names[:5])}, …")
        return found[0]


def marked(folder: Path, landmarks: Path, side: int) -> Marked:
    """The pictures of a folder whose landmarks a file gives, stretched to one size; ValueError names what is wrong.

    landmarks: CSV; below a first line of headings, a line for each picture: file name,x,y,x,y,… in pixels of it.
    """
    lines = lines_of(landmarks)
    num = len(lines[0][1])
    names: list[str] = []
    pictures: list[Tensor] = []
    points: list[Tensor] = []
    for name, values in lines:
        if len(values) != num:
            raise ValueError(f"{landmarks}: {name} has {len(values) // 2} landmarks, {lines[0][0]} {num // 2}")
        try:
            pixels = decode((folder / name).read_bytes())
        except FileNotFoundError:
            raise ValueError(f"{landmarks} tells of {name}, which is not in {folder}") from None
        except Broken as error:
            raise ValueError(f"{folder / name} can't be read as a picture: {error}") from error
        height, width = pixels.shape[:2]
        if not pictures:
            factor = min(1.0, side / max(height, width))
            size = (max(1, round(height * factor)), max(1, round(width * factor)))
        names.append(name)
        pictures.append(tensor_of(resize(with_channels(pixels, 3), size, "stretch")))
        points.append(torch.tensor(values).view(-1, 2) * 2 / torch.tensor([width, height]) - 1)
    return Marked(names, torch.cat(pictures), torch.stack(points))


def lines_of(path: Path) -> list[tuple[str, list[float]]]:
    """Names and numbers."""
    if not path.is_file():
        raise ValueError(
            f"no file '{path}' with landmarks; needed is a CSV, a line for each picture: file name,x,y,x,y,…"
        )
    found = []
    with path.open(newline="", encoding="utf-8-sig") as file:
        for number, (name, *rest) in enumerate((line for line in csv.reader(file) if line), 1):
            if number == 1:
                continue
            try:
                values = [float(text) for text in rest if text.strip()]
            except ValueError:
                values = []
            if len(values) < 6 or len(values) % 2:
                raise ValueError(f"{path}: of {name} three or more pairs x,y of numbers are needed, in pixels")
            found.append((name, values))
    if len(found) < LEAST:
        raise ValueError(f"{path} has landmarks of {len(found)} pictures; {LEAST} or more are needed")
    return found
