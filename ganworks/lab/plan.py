"""What a comparison is: its data, its systems, and what all of them have in common."""

from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from ganworks import registry
from ganworks.core import System
from ganworks.data.toys import TOYS
from ganworks.registry import Unknown

STACKED = "stacked:"


@dataclass(frozen=True)
class Arm:
    """One system of a comparison, with settings of its own: `Arm("gan", {"loss": "minimax"})`."""

    system: str
    settings: dict[str, Any] = field(default_factory=dict)

    @property
    def label(self) -> str:
        return " ".join([self.system.rpartition(":")[2], *(f"{name}={value}" for name, value in self.settings.items())])


@dataclass(frozen=True)
class Plan:
    """All that the trials share; each setting has the meaning that `compare` gives it.

    lr: None leaves each system its own rates. d_lr: of D, if it is another one. decay: the share of the steps, at the
    end, in which rates fall to 0.
    judge: the file of the classifier that counts the modes of stacked pictures.
    """

    data: str
    steps: int
    batch: int
    width: int
    latent: int
    lr: float | None
    decay: float
    frames: int
    judge: Path | None = None
    d_lr: float | None = None

    @property
    def is_stacked(self) -> bool:
        return self.data.startswith(STACKED)

    def to_json(self) -> dict[str, Any]:
        return asdict(self) | {"judge": self.judge and self.judge.name}

    def build(self, arm: Arm, facts: dict[str, Any]) -> System:
        """The system of an arm. ValueError for one that is not made for such data.

        facts: what the data says, as for `registry.build`.
        """
        wants = {setting.name for setting in registry.find(arm.system).settings}
        kind, needed = ("pictures", "channels") if self.is_stacked else ("points", "dim")
        if needed in wants:
            system, _ = registry.build(arm.system, facts | {"width": self.width, "latent": self.latent}, **arm.settings)
            if len(system.specs) == 1:
                return system
        possible = [name for name, entry in registry.entries().items() if needed in {s.name for s in entry.settings}]
        possible = [name for name in possible if not registry.entries()[name].tiny.get("classes")]
        raise ValueError(f"{arm.system} does not make {kind} without labels; possible: {', '.join(possible)}")


def check_data(name: str) -> None:
    """Unknown unless it is a toy or `stacked:DATA`."""
    if name not in TOYS and name.removeprefix(STACKED) in ("", name):
        raise Unknown("toy", name, [*TOYS, "stacked:DATA"])


def check_numbers(**given: float | None) -> None:
    """ValueError, by the option's name, for one that makes no sense."""
    least = {"decay": 0, "lr": 0, "d_lr": 0, "frames": 2}
    for name, value in given.items():
        if value is not None and value < least.get(name, 1):
            raise ValueError(f"--{name.replace('_', '-')}: {value:g} was given; possible: {least.get(name, 1)} or more")
    if (given.get("decay") or 0) > 1:
        raise ValueError(f"--decay: {given['decay']:g} was given; possible: 0 to 1")
