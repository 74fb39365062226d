"""Frames -> a GIF by Pillow, or an MP4 by ffmpeg."""

import importlib.util
import shutil
import subprocess
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image
from torch import Tensor

from ganworks.data.write import to_bytes

Frame = npt.NDArray[np.uint8]  # (H, W, 3)
LEAST_SIDE = 256  # smaller films are enlarged, by whole factors
GAP = 2


def sheet(images: Tensor, columns: int) -> Frame:
    """Pictures (N, C, H, W) in [-1, 1], N a multiple of columns, side by side on white."""
    pixels = to_bytes(images).permute(0, 2, 3, 1).numpy()
    if pixels.shape[3] == 1:
        pixels = pixels.repeat(3, axis=3)
    elif pixels.shape[3] == 4:
        alpha = pixels[..., 3:] / 255
        pixels = (pixels[..., :3] * alpha + 255 * (1 - alpha)).round().astype(np.uint8)
    pixels = np.pad(pixels, ((0, 0), (GAP, 0), (GAP, 0), (0, 0)), constant_values=255)
    num, height, width, channels = pixels.shape
    rows = pixels.reshape(num // columns, columns, height, width, channels)
    whole = rows.transpose(0, 2, 1, 3, 4).reshape(-1, columns * width, channels)
    whole = np.pad(whole, ((0, GAP), (0, GAP), (0, 0)), constant_values=255)
    factor = max(1, round(LEAST_SIDE / min(whole.shape[:2])))
    return whole.repeat(factor, axis=0).repeat(factor, axis=1)


def check(path: Path) -> None:
    """ValueError for a film that can't be written, before the work begins."""
    if path.suffix.lower() not in (".gif", ".mp4"):
        raise ValueError(f"{path}: a film ends in .gif or .mp4")
    if path.suffix.lower() == ".mp4":
        ffmpeg()


def write(frames: Iterable[Frame], path: Path, fps: int, *, flat: bool = False) -> None:
    """Write the film whole, or not at all. flat: a drawing, whose even areas stay even in a GIF."""
    check(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_name(".unfinished-" + path.name)
    try:
        if path.suffix.lower() == ".gif":
            write_gif(frames, unfinished, fps, flat)
        else:
            write_mp4(iter(frames), unfinished, fps)
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def write_gif(frames: Iterable[Frame], path: Path, fps: int, flat: bool) -> None:
    """One palette for the whole film, from its first frames, so that still parts don't flicker."""
    pictures = [Image.fromarray(frame) for frame in frames]
    looks = [np.asarray(picture) for picture in pictures[:: max(1, len(pictures) // 8)]]
    palette = Image.fromarray(np.concatenate(looks)).quantize(128 if flat else 256)
    dither = Image.Dither.NONE if flat else Image.Dither.FLOYDSTEINBERG
    first, *rest = [picture.quantize(palette=palette, dither=dither) for picture in pictures]
    first.save(path, "GIF", save_all=True, append_images=rest, duration=round(1000 / fps), loop=0)


def write_mp4(frames: Iterator[Frame], path: Path, fps: int) -> None:
    """H.264 in the pixel format that every player knows; sides are made even."""
    first = next(frames)
    height, width = first.shape[:2]
    command = [
        *(ffmpeg(), "-y", "-loglevel", "error"),
        *("-f", "rawvideo", "-pix_fmt", "rgb24", "-s", f"{width}x{height}", "-r", str(fps), "-i", "-"),
        *("-vf", "pad=ceil(iw/2)*2:ceil(ih/2)*2", "-c:v", "libx264", "-crf", "18", "-pix_fmt", "yuv420p"),
        *("-movflags", "+faststart", "-f", "mp4", str(path)),
    ]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE) as process:
        assert process.stdin and process.stderr
        with suppress(BrokenPipeError):  # it has already given up; its own message follows
            process.stdin.write(first.tobytes())
            for frame in frames:
                process.stdin.write(frame.tobytes())
        with suppress(BrokenPipeError):  # small frames wait in the buffer until here
            process.stdin.close()
        said = process.stderr.read().decode(errors="replace").strip()
    if process.returncode:
        raise ValueError(f"ffmpeg could not write the film: {said}; a name that ends in .gif needs no ffmpeg")


def ffmpeg() -> str:
    """The program, from the package imageio-ffmpeg or from the machine."""
    if importlib.util.find_spec("imageio_ffmpeg"):
        return importlib.import_module("imageio_ffmpeg").get_ffmpeg_exe()
    found = shutil.which("ffmpeg")
    if found is None:
        raise ValueError("an MP4 needs ffmpeg: `pip install imageio-ffmpeg`, or give the film a name that ends in .gif")
    return found
