"""One trial of an ablation: an arm with a seed, for so many minutes."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from ganworks.core import System
from ganworks.data import Stream
from ganworks.proofs.ablation.arms import Arm, Settings
from ganworks.proofs.bench import BATCH, Bench
from ganworks.proofs.claim import Numbers

DISTANCE = "Fréchet distance"


@dataclass(frozen=True)
class Plan:
    """What is ablated, on what, for how long. settings: of the baseline, and of all arms."""

    system: str
    data: str
    minutes: float
    settings: Settings

    @property
    def name(self) -> str:
        told = [
            self.system,
            Path(self.data).name,
            f"{self.minutes:g}min",
            *(f"{k}{v}" for k, v in self.settings.items()),
        ]
        return "-".join(told).replace(":", ".")

    def build(self, bench: Bench, arm: Arm, seed: int) -> System:
        """The system of an arm. ValueError if the trick does not suit it."""
        settings = self.settings | arm.settings
        return bench.build(arm.system or self.system, bench.pictures(self.data), seed, **settings)


def trial_of(plan: Plan, arms: Mapping[str, Arm]) -> Callable[[Bench, str, int], Numbers]:
    def trial(bench: Bench, key: str, seed: int) -> Numbers:
        arm, pictures, judge = arms[key], bench.pictures(plan.data), bench.judge(plan.data)
        system = plan.build(bench, arm, seed)
        stream = Stream(pictures, min(BATCH, len(pictures)), seed=seed)
        engine = bench.train(system, stream, seed, plan.minutes, ema=arm.ema, lr=rates(system, arm.rates))
        return {DISTANCE: judge.frechet(bench.samples(engine)), "steps": engine.step}

    return trial


def rates(system: System, factors: tuple[float, float] | None) -> dict[str, float] | None:
    """The learning rates of G and D, times the factors."""
    if factors is None:
        return None
    own = {name: player.optimizer(player.params).param_groups[0]["lr"] for name, player in system.players().items()}
    return {name: own[name] * factor for name, factor in zip(("G", "D"), factors, strict=True)}
