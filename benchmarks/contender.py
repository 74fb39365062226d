"""One training loop in a process of its own: python -m benchmarks.contender NAME PICTURES.

It reads a number of steps from each line of its input, and prints the seconds that they took by the clock and of the
processor; at the end of the input, its largest resident memory in MB. A process each, so that none lives off another's
memory, caches or settings.
"""

import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path

import torch

from benchmarks.bare import Bare, BareOnOurNets, BareOnPlainNets
from benchmarks.plain import Plain
from ganworks.data import Stream, from_bytes, open_pictures
from ganworks.engine.engine import Engine
from ganworks.registry import build

BATCH = 64
Step = Callable[[], object]


def contender(name: str, path: Path) -> Step:
    """A function that takes one training step of 64 px, width 64, batch 64."""
    torch.manual_seed(0)
    pictures = open_pictures(path, size=64, channels=3)
    if name.startswith("engine"):
        system, _ = build("dcgan", {"size": 64, "channels": 3})
        return Engine(system, Stream(pictures, BATCH), device="cpu", compile=name == "engine_compiled").take_step
    raw = pictures.read(torch.arange(len(pictures)))["image"]  # bytes, channels-last
    loops: dict[str, Callable[[], Plain | Bare]] = {
        "plain": Plain,
        "bare_on_plain_nets": BareOnPlainNets,
        "bare": BareOnOurNets,
    }
    loop = loops[name]()
    raw = raw.contiguous() if name == "plain" else raw
    return lambda: loop.step(from_bytes(raw[torch.randint(len(raw), (BATCH,))]))


def main() -> None:
    step = contender(sys.argv[1], Path(sys.argv[2]))
    for line in sys.stdin:
        start, start_cpu = time.perf_counter(), time.process_time()
        for _ in range(int(line)):
            step()
        print(time.perf_counter() - start, time.process_time() - start_cpu, flush=True)
    unit = 2**20 if sys.platform == "darwin" else 2**10
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / unit, flush=True)


if __name__ == "__main__":
    main()
