"""StyleGAN2 at 64 px in colour against public PyTorch ones: python -m benchmarks.stylegan2 --others FOLDER.

FOLDER: where `pip install --target FOLDER --no-deps stylegan2-pytorch lightweight-gan vector-quantize-pytorch==0.1.0
einops kornia kornia_rs fire termcolor tqdm tabulate colorama adabelief-pytorch` has put the others; our torch serves
all. Their nets, losses, penalties and averages are their own, in the loop that their trainers run, without
augmentation; ours computes in bfloat16 where the processor has it, they in float32. The generators of ours and of
stylegan2-pytorch have the same channels at each size: 512, 256, 128, 64, 32; theirs has three convolutions at 4 px, and
1.8 x the weights of ours. The maps between their D's blocks have our channels, but inside of them its convolutions are
twice as wide and not yet halved, as its authors have it: 2.5 x the weights and 4 x the products. lightweight-gan has
its defaults. A round holds one cycle of the lazy penalties: 16 steps of ours, 4 of theirs (stylegan2-pytorch's path
lengths, which begin at its step 5,000, are left out). Each loop is a process of its own; they take turns.
"""

import argparse
import json
import sys
import types
from collections.abc import Callable
from importlib import import_module
from pathlib import Path
from random import random
from statistics import median
from typing import Any
from unittest import mock

import torch
from torch import Tensor, nn

from benchmarks import turns
from ganworks.core import Batch
from ganworks.engine.engine import Engine
from ganworks.registry import build

SIDE = 64
CYCLES = {"ganworks": 16, "stylegan2_pytorch": 4, "lightweight_gan": 4}
Step = Callable[[], object]
Sample = Callable[[], Tensor]


class Pictures:
    """An endless stream of the same pictures: data costs nothing in any loop."""

    def __init__(self, batch: int):
        self.batch, self.position = batch, 0
        self.pictures = torch.rand(batch, 3, SIDE, SIDE)

    def __next__(self) -> Batch:
        self.position += self.batch
        return {"image": 2 * self.pictures - 1}

    def seek(self, position: int) -> None:
        self.position = position


def ours(batch: int, width: int) -> tuple[Step, Sample]:
    system, _ = build("stylegan2", {"size": SIDE, "channels": 3}, width=width)
    engine = Engine(system, Pictures(batch), device="cpu")
    return engine.take_step, lambda: engine.sample(64, 0)["image"]


def package_of(name: str) -> Any:
    """One of the others. Its code asks for CUDA by name: it is told that there is one, and nothing moves."""
    nn.Module.cuda = lambda self, *_: self  # type: ignore[method-assign, assignment]
    Tensor.cuda = lambda self, *_: self  # type: ignore[method-assign, assignment]
    sys.modules["aim"] = types.ModuleType("aim")
    with mock.patch("torch.cuda.is_available", lambda: True):
        return import_module(f"{name}.{name}")


def stylegan2_pytorch(batch: int, width: int) -> tuple[Step, Sample]:
    package = package_of("stylegan2_pytorch")
    gan, pictures, count = package.StyleGAN2(SIDE, network_capacity=width // 2), Pictures(batch), 0
    layers = gan.G.num_layers

    def fakes() -> Tensor:
        styles = (package.mixed_list if random() < 0.9 else package.noise_list)(batch, layers, 512, device=0)
        w = package.styles_def_to_tensor(package.latent_to_w(gan.S, styles))
        return gan.G(w, package.image_noise(batch, SIDE, device=0))

    def step() -> None:
        nonlocal count
        is_penalised = count % 4 == 0
        gan.D_opt.zero_grad()
        fake = fakes().clone().detach().requires_grad_(is_penalised)
        real = pictures.pictures.clone().requires_grad_(is_penalised)
        (at_fake, _), (at_real, _) = gan.D(fake), gan.D(real)
        loss = package.hinge_loss(at_fake, at_real)
        if is_penalised:
            loss = loss + package.gradient_penalty(real, at_real) + package.gradient_penalty(fake, at_fake)
        loss.backward()
        gan.D_opt.step()
        gan.G_opt.zero_grad()
        package.gen_hinge_loss(gan.D(fakes())[0], None).backward()
        gan.G_opt.step()
        if count % 10 == 0:
            gan.EMA()
        count += 1

    @torch.no_grad()
    def sample() -> Tensor:
        w = gan.SE(torch.randn(64, 512))[:, None].expand(-1, layers, -1)
        return gan.GE(w, torch.rand(64, SIDE, SIDE, 1))

    return step, sample


def lightweight_gan(batch: int, width: int) -> tuple[Step, Sample]:
    package = package_of("lightweight_gan")
    gan, pictures, count = package.LightweightGAN(latent_dim=256, image_size=SIDE), Pictures(batch), 0

    def step() -> None:
        nonlocal count
        is_penalised = count % 4 == 0
        gan.D_opt.zero_grad()
        with torch.no_grad():
            fake = gan.G(torch.randn(batch, 256))
        fake.requires_grad_(is_penalised)
        real = pictures.pictures.clone().requires_grad_(is_penalised)
        *at_fake, _ = gan.D(fake)
        *at_real, auxiliary = gan.D(real, calc_aux_loss=True)
        loss = sum(map(package.hinge_loss, at_real, at_fake), auxiliary)
        if is_penalised:
            loss = loss + sum(slope(x, logits) for x, logits in ((real, at_real), (fake, at_fake))) / 2
        loss.backward()
        gan.D_opt.step()
        gan.G_opt.zero_grad()
        *at_fake, _ = gan.D(gan.G(torch.randn(batch, 256)))
        sum(package.gen_hinge_loss(logits, None) for logits in at_fake).backward()
        gan.G_opt.step()
        if count % 10 == 0:
            gan.EMA()
        count += 1

    def slope(x: Tensor, logits: list[Tensor]) -> Tensor:
        ones = [torch.ones_like(value) for value in logits]
        (gradient,) = torch.autograd.grad(logits, x, ones, create_graph=True)
        return 10 * gradient.flatten(1).norm(dim=1).square().mean()

    return step, torch.no_grad()(lambda: gan.GE(torch.randn(64, 256)))


def contend(name: str, batch: int, width: int) -> None:
    """A loop in this process: in a turn the seconds of a step, and of 64 samples."""
    torch.manual_seed(0)
    step, sample = {"ganworks": ours, "stylegan2_pytorch": stylegan2_pytorch, "lightweight_gan": lightweight_gan}[name](
        batch, width
    )

    def cycle() -> None:
        for _ in range(CYCLES[name]):
            step()

    def turn() -> list[float]:
        steps, samples = turns.seconds_of(cycle, sample)
        return [steps / CYCLES[name], samples]

    turns.answer(turn)


def compare(others: Path, names: list[str], rounds: int, batch: int, width: int) -> dict[str, Any]:
    words = ["--batch", str(batch), "--width", str(width)]
    times, memory = turns.take("benchmarks.stylegan2", names, rounds, words, others)
    result: dict[str, Any] = {}
    for name in names:
        seconds = median(step for step, _ in times[name])
        result[name] = {
            "ms_per_step": round(1e3 * seconds, 1),
            "pictures_per_second": round(batch / seconds, 1),
            "samples_per_second": round(64 / median(sample for _, sample in times[name]), 1),
            "peak_mb": round(memory[name]),
        }
    for name in names[1:]:
        ratios = [theirs[0] / mine[0] for theirs, mine in zip(times[name], times["ganworks"], strict=True)]
        result[f"speed_over_{name}"] = round(median(ratios), 2)
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--others", type=Path)
    parser.add_argument("--names", nargs="*", default=list(CYCLES)[1:])
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--width", type=int, default=32)
    parser.add_argument("--contend", help=argparse.SUPPRESS)
    words = parser.parse_args()
    if words.contend:
        contend(words.contend, words.batch, words.width)
        return
    if words.names and words.others is None:
        parser.error("--others: give the folder of the others, or no --names")
    names = ["ganworks", *words.names]
    print(json.dumps(compare(words.others, names, words.rounds, words.batch, words.width), indent=1))


if __name__ == "__main__":
    main()
