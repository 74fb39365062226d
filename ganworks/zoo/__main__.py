"""python -m ganworks.zoo RUN FOLDER [--keep G. examples]: what it takes to use a run, to be shipped with a card."""

import argparse
import json
from collections.abc import Sequence
from pathlib import Path

from ganworks.engine import checkpoint, state
from ganworks.engine.run import Run, write_text


def pack(run: Run, folder: Path, keep: Sequence[str]) -> Path:
    """Write what it takes to use a run, its weights in half precision; the path of those.

    keep: how the names of the tensors begin that are needed, as G. and examples.
    """
    tensors, facts, _ = checkpoint.load_newest(run.checkpoints)
    whole = state.starting(tensors, "system.") | state.starting(tensors, "average.")
    kept = {
        f"system.{name}": value.half() if value.is_floating_point() else value
        for name, value in whole.items()
        if name.startswith(tuple(keep))
    }
    left_out = [name for name in whole if f"system.{name}" not in kept]
    path = checkpoint.path_of(folder / "checkpoints", facts["step"])
    path.parent.mkdir(parents=True, exist_ok=True)
    checkpoint.write(path, kept, {"step": facts["step"], "extra": facts["extra"], "left_out": left_out})
    told = run.facts
    summary = {name: value for name, value in told["data"]["summary"].items() if name in ("count", "size", "classes")}
    whole_facts = {name: told[name] for name in ("system", "settings", "specs", "versions")} | {
        "training": {name: told["training"][name] for name in ("steps", "batch", "seed")} | {"precision": "auto"},
        "data": {"source": Path(told["data"]["source"]).name, "summary": summary},
    }
    write_text(folder / "run.json", json.dumps(whole_facts, indent=1) + "\n")
    return path


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("run", type=Path)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--keep", nargs="+", default=["G."], help="how the names of the tensors begin that are needed")
    words = parser.parse_args()
    path = pack(Run(words.run), words.folder, words.keep)
    print(f"{path}: {path.stat().st_size / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
