"""Small duels and batches for them."""

import torch

from ganworks import registry
from ganworks.core import Batch
from ganworks.systems.duel import Duel


def build(name: str, **settings: object) -> Duel:
    """The tiny variant that the common checks build, for grey pictures."""
    torch.manual_seed(0)
    return registry.build(name, **registry.find(name).tiny | {"channels": 1} | settings)[0]


def batch_for(system: Duel, num: int = 4) -> Batch:
    return system.draw(num) | {name: spec.random(num) for name, spec in system.specs.items()}
