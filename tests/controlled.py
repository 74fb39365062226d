"""A duel whose controllers hear all ranks: ADA at work from the start, and LeCam's means."""

from ganworks.core import System
from ganworks.registry import register
from ganworks.systems.image.r3gan import r3gan
from ganworks.systems.small_data import MOVES


@register(target=0.05)
def controlled(target: float = 0.05) -> System:
    system = r3gan(size=16, channels=1, width=4, ada=target, ada_images=100, lecam=0.1)
    system.augment.p.fill_(0.5)
    system.augment.seen[2] = MOVES - 2  # p moves in the second of three steps
    return system
