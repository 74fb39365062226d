"""The distance part of FID against torch-fidelity's, on the same features, in turns: python -m benchmarks.distances.

Statistics of both sides and the distance itself, as a user waits for them when features are there; and KID. The same
number of threads for both: --threads sets that of NumPy's and of PyTorch's matrix products alike. Needs torch-fidelity,
which is no dependency of ganworks.
"""

import argparse
import json
import os
import sys
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

Way = Callable[[], float]


def features(count: int, dim: int, sign: float) -> Any:
    """Skewed, correlated, not negative, of scales from 1 to 0.01: like Inception's; float32."""
    import torch

    generator = torch.Generator().manual_seed(0)
    mix = torch.randn(dim, dim, generator=generator) * torch.logspace(0, -2, dim) / dim**0.5
    generator.manual_seed(round(2 + sign))
    return (torch.randn(count, dim, generator=generator) @ mix + 0.01 * sign).relu()


def frechet(a: Any, b: Any) -> dict[str, Way]:
    from torch_fidelity.metric_fid import KEY_METRIC_FID, fid_features_to_statistics, fid_statistics_to_metric

    from ganworks.metrics.frechet import frechet_distance

    def theirs() -> float:
        ours_and_theirs = fid_features_to_statistics(a), fid_features_to_statistics(b)
        return fid_statistics_to_metric(*ours_and_theirs, verbose=False)[KEY_METRIC_FID]

    return {"ganworks": lambda: frechet_distance(a, b), "torch_fidelity": theirs}


def kernel(a: Any, b: Any) -> dict[str, Way]:
    from torch_fidelity.metric_kid import KEY_METRIC_KID_MEAN, kid_features_to_metric

    from ganworks.metrics.kernel import kid

    settings = {
        "kid_subsets": 100,
        "kid_subset_size": 1000,
        "kid_kernel": "poly",
        "kid_kernel_poly_degree": 3,
        "kid_kernel_poly_gamma": None,
        "kid_kernel_poly_coef0": 1,
        "rng_seed": 2020,
        "verbose": False,
    }
    return {
        "ganworks": lambda: kid(a, b, seed=2020).value,
        "torch_fidelity": lambda: kid_features_to_metric(a, b, **settings)[KEY_METRIC_KID_MEAN],
    }


def race(ways: dict[str, Way], rounds: int) -> dict[str, Any]:
    """Seconds of each by the clock and by the processor, the ratios within rounds, and how far the values differ."""
    clock: dict[str, list[float]] = {name: [] for name in ways}
    busy: dict[str, list[float]] = {name: [] for name in ways}
    values: dict[str, float] = {}
    for number in range(rounds):
        for name in ways if number % 2 else reversed(ways):
            started, before = time.perf_counter(), time.process_time()
            values[name] = ways[name]()
            clock[name].append(time.perf_counter() - started)
            busy[name].append(time.process_time() - before)
    ratios = [t / o for o, t in zip(clock["ganworks"], clock["torch_fidelity"], strict=True)]
    busy_ratios = [t / o for o, t in zip(busy["ganworks"], busy["torch_fidelity"], strict=True)]
    return {
        "seconds": {name: [round(s, 3) for s in found] for name, found in clock.items()},
        "times_as_fast": {"median": round(median(ratios), 2), "min": round(min(ratios), 2)},
        "times_as_fast_by_processor": round(median(busy_ratios), 2),
        "values": values,
        "apart_relative": abs(values["ganworks"] / values["torch_fidelity"] - 1),
    }


def measure(count: int, dim: int, rounds: int, names: list[str]) -> dict[str, Any]:
    import torch

    from benchmarks.__main__ import machine

    a, b = features(count, dim, 1.0), features(count, dim, -1.0)
    found: dict[str, Any] = {"machine": machine(), "count": count, "dim": dim}
    if "frechet" in names:
        found["frechet_float32"] = race(frechet(a, b), rounds)
        found["frechet_float64"] = race(frechet(a.double(), b.double()), rounds)
    if "kid" in names:
        found["kid_float32"] = race(kernel(a, b), 1)
        truth, values = kernel(a.double(), b.double())["ganworks"](), found["kid_float32"]["values"]
        found["kid_float32"]["apart_from_float64"] = {name: abs(value / truth - 1) for name, value in values.items()}
    assert torch.get_num_threads() == int(os.environ["OMP_NUM_THREADS"])
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.distances",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("names", nargs="*", default=["frechet", "kid"], metavar="NAME", help="frechet, kid")
    parser.add_argument("--count", type=int, default=10_000, help="samples of each side")
    parser.add_argument("--dim", type=int, default=2048, help="features of each sample")
    parser.add_argument("--rounds", type=int, default=3, help="turns that each takes")
    parser.add_argument("--threads", type=int, default=os.cpu_count(), help="of each")
    parser.add_argument("--json", type=Path, help="write the result to this file too")
    words = parser.parse_args()
    if unknown := set(words.names) - {"frechet", "kid"}:
        parser.error(f"{', '.join(sorted(unknown))}: possible are frechet, kid")
    if os.environ.get("OMP_NUM_THREADS") != str(words.threads):  # NumPy's products read it when they are loaded
        os.environ["OMP_NUM_THREADS"] = str(words.threads)
        os.execv(sys.executable, [sys.executable, "-m", "benchmarks.distances", *sys.argv[1:]])
    text = json.dumps(measure(words.count, words.dim, words.rounds, words.names), indent=1)
    print(text)
    if words.json:
        words.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
