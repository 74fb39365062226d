"""Run under torchrun by test_ranks.py: one rank judges, and is slow, and fails; each rank writes what it met."""

import json
import sys
import time
from pathlib import Path

import torch
from shapes import Plain

from ganworks.checks import RandomStream
from ganworks.engine import ranks
from ganworks.engine.chores import Chore, judge_to
from ganworks.engine.engine import Engine
from ganworks.engine.fit import fit
from ganworks.engine.run import Run


def judge(engine: Engine) -> dict[str, float]:
    assert ranks.rank() == 0, "the others have no reference"
    if engine.step == 1:
        time.sleep(5)  # more than a collective waits for
    if engine.step == 2:
        raise OSError(28, "No space left on device", "features")
    if engine.step == 3:
        raise ValueError("3 samples have NaN features")
    return {"fd": 1 / 3, "fd_error": 0.1}


if __name__ == "__main__":
    torch.set_num_threads(1)
    ranks.start()
    folder = Path(sys.argv[1])
    system, run = Plain(4), Run(folder)
    engine = Engine(system, RandomStream(system.specs, rank=ranks.rank(), world=ranks.world()), device="cpu")
    run.begin({})
    said = ""
    try:
        fit(engine, 10, [Chore(judge_to(run, judge, {"protocol": "a"}), steps=1)])
    except ValueError as error:
        said = str(error)
    found = {"said": said, "step": engine.step, "best": engine.best, "figures": engine.figures, "notes": engine.notes}
    (folder / f"rank-{ranks.rank()}.json").write_text(json.dumps(found))
    ranks.leave(0)
