"""Run by test_resume.py, and killed by it: trains a system on real pictures, saving every few steps."""

import sys
from pathlib import Path

import torch

from ganworks import data, registry
from ganworks.engine.chores import Chore, log_to, save_to
from ganworks.engine.engine import Engine
from ganworks.engine.fit import fit
from ganworks.engine.run import Run
from ganworks.metrics.quick import sliced_wasserstein

if __name__ == "__main__":
    name, run, steps = sys.argv[1], Run(Path(sys.argv[2])), int(sys.argv[3])
    torch.set_num_threads(1)
    torch.manual_seed(0)
    pictures = data.open_pictures("fashion_mnist_10k", size=16)
    entry = registry.find(name)
    facts = {"size": (16, 16), "channels": 1, "classes": 10}
    system, _ = registry.build(name, facts, **{key: value for key, value in entry.tiny.items() if key not in facts})
    # 500 pictures a step: the epoch of 10,000 ends in the middle of the run, and a kill falls within one.
    augment = data.Augment(flip=True, rotate=10, light=0.2)
    engine = Engine(system, data.Stream(pictures, 500, augment=augment), device="cpu")
    for line in run.resume(engine):
        print(line)
    run.begin({"system": name})
    real = next(data.Stream(pictures, 128))
    chores = [Chore(save_to(run, sliced_wasserstein, real), steps=3), Chore(log_to(run), steps=1)]
    fit(engine, steps, chores)
    chores[0](engine)
