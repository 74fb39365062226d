"""What `train` is asked for: a new run, or one that goes on; decided from two words and the settings given."""

import re
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from ganworks import registry
from ganworks.engine.precision import choose_device
from ganworks.engine.run import Run

# May change when a run goes on; everything else is part of what the run is.
FREE = (
    "steps",
    "minutes",
    "device",
    "precision",
    "workers",
    "micro",
    "g_lr",
    "d_lr",
    "clip",
    "strict",
    "compile",
    "evaluate_every",
    "features",
    "weights",
    "on_collapse",
    "rollbacks",
    "out",
)
# Of them, those that None takes back when a run goes on; to others it is as if nothing were given.
OPTIONAL = ("minutes", "workers", "g_lr", "d_lr", "clip", "evaluate_every", "weights")
DATA = ("size", "channels", "fit", "strict")

Settings = dict[str, Any]


@dataclass(frozen=True)
class Request:
    """A run to make or to go on with.

    training: all common settings: given, or as the run had them, or their defaults. settings: the system's own.
    asked: what was asked when the run began, to know it again. why: this system, for those who named none.
    """

    run: Run
    system: str
    source: str
    training: Settings
    settings: Settings
    asked: Settings
    why: str = ""

    def part(self, names: tuple[str, ...]) -> Settings:
        return {name: self.training[name] for name in names if name in self.training}


def understand(
    first: str | Path | None, second: str | Path | None, given: Settings, own: Settings, defaults: Settings
) -> Request:
    """`train FOLDER`, `train SYSTEM FOLDER` or `train RUN`; ValueError, in one line, for anything else.

    given: common settings; own: the system's; defaults: those of the common settings.
    """
    if first is None:
        raise ValueError(
            "what to train on? Give a folder of pictures, or fashion_mnist_10k to try one; "
            "before it a system, if not the default (ganworks list names them)"
        )
    if second is None and is_run(Path(first)):
        return going_on(Run(Path(first)), given, own, defaults)
    if second is not None:
        registry.find(str(first))
        return new_or_same(str(first), str(second), given, own, defaults)
    if str(first) in registry.entries() and not Path(first).exists():
        raise ValueError(f"{first} is a system; give it data too: ganworks train {first} FOLDER")
    why = registry.WHY
    if choose_device(given.get("device", "auto")).type == "cpu" and not own.keys() & registry.DEFAULT_ON_CPU:
        own, why = registry.DEFAULT_ON_CPU | own, registry.WHY_ON_CPU
    return replace(new_or_same(registry.DEFAULT, str(first), given, own, defaults), why=why)


def is_run(folder: Path) -> bool:
    return (folder / "run.json").exists()


def going_on(run: Run, given: Settings, own: Settings, defaults: Settings) -> Request:
    """The run as it was, with what may change."""
    facts = run.facts
    for name, value in given.items():
        if name not in FREE and plain(facts["training"]).get(name) != plain({name: value})[name]:
            raise ValueError(f"{run.folder} goes on with the settings it has; --{dashed(name)} needs a new run (--out)")
    for name, value in own.items():
        if facts["settings"].get(name) != plain({name: value})[name]:
            had = facts["settings"].get(name)
            raise ValueError(
                f"{run.folder} has --{dashed(name)} {had}, not {value}; another value needs a new run (--out)"
            )
    # A budget of minutes is for one sitting, and the place to compute is this machine's.
    training = {
        name: value for name, value in facts["training"].items() if name not in ("minutes", "device", "workers")
    }
    settings = {name: tuple(value) if isinstance(value, list) else value for name, value in facts["settings"].items()}
    training = defaults | training | given
    return Request(run, facts["system"], facts["data"]["source"], training, settings, facts["asked"])


def new_or_same(system: str, source: str, given: Settings, own: Settings, defaults: Settings) -> Request:
    """A new run; or the one in its folder, if that is the same."""
    unusual = {name: value for name, value in fixed(given).items() if value != defaults.get(name)}
    asked = {"system": system, "source": place(source), "settings": plain(unusual | own)}
    if "out" in given:
        run = Run(Path(given["out"]))
        if is_run(run.folder) and (difference := differs(run, asked)):
            raise ValueError(
                f"{run.folder} holds another run ({difference}); go on with it by `ganworks train {run.folder}`, "
                "or choose another --out"
            )
    else:
        sources = [source, given["other"]] if "other" in given else [source]
        names = [system.rpartition(":")[2], *(Path(each).name or Path(each).resolve().name for each in sources)]
        name = re.sub(r"[^\w.-]+", "-", "-".join(names))
        numbered = (Run(Path("runs") / (name if number == 1 else f"{name}-{number}")) for number in range(1, 10_000))
        run = next(run for run in numbered if not is_run(run.folder) or not differs(run, asked))
    if is_run(run.folder):
        return going_on(run, without_undone(run, given), own, defaults)
    if run.folder.exists() and not run.folder.is_dir():
        raise ValueError(f"{run.folder} is a file; choose another --out")
    return Request(run, system, place(source), defaults | given, own, asked)


def without_undone(run: Run, given: Settings) -> Settings:
    """What the same command says again, but for what the doctor has changed since it was first given."""
    changed = {name for back in run.facts.get("rollbacks", []) for name in back["change"]}
    return {name: value for name, value in given.items() if name not in changed}


def place(source: str) -> str:
    """A path that stays right when the run goes on from another folder; a data set's name as it is."""
    return str(Path(source).resolve()) if Path(source).exists() else source


def settled(given: Settings) -> Settings:
    """What was given, as it stays right when the run goes on from another folder: files by their whole path."""
    given = {name: value for name, value in given.items() if value is not None or name in OPTIONAL}
    if "other" in given:
        given["other"] = place(str(given["other"]))
    for name in ("features", "weights"):
        path = Path(given.get(name) or "")
        if path.is_file() and (name == "weights" or path.suffix):  # a file called convs does not hide the network
            given[name] = str(path.absolute())  # a link keeps its name, which is that of the figure
        elif isinstance(given.get(name), Path):
            given[name] = str(path)  # as JSON has it
    return given | ({"out": str(given["out"])} if "out" in given else {})


def settled_own(settings: Settings) -> Settings:
    """The system's own settings, likewise; a word that is no file with an ending, as the name of a network, stays."""

    def settle(value: Any) -> Any:
        if not isinstance(value, str | Path):
            return value
        path = Path(value)
        return str(path.absolute() if path.suffix and path.is_file() else value)

    return {name: settle(value) for name, value in settings.items()}


def fixed(given: Settings) -> Settings:
    """What may not change when a run goes on."""
    return {name: value for name, value in given.items() if name not in FREE}


def plain(settings: Settings) -> Settings:
    """As JSON has it."""
    return {name: list(value) if isinstance(value, tuple) else value for name, value in settings.items()}


def differs(run: Run, asked: Settings) -> str:
    """In what a run is not the one that is asked for, or nothing."""
    had = run.facts["asked"]
    for name in ("system", "source"):
        if had[name] != asked[name]:
            return f"{name} {had[name]}, not {asked[name]}"
    for name in sorted(had["settings"].keys() | asked["settings"].keys()):
        old, new = (group["settings"].get(name, "the default") for group in (had, asked))
        if old != new:
            return f"--{dashed(name)} {old}, not {new}"
    return ""


def dashed(name: str) -> str:
    return name.rstrip("_").replace("_", "-")
