"""Speed and memory, as ratios within one run: python -m benchmarks [dcgan64 data peak] [--json FILE].

dcgan64: DCGAN at 64 px, width 64, batch 64, by four loops: `plain` is PyTorch's example in float32,
`bare_on_plain_nets` the same nets with bf16 and every trick, `bare` that on our nets, `engine` is ganworks.
data: what the stream delivers alone, against what the engine consumes.
peak: the share of the processor's measured bf16 peak that a step reaches.
"""

import argparse
import json
import os
import platform
import tempfile
from importlib.metadata import version
from pathlib import Path
from typing import Any

import numpy as np
import torch

from benchmarks.peak import gflop_per_step, peak_gflops
from benchmarks.race import race
from benchmarks.supply import supply
from ganworks.data import open_pictures

ALL = ("dcgan64", "data", "peak")
LOOPS = ["plain", "bare_on_plain_nets", "bare", "engine"]


def machine() -> dict[str, Any]:
    capabilities = torch.cpu.get_capabilities()
    return {
        "processor": capabilities.get("cpu_name") or platform.processor(),
        "cores": capabilities.get("num_physical_cores"),
        "avx512_bf16": capabilities.get("avx512_bf16", False),
        "amx_bf16": capabilities.get("amx_bf16", False),
        "threads": torch.get_num_threads(),
        "system": platform.platform(),
        "python": platform.python_version(),
        "versions": {name: version(name) for name in ("torch", "numpy", "ganworks")},
    }


def prepare(folder: Path, count: int = 2048) -> Path:
    """Real pictures at 64 px in colour, as an array file."""
    pictures = open_pictures("fashion_mnist_10k", size=64, channels=3)
    values = pictures.read(torch.arange(count))["image"].permute(0, 2, 3, 1).numpy()
    np.save(folder / "pictures.npy", np.ascontiguousarray(values))
    return folder / "pictures.npy"


def measure(names: list[str], rounds: int, by_processor: bool, compiled: bool) -> dict[str, Any]:
    found: dict[str, Any] = {"machine": machine(), "clock": "processor" if by_processor else "wall"}
    with tempfile.TemporaryDirectory() as folder:
        path = prepare(Path(folder))
        loops = LOOPS + (["engine_compiled"] if compiled else [])
        found["dcgan64"] = race(loops if "dcgan64" in names else ["engine"], path, rounds, by_processor=by_processor)
        engine = found["dcgan64"]["engine"]["pictures_per_second"]
        if "dcgan64" in names:
            bare = found["dcgan64"]["bare"]["peak_mb"]
            found["dcgan64"]["engine_memory_over_bare"] = round(found["dcgan64"]["engine"]["peak_mb"] / bare, 3)
        if "data" in names:
            found["data"] = supply(path, Path(folder) / "each")
            slowest = min(stream["median"] for stream in found["data"].values())
            found["data"]["slowest_over_training"] = round(slowest / engine, 1)
        if "peak" in names:
            bf16, full = peak_gflops(torch.bfloat16), peak_gflops(torch.float32)
            flop = gflop_per_step(open_pictures(path, size=64, channels=3))
            reached = flop * engine / 64
            found["peak"] = {
                "bf16_gflops": bf16,
                "float32_gflops": full,
                "gflop_per_step": round(flop, 1),
                "reached_gflops": round(reached, 1),
                "share_of_bf16_matmul": round(reached / bf16["matmul"], 3),
                "share_of_best": round(reached / max(bf16.values()), 3),
            }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("names", nargs="*", default=list(ALL), metavar="NAME", help=", ".join(ALL))
    parser.add_argument("--json", type=Path, help="write the result to this file too")
    parser.add_argument("--rounds", type=int, default=12, help="turns that each loop takes")
    parser.add_argument("--threads", type=int, help="of each loop; with 1, processor time is measured, not the clock")
    parser.add_argument("--compile", action="store_true", help="race the engine with torch.compile as well")
    words = parser.parse_args()
    if unknown := set(words.names) - set(ALL):
        parser.error(f"{', '.join(sorted(unknown))}: possible are {', '.join(ALL)}")
    if words.threads:
        torch.set_num_threads(words.threads)
        os.environ["OMP_NUM_THREADS"] = str(words.threads)  # for the contenders' processes
    text = json.dumps(measure(words.names, words.rounds, words.threads == 1, words.compile), indent=1)
    print(text)
    if words.json:
        words.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
