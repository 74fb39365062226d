"""Run under torchrun by test_ranks.py: the doctor goes back; each rank writes where it is in the end."""

import json
import sys
from functools import partial
from pathlib import Path

import torch

from ganworks import registry
from ganworks.checks import RandomStream
from ganworks.doctor import finding, rounds
from ganworks.doctor.probe import Probe
from ganworks.doctor.symptoms import pace
from ganworks.engine import ranks
from ganworks.engine.chores import Chore, log_to, save_to
from ganworks.engine.engine import Engine
from ganworks.engine.run import Run

RATE = 2e-4  # D's own
pace.LATE, finding.LONG, rounds.LONG = 2, 0, 0  # the run is short


class Feigned(Probe):
    """Says that D is fooled from step 8 on, as long as it has its own rate."""

    def measure(self, engine: Engine) -> None:
        engine.health = {"told_apart": 0.1 if engine.step >= 8 and engine.rates["D"] == [RATE] else 0.8}


if __name__ == "__main__":
    torch.set_num_threads(1)
    ranks.start()
    torch.manual_seed(0)
    system, run = partial(registry.builder("gan"), size=8, width=8)(), Run(Path(sys.argv[1]), keep=rounds.KEEP)
    stream = RandomStream(system.specs, rank=ranks.rank(), world=ranks.world())
    engine = Engine(system, stream, device="cpu", precision="float32")
    run.begin({"system": "gan", "settings": {}, "training": {"steps": 40, "d_lr": None}, "data": {"source": "none"}})
    doctor = rounds.Doctor(run, Feigned({}), "rollback")
    chores = [Chore(chore.do, steps=1) for chore in doctor.chores(log_to(run))]
    end = doctor.fit(engine, 20, [*chores, Chore(save_to(run), steps=3)], None)
    weights = sum(float(param.double().abs().sum()) for param in system.parameters())
    found = {"end": end, "step": engine.step, "position": engine.stream.position, "rates": engine.rates, "sum": weights}
    run.folder.joinpath(f"rank-{ranks.rank()}.json").write_text(json.dumps(found))
    ranks.leave(0)
