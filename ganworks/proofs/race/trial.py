"""One trial of a race: a system with a seed, trained for so many minutes as `ganworks train` would train it."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

import torch

from ganworks import data
from ganworks.api import DEFAULTS
from ganworks.core import Batch
from ganworks.data import Pictures
from ganworks.engine.engine import Engine
from ganworks.engine.run import Run
from ganworks.judge.course import Course
from ganworks.judge.networks import network_for
from ganworks.metrics.extractors import Extractor
from ganworks.metrics.protocol import Protocol
from ganworks.proofs.bench import Bench
from ganworks.proofs.claim import Numbers
from ganworks.proofs.race.memory import peak_of
from ganworks.request import Request, Settings
from ganworks.training import Silence, build_engine

FIGURES = ("Fréchet distance", "error", "precision", "recall")  # as a course measures them
DISTANCE, ERROR, *_ = FIGURES
NUM_SHOWN, COLUMNS = 64, 8  # of the grid


@dataclass(frozen=True)
class Entrant:
    """A system, with settings that are not its own defaults."""

    system: str
    settings: Settings = field(default_factory=dict)

    @property
    def name(self) -> str:
        return " ".join([self.system, *(f"{key}={value}" for key, value in self.settings.items())])


@dataclass(frozen=True)
class Plan:
    """On what systems race, and for how long.

    data: a path, or the name of a set. width: of all systems; None for each one's own.
    features, weights: by what is judged, as for `ganworks evaluate`; None for the bench's choice.
    """

    data: str
    minutes: float
    width: int | None = None
    features: str | None = None
    weights: str | None = None

    def name(self, bench: Bench) -> str:
        sides = "x".join(map(str, bench.pictures(self.data).plan.size))
        told = [Path(self.data).name, sides, f"{self.minutes:g}min"]
        told += [f"width{self.width}"] if self.width else []
        told += [Path(self.features).stem] if self.features else []
        return "-".join(told)

    def folder(self, bench: Bench) -> Path:
        """Of the trials and their grids: those of other pictures or features of the same name are others."""
        folder = bench.folder / self.name(bench) / bench.pictures(self.data).facts["fingerprint"]
        return folder / Protocol(network_of(self, bench).facts).fingerprint if self.features else folder

    def grid(self, bench: Bench, name: str) -> Path:
        """Where the samples of an entrant with a seed are shown."""
        return self.folder(bench) / f"{name.replace(' ', '-').replace(':', '.')}.png"


@cache
def network_of(plan: Plan, bench: Bench) -> Extractor:
    pictures = bench.pictures(plan.data)
    if not plan.features:
        return bench.network(plan.data)
    network = network_for(plan.features, plan.weights, pictures.specs["image"].shape, "cpu")
    bench.hired[plan.data] = network.facts | {"data": pictures.facts["fingerprint"]}
    return network


@cache
def course_of(plan: Plan, bench: Bench) -> Course:
    """The judge of all trials."""
    return Course(bench.pictures(plan.data), Run(bench.folder), network_of(plan, bench))


def engine_of(plan: Plan, bench: Bench, entrant: Entrant, seed: int) -> Engine:
    """As `ganworks train` makes it. ValueError if the system does not suit the pictures."""
    settings = entrant.settings | ({} if plan.width is None else {"width": plan.width})
    training = DEFAULTS | {"seed": seed, "device": "cpu"}
    request = Request(Run(bench.folder), entrant.system, Path(plan.data).name, training, settings, {})
    return build_engine(request, bench.pictures(plan.data), Silence())[0]


@dataclass
class Sampler:
    """Samples of an engine; where they are of classes, as often of each as the pictures are. Counts its time."""

    engine: Engine
    pictures: Pictures
    num: int = 0
    seconds: float = 0.0

    def __call__(self, num: int, seed: int | None = None) -> Batch:
        given = {}
        if "label" in self.engine.system.inputs(1, seed=0):
            generator = torch.Generator().manual_seed(seed or 0)
            given["label"] = self.pictures.numbers[torch.randint(len(self.pictures), (num,), generator=generator)]
        begin = time.process_time()
        made = self.engine.sample(num, seed, **given)
        self.seconds += time.process_time() - begin
        self.num += num
        return made


def trial_of(plan: Plan, entrants: Mapping[str, Entrant]) -> Callable[[Bench, str, int], Numbers]:
    def trial(bench: Bench, arm: str, seed: int) -> Numbers:
        course = course_of(plan, bench)
        assert course.reference.count  # made now, before memory is measured

        def train() -> Engine:
            engine = engine_of(plan, bench, entrants[arm], seed)
            bench.drive(engine, plan.minutes)
            return engine

        engine, megabytes = peak_of(train)
        sample = Sampler(engine, bench.pictures(plan.data))
        numbers = dict(zip(FIGURES, course.measure(sample).values(), strict=False))  # without the last two for copies
        numbers |= {
            "steps": engine.step,
            "pictures a second": engine.stream.position / engine.seconds,
            "samples a second": sample.num / sample.seconds,
        }
        data.save_grid(sample(NUM_SHOWN, 0)["image"], plan.grid(bench, f"{arm}-{seed}"), COLUMNS)
        return numbers if megabytes is None else numbers | {"MB": megabytes}

    return trial
