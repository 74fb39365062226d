"""The laboratory: systems side by side on toy data whose modes are known, in seconds to minutes.

    from ganworks.lab import compare
    found = compare("ring8", ["gan", "wgan_gp"], seeds=4)
    print(found.table())
    found.write("lab/")  # the numbers, a film, a still

Nothing is imported before it is asked for, so that the command line starts without torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ganworks.lab.contest import compare as compare
    from ganworks.lab.findings import Findings as Findings
    from ganworks.lab.plan import Arm as Arm

HOMES = {"Arm": "plan", "Findings": "findings", "compare": "contest"}
__all__ = ["Arm", "Findings", "compare"]


def __getattr__(name: str) -> object:
    if name not in HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{HOMES[name]}"), name)
