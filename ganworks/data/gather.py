"""Reads a whole source once: all headers, then all pictures if they fit in memory, or else a look at some."""

import os
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TypeVar

import numpy as np
import numpy.typing as npt

from ganworks.data.arrays import Array
from ganworks.data.decode import Broken, Header, Pixels
from ganworks.data.plan import Plan, is_grey, is_opaque
from ganworks.data.sources import Source

T = TypeVar("T")
Progress = Callable[[int, int], None]
Rows = npt.NDArray[np.int64]

NUM_LOOKS = 256  # pictures that are decoded to learn about a set too large for memory
BLOCK = 1024  # tasks that are queued at once


@dataclass
class Scan:
    """What the headers say, of the pictures that have a readable one; sizes: (height, width) of each row."""

    rows: Rows
    sizes: list[tuple[int, int]]
    shapes: Counter[tuple[int, int]]
    most_channels: int
    deep: bool
    broken: list[tuple[str, str]] = field(default_factory=list)


class Tally:
    """Counts the steps of both passes for a progress bar."""

    def __init__(self, progress: Progress | None, total: int):
        self.progress, self.total, self.done = progress, total, 0

    def tick(self) -> None:
        self.done += 1
        if self.progress:
            self.progress(self.done, self.total)

    def finish(self) -> None:
        """The steps that turned out to be unnecessary are done too."""
        if self.done < self.total:
            self.done = self.total - 1
            self.tick()


def scan(source: Source, tally: Tally) -> Scan:
    """All headers; one suffices for an array."""
    if isinstance(source, Array):
        header, num = source.header(0), len(source.values)
        tally.done = num
        return Scan(np.arange(num), [header.shape] * num, Counter({header.shape: num}), header.channels, header.deep)
    results = in_threads(lambda index: attempt(source.header, index), range(len(source.names)), tally.tick)
    good = [index for index, result in enumerate(results) if isinstance(result, Header)]
    headers = [result for result in results if isinstance(result, Header)]
    broken = [(source.names[i], str(result)) for i, result in enumerate(results) if isinstance(result, Broken)]
    return Scan(
        np.array(good, np.int64),
        [header.shape for header in headers],
        Counter(header.shape for header in headers),
        max((header.channels for header in headers), default=0),
        any(header.deep for header in headers),
        broken,
    )


def attempt(work: Callable[[int], T], index: int) -> T | Broken:
    try:
        return work(index)
    except Broken as error:
        return error


def hold(source: Source, plan: Plan, rows: Rows, tally: Tally) -> tuple[Pixels, Rows, list[tuple[str, str]]]:
    """All pictures (N, H, W, C), the rows that could be decoded, and the files that couldn't."""
    if isinstance(source, Array) and fits_as_is(source, plan):
        return source.values, rows, []
    values = np.empty((len(rows), *plan.size, plan.channels), np.uint16 if plan.deep else np.uint8)

    def place(index: int) -> Broken | None:
        try:
            values[index] = plan.apply(source.pixels(int(rows[index]), plan.near))
        except Broken as error:
            return error
        return None

    results = in_threads(place, range(len(rows)), tally.tick)
    good = [i for i, result in enumerate(results) if result is None]
    for place_now, index in enumerate(good):  # close the gaps in place: there may be no room for a copy
        if place_now != index:
            values[place_now] = values[index]
    broken = [(source.names[int(rows[i])], str(result)) for i, result in enumerate(results) if result is not None]
    return values[: len(good)], rows[good], broken


def fits_as_is(source: Array, plan: Plan) -> bool:
    """Whether the array already is what the plan makes of it."""
    deep = source.values.dtype == np.uint16
    return source.values.shape[1:] == (*plan.size, plan.channels) and deep == plan.deep


def narrowed(values: Pixels) -> Pixels:
    """The fewest channels that hold all that the pictures (N, H, W, C) show: 1 if grey, 4 if alpha is used, else 3."""
    blocks = [slice(at, at + BLOCK) for at in range(0, len(values), BLOCK)]
    if not all(is_opaque(values[block]) for block in blocks):
        return values
    channels = 1 if all(is_grey(values[block]) for block in blocks) else 3
    return values if values.shape[3] == channels else np.ascontiguousarray(values[..., :channels])


def look(source: Source, plan: Plan, scan: Scan) -> int:
    """The channels that a sample of a large set needs."""
    if scan.most_channels == 1:
        return 1
    picks = np.unique(np.linspace(0, len(scan.rows) - 1, NUM_LOOKS).astype(int))
    results = [attempt(lambda i: source.pixels(i, plan.near), int(scan.rows[pick])) for pick in picks]
    seen = [plan.apply(result) for result in results if not isinstance(result, Broken)]
    return 4 if any(not is_opaque(pixels) for pixels in seen) else 3


def in_threads(work: Callable[[int], T], indices: Sequence[int], tick: Callable[[], None]) -> list[T]:
    """[work(index), ...] by several threads, with `tick` called after each: decoders release the interpreter."""
    results: list[T] = []
    with ThreadPoolExecutor(min(8, num_processors())) as pool:
        for at in range(0, len(indices), BLOCK):  # so that Ctrl-C waits for one block, not for 100,000 pictures
            for result in pool.map(work, indices[at : at + BLOCK]):
                results.append(result)
                tick()
    return results


def num_processors() -> int:
    """Processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
