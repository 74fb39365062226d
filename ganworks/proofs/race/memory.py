"""How much memory a piece of work takes, where the system can say."""

import ctypes
import gc
import platform
from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

PROCESS = Path("/proc/self")
RESET = "5"  # to clear_refs: the peak begins again at what is resident now, see proc(5)
T = TypeVar("T")


def peak_of(work: Callable[[], T]) -> tuple[T, float | None]:
    """What the work returns, and how many MB more than before the process held at its peak; None off Linux.

    What is free is given back first, as work could use it unseen. Code that is read for the first time does not count.
    """
    gc.collect()
    if platform.libc_ver()[0] == "glibc":
        ctypes.CDLL(None).malloc_trim(0)
    try:
        (PROCESS / "clear_refs").write_text(RESET)
        before = kilobytes()
    except OSError:
        return work(), None
    made = work()
    after = kilobytes()
    files = after["RssFile"] - before["RssFile"]
    return made, max(0.0, (after["VmHWM"] - before["VmRSS"] - files) * 1024 / 1e6)


def kilobytes() -> dict[str, int]:
    """VmHWM, the peak; VmRSS, what is resident now; RssFile, what of it is files, such as code."""
    lines = (line.split() for line in (PROCESS / "status").read_text().splitlines())
    return {words[0].rstrip(":"): int(words[1]) for words in lines if words[-1] == "kB"}
