"""ganworks: train, judge, diagnose and use generative adversarial networks on any data.

import ganworks

model = ganworks.train("photos/", minutes=10)       # or train("wgan_gp", "photos/", size=64, steps=20_000)
pictures = model.sample(64, seed=0)["image"]        # (64, C, H, W) in [-1, 1]
model.save_grid("grid.png", num=64)
model = ganworks.load("runs/r3gan-photos")          # later, anywhere
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from ganworks.api import Model as Model
    from ganworks.api import load as load
    from ganworks.api import train as train

__all__ = ["Model", "load", "train"]


def __getattr__(name: str) -> Any:
    """Import torch only when something is trained or loaded: the command line must answer at once."""
    if name in __all__:
        from ganworks import api

        return getattr(api, name)
    raise AttributeError(f"module 'ganworks' has no attribute '{name}'")
