"""ESRGAN's net against BasicSR's: python -m benchmarks.enlarging --others FOLDER.

FOLDER: a copy of github.com/XPixelGroup/BasicSR (its folder basicsr). RRDB of 64 channels and 23 blocks, x4.
Training is the first stage, L1 by Adam with averaged weights, patches of 128 pixels, batch 4: theirs as
its SRModel does it, in float32; ours in bfloat16 where the processor has it, or with --precision float32 without.
Enlarging is of a picture of 96 x 96 pixels. Each loop is a process of its own; they take turns.
"""

import argparse
import copy
import json
import sys
import types
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn.functional import l1_loss

from benchmarks import turns
from ganworks.core import Batch
from ganworks.engine.engine import Engine
from ganworks.engine.precision import autocast
from ganworks.registry import build

SCALE, PATCH, BATCH, SIDE = 4, 128, 4, 96


class Patches:
    """An endless stream of the same patches: data costs nothing in any loop."""

    def __init__(self) -> None:
        self.batch, self.position = BATCH, 0
        sides = {"image": PATCH, "other": PATCH // SCALE}
        self.entries = {name: 2 * torch.rand(BATCH, 3, side, side) - 1 for name, side in sides.items()}

    def __next__(self) -> Batch:
        self.position += self.batch
        return dict(self.entries)

    def seek(self, position: int) -> None:
        self.position = position


def ours(precision: str) -> tuple[Callable[[], object], Callable[[], object]]:
    system, _ = build("esrgan", {"channels": 3}, scale=SCALE, size=PATCH, vgg="random", skip=False)
    engine = Engine(system, Patches(), device="cpu", precision=precision)  # type: ignore[arg-type]
    picture = torch.rand(1, 3, SIDE, SIDE)

    def enlarge() -> Tensor:
        with autocast(engine.precision, engine.device):
            return system.translate(picture)  # type: ignore[operator, no-any-return]

    return engine.take_step, enlarge


def theirs() -> tuple[Callable[[], object], Callable[[], object]]:
    net = basicsr_net()
    average, optimizer, patches = copy.deepcopy(net), torch.optim.Adam(net.parameters(), 2e-4), Patches()
    picture = torch.rand(1, 3, SIDE, SIDE)

    def step() -> None:
        batch = next(patches)
        optimizer.zero_grad()
        l1_loss(net(batch["other"]), batch["image"]).backward()
        optimizer.step()
        with torch.no_grad():
            for slow, fast in zip(average.parameters(), net.parameters(), strict=True):
                slow.mul_(0.999).add_(fast, alpha=0.001)

    return step, torch.no_grad()(lambda: average.eval()(picture))


def basicsr_net() -> nn.Module:
    """Its RRDBNet, without the extensions that the rest of the package asks for."""
    folder = next(Path(place) for place in sys.path if (Path(place) / "basicsr").is_dir())
    for name in ("basicsr", "basicsr.archs", "basicsr.utils", "basicsr.ops", "basicsr.ops.dcn"):
        module = types.ModuleType(name)
        module.__path__ = [str(folder.joinpath(*name.split(".")))]
        sys.modules[name] = module
    sys.modules["basicsr.utils"].get_root_logger = None  # type: ignore[attr-defined]
    for name in ("ModulatedDeformConvPack", "modulated_deform_conv"):
        setattr(sys.modules["basicsr.ops.dcn"], name, nn.Module)
    from basicsr.archs.rrdbnet_arch import RRDBNet  # type: ignore[import-not-found]

    return RRDBNet(3, 3, SCALE)  # type: ignore[no-any-return]


def contend(name: str, precision: str) -> None:
    torch.manual_seed(0)
    step, enlarge = ours(precision) if name == "ganworks" else theirs()
    turns.answer(lambda: turns.seconds_of(step, enlarge))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--others", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precision", choices=("auto", "float32"), default="auto")
    parser.add_argument("--contend", help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.contend:
        contend(words.contend, words.precision)
        return
    given = ["--others", str(words.others), "--precision", words.precision]
    found, memory = turns.take("benchmarks.enlarging", ["ganworks", "basicsr"], words.rounds, given, words.others)
    result: dict[str, Any] = {}
    for name, times in found.items():
        result[name] = {
            "steps_per_second": round(1 / median(step for step, _ in times), 3),
            "megapixels_per_second": round((SCALE * SIDE) ** 2 / 1e6 / median(whole for _, whole in times), 4),
            "peak_mb": round(memory[name]),
        }
    for at, what in enumerate(("training", "enlarging")):
        ratios = [other[at] / mine[at] for other, mine in zip(found["basicsr"], found["ganworks"], strict=True)]
        result[f"{what}_over_basicsr"] = round(median(ratios), 2)
    print(json.dumps(result, indent=1))


if __name__ == "__main__":
    main()
