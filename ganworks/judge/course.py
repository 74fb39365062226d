"""The judge beside a training: the Fréchet distance every so many steps, and what it says about going on."""

from functools import cached_property
from itertools import groupby
from typing import Any

import torch

from ganworks.data import Pictures
from ganworks.engine.engine import Engine
from ganworks.engine.run import Run
from ganworks.judge.gathered import Gathered, extract, gather
from ganworks.judge.measures import Case, frechet_and_error
from ganworks.judge.networks import is_standard, network_for
from ganworks.judge.sides import of_samples, of_set
from ganworks.metrics import plateau
from ganworks.metrics.extractors import Extractor
from ganworks.metrics.manifold import manifold

NUM_SAMPLES = 2_048
MOST_PICTURES = 10_000
ERROR = "_error"  # ends the name of a figure's standard error in the log


class Course:
    """Judges an engine, again and again by one protocol: the same seeds, and the same pictures.

    The reference is passed through the extractor once. A call gives the figures: the Fréchet distance, its standard
    error, precision and recall, by the names they have elsewhere.
    """

    def __init__(
        self,
        pictures: Pictures,
        run: Run,
        features: str | Extractor = "convs",
        weights: str | None = None,
        device: str = "cpu",
    ):
        shape = pictures.specs["image"].shape
        network = network_for(features, weights, shape, device) if isinstance(features, str) else features
        self.network, self.standard, self.run = network, is_standard(features, weights), run
        self.side = of_set(str(pictures.facts["source"]), pictures, min(len(pictures), MOST_PICTURES), seed=0)
        # As many as there are samples, and not the first ones: sets are often in the order of their classes.
        chosen = torch.randperm(self.side.count, generator=torch.Generator().manual_seed(0))
        self.some = chosen[:NUM_SAMPLES].sort().values
        self.told = False
        self.name = "fid" if self.standard else f"fd_{network.name}"

    @cached_property
    def reference(self) -> Gathered:
        """Made when it is first needed, so that of several processes only the one that judges makes it."""
        return gather(self.side, self.network)

    def describe(self) -> str:
        return f"{self.name}, precision and recall of {NUM_SAMPLES:,} samples against {self.side.count:,} pictures"

    def __call__(self, engine: Engine) -> dict[str, float]:
        side = of_samples("samples", engine.sample, self.side.shape, count=NUM_SAMPLES, seed=1)
        case = Case(extract(side, self.network), self.reference, self.network.name, self.standard, seed=0)
        distance = frechet_and_error(case)
        found = manifold(case.a.features, self.reference.features[self.some])
        figures = {
            self.name: distance.value,
            self.name + ERROR: distance.error or 0.0,
            case.named("precision"): found.precision,
            case.named("recall"): found.recall,
        }
        before = engine.best
        better = " (the best so far)" if before is None or distance.value < before else ""
        engine.notes.append(
            f"step {engine.step:,}: {self.name} {distance.value:.4g} ± {distance.error or 0:.2g}{better}, "
            f"precision {found.precision:.2f}, recall {found.recall:.2f}"
        )
        words = verdict(self.run, {"step": engine.step} | figures)
        if words and not self.told:  # once is enough; the farewell says it again
            engine.notes.append(words)
            self.told = True
        return figures


def verdict(run: Run, now: dict[str, Any] | None = None) -> str | None:
    """What the evaluations in a run's log, and the one of now, say about going on; None if there is nothing to say.

    A figure stands in every line of the log after it was measured; the first line that has it is that of its step.
    """
    lines = [line for line in [*run.read_log(), *([now] if now else [])] if any(name.endswith(ERROR) for name in line)]
    if not lines:
        return None
    name = next(name for name in lines[-1] if name.endswith(ERROR)).removesuffix(ERROR)
    lines = [line for line in lines if name in line and name + ERROR in line]
    first = [next(group) for _, group in groupby(lines, key=lambda line: (line[name], line[name + ERROR]))]
    words = plateau.verdict(
        [line["step"] for line in first], [line[name] for line in first], [line[name + ERROR] for line in first]
    )
    return words and f"{name} is {words}"
