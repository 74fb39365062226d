"""How fast the stream delivers pictures of 64 px, from memory and from files."""

import time
from pathlib import Path

import torch

from benchmarks.race import spread
from ganworks.data import Augment, Stream, from_bytes, open_pictures, save_each

SECONDS = 2.0


def pictures_per_second(stream: Stream) -> float:
    next(stream)
    start, count = time.perf_counter(), 0
    while (passed := time.perf_counter() - start) < SECONDS:
        count += len(next(stream)["image"])
    return count / passed


def supply(pictures: Path, folder: Path, repeats: int = 3) -> dict[str, dict[str, float]]:
    """Pictures a second: held in memory, the same augmented, and decoded from PNG files each time."""
    held = open_pictures(pictures, size=64, channels=3)
    save_each(from_bytes(held.read(torch.arange(1024))["image"]), folder)
    filed = open_pictures(folder, size=64, channels=3, memory_share=1e-6)
    assert held.in_memory and not filed.in_memory
    streams = {
        "memory": Stream(held, 64),
        "memory_flip_and_colour": Stream(held, 64, augment=Augment(flip=True, colour=0.3)),
        "files": Stream(filed, 64),
    }
    return {name: spread([pictures_per_second(stream) for _ in range(repeats)]) for name, stream in streams.items()}
