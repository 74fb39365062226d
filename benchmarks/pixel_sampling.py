"""How fast autoregressive nets paint: python -m benchmarks.pixel_sampling [pixelcnn row diagonal] [--size 28 32].

Against the loop that runs the whole net for each pixel, in float32 and, for the same pixels to the bit, in float64. All
steps of that loop cost the same, so that some of them are measured and the rest is reckoned. Prints JSON: seconds of
each for so many pictures (the processor's with one thread), how many times as fast painting is, and how many pixels
differ among those that the loop in float64 made.
"""

import argparse
import copy
import json
import time
from collections.abc import Callable

import torch
from torch import Tensor

from ganworks.losses.logistic import choose
from ganworks.nets.painting import exact
from ganworks.registry import build
from ganworks.systems.baseline.pixelcnn import PixelByPixel

KINDS = {
    "pixelcnn": ("pixelcnn", {}),
    "row": ("pixelrnn", {"kind": "row"}),
    "diagonal": ("pixelrnn", {"kind": "diagonal"}),
}


def seconds(function: Callable[[], object]) -> float:
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter
    begin = clock()
    function()
    return clock() - begin


def loop(net: torch.nn.Module, noise: Tensor, channels: int, pixels: int) -> Tensor:
    """The first pixels, each by the whole net."""
    num, _, height, width = noise.shape
    x = noise.new_zeros(num, channels, height, width)
    for place in range(pixels):
        row, column = divmod(place, width)
        x[:, :, row, column] = choose(net(x)[:, :, row, column], noise[:, :, row, column])
    return x


def measure(kind: str, size: int, num: int, pixels: int, same: int) -> dict[str, float]:
    name, settings = KINDS[kind]
    torch.manual_seed(0)
    channels = 1 if size == 28 else 3
    system: PixelByPixel = build(name, size=size, channels=channels, **settings)[0].eval()
    noise = system.draw(num)["noise"]
    system.generate({"noise": noise[:2]})  # to warm up
    painting = seconds(lambda: system.generate({"noise": noise}))
    net, large = system.G, copy.deepcopy(system.G).to(exact(noise.device))
    share = size * size / pixels
    plain = share * seconds(lambda: loop(net, noise, channels, pixels))
    double = share * seconds(lambda: loop(large, noise.double(), channels, pixels))
    rows = -(-same // size) * size
    first, painted = (
        loop(large, noise[:2].double(), channels, rows).float(),
        system.generate({"noise": noise[:2]})["image"],
    )
    done = rows // size
    return {
        "pictures": num,
        "painting_seconds": round(painting, 3),
        "loop_float32_seconds": round(plain, 1),
        "loop_float64_seconds": round(double, 1),
        "times_loop_float32": round(plain / painting, 1),
        "times_loop_float64": round(double / painting, 1),
        "pixels_compared": 2 * rows,
        "pixels_that_differ": int((first[:, :, :done] != painted[:, :, :done]).any(1).sum()),
    }


@torch.no_grad()
def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("kinds", nargs="*", default=list(KINDS), help="by default all: " + ", ".join(KINDS))
    parser.add_argument("--size", nargs="+", type=int, default=[28, 32], help="28 is grey, others are in colour")
    parser.add_argument("--num", type=int, default=64, help="pictures")
    parser.add_argument("--pixels", type=int, default=3, help="of the loop that are measured")
    parser.add_argument("--same", type=int, default=10_000, help="pixels of two pictures that are compared")
    parser.add_argument("--threads", type=int, help="by default what torch takes")
    asked = parser.parse_args()
    if unknown := [kind for kind in asked.kinds if kind not in KINDS]:
        parser.error(f"unknown: {', '.join(unknown)}; there are {', '.join(KINDS)}")
    if asked.threads:
        torch.set_num_threads(asked.threads)
    found = {
        f"{kind} {size}x{size}": measure(kind, size, asked.num, asked.pixels, min(asked.same, size * size))
        for kind in asked.kinds
        for size in asked.size
    }
    print(json.dumps(found, indent=1))


if __name__ == "__main__":
    main()
