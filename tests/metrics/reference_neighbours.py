"""Golden numbers for nearest neighbours, classes, likelihoods and pictures, by other people's code.

By hand: `python tests/metrics/reference_neighbours.py` writes golden_neighbours.json beside it. It was made with
scikit-learn 1.9.1, prdc 0.2, torch-fidelity 0.4.0, scipy 1.17.1, numpy 2.4.6, torch 2.14.1. MS-SSIM is of the plain
formula below, window by window with scipy, as written in the paper, and shares nothing with ours.
"""

import json
from pathlib import Path

import numpy as np
import torch


def sides(name):
    """Fake and real features of a case, as float64 arrays: NumPy keeps these streams the same for ever."""
    random = np.random.RandomState(7)
    if name == "plane":
        return random.randn(300, 2) * 0.7 + 0.3, random.randn(250, 2)
    if name == "offset":
        return random.randn(200, 64) + 1000.2, random.randn(200, 64) + 1000
    if name == "copies":  # a quarter of the fakes are real ones
        real = random.randn(240, 32)
        return np.concatenate([random.randn(180, 32) * 0.9, real[:60]]), real
    raise KeyError(name)


def untied(fake, real):
    """Equally many of both, copies moved a little: scikit-learn's choice among ties is arbitrary."""
    num = min(len(fake), len(real))
    return fake[:num] + 1e-7 * np.random.RandomState(9).randn(*fake[:num].shape), real[:num]


CASES = ("plane", "offset", "copies")


def logits():
    return np.random.RandomState(8).randn(503, 10) * 3


def pictures(side, channels):
    """Two batches of smooth pictures and their noisy versions, uint8 (4, C, side, side)."""
    random = np.random.RandomState(side)
    coarse = random.rand(4, channels, side // 8 + 1, side // 8 + 1) * 200 + 20
    smooth = coarse.repeat(8, 2).repeat(8, 3)[:, :, :side, :side]
    noise = random.randn(*smooth.shape) * np.array([2, 15, 40, 120])[:, None, None, None]
    return [np.clip(x, 0, 255).round().astype(np.uint8) for x in (smooth, smooth + noise)]


SIZES = ((28, 1), (64, 3), (177, 1))


def plain_ms_ssim(x, y):
    """One channel, (H, W) twice, float64."""
    from scipy.ndimage import correlate

    grid = np.exp(-(np.arange(-5, 6) ** 2) / (2 * 1.5**2))
    window = np.outer(grid, grid) / grid.sum() ** 2
    weights = [0.0448, 0.2856, 0.3001, 0.2363, 0.1333]
    count = max(m for m in range(1, 6) if min(x.shape) / 2 ** (m - 1) >= 11)
    weights = np.array(weights[:count]) / sum(weights[:count])

    def local_mean(z):
        return correlate(z, window, mode="constant")[5:-5, 5:-5]

    result = 1.0
    for scale in range(count):
        mean_x, mean_y = local_mean(x), local_mean(y)
        var_x, var_y = local_mean(x**2) - mean_x**2, local_mean(y**2) - mean_y**2
        cov = local_mean(x * y) - mean_x * mean_y
        c1, c2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2
        factor = (2 * cov + c2) / (var_x + var_y + c2)
        if scale == count - 1:
            factor = factor * (2 * mean_x * mean_y + c1) / (mean_x**2 + mean_y**2 + c1)
        result *= max(factor.mean(), 0) ** weights[scale]
        h, w = (side // 2 * 2 for side in x.shape)
        x, y = ((z[0:h:2, 0:w:2] + z[1:h:2, 0:w:2] + z[0:h:2, 1:w:2] + z[1:h:2, 1:w:2]) / 4 for z in (x, y))
    return result


def log_density(fake, real, sigma):
    """scikit-learn's KernelDensity is no reference: in 32 and more dimensions its trees lose digits."""
    from scipy.spatial.distance import cdist
    from scipy.special import logsumexp

    powers = -cdist(real, fake, "sqeuclidean") / (2 * sigma**2)
    return (logsumexp(powers, axis=1) - np.log(len(fake)) - fake.shape[1] * np.log(sigma * np.sqrt(2 * np.pi))).mean()


def leave_one_out(fake, real):
    from scipy.spatial.distance import cdist
    from sklearn.model_selection import LeaveOneOut, cross_val_predict
    from sklearn.neighbors import KNeighborsClassifier

    both, label = np.concatenate([fake, real]), np.repeat([0, 1], [len(fake), len(real)])
    model = KNeighborsClassifier(1, metric="precomputed")
    right = cross_val_predict(model, cdist(both, both), label, cv=LeaveOneOut()) == label
    on_fake, on_real = right[label == 0].mean(), right[label == 1].mean()
    return {"accuracy": (on_fake + on_real) / 2, "on_fake": on_fake, "on_real": on_real}


def of_features(fake, real):
    from prdc import compute_prdc
    from scipy.stats import mannwhitneyu
    from sklearn.neighbors import NearestNeighbors
    from torch_fidelity.metric_prc import prc_features_to_metric

    far, where = NearestNeighbors(n_neighbors=3, algorithm="brute").fit(real).kneighbors(fake)
    rank = mannwhitneyu(*(np.linalg.norm(x, axis=1) for x in (fake, real)))
    z = (rank.statistic - len(fake) * len(real) / 2) / np.sqrt(len(fake) * len(real) * (len(fake) + len(real) + 1) / 12)
    return {
        "nearest": {"distances": far[:6].tolist(), "indices": where[:6].tolist()},
        "one_nearest_neighbour": leave_one_out(*untied(fake, real)),
        "prdc_5": compute_prdc(real, fake, 5),
        "prdc_3": compute_prdc(real, fake, 3),
        "torch_fidelity_3": prc_features_to_metric(
            *map(torch.from_numpy, (fake, real)), prc_neighborhood=3, prc_batch_size=100, save_cpu_ram=0, verbose=0
        ),
        "parzen_0.8": log_density(fake, real, 0.8),
        "mann_whitney_of_norms": z,
    }


def main():
    from torch_fidelity.metric_isc import isc_features_to_metric

    golden = {name: of_features(*sides(name)) for name in CASES}
    given = torch.from_numpy(logits())
    golden["inception"] = {
        "shuffled": isc_features_to_metric(given, 10, True, 2020),
        "in_order": isc_features_to_metric(given, 7, False, 0),
    }
    golden["ms_ssim"] = {
        str(side): [
            np.mean([plain_ms_ssim(x.astype(float), y.astype(float)) for x, y in zip(a, b, strict=True)])
            for a, b in zip(*pictures(side, channels), strict=True)
        ]
        for side, channels in SIZES
    }
    Path(__file__).with_name("golden_neighbours.json").write_text(json.dumps(golden, indent=1) + "\n")


if __name__ == "__main__":
    main()
