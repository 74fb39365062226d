"""Computes golden_distances.json: python tests/metrics/reference_distances.py, in an environment that has

torch-fidelity 0.4.0, POT 0.9.7.post1, SciPy 1.17.1 and NumPy 2.4.6, which the tests do without.
"""

import json
from pathlib import Path
from typing import Any

import numpy as np
import ot
from feature_sets import pair
from scipy.linalg import sqrtm
from scipy.stats import wasserstein_distance
from torch import Tensor
from torch_fidelity.metric_fid import fid_features_to_statistics, fid_statistics_to_metric
from torch_fidelity.metric_kid import kernel_mmd, kid_features_to_metric

CASES = {"many": (600, 500, 48), "few": (40, 30, 64), "unequal": (70, 300, 64)}
POLYNOMIAL = {
    "kid_kernel": "poly",
    "kid_kernel_poly_degree": 3,
    "kid_kernel_poly_gamma": None,
    "kid_kernel_poly_coef0": 1,
}


def frechet(a: Tensor, b: Tensor) -> float:
    ours, theirs = fid_features_to_statistics(a), fid_features_to_statistics(b)
    return fid_statistics_to_metric(ours, theirs, False)["frechet_inception_distance"]


def frechet_by_scipy(a: Tensor, b: Tensor) -> float:
    s, t = (np.cov(x.numpy(), rowvar=False) for x in (a, b))
    return ((a.mean(0) - b.mean(0)).square().sum().item() + np.trace(s + t - 2 * sqrtm(s @ t))).real


def kernels(a: Tensor, b: Tensor) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, subsets, size in (("overlapping", 20, 300), ("sparse", 3, 50)):
        of = kid_features_to_metric(
            a, b, kid_subsets=subsets, kid_subset_size=size, rng_seed=2020, verbose=False, **POLYNOMIAL
        )
        found[name] = [of["kernel_inception_distance_mean"], of["kernel_inception_distance_std"]]
    x, y = a[:400].numpy(), b[:400].numpy()
    found["polynomial"] = float(kernel_mmd(x, y, **POLYNOMIAL))
    found["rbf"] = float(kernel_mmd(x, y, kid_kernel="rbf", kid_kernel_rbf_sigma=1.5))
    return found


def transport(a: Tensor, b: Tensor) -> dict[str, float]:
    x, y = a.numpy(), b.numpy()
    apart = ot.dist(x, y, metric="euclidean")
    found = {"exact_1": float(ot.emd2([], [], apart)), "exact_2": float(ot.emd2([], [], apart**2)) ** 0.5}
    for p in (1, 2):
        random = np.random.RandomState(7)
        found[f"sliced_{p}"] = float(ot.sliced_wasserstein_distance(x, y, n_projections=64, seed=random, p=p))
    found["line"] = float(wasserstein_distance(x[:, 0], y[:, 0]))
    return found


def main() -> None:
    found: dict[str, Any] = {
        "frechet": {name: frechet(*pair(*sizes)) for name, sizes in CASES.items()},
        "frechet_by_scipy": frechet_by_scipy(*pair(*CASES["many"])),
        "kernels": kernels(*pair(*CASES["many"])),
        "transport": {name: transport(*pair(*sizes)) for name, sizes in CASES.items()},
    }
    path = Path(__file__).with_name("golden_distances.json")
    path.write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
