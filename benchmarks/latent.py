"""Latent tools on StyleGAN2 at 64 px, width 32: python -m benchmarks.latent [--precision float32].

Path length: 256 paths, in features of random convolutions. Inversion: eight pictures, 100 steps of Adam from two starts
each, together; and one at a time, as public projectors have it. In bfloat16 where the processor has it. Nets are not
trained, which makes no difference to the time.
"""

import argparse
import json
from statistics import median

import torch
from torch import Tensor

from benchmarks import turns
from ganworks.engine.precision import autocast, choose_device, choose_precision
from ganworks.latent.invert import invert
from ganworks.latent.perceptual import convs
from ganworks.metrics.path_length import path_steps
from ganworks.registry import build
from ganworks.systems.image.stylegan2 import StyleGAN2

SIDE, PATHS, PICTURES, STEPS = 64, 256, 8, 100


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--precision", choices=("auto", "float32"), default="auto")
    parser.add_argument("--rounds", type=int, default=3)
    words = parser.parse_args()
    torch.manual_seed(0)
    system = build("stylegan2", {"size": SIDE, "channels": 3}, width=32)[0].eval()
    assert isinstance(system, StyleGAN2)
    pictures = 2 * torch.rand(PICTURES, 3, SIDE, SIDE) - 1
    begin, end = system.inputs(PATHS, 0), system.inputs(PATHS, 1)

    def features(images: Tensor) -> Tensor:
        return torch.cat([maps.flatten(1) for maps in convs(images.float())], 1)

    def paths() -> None:
        for rows in torch.arange(PATHS).split(64):
            ends = system.styles({"z": begin["z"][rows]}), system.styles({"z": end["z"][rows]})

            def make(w: Tensor, noise: Tensor = begin["noise"][rows]) -> Tensor:
                return system.generate({"w": w, "noise": noise})["image"]

            path_steps(make, features, ends, torch.rand(len(rows)))

    def search(some: Tensor) -> None:
        invert(system, some, steps=STEPS)

    def one_by_one() -> None:
        for picture in pictures[:2].split(1):
            search(picture)

    device = choose_device("cpu")
    with autocast(choose_precision(words.precision, device), device):
        rounds = [turns.seconds_of(paths, lambda: search(pictures), one_by_one) for _ in range(words.rounds + 1)][1:]
    length, together, alone = (median(times) for times in zip(*rounds, strict=True))
    print(
        json.dumps(
            {
                "paths_per_second": round(PATHS / length, 1),
                "seconds_per_inversion": round(together / PICTURES, 2),
                "seconds_per_inversion_alone": round(alone / 2, 2),
            },
            indent=1,
        )
    )


if __name__ == "__main__":
    main()
