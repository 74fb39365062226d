"""Picture files in, picture files out: any kind, upright, with their transparency and all their bits."""

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from ganworks.apply.tiles import Net, tiled
from ganworks.data.decode import ENDINGS, Broken, Pixels, decode
from ganworks.data.plan import LARGEST_SIDE, resize, with_channels
from ganworks.data.sources import Files, Folder, stem
from ganworks.data.write import write_png
from ganworks.layers.instance_norm import InstanceNorm
from ganworks.systems.translation import Translation

OVERLAP = 64
# From Y, Cb, Cr, each from 0 to 1, the last two less a half, to red, green and blue: ITU-R 601, as in JPEG.
TO_RGB = np.array([[1.0, 0.0, 1.402], [1.0, -0.344136, -0.714136], [1.0, 1.772, 0.0]], np.float32)


@dataclass(frozen=True)
class Job:
    """One picture to do. name: of what comes out, with folders, without an ending."""

    path: Path
    name: str


Look = Callable[[Job, Pixels, Pixels], None]  # at a picture before and after


def jobs_in(place: Path) -> list[Job]:
    """The picture at a path, or all those below a folder. ValueError if there is none."""
    if place.is_file():
        return [Job(place, place.stem)]
    if not place.is_dir():
        raise ValueError(f"no picture and no folder at '{place}'")
    names = Files(Folder(place)).names
    if not names:
        raise ValueError(f"no pictures in {place}; read are files that end in {', '.join(ENDINGS)}")
    stems = [stem(name) for name in names]
    count = Counter(stems)  # a.jpg beside a.png
    return [Job(place / name, bare if count[bare] == 1 else name) for name, bare in zip(names, stems, strict=True)]


class Applied:
    """A system as what turns whole pictures into others.

    net: how the system is run on part of one, (1, C, h, w) in [-1, 1] -> (1, D, scale h, scale w).
    tile: the longest side that is done at once; by the scale if not given. uneven: whether a picture was done in tiles
    each of which was normalised by itself, so that their colours may differ.
    """

    uneven = False

    def __init__(self, system: Translation, net: Net, tile: int | None = None):
        self.system, self.net = system, net
        self.scale, self.channels = system.scale, system.specs[system.begins].shape[0]
        self.tile = tile or (LARGEST_SIDE if system.whole else 512 if self.scale == 1 else 256)

    def __call__(self, pixels: Pixels, progress: Callable[[float], None] = lambda share: None) -> Pixels:
        """(H, W, C) of 8 or 16 bits -> (scale H, scale W, D): transparency and, in restoration, colours stay."""
        colour, alpha = apart(pixels)
        if self.system.restores and self.channels == 1 and colour.shape[2] == 3:
            made = self.by_brightness(colour, progress)
        else:
            made = self.run(with_channels(colour if self.channels < 4 else pixels, self.channels), progress)
            if self.system.restores and colour.shape[2] == 1:
                made = with_channels(made, 1)
        if alpha is None or made.shape[2] == 4:
            return made
        return np.concatenate([made, resize(alpha, made.shape[:2], "stretch")], 2)

    def run(self, pixels: Pixels, progress: Callable[[float], None]) -> Pixels:
        overlap, multiple = min(OVERLAP, self.tile // 4), self.system.multiple
        normalises = any(isinstance(module, InstanceNorm) for module in self.system.modules())
        self.uneven |= normalises and max(pixels.shape[:2]) > self.tile
        cut = {"tile": max(self.tile, 2 * overlap + multiple), "overlap": overlap, "multiple": multiple}
        return tiled(self.net, pixels, scale=self.scale, progress=progress, **cut)

    def by_brightness(self, colour: Pixels, progress: Callable[[float], None]) -> Pixels:
        """The model does the brightness, in which eyes see detail; the two differences of colour are resized."""
        top = np.iinfo(colour.dtype).max
        values = colour.astype(np.float32) / top @ np.linalg.inv(TO_RGB).T.astype(np.float32)
        made = self.run((values[:, :, :1] * top).round().astype(colour.dtype), progress)
        bright, size = made.astype(np.float32) / top, made.shape[:2]
        rest = ((values[:, :, 1:] + 0.5).clip(0, 1) * top).round().astype(colour.dtype)
        rest = np.concatenate([resize(rest[:, :, at : at + 1], size, "stretch") for at in (0, 1)], 2)
        rgb = np.concatenate([bright, rest.astype(np.float32) / top - 0.5], 2) @ TO_RGB.T
        return (rgb * top).round().clip(0, top).astype(colour.dtype)

    def save(
        self,
        job: Job,
        folder: Path,
        progress: Callable[[float], None] = lambda share: None,
        look: Look = lambda job, before, after: None,
    ) -> Path:
        """Do one file, and look at it; the path of the PNG that comes out. Broken for a file that cannot be read."""
        try:
            data = job.path.read_bytes()
        except OSError as error:
            raise Broken(error.strerror or str(error)) from error
        before = decode(data)
        after = self(before, progress)
        path = folder / f"{job.name}.png"
        write_png(after, path)
        look(job, before, after)
        return path


def apart(pixels: Pixels) -> tuple[Pixels, Pixels | None]:
    """Colours, white where nothing is seen of them, and transparency if there is any."""
    if pixels.shape[2] in (1, 3):
        return pixels, None
    colour, alpha = pixels[:, :, :-1], pixels[:, :, -1:]
    return np.where(alpha > 0, colour, np.iinfo(pixels.dtype).max), alpha
