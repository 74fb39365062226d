"""A run is a folder: `run.json`, `log.jsonl`, `checkpoints/`, `samples/`, `report.html`."""

import json
import os
import platform
import time
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path
from typing import IO, Any

import torch

from ganworks.core import System
from ganworks.engine import checkpoint, ranks, state
from ganworks.engine.engine import Engine

try:
    import fcntl
except ImportError:  # Windows
    fcntl = None  # type: ignore[assignment]

Facts = dict[str, Any]
HELD: dict[
    Path, IO[str]
] = {}  # open lock files, by folder; the system frees them when the process ends, however it ends


@dataclass(frozen=True)
class Run:
    """What stands in a run's folder, and what it takes to go on. keep: how many checkpoints, see `superfluous`."""

    folder: Path
    keep: int = 2

    @property
    def checkpoints(self) -> Path:
        return self.folder / "checkpoints"

    @property
    def samples(self) -> Path:
        return self.folder / "samples"

    @property
    def log(self) -> Path:
        return self.folder / "log.jsonl"

    @property
    def facts(self) -> Facts:
        """What `run.json` says: system, settings, specs, data, versions."""
        path = self.folder / "run.json"
        try:
            return json.loads(path.read_text(encoding="utf-8"))
        except FileNotFoundError:
            raise ValueError(f"{self.folder} is not a run: it has no run.json") from None
        except (OSError, json.JSONDecodeError) as error:
            raise ValueError(f"{path} cannot be read ({error})") from error

    def claim(self) -> None:
        """Hold the folder until this process ends. ValueError if another one trains in it."""
        if ranks.rank() or fcntl is None:
            return
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            HELD[self.folder.resolve()] = lock = (self.folder / ".lock").open("w")
        except OSError as error:
            raise ValueError(f"cannot write to {self.folder} ({error.strerror}); choose another --out") from error
        try:
            fcntl.lockf(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)  # of this process: workers do not inherit it
        except OSError:
            raise ValueError(
                f"another process is training in {self.folder}; wait for it, or choose another --out"
            ) from None

    def release(self) -> None:
        """Let other processes train in the folder."""
        if lock := HELD.pop(self.folder.resolve(), None):
            lock.close()

    def begin(self, facts: Facts) -> None:
        """Make the folder and write `run.json`. ValueError where that is impossible."""
        if ranks.rank():
            return
        try:
            self.samples.mkdir(parents=True, exist_ok=True)
            self.checkpoints.mkdir(exist_ok=True)
            write_text(self.folder / "run.json", json.dumps(facts | {"versions": versions()}, indent=2))
        except OSError as error:
            raise ValueError(f"cannot write to {self.folder} ({error.strerror}); choose another --out") from error

    def resume(self, engine: Engine) -> list[str]:
        """Bring the engine to the newest whole checkpoint; lines to say about those that are not whole."""
        problems: list[str] = []
        if checkpoint.newest_first(self.checkpoints):
            tensors, facts, problems = checkpoint.load_newest(self.checkpoints)
            state.restore(engine, tensors, facts)
        if ranks.rank() == 0:
            self.forget(engine.step)
        return problems

    def load(self, system: System, best: bool = False) -> int:
        """Give a system the averaged weights of the newest checkpoint, or of the best one; the step that it is of."""
        path = self.checkpoints / "best.safetensors"
        if best and not path.exists():
            raise ValueError(f"{self.folder} has no best checkpoint yet; leave out --best to take the newest")
        tensors, facts = checkpoint.read(path) if best else checkpoint.load_newest(self.checkpoints)[:2]
        state.load_system(system, tensors, facts, averaged=True)
        return int(facts["step"])

    def save(self, engine: Engine, figure: float | None = None) -> None:
        """Write a checkpoint; it is also the best one if `figure` is lower than ever before."""
        if engine.saved_at == engine.step:
            return
        before = engine.best
        better = figure is not None and (before is None or figure < before)
        if better:
            engine.best = figure
        tensors, facts = state.capture(engine)
        failure = None
        try:
            if ranks.rank() == 0:
                checkpoint.save(self.checkpoints, engine.step, tensors, facts, best=better, keep=self.keep + 1)
                for path in superfluous(checkpoint.newest_first(self.checkpoints), self.keep):
                    path.unlink()
        except OSError as error:
            failure = error
        if ranks.agree([failure is not None], engine.device)[0]:  # or the ranks would part ways at the next save
            engine.best = before
            if failure:
                raise failure
            return
        engine.saved_at = engine.step

    def write_log(self, line: Facts) -> None:
        with self.log.open("a", encoding="utf-8") as file:
            file.write(json.dumps(line) + "\n")

    def read_log(self) -> Iterator[Facts]:
        """The lines of the log; a last line cut off by a kill is passed over."""
        if self.log.exists():
            for line in self.log.read_text(encoding="utf-8", errors="replace").splitlines():
                try:
                    yield json.loads(line)
                except json.JSONDecodeError:
                    continue

    def forget(self, step: int) -> None:
        """Forget what was logged and drawn after the step from which the run goes on."""
        for path in self.samples.glob("[0-9]*.png"):
            if int(path.stem.partition("-")[0]) > step:
                path.unlink()
        kept = [json.dumps(line) for line in self.read_log() if line["step"] <= step]
        if self.log.exists():
            write_text(self.log, "".join(line + "\n" for line in kept))


def superfluous(newest_first: list[Path], keep: int) -> list[Path]:
    """What may go, so that `keep` stay: the two newest, the oldest, and between them ever fewer the older they are.

    However often a run is saved, it can go back by much or by little.
    """
    kept = [path for path in newest_first if path.stem.partition("-")[2].isdigit()]  # a person's copies stay
    steps = [int(path.stem.partition("-")[2]) for path in kept]
    gone: list[Path] = []
    while len(kept) > keep:
        share = {i: (steps[i - 1] - steps[i + 1]) / (steps[0] - steps[i + 1]) for i in range(2, len(kept) - 1)}
        drop = min(share, key=lambda i: share[i]) if share and keep > 2 else len(kept) - 1
        gone.append(kept.pop(drop))
        del steps[drop]
    return gone


def write_text(path: Path, text: str) -> None:
    """Replace a text file in one go."""
    unfinished = path.with_name(f"{path.name}.{os.getpid()}.unfinished")
    try:
        unfinished.write_text(text, encoding="utf-8")
        unfinished.replace(path)
    finally:
        unfinished.unlink(missing_ok=True)


def versions() -> dict[str, str]:
    """What this run was made with."""
    return {
        "ganworks": version("ganworks"),
        "torch": torch.__version__,
        "python": platform.python_version(),
        "machine": f"{platform.system()} {platform.machine()}, {os.cpu_count()} processors",
        "begun": time.strftime("%Y-%m-%d %H:%M:%S"),
    }
