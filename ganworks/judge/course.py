"""The judge beside a training: the Fréchet distance every so many steps, and what it says about going on."""

from functools import cached_property
from itertools import groupby
from typing import Any

import torch

from ganworks.data import Pictures
from ganworks.engine.engine import Engine
from ganworks.engine.run import Run
from ganworks.judge.gathered import Gathered, extract, gather
from ganworks.judge.measures import DDOF, Case, frechet_and_error
from ganworks.judge.networks import is_standard, network_for
from ganworks.judge.sides import Sample, of_samples, of_set
from ganworks.metrics import plateau
from ganworks.metrics.extractors import Extractor
from ganworks.metrics.manifold import manifold
from ganworks.metrics.protocol import VERSION, Protocol

NUM_SAMPLES = 2_048
MOST_PICTURES = 10_000
OF_SAMPLES, OF_REFERENCE = 1, 0  # seeds
K = 5  # neighbours that make a sample's reach, as elsewhere
ERROR = "_error"  # ends the name of a figure's standard error in the log
PROTOCOL = "protocol"  # the name of the fingerprint in the log


class Course:
    """Judges an engine, again and again by one protocol: the same seeds, and the same pictures.

    The reference is passed through the extractor once. A call gives the figures: the Fréchet distance, its standard
    error, precision and recall, by the names they have elsewhere; without the last two if all pictures are equal.
    ValueError for fewer than 2 pictures, which have no distribution.
    """

    def __init__(
        self,
        pictures: Pictures,
        run: Run,
        features: str | Extractor = "convs",
        weights: str | None = None,
        device: str = "cpu",
    ):
        if len(pictures) < 2:
            raise ValueError(
                f"--evaluate-every needs 2 pictures to compare with, and {pictures.facts['source']} has "
                f"{len(pictures)}; add some, or leave it out"
            )
        shape = pictures.specs["image"].shape
        network = network_for(features, weights, shape, device) if isinstance(features, str) else features
        self.network, self.standard, self.run = network, is_standard(features, weights), run
        count = min(len(pictures), MOST_PICTURES)
        self.side = of_set(str(pictures.facts["source"]), pictures, count, seed=OF_REFERENCE)
        # As many as there are samples, and not the first ones: sets are often in the order of their classes.
        chosen = torch.randperm(self.side.count, generator=torch.Generator().manual_seed(OF_REFERENCE))
        self.some = chosen[:NUM_SAMPLES].sort().values
        self.k = min(K, len(self.some) - 1, NUM_SAMPLES - 1)
        self.told = False
        self.name = "fid" if self.standard else f"fd_{network.name}"

    @cached_property
    def reference(self) -> Gathered:
        """Made when it is first needed, so that of several processes only the one that judges makes it."""
        return gather(self.side, self.network)

    @cached_property
    def protocol(self) -> Protocol:
        """By what the figures are measured; needs the reference. Seeds count: best is the best of one measurement."""
        channels, *size = self.side.shape
        return Protocol(
            {
                "version": VERSION,
                "metric": {"name": self.name, "ddof": DDOF, "k": self.k},
                "extractor": {"name": self.network.name, "dim": self.network.dim} | self.network.facts,
                "pictures": {"size": size, "channels": channels, "bits": 8},
                "judged": {"count": NUM_SAMPLES, "seed": OF_SAMPLES},
                "reference": {
                    "count": self.side.count,
                    "seed": OF_REFERENCE,
                    "content": self.reference.content,
                    "used": len(self.some),
                },
            }
        )

    def describe(self) -> str:
        return f"{self.name}, precision and recall of {NUM_SAMPLES:,} samples against {self.side.count:,} pictures"

    def measure(self, sample: Sample) -> dict[str, float]:
        """The figures of what `sample` makes, in this order: distance, its error, precision, recall."""
        side = of_samples("samples", sample, self.side.shape, count=NUM_SAMPLES, seed=OF_SAMPLES)
        case = Case(extract(side, self.network), self.reference, self.network.name, self.standard, seed=0)
        distance = frechet_and_error(case)
        figures = {self.name: distance.value, self.name + ERROR: distance.error or 0.0}
        real = self.reference.features[self.some]
        if bool((real != real[0]).any()):  # else there is nothing that a sample could be near to, or not
            found = manifold(case.a.features, real, k=self.k)
            figures |= {case.named("precision"): found.precision, case.named("recall"): found.recall}
        return figures

    def __call__(self, engine: Engine) -> dict[str, float]:
        figures = self.measure(engine.sample)
        distance, error, *near = figures.values()
        before = engine.best
        better = " (the best so far)" if before is None or distance < before else ""
        words = f"step {engine.step:,}: {self.name} {distance:.4g} ± {error:.2g}{better}"
        engine.notes.append(words + (", precision {:.2f}, recall {:.2f}".format(*near) if near else ""))
        advice = verdict(self.run, {"step": engine.step, PROTOCOL: self.protocol.fingerprint} | figures)
        if advice and not self.told:  # once is enough; the farewell says it again
            engine.notes.append(advice)
            self.told = True
        return figures


def verdict(run: Run, now: dict[str, Any] | None = None) -> str | None:
    """What the evaluations in a run's log, and the one of now, say about going on; None if there is nothing to say.

    Only those of the last one's protocol count. A figure stands in every line of the log after it was measured; the
    first line that has it is that of its step.
    """
    lines = [line for line in [*run.read_log(), *([now] if now else [])] if any(name.endswith(ERROR) for name in line)]
    if not lines:
        return None
    name = next(name for name in lines[-1] if name.endswith(ERROR)).removesuffix(ERROR)
    protocol = lines[-1].get(PROTOCOL)
    lines = [line for line in lines if line.get(PROTOCOL) == protocol and name in line and name + ERROR in line]
    first = [next(group) for _, group in groupby(lines, key=lambda line: (line[name], line[name + ERROR]))]
    of_steps = list({line["step"]: line for line in first}.values())  # judged again, a step counts once
    words = plateau.verdict(
        [line["step"] for line in of_steps],
        [line[name] for line in of_steps],
        [line[name + ERROR] for line in of_steps],
    )
    return words and f"{name} is {words}"


def last_protocol(run: Run) -> str | None:
    """The fingerprint by which the figures in the last line of a run's log were measured; None without a judge."""
    return next((line.get(PROTOCOL) for line in reversed([*run.read_log()])), None)
