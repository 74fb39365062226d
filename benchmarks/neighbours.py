"""Neighbour metrics, ours against others' on the same features: python -m benchmarks.neighbours [--threads 1].

precision, recall, density and coverage against prdc, precision and recall against torch-fidelity, 1-nearest-neighbour
accuracy against scikit-learn's brute-force search. Features are float32, N of each side, in loose clusters. Prints
JSON: seconds of each, the ratio (theirs / ours, above 1 is faster), and the largest difference of the numbers. Needs
prdc, scikit-learn and torch-fidelity.
"""

import argparse
import contextlib
import io
import json
import time
from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from ganworks.metrics.manifold import manifold, precision_recall
from ganworks.metrics.two_sample import one_nearest_neighbour

Numbers = list[float]
Clock = Callable[[], float]


def features(count: int, dim: int) -> tuple[Tensor, Tensor]:
    """Samples and real ones of 50 clusters, of which the samples miss 10."""
    random = torch.Generator().manual_seed(0)
    centres = torch.randn(50, dim, generator=random) * 0.5
    fake, real = (
        centres[torch.randint(num, (count,), generator=random)] + torch.randn(count, dim, generator=random)
        for num in (40, 50)
    )
    return fake, real


def our_manifold(fake: Tensor, real: Tensor) -> Numbers:
    found = manifold(fake, real)
    return [found.precision, found.recall, found.density, found.coverage]


def prdc(fake: Tensor, real: Tensor) -> Numbers:
    from prdc import compute_prdc

    found = compute_prdc(real.numpy(), fake.numpy(), 5)
    return [float(found[name]) for name in ("precision", "recall", "density", "coverage")]


def our_precision_recall(fake: Tensor, real: Tensor) -> Numbers:
    return list(precision_recall(fake, real))


def torch_fidelity(fake: Tensor, real: Tensor) -> Numbers:
    from torch_fidelity.metric_prc import prc_features_to_metric

    options = {"prc_neighborhood": 3, "prc_batch_size": 10000, "save_cpu_ram": False, "verbose": False}
    found = prc_features_to_metric(fake, real, **options)
    return [found["precision"], found["recall"]]


def our_one_nearest(fake: Tensor, real: Tensor) -> Numbers:
    found = one_nearest_neighbour(fake, real)
    return [found.on_fake, found.on_real]


def scikit_learn(fake: Tensor, real: Tensor) -> Numbers:
    from sklearn.neighbors import NearestNeighbors

    both = torch.cat([fake, real]).numpy()
    nearest = NearestNeighbors(n_neighbors=1, algorithm="brute").fit(both).kneighbors(return_distance=False)[:, 0]
    is_real = torch.arange(len(both)) >= len(fake)
    right = is_real[torch.from_numpy(nearest)] == is_real
    return [right[~is_real].double().mean().item(), right[is_real].double().mean().item()]


RACES: dict[str, tuple[Callable[[Tensor, Tensor], Numbers], Callable[[Tensor, Tensor], Numbers]]] = {
    "manifold / prdc": (our_manifold, prdc),
    "precision_recall / torch-fidelity": (our_precision_recall, torch_fidelity),
    "one_nearest_neighbour / scikit-learn": (our_one_nearest, scikit_learn),
}


def timed(run: Callable[[Tensor, Tensor], Numbers], fake: Tensor, real: Tensor, clock: Clock) -> tuple[float, Numbers]:
    start = clock()
    with contextlib.redirect_stdout(io.StringIO()):  # prdc prints
        found = run(fake, real)
    return clock() - start, found


def measure(names: list[str], count: int, dim: int, clock: Clock) -> dict[str, Any]:
    found: dict[str, Any] = {"count": count, "dim": dim, "threads": torch.get_num_threads(), "clock": clock.__name__}
    small, sides = features(200, dim), features(count, dim)
    for name in names:
        for run in RACES[name]:
            timed(run, *small, clock)  # imports, and first allocations
        (ours, our_numbers), (theirs, their_numbers) = (timed(run, *sides, clock) for run in RACES[name])
        apart = max(abs(a - b) for a, b in zip(our_numbers, their_numbers, strict=True))
        found[name] = {
            "ours_seconds": round(ours, 2),
            "theirs_seconds": round(theirs, 2),
            "ratio": round(theirs / ours, 2),
            "numbers": our_numbers,
            "largest_difference": apart,
        }
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("races", nargs="*", default=list(RACES), help="by default all: " + ", ".join(RACES))
    parser.add_argument("--count", type=int, default=10_000)
    parser.add_argument("--dim", type=int, default=2_048)
    parser.add_argument("--threads", type=int, help="for all; by default what torch takes")
    parser.add_argument("--processor", action="store_true", help="processor time, for a machine that others use too")
    asked = parser.parse_args()
    if unknown := [name for name in asked.races if name not in RACES]:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(RACES)}")
    if asked.threads:
        torch.set_num_threads(asked.threads)
        from threadpoolctl import threadpool_limits

        threadpool_limits(asked.threads)  # of NumPy's products, that scikit-learn uses
    clock = time.process_time if asked.processor else time.perf_counter
    print(json.dumps(measure(asked.races, asked.count, asked.dim, clock), indent=2))


if __name__ == "__main__":
    main()
