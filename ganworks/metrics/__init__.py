"""Numbers that judge samples by features (N, d) of any kind of data: the judged set first, the reference second.

    from ganworks.metrics import frechet_distance, kid

    frechet_distance(judged, reference)  # tensors or arrays of features
    kid(judged, reference)  # Estimate(value=..., error=...)

Nothing is imported before it is asked for, so that the command line starts without torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ganworks.metrics.estimate import Estimate as Estimate
    from ganworks.metrics.frechet import frechet_bootstrap as frechet_bootstrap
    from ganworks.metrics.frechet import frechet_distance as frechet_distance
    from ganworks.metrics.frechet import frechet_infinity as frechet_infinity
    from ganworks.metrics.kernel import kid as kid
    from ganworks.metrics.kernel import mmd as mmd
    from ganworks.metrics.likelihood import ais as ais
    from ganworks.metrics.likelihood import parzen as parzen
    from ganworks.metrics.manifold import Manifold as Manifold
    from ganworks.metrics.manifold import precision_recall as precision_recall
    from ganworks.metrics.modes import Modes as Modes
    from ganworks.metrics.modes import modes_by_centre as modes_by_centre
    from ganworks.metrics.modes import modes_by_label as modes_by_label
    from ganworks.metrics.moments import Moments as Moments
    from ganworks.metrics.ms_ssim import ms_ssim_diversity as ms_ssim_diversity
    from ganworks.metrics.neighbours import nearest as nearest
    from ganworks.metrics.scores import inception_score as inception_score
    from ganworks.metrics.scores import mode_score as mode_score
    from ganworks.metrics.scores import probabilities as probabilities
    from ganworks.metrics.similarity import Birthday as Birthday
    from ganworks.metrics.similarity import NearestTraining as NearestTraining
    from ganworks.metrics.similarity import birthday as birthday
    from ganworks.metrics.similarity import nearest_training as nearest_training
    from ganworks.metrics.two_sample import TwoSample as TwoSample
    from ganworks.metrics.two_sample import one_nearest_neighbour as one_nearest_neighbour
    from ganworks.metrics.wasserstein import Transport as Transport
    from ganworks.metrics.wasserstein import sliced_wasserstein as sliced_wasserstein

HOMES = {  # not functions named like their module, which stays a module: wasserstein.wasserstein, manifold.manifold
    "Birthday": "similarity",
    "Estimate": "estimate",
    "Manifold": "manifold",
    "Modes": "modes",
    "Moments": "moments",
    "NearestTraining": "similarity",
    "Transport": "wasserstein",
    "TwoSample": "two_sample",
    "ais": "likelihood",
    "birthday": "similarity",
    "frechet_bootstrap": "frechet",
    "frechet_distance": "frechet",
    "frechet_infinity": "frechet",
    "inception_score": "scores",
    "kid": "kernel",
    "mmd": "kernel",
    "mode_score": "scores",
    "modes_by_centre": "modes",
    "modes_by_label": "modes",
    "ms_ssim_diversity": "ms_ssim",
    "nearest": "neighbours",
    "nearest_training": "similarity",
    "one_nearest_neighbour": "two_sample",
    "parzen": "likelihood",
    "precision_recall": "manifold",
    "probabilities": "scores",
    "sliced_wasserstein": "wasserstein",
}
__all__ = [
    "Birthday",
    "Estimate",
    "Manifold",
    "Modes",
    "Moments",
    "NearestTraining",
    "Transport",
    "TwoSample",
    "ais",
    "birthday",
    "frechet_bootstrap",
    "frechet_distance",
    "frechet_infinity",
    "inception_score",
    "kid",
    "mmd",
    "mode_score",
    "modes_by_centre",
    "modes_by_label",
    "ms_ssim_diversity",
    "nearest",
    "nearest_training",
    "one_nearest_neighbour",
    "parzen",
    "precision_recall",
    "probabilities",
    "sliced_wasserstein",
]


def __getattr__(name: str) -> object:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
