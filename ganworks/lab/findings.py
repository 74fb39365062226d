"""What a comparison found: a table over seeds, what of it is luck, and files to show."""

import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from math import isinf
from pathlib import Path
from typing import Any

from PIL import Image

from ganworks.data import film
from ganworks.data.write import save_grid
from ganworks.lab.film import FPS, Film
from ganworks.lab.noise import CHANCE, by_luck, fewest_seeds, mean, spread
from ganworks.lab.plan import Arm, Plan
from ganworks.lab.toy import Task
from ganworks.lab.trial import Trial, task_of

# Figures of Modes, with their heading and format.
FIGURES = {
    "count": ("modes", ".1f"),
    "fair": ("fair modes", ".1f"),
    "held": ("held", ".1f"),
    "good": ("good", ".3f"),
    "kl": ("KL", ".3f"),
    "reverse_kl": ("reverse KL", ".3f"),
}
COMPARED = ("held", "good", "kl")  # those that are tested for luck


@dataclass
class Findings:
    """All trials of a comparison. protocol: by what the samples are judged, and where that comes from."""

    plan: Plan
    arms: Sequence[Arm]
    protocol: str
    trials: list[Trial] = field(default_factory=list)

    def of(self, arm: Arm) -> list[Trial]:
        """An arm's trials by seed: those that came to their end, or all if none did."""
        mine = sorted((trial for trial in self.trials if trial.arm == arm), key=lambda trial: trial.seed)
        return [trial for trial in mine if trial.end != "interrupt"] or mine

    def finished(self, arm: Arm) -> int:
        """How many of an arm's trials came to their end."""
        return sum(trial.arm == arm and trial.end != "interrupt" for trial in self.trials)

    def values(self, arm: Arm, figure: str) -> list[float]:
        return [float(getattr(trial.modes, figure)) for trial in self.of(arm)]

    def rows(self) -> list[list[str]]:
        """A heading, and a row for each system: mean and, after ±, standard deviation over seeds."""
        rows = [["system", *(heading for heading, _ in FIGURES.values()), "steps", "seconds", "seeds"]]
        for arm in self.arms:
            if mine := self.of(arm):
                cells = [self.cell(arm, figure) for figure in FIGURES]
                steps = f"{min(trial.step for trial in mine):,}"
                rows.append(
                    [arm.label, *cells, steps, f"{mean([trial.seconds for trial in mine]):.1f}", str(len(mine))]
                )
        return rows

    def cell(self, arm: Arm, figure: str) -> str:
        values, form = self.values(arm, figure), FIGURES[figure][1]
        if any(map(isinf, values)):
            return "inf"
        middle = format(mean(values), form)
        return f"{middle} ± {format(spread(values), form)}" if len(values) > 1 else middle

    def luck(self) -> dict[str, dict[str, float]]:
        """Of each system but the first, how likely seeds alone make it differ as much from the first, by figure.

        Of finished trials: one that was stopped early is not worse for that.
        """
        first, *others = self.arms
        return {
            arm.label: {name: by_luck(self.values(first, name), self.values(arm, name)) for name in COMPARED}
            for arm in others
            if self.finished(arm) and self.finished(first)
        }

    def verdicts(self) -> list[str]:
        """In words, a line for each system after the first, where it differs from the first by more than luck."""
        least = min((self.finished(arm) for arm in self.arms), default=0)
        if len(self.arms) < 2 or least < fewest_seeds():
            few = f"{fewest_seeds()} seeds or more are needed to tell a difference from luck"
            return [few] if len(self.arms) > 1 else []
        first = self.arms[0]
        lines = []
        for arm in self.arms[1:]:
            chances = self.luck()[arm.label]
            parts = []
            for name in COMPARED:
                heading, form = FIGURES[name]
                pair = [mean(self.values(one, name)) for one in (arm, first)]
                parts.append(
                    f"{heading} within the noise of seeds"
                    if chances[name] > CHANCE
                    else f"{heading} {format(pair[0], form)} against {format(pair[1], form)} (p = {chances[name]:.3f})"
                )
            lines.append(f"{arm.label} against {first.label}: {'; '.join(parts)}")
        num = len(lines) * len(COMPARED)
        return [
            *lines,
            f"each p is of one comparison; luck alone brings about {CHANCE * num:.2g} of these {num} that far",
        ]

    def table(self) -> str:
        """Plain text: the rows, the protocol, the verdicts, and what went wrong."""
        rows = self.rows()
        widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
        lines = [
            "  ".join(cell.ljust(width) if not n else cell.rjust(width) for n, (cell, width) in enumerate(pairs))
            for pairs in (list(zip(row, widths, strict=True)) for row in rows)
        ]
        lines.insert(1, "-" * len(lines[0]))
        return "\n".join([*lines, *self.notes()])

    def notes(self) -> list[str]:
        plan = self.plan
        rate = "each system's own rates" if plan.lr is None else f"Adam's rate {plan.lr:g}"
        rate += "" if plan.d_lr is None else f", D's {plan.d_lr:g}"
        recipe = f"batch {plan.batch}, width {plan.width}, latent {plan.latent}, {rate}"
        falling = f", falling to 0 over the last {plan.decay:.0%} of {plan.steps:,} steps" if plan.decay else ""
        bad = [f"{trial.arm.label}, seed {trial.seed}: diverged at step {trial.step:,}" for trial in self.trials]
        bad = [line for line, trial in zip(bad, self.trials, strict=True) if trial.end == "diverged"]
        stopped = sum(trial.end == "interrupt" for trial in self.trials)
        return [
            f"protocol: {self.protocol}",
            f"training: {recipe}{falling}; ± is the standard deviation over seeds, seconds are of one processor",
            "fair: modes with a fifth of their fair share of the good samples; held: of all samples, bad ones included",
            *self.verdicts(),
            *bad,
            *([f"stopped: {stopped} unfinished trials count only where no other is finished"] if stopped else []),
        ]

    def to_json(self) -> dict[str, Any]:
        """All of it but the pictures; null stands for an infinite divergence."""
        trials = [
            {
                "system": trial.arm.label,
                "seed": trial.seed,
                "steps": trial.step,
                "seconds": round(trial.seconds, 2),
                "end": trial.end,
                **{name: None if isinf(value) else value for name, value in asdict(trial.modes).items()},
            }
            for trial in self.trials
        ]
        return {
            "plan": self.plan.to_json(),
            "systems": [{"label": arm.label, "system": arm.system, "settings": arm.settings} for arm in self.arms],
            "protocol": self.protocol,
            "trials": trials,
            "p": self.luck(),
            "verdicts": self.verdicts(),
        }

    def write(self, folder: str | Path, film_name: str = "film.gif") -> list[Path]:
        """table.json and table.txt; of toys a film and its end as a still, of pictures a grid for each system."""
        folder = Path(folder)
        folder.mkdir(parents=True, exist_ok=True)
        paths = [folder / "table.json", folder / "table.txt"]
        paths[0].write_text(json.dumps(self.to_json(), indent=1), encoding="utf-8")
        paths[1].write_text(self.table() + "\n", encoding="utf-8")
        for trial in self.trials:
            if trial.samples is not None:
                paths.append(folder / f"{trial.arm.label.replace(' ', '-')}.png")
                save_grid(trial.samples, paths[-1])
        watched = [trial for arm in self.arms for trial in self.trials if trial.arm == arm and trial.views]
        task = task_of(self.plan) if watched else None
        if isinstance(task, Task):
            moving = Film(self.plan, task, watched)
            film.write(moving.frames(), folder / film_name, FPS, flat=True)
            Image.fromarray(moving.still()).save(folder / "still.png", optimize=True)
            paths += [folder / film_name, folder / "still.png"]
        return paths
