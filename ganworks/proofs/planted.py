"""Short trainings with planted faults, and sound ones: what does the doctor say of each?"""

import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
import torch
from torch import nn

from ganworks.core import Batch
from ganworks.data import Pictures, Stream, open_pictures
from ganworks.data.toys import Points, find
from ganworks.doctor.diagnose import diagnose
from ganworks.doctor.probe import NUM, Probe
from ganworks.doctor.space import Space, reference_of
from ganworks.engine.engine import Diverged, Engine
from ganworks.engine.engine import Stream as Source
from ganworks.proofs.bench import Bench
from ganworks.proofs.claim import Numbers
from ganworks.registry import build

DATA, SIZE, BATCH, STEPS = "fashion_mnist_10k", 16, 32, 2400
PROBES = 40
NAMES = (
    "critic wins",
    "critic sleeps",
    "logits saturated",
    "critic drifts",
    "collapse",
    "memorisation",
    "oscillation",
    "tanh saturated",
    "average lags",
    "gradients vanish",
    "gradients explode",
    "not finite",
    "learning rate too high",
    "learning rate too low",
    "plateau",
    "slow data",
)
Plant = Callable[[Engine], None]


@dataclass(frozen=True)
class Case:
    """A training: the system and its settings, and what is done to it.

    expected: the symptom that must be found; nothing for a sound training. toy: points instead of pictures. few: so
    many pictures only. plant: changes the system. bad_every, delay: of the stream's batches, each so many'th is no
    number, or all are late by so many seconds.
    """

    words: str
    system: str
    expected: str = ""
    settings: dict[str, Any] = field(default_factory=dict)
    rates: dict[str, float] = field(default_factory=dict)
    ema: float | None = None
    toy: str = ""
    few: int = 0
    plant: Plant | None = None
    bad_every: int = 0
    delay: float = 0.0


def planted(words: str, expected: str, system: str, settings: dict[str, Any], **more: Any) -> Case:
    """A case with a fault; learning rates by player."""
    rates: dict[str, float] = {player: more.pop(player) for player in ("G", "D") if player in more}
    return Case(words, system, expected, settings, rates, **more)


class Spoiled:
    """A stream whose batches come late, or are now and then not numbers."""

    def __init__(self, stream: Source, bad_every: int, delay: float):
        self.stream, self.bad_every, self.delay = stream, bad_every, delay
        self.batch = stream.batch

    @property
    def position(self) -> int:
        return self.stream.position

    @position.setter
    def position(self, position: int) -> None:
        self.stream.position = position

    def seek(self, position: int) -> None:
        self.stream.seek(position)

    def __next__(self) -> Batch:
        batch = next(self.stream)
        if self.delay:  # no sleep at all is not the same as one of no length
            time.sleep(self.delay)
        if self.bad_every and self.position // self.batch % self.bad_every == 0:
            return {name: value * torch.nan if value.is_floating_point() else value for name, value in batch.items()}
        return batch


def saturated(engine: Engine) -> None:
    """G's last layer so strong that its tanh is at one of the limits nearly everywhere."""
    last_layer(engine.system.G).weight.data *= 500


def loud(engine: Engine) -> None:
    """D's last layer so strong that its logits are beyond the sigmoid's slope."""
    last_layer(engine.system.D).weight.data *= 500


def deaf(engine: Engine) -> None:
    """G hears nothing of z: whatever it learns, it makes one picture."""
    system = engine.system
    draw = system.draw
    system.draw = lambda num: draw(num) | {"z": torch.zeros_like(draw(num)["z"])}  # type: ignore[method-assign]


def unfollowed(engine: Engine) -> None:
    """The averaged weights stay where they began."""
    engine.average.update = lambda step: None  # type: ignore[method-assign]


def remembers(engine: Engine) -> None:
    """In place of G a memory of the first pictures that it was shown."""
    memory = torch.cat([next(engine.stream)["image"] for _ in range(8)])
    engine.stream.seek(0)
    engine.system.generate = lambda inputs: {  # type: ignore[method-assign]
        "image": memory[(1000 * inputs["z"].sum(1)).long() % len(memory)]
    }


def last_layer(network: object) -> Any:
    assert isinstance(network, nn.Module)
    return [module for module in network.modules() if isinstance(getattr(module, "weight", None), nn.Parameter)][-1]


SMALL: dict[str, Any] = {"width": 8}
PLAIN: dict[str, Any] = {"width": 64}
POINTS: dict[str, Any] = {"width": 64, "dim": 2}
SOUND = {
    "dcgan": Case("DCGAN", "dcgan", settings=SMALL),
    "lsgan": Case("LSGAN", "lsgan", settings=SMALL),
    "gan": Case("the first GAN", "gan", settings=PLAIN),
    "wgan": Case("WGAN", "wgan", settings=SMALL),
    "wgan_gp": Case("WGAN-GP", "wgan_gp", settings=SMALL),
    "sngan": Case("SNGAN", "sngan", settings=SMALL | {"nets": "dcgan", "critic_steps": 1}),
    "r3gan": Case("R3GAN", "r3gan", settings=SMALL | {"nets": "dcgan"}),
    "cgan": Case("conditional GAN", "cgan", settings=SMALL),
    "r3gan points": Case("R3GAN on a grid of 25 points", "r3gan", settings=POINTS, toy="grid25"),
    "wgan_gp points": Case("WGAN-GP on a ring of 8 points", "wgan_gp", settings=POINTS, toy="ring8"),
}
PLANTED = {
    "strong critic": planted("gan's G 1,000 times slower than D", "critic wins", "gan", PLAIN, G=2e-6, D=2e-3),
    "minimax": planted(
        "the same, with the loss of eq. 1", "gradients vanish", "gan", PLAIN | {"loss": "minimax"}, G=2e-6, D=2e-3
    ),
    "frozen critic": planted("D's rate 0", "critic sleeps", "dcgan", SMALL, D=0.0),
    "loud critic": planted("D's last layer x 500", "logits saturated", "gan", PLAIN, plant=loud, D=1e-5),
    "saturated tanh": planted("G's last layer x 500", "tanh saturated", "dcgan", SMALL, plant=saturated),
    "free critic": planted("WGAN without clipping", "critic drifts", "wgan", SMALL | {"bound": 1e9}, D=1e-3),
    "wild critic": planted("the same, D's rate x 600", "gradients explode", "wgan", SMALL | {"bound": 1e9}, D=3e-2),
    "idle generator": planted("G's rate 0", "plateau", "dcgan", SMALL, G=0.0),
    "bad batches": planted("each fifth batch is no number", "not finite", "dcgan", SMALL, bad_every=5),
    "slow ring": planted("gan on a ring, D's rate a tenth", "oscillation", "gan", POINTS, toy="ring8", G=1e-3, D=1e-4),
    "deaf generator": planted("z is 0", "collapse", "dcgan", SMALL, plant=deaf),
    "memory": planted("G is a memory of 200 pictures", "memorisation", "dcgan", SMALL, few=200, plant=remembers),
    "slow average": planted("averages that stand still", "average lags", "dcgan", SMALL, ema=0.999, plant=unfollowed),
    "quick generator": planted("G's rate x 300", "learning rate too high", "dcgan", SMALL, G=6e-2),
    "quick critic": planted("D's rate x 300", "learning rate too high", "dcgan", SMALL, D=6e-2),
    "slow rates": planted("both rates 1e-8", "learning rate too low", "dcgan", SMALL, G=1e-8, D=1e-8),
    "slow data": planted("each batch 50 ms late", "slow data", "dcgan", SMALL, delay=0.05),
}
CASES = SOUND | PLANTED


def lines_of(case: Case, pictures: Pictures, seed: int, steps: int = STEPS) -> Iterator[dict[str, Any]]:
    """Train for so many steps; the lines of the log."""
    stream: Source = Points(find(case.toy), 64, seed) if case.toy else Stream(pictures, BATCH, seed=seed)
    held: Source = Points(find(case.toy), 256, seed + 1) if case.toy else Stream(pictures, 256, seed=seed + 1)
    image = pictures.specs["image"]
    facts = {"size": image.shape[1:], "channels": image.shape[0], "classes": 10}
    torch.manual_seed(seed)
    system, _ = build(case.system, facts, **case.settings)
    engine = Engine(
        system, Spoiled(stream, case.bad_every, case.delay), seed=seed, device="cpu", lr=case.rates, ema=case.ema
    )
    if case.plant:
        case.plant(engine)
    real = next(held)
    reference = reference_of([real, *(next(held) for _ in range(3))], "point" if case.toy else "image")
    probe, every = Probe(real, Space(reference, NUM)), max(steps // PROBES, 2)
    try:
        while engine.step < steps:
            begin = time.monotonic()
            engine.take_step()
            engine.seconds += time.monotonic() - begin
            probe.compare(engine)
            if engine.step % every == 1:
                yield engine.measured()
                engine.health = {}
            elif engine.step % every == 0:
                probe.measure(engine)
    except Diverged:
        yield engine.measured()


@cache
def all_pictures() -> Pictures:
    return open_pictures(DATA, size=SIZE)


def few_of(pictures: Pictures, num: int, folder: Path) -> Pictures:
    """The first few pictures, as a set of their own."""
    if not num:
        return pictures
    np.save(folder / "few.npy", pictures.read(torch.arange(num))["image"].permute(0, 2, 3, 1).numpy())
    return open_pictures(folder / "few.npy")


def trial(bench: Bench, arm: str, seed: int) -> Numbers:
    """1 for each symptom that is seen above a note at any time, and 0 for the others; notes where they are expected."""
    case = CASES[arm]
    with TemporaryDirectory() as folder:
        pictures = few_of(all_pictures(), case.few, Path(folder))
        lines: list[dict[str, Any]] = []
        seen: set[str] = set()
        for line in lines_of(case, pictures, seed, max(round(STEPS * min(1.0, bench.scale)), 4)):
            lines.append(line)
            now = [finding for finding in diagnose(lines) if finding.until is None]
            seen |= {finding.name for finding in now if finding.is_alarm or finding.name == case.expected}
            bench.progress(min(line["step"] / STEPS, 1.0))
    numbers = {name: float(name in seen) for name in NAMES}
    return numbers | {"found": float(case.expected in seen), "alarms": float(len(seen - {case.expected}))}
