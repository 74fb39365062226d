"""CycleGAN and pix2pix against their authors' PyTorch code: python -m benchmarks.translation --others FOLDER.

FOLDER: a copy of github.com/junyanz/pytorch-CycleGAN-and-pix2pix (its folders models, options, util and data). Their
networks, losses and optimisers are their own, with their defaults, in the loop of their train.py without the data;
ours have the same sizes: ngf 64, nine residual blocks and identity 0.5 x 10 for CycleGAN, the U-Net of eight levels for
pix2pix, critics of 70 pixels, batch 1. Ours also keeps averaged weights, and computes in bfloat16 where the processor
has it, they in float32; --precision float32 takes that away. Each loop is a process of its own; they take turns.
"""

import argparse
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from statistics import median
from typing import Any
from unittest import mock

import torch

from benchmarks import turns
from ganworks.core import Batch
from ganworks.engine.engine import Engine
from ganworks.registry import build

STEPS = 2  # in a turn
OURS: dict[str, dict[str, object]] = {"cyclegan": {"blocks": 9, "identity": 5.0}, "pix2pix": {"norm": "batch"}}
THEIRS = {"cyclegan": "cycle_gan", "pix2pix": "pix2pix"}


class Pairs:
    """An endless stream of the same pictures: data costs nothing in any loop."""

    def __init__(self, side: int, batch: int):
        self.batch, self.position = batch, 0
        self.entries = {name: 2 * torch.rand(batch, 3, side, side) - 1 for name in ("image", "other")}

    def __next__(self) -> Batch:
        self.position += self.batch
        return dict(self.entries)

    def seek(self, position: int) -> None:
        self.position = position


def ours(system: str, side: int, precision: str) -> tuple[Callable[[], object], int]:
    built, _ = build(system, {"size": side, "channels": 3}, field=70, **OURS[system])
    engine = Engine(built, Pairs(side, 1), device="cpu", precision=precision)  # type: ignore[arg-type]
    return engine.take_step, sum(param.numel() for param in built.parameters())


def theirs(system: str, side: int) -> tuple[Callable[[], object], int]:
    from models import create_model  # type: ignore[import-not-found]
    from options.train_options import TrainOptions  # type: ignore[import-not-found]

    words = ["--dataroot", ".", "--model", THEIRS[system], "--gpu_ids", "-1", "--crop_size", str(side)]
    with tempfile.TemporaryDirectory() as folder:
        line = ["train", *words, "--checkpoints_dir", folder]
        with mock.patch("builtins.print"), mock.patch.object(sys, "argv", line):
            model = create_model(TrainOptions().parse())
    pictures = Pairs(side, 1).entries
    given = {"A": pictures["other"], "B": pictures["image"], "A_paths": "", "B_paths": ""}
    nets = [getattr(model, f"net{name}") for name in model.model_names]

    def step() -> None:
        model.set_input(given)
        model.optimize_parameters()

    return step, sum(param.numel() for net in nets for param in net.parameters())


def contend(name: str, system: str, side: int, precision: str) -> None:
    torch.manual_seed(0)
    step, weights = ours(system, side, precision) if name == "ganworks" else theirs(system, side)

    def some() -> None:
        for _ in range(STEPS):
            step()

    turns.answer(lambda: [turns.seconds_of(some)[0] / STEPS, weights])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--others", type=Path, required=True)
    parser.add_argument("--system", choices=OURS, default="cyclegan")
    parser.add_argument("--side", type=int, default=256)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--precision", choices=("auto", "float32"), default="auto")
    parser.add_argument("--contend", help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.contend:
        contend(words.contend, words.system, words.side, words.precision)
        return
    given = ["--others", str(words.others), "--system", words.system, "--side", str(words.side)]
    given += ["--precision", words.precision]
    names = ["ganworks", "authors"]
    found, memory = turns.take("benchmarks.translation", names, words.rounds, given, words.others)
    result: dict[str, Any] = {
        name: {
            "steps_per_second": round(1 / median(seconds for seconds, _ in found[name]), 3),
            "weights": int(found[name][0][1]),
            "peak_mb": round(memory[name]),
        }
        for name in names
    }
    ratios = [theirs[0] / mine[0] for theirs, mine in zip(found["authors"], found["ganworks"], strict=True)]
    print(json.dumps(result | {"speed_over_authors": round(median(ratios), 2)}, indent=1))


if __name__ == "__main__":
    main()
