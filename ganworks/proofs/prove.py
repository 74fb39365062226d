"""Runs the trials of a claim, each once and for all, and says what they show."""

import ast
import hashlib
import importlib
import inspect
import json
import platform
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import torch

import ganworks
from ganworks.engine.engine import Diverged
from ganworks.engine.run import versions, write_text
from ganworks.proofs import titles
from ganworks.proofs.bench import VERSION, Bench
from ganworks.proofs.claim import MOST_SEEDS, Claim, Numbers
from ganworks.proofs.plot import plot
from ganworks.registry import Unknown


@dataclass(frozen=True)
class Trial:
    """One arm with one seed. Its result lies in a file, and counts as long as the code of the trial is the same."""

    claim: Claim
    arm: str
    seed: int
    folder: Path

    @property
    def path(self) -> Path:
        """Claims with the same trial function, as several that use the same baseline, share its results."""
        return self.folder / "trials" / home(self.claim.trial) / f"{self.arm}-{self.seed}.json".replace(" ", "_")

    def result(self) -> dict[str, Any] | None:
        """What was measured, or None if the trial is due."""
        try:
            record = json.loads(self.path.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            return None
        made_by = (code_of(self.claim.trial), VERSION)
        return record if isinstance(record, dict) and (record.get("code"), record.get("bench", 1)) == made_by else None

    def run(self, bench: Bench) -> dict[str, Any]:
        facts = {
            "code": code_of(self.claim.trial),
            "bench": VERSION,
            **provenance(),
        }  # as it runs, whatever comes later
        begin, begin_cpu = time.monotonic(), time.process_time()
        numbers = self.claim.trial(bench, self.arm, self.seed)
        record = {
            "arm": self.arm,
            "seed": self.seed,
            "numbers": numbers,
            "seconds": round(time.monotonic() - begin, 1),
            "processor_seconds": round(time.process_time() - begin_cpu, 1),
            "date": datetime.now(UTC).isoformat(timespec="seconds"),
            "judges": bench.hired,
            **facts,
        }
        self.path.parent.mkdir(parents=True, exist_ok=True)
        write_text(self.path, json.dumps(record, indent=1))
        return record


def find(name: str) -> Claim:
    """The claim of this name. Unknown if there is none."""
    if name not in titles():
        raise Unknown("proof", name, titles())
    return importlib.import_module(f"ganworks.proofs.claims.{name}").CLAIM


def trials_of(claim: Claim, seeds: int, folder: Path) -> Iterator[Trial]:
    """Seed by seed, so that all arms of a seed meet the machine in the same mood."""
    for seed in range(seeds):
        for arm in claim.arms:
            yield Trial(claim, arm, seed, folder)


def prove(
    name: str,
    bench: Bench,
    seeds: int,
    until: float | None = None,
    started: Callable[[Trial, int, int], None] | None = None,
) -> dict[str, Any]:
    """Run the trials that are due, and write the outcome to `NAME.json` and `NAME.svg`.

    until: no trial begins that would last beyond this moment of time.monotonic().
    started: called with each trial before it runs, its number and how many there are.
    Trials that are done stay done: an interrupted proof goes on where it was.
    """
    claim = find(name)
    todo = list(trials_of(claim, seeds, bench.folder))
    failed = run_due(todo, bench, until, started)
    outcome = outcome_of(name, claim, todo, bench.folder) | {"failed": failed}
    bench.folder.mkdir(parents=True, exist_ok=True)
    write_text(bench.folder / f"{name}.json", json.dumps(outcome, indent=1))
    write_text(bench.folder / f"{name}.svg", plot(claim, numbers_of(outcome["trials"])))
    return outcome


def run_due(
    todo: list[Trial], bench: Bench, until: float | None, started: Callable[[Trial, int, int], None] | None
) -> list[str]:
    """Run the trials that are due, in order; which of them diverged."""
    failed = []
    for number, trial in enumerate(todo, 1):
        if trial.result() is None:
            if until is not None and time.monotonic() + 60 * trial.claim.minutes > until:
                break
            if started:
                started(trial, number, len(todo))
            try:
                trial.run(bench)
            except Diverged as error:  # it stays due; the others may go well
                failed.append(f"{trial.arm}, seed {trial.seed}, diverged: {error}")
    return failed


def outcome_of(name: str, claim: Claim, todo: list[Trial], folder: Path) -> dict[str, Any]:
    """The verdict on all that has been tried so far, more seeds than are asked for too, and what it rests on."""
    records = [record for trial in trials_of(claim, MOST_SEEDS, folder) if (record := trial.result())]
    verdict, findings = claim.judge(numbers_of(records))
    return {
        "name": name,
        "says": claim.says,
        "source": claim.source,
        "verdict": verdict,
        "findings": [asdict(finding) for finding in findings],
        "arms": dict(claim.arms),
        "seeds": len({record["seed"] for record in records}),
        "due": sum(trial.result() is None for trial in todo),
        "remarks": " ".join(claim.remarks.split()),
        "trials": records,
    }


def numbers_of(records: list[dict[str, Any]]) -> dict[str, dict[int, Numbers]]:
    arms: dict[str, dict[int, Numbers]] = {}
    for record in records:
        arms.setdefault(record["arm"], {})[record["seed"]] = record["numbers"]
    return arms


def home(trial: Callable[..., Numbers]) -> str:
    return trial.__module__.rpartition(".")[2]


@cache
def code_of(trial: Callable[..., Numbers]) -> str:
    """Changes when the module of a trial does; words, and the claim with its thresholds, do not count."""
    tree = ast.parse(Path(inspect.getfile(trial)).read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, (ast.Module, ast.FunctionDef, ast.ClassDef)) and ast.get_docstring(node, clean=False):
            node.body = node.body[1:]
    kept = [ast.dump(node) for node in tree.body if not is_claim(node)]
    return hashlib.sha256("\n".join(kept).encode()).hexdigest()[:12]


def is_claim(node: ast.stmt) -> bool:
    return isinstance(node, ast.Assign) and ast.unparse(node.targets[0]) == "CLAIM"


def provenance() -> dict[str, Any]:
    """What a number depends on besides the code of the trial."""
    return {
        "commit": commit(),
        "versions": {name: value for name, value in versions().items() if name in ("ganworks", "torch", "python")},
        "processor": processor(),
        "threads": torch.get_num_threads(),
    }


@cache
def commit() -> str:
    """The commit that the package was run from, with a + if files differ; "" outside a repository."""
    root = Path(ganworks.__file__).parent
    try:
        command = ["git", "-C", str(root), "describe", "--always", "--dirty=+", "--exclude=*"]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout.strip()
    except (OSError, subprocess.CalledProcessError):
        return ""


def processor() -> str:
    """The processor's name, as the system gives it."""
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    named = (line.partition(":")[2].strip() for line in lines if line.startswith("model name"))
    return next(named, platform.machine())
