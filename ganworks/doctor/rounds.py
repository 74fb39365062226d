"""The doctor beside a training: measures, says what is new, and stops or goes back if told to."""

import json
import time
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Any

from ganworks.doctor.diagnose import diagnose
from ganworks.doctor.finding import LONG, SERIOUS, Finding
from ganworks.doctor.page import options, write_findings
from ganworks.doctor.probe import Probe
from ganworks.engine import checkpoint, ranks, state
from ganworks.engine.chores import Chore
from ganworks.engine.engine import Diverged, Engine
from ganworks.engine.fit import fit
from ganworks.engine.run import Run, write_text

KEEP = 6  # checkpoints, where a run may go back
PATIENCE = 12  # lines that a change gets to show its effect: six for a symptom, and more for the median to forget
BEFORE = 3  # lines that a fault may be older than its finding: two by the median, and a probe is logged a line late
COSTLY = ("collapse", "not finite", "gradients explode", "gradients vanish", "critic wins", "critic sleeps")
Case = dict[str, Any]


class Alarm(RuntimeError):
    """A serious finding, where the run shall not simply go on."""

    def __init__(self, case: Case):
        super().__init__(case["says"])
        self.case = case


class Doctor:
    """Looks after one run.

    on_collapse: on a serious finding "go-on", "stop", or "rollback": go back to the newest checkpoint from before it,
    with the first advice that a running training can take, at most `rollbacks` times in the life of the run.
    """

    def __init__(self, run: Run, probe: Probe, on_collapse: str = "go-on", rollbacks: int = 3):
        if on_collapse not in (possible := ("go-on", "stop", "rollback")):
            raise ValueError(f"--on-collapse: {on_collapse} was given; possible: {', '.join(possible)}")
        if rollbacks < 0:
            raise ValueError(f"--rollbacks: {rollbacks} was given; it must not be negative")
        self.run, self.probe, self.on_collapse, self.rollbacks = run, probe, on_collapse, rollbacks
        self.known: dict[str, Finding] = {}
        self.begin = 0  # lines that the log had when the doctor stopped the run last

    # ------------------------------------------------------------------ chores

    def chores(self, log: Callable[[Engine], None]) -> list[Chore]:
        """To measure now and then, and to read each line of the log when it is written."""

        def log_and_read(engine: Engine) -> None:
            log(engine)
            self.diagnose(engine)

        return [Chore(self.compare, steps=1), Chore(log_and_read, seconds=2), Chore(self.measure, seconds=2)]

    def measure(self, engine: Engine) -> None:
        engine.synchronise()
        if ranks.rank() == 0:
            self.probe.measure(engine)

    def compare(self, engine: Engine) -> None:
        """To be called after every step: nothing is done, but after the first one since `measure`."""
        if ranks.rank() == 0:
            self.probe.compare(engine)

    def diagnose(self, engine: Engine) -> None:
        """To be called when a line was logged. Alarm, if the run shall stop or go back."""
        case = ranks.first(lambda: self.examine(engine))
        if case:
            raise Alarm(case)

    def examine(self, engine: Engine) -> Case | None:
        log = list(self.run.read_log())
        findings = diagnose(log, {"ema": next(iter(engine.average.decays.values()), None)})
        write_findings(self.run, findings)
        now = {finding.name: finding for finding in findings if finding.is_alarm}
        engine.notes += [str(now[name]) for name in now.keys() - self.known.keys()]
        engine.notes += [f"over at step {engine.step:,}: {name}" for name in self.known.keys() - now.keys()]
        self.known = now
        serious = [each for each in now.values() if each.severity == SERIOUS and each.name in COSTLY]
        return case_of(serious[0]) if serious and self.may_act() and has_had_time(log, self.begin) else None

    # ------------------------------------------------------------------ treatment

    def may_act(self) -> bool:
        return self.on_collapse == "stop" or (self.on_collapse == "rollback" and self.done() < self.rollbacks)

    def done(self) -> int:
        """How often the run has gone back already."""
        return len(self.run.facts.get("rollbacks", []))

    def lines_when_stopped(self) -> int:
        """How long the log was when the doctor stopped the run; 0 if it did not, or if the log is shorter by now."""
        stopped = self.run.facts.get("stopped", 0)
        return stopped if stopped <= len(lines_of(self.run.read_log())) else 0

    def fit(self, engine: Engine, steps: int, chores: Sequence[Chore], minutes: float | None) -> str:
        """As `engine.fit`; the end is "collapse" if the doctor stopped the run."""
        begun = time.monotonic()
        self.begin = ranks.first(self.lines_when_stopped)
        if self.on_collapse == "rollback" and not checkpoint.newest_first(self.run.checkpoints):
            self.run.save(engine)
        while True:
            left = None if minutes is None else minutes - (time.monotonic() - begun) / 60
            try:
                return fit(engine, steps, chores, left)
            except Alarm as alarm:
                case = alarm.case
            except Diverged as error:
                if not ranks.first(self.may_act):
                    raise
                case = {"name": "not finite", "since": engine.step, "says": str(error), "advice": shorter_steps(engine)}
            if self.on_collapse == "stop":
                if ranks.rank() == 0:
                    stopped = {"stopped": len(lines_of(self.run.read_log()))}
                    write_text(self.run.folder / "run.json", json.dumps(self.run.facts | stopped, indent=2))
                engine.notes.append(f"stopped at step {engine.step:,} by the doctor: {case['says']}")
                return "collapse"
            self.roll_back(engine, case)

    def roll_back(self, engine: Engine, case: Case) -> None:
        """The state of the newest checkpoint from before the finding, or of the oldest; one setting changed.

        Not twice the same one, if there is another: what it led to is known.
        """
        path = Path(ranks.first(lambda: str(healthy(self.run, case["since"]))))
        best, since = self.best_before(engine, case["since"]), engine.step
        state.restore(engine, *checkpoint.read(path))
        engine.best = best
        engine.health, engine.terms, engine.norms = {}, {}, {}  # not those of the time that is undone
        self.probe.before, self.probe.shares, self.known, self.begin = {}, None, {}, 0
        change = apply(engine, case["advice"])
        engine.set_rates()
        what = {"from": since, "to": engine.step, "finding": case["says"], "change": change}
        if ranks.rank() == 0:
            forget(self.run, engine.step)
            facts = self.run.facts
            facts["training"] |= change
            facts["rollbacks"] = [*facts.get("rollbacks", []), what]
            write_text(self.run.folder / "run.json", json.dumps(facts, indent=2))
            self.run.write_log(engine.measured() | {"rollback": what})
        engine.saved_at = None
        self.run.save(engine)  # again, as it is from before the best one: a kill must not forget how good that was
        engine.notes.append(f"back from step {since:,} to {engine.step:,} ({case['name']}); changed: {options(change)}")

    def best_before(self, engine: Engine, since: int) -> float | None:
        """The figure of the best checkpoint; None, and no such checkpoint, if it is of the time of the fault."""
        path = self.run.checkpoints / "best.safetensors"

        def is_sick() -> bool:
            sick = path.exists() and checkpoint.read(path)[1]["step"] >= since
            if sick:
                path.unlink()
            return sick

        return None if ranks.first(is_sick) else engine.best


def case_of(finding: Finding) -> Case:
    """What all ranks must know of a finding; since when the fault may have been there."""
    before = [step for step, _ in finding.curve if step < finding.since][-BEFORE:]
    advice = [[each.setting, each.value] for each in finding.advice if each.setting]
    since = before[0] if before else finding.since
    return {"name": finding.name, "since": since, "says": str(finding), "advice": advice}


def has_had_time(log: Sequence[Any], begin: int) -> bool:
    """Whether a run that went back, or went on after a stop, had the time to show what the change did.

    begin: the lines of the log when it was stopped.
    """
    lines = lines_of(log)
    times = [number for number, line in enumerate(lines) if "rollback" in line] + [begin] * bool(begin)
    back = max(times, default=None)
    return back is None or (len(lines) - back > PATIENCE and lines[-1]["step"] - lines[back]["step"] >= LONG)


def lines_of(log: Iterable[Any]) -> list[Case]:
    return [line for line in log if isinstance(line, dict) and "step" in line]


def shorter_steps(engine: Engine) -> list[list[Any]]:
    rates = {player: rates[0] / 2 for player, rates in engine.rates.items() if player in ("G", "D")}
    return [["clip", 1.0], *([f"{player.lower()}_lr", rate] for player, rate in rates.items())]


def healthy(run: Run, since: int) -> Path:
    """The newest whole checkpoint from before a step, where the run was not twice; or else the oldest whole one."""
    whole: list[Path] = []
    been: set[int] = set()
    for back in run.facts.get("rollbacks", []):  # what came after its step is forgotten, and made anew
        been = {step for step in been if step < back["to"]} | {back["to"]}
    for path in checkpoint.newest_first(run.checkpoints):
        try:
            _, facts = checkpoint.read(path)
        except ValueError:
            continue
        if facts["step"] < since and facts["step"] not in been:
            return path
        whole.append(path)
    if not whole:
        raise ValueError(f"no checkpoint in {run.checkpoints} can be read; begin a new run (--out)")
    return whole[-1]


def apply(engine: Engine, advice: Sequence[Sequence[Any]]) -> dict[str, float]:
    """Follow the first advice that can be followed while training goes on; what was changed."""
    for setting, value in advice:
        player = {"g_lr": "G", "d_lr": "D"}.get(setting, "")
        if player in engine.rates and engine.rates[player] != [value] * len(engine.rates[player]):
            engine.rates[player] = [value] * len(engine.rates[player])
            return {setting: value}
        if setting == "clip" and (engine.clip is None or engine.clip > value):
            engine.clip = value
            return {setting: value}
    return {}


def forget(run: Run, step: int) -> None:
    """What came after a step: lines, grids, checkpoints. A kill must not bring it back."""
    run.forget(step)
    for path in checkpoint.newest_first(run.checkpoints):
        if path > checkpoint.path_of(run.checkpoints, step):
            path.unlink()
