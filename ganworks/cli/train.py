"""`ganworks train`: the common settings are those of `api.train`, the others those of the system's builder."""

import difflib
import json
import shlex
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ganworks import data, registry
from ganworks.cli.arguments import Parser, Usage, apart, dashed
from ganworks.registry import Entry, Setting

if TYPE_CHECKING:
    from ganworks.api import Model

PACKAGE = Path(registry.__file__).parent
OTHERS = ("system", "source", "watch")  # parameters that are no settings
ABOUT = """Train a system on pictures; or go on with a run, by its folder.

PICTURES is a folder (subfolders are classes), a .zip or .tar, an idx, .npy or .npz file, fashion_mnist_10k (built in),
or a data set that torchvision downloads, such as cifar10. Without SYSTEM, {default} is trained.
A system of two domains, such as cogan, takes its second set by --other."""
MORE = """Switches are turned off again by --no-flip and so on. Ctrl-C finishes the step and saves."""


def main(words: Sequence[str], line: str) -> int:
    """Train; the exit code is 0, 130 after Ctrl-C, 1 if training diverged, 3 if the doctor stopped it."""
    free, options = apart(words, flags())
    if len(free) > 2:
        raise Usage(f"'{free[2]}' is one word too much; it goes: {line} (see ganworks train --help)")
    entry, is_named = system_of(free)
    parser = parser_for(entry, is_named, line)
    given = parser.settings(options)

    import torch

    from ganworks import api
    from ganworks.cli.watch import Watch
    from ganworks.engine.engine import Diverged

    watch = Watch()
    try:
        model = api.train(*free, watch=watch, **given)
    except Diverged as error:
        print(f"ganworks: training diverged: {error}", file=sys.stderr)
        return 1
    except torch.OutOfMemoryError:
        print(
            "ganworks: the device has too little memory; try --micro 2, or a smaller --batch or --size", file=sys.stderr
        )
        return 1
    if watch.shows:
        print(farewell(model))
    return {"interrupt": 130, "collapse": 3}.get(model.end, 0)


def common() -> list[Setting]:
    """The settings that every system has."""
    return [setting for setting in registry.settings_in(PACKAGE / "api.py", "train") if setting.name not in OTHERS]


def own(entry: Entry) -> list[Setting]:
    """The settings that only this system has."""
    names = {setting.name for setting in common()}
    return [setting for setting in entry.settings if setting.name not in names]


def flags() -> set[str]:
    """Names of all settings, of any system, that take no value."""
    settings = common() + [setting for entry in registry.entries().values() for setting in entry.settings]
    return {setting.name for setting in settings if setting.annotation == "bool"}


def system_of(free: list[str]) -> tuple[Entry, bool]:
    """The system that the words name, if any, or the default one; and whether they name it."""
    if len(free) == 2:
        return registry.find(free[0]), True
    if free:
        if system := system_in(Path(free[0])):
            return registry.find(system), True
        if free[0] in registry.entries() and not Path(free[0]).exists():
            return registry.find(free[0]), True
        stop_at_slip(free[0])
    return registry.find(registry.DEFAULT), False


def stop_at_slip(word: str) -> None:
    """Unknown, if a single word is no path and no data set, but almost the name of a system."""
    is_path = "/" in word or Path(word).exists()
    if not is_path and difflib.get_close_matches(word, registry.entries(), n=1, cutoff=0.7):
        from ganworks.data.named import NAMES

        if word not in NAMES:
            raise registry.Unknown("path, data set or system", word, registry.entries())


def system_in(folder: Path) -> str | None:
    """The system of a run; None if the folder is none, or one that can't be read, as `api.train` will say."""
    try:
        return json.loads((folder / "run.json").read_text(encoding="utf-8"))["system"]
    except (OSError, ValueError, KeyError):
        return None


def parser_for(entry: Entry, is_named: bool, line: str) -> Parser:
    """Groups: common, augmentation, the system's own, tricks."""
    parser = Parser(
        line,
        ABOUT.format(default=registry.DEFAULT),
        whose=entry.name if is_named else f"{entry.name}, the default system",
        see=f"ganworks show {entry.name}",
        more=MORE,
        elsewhere=systems_with(),
    )
    parser.offer("common settings", [setting for setting in common() if setting.name not in data.AUGMENTATION])
    parser.offer("augmentation", [setting for setting in common() if setting.name in data.AUGMENTATION])
    parser.offer(f"settings of {entry.name}", [setting for setting in own(entry) if not setting.group])
    parser.offer("tricks", [setting for setting in own(entry) if setting.group == "tricks"])
    return parser


def systems_with() -> dict[str, list[str]]:
    """Which systems have an option."""
    found: dict[str, list[str]] = {}
    for entry in registry.entries().values():
        for setting in own(entry):
            found.setdefault("--" + dashed(setting.name), []).append(entry.name)
    return found


def farewell(model: "Model") -> str:
    """Where everything is, and what to do next."""
    from ganworks.judge.course import verdict as verdict_of
    from ganworks.training import is_at_rest

    run = model.run
    facts: dict[str, Any] = run.facts
    steps, source = facts["training"]["steps"], facts["data"]["source"]
    last = max((line["step"] for line in run.read_log()), default=0)
    heading = {
        "steps": f"Done: {last:,} steps.",
        "time": f"The time is up: {last:,} of {steps:,} steps.",
        "collapse": f"The doctor stopped it at step {last:,}; ganworks doctor {run.folder} says why.",
        "interrupt": f"Stopped after step {last:,}; everything is saved.",
    }[model.end]
    grids = sorted(run.samples.glob("*.png"))
    inputs, begins = model.system.inputs(1, seed=0), getattr(model.system, "begins", None)
    verdict = verdict_of(run)
    go_on = f"ganworks train {run.folder}" + (f" --steps {2 * steps}" if model.end == "steps" else "")
    use = f"ganworks {'upscale' if getattr(model.system, 'scale', 1) > 1 else 'apply'} {run.folder} PICTURES"
    use += " --label CLASS" * ("label" in model.system.specs)
    if "mask" in inputs:
        use = f"ganworks complete {run.folder} PICTURE --mask MASK"
    commands = {
        go_on: "go on" * (not is_at_rest(model.system, last)),
        use: "do it with your own pictures" * bool(begins),
        f"ganworks apply {run.folder} --kept-apart": "how near it comes to what it has not learnt"
        * (bool(facts["data"]["summary"].get("apart")) and "mask" not in inputs),
        f"ganworks sample {run.folder} --count 64 --seed 0-3": "new pictures" * (not begins),
        f"ganworks walk {run.folder}": "a film of pictures turning into each other" * ("z" in inputs),
        f"ganworks evaluate {run.folder} {shlex.quote(source)} --features convs": "how near they are to real ones"
        * (not begins),
    }
    commands = {command: what for command, what in commands.items() if what}
    width = max(map(len, commands))
    lines = [
        heading,
        f"  folder   {run.folder}",
        f"  samples  {grids[-1]}" if grids else "",
        f"  report   {run.folder / 'report.html'}",
        f"  verdict  {verdict}" if verdict else "",
        "Next:",
        *(f"  {command:<{width}}   {what}" for command, what in commands.items()),
    ]
    return "\n".join(line for line in lines if line)
