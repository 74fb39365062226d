"""Run under torchrun by test_ranks.py: rank 1 falls asleep at step 2, and rank 0 must say so."""

import time

from shapes import Plain

from ganworks.checks import RandomStream
from ganworks.engine import ranks
from ganworks.engine.engine import Engine

if __name__ == "__main__":
    ranks.start()
    system = Plain(4)
    engine = Engine(system, RandomStream(system.specs, rank=ranks.rank(), world=ranks.world()), device="cpu")
    for step in range(4):
        if ranks.rank() == 1 and step == 2:
            time.sleep(60)
        engine.take_step()
