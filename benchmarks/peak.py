"""What the machine can do in bf16, and how many operations a step takes."""

import time
from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import conv2d
from torch.utils.flop_counter import FlopCounterMode

from ganworks.data import Stream
from ganworks.data.pictures import Pictures
from ganworks.engine.engine import Engine
from ganworks.registry import build


def best_seconds(work: Callable[[], Tensor], repeats: int = 9) -> float:
    """The least time of several; the processor's if there is one thread, as a busy machine stops the clock for none."""
    clock = time.process_time if torch.get_num_threads() == 1 else time.perf_counter

    def once() -> float:
        start = clock()
        work()
        return clock() - start

    once()
    return min(once() for _ in range(repeats))


def peak_gflops(dtype: torch.dtype) -> dict[str, float]:
    """The best of a few products and convolutions; the share below is of the larger of the two."""
    products, convolutions = [], []
    for side in (1024, 2048, 4096):
        a, b = torch.randn(side, side).to(dtype), torch.randn(side, side).to(dtype)
        products.append(2 * side**3 / best_seconds(partial(torch.mm, a, b)))
    for channels, side in ((128, 32), (256, 16), (512, 8)):
        x = torch.randn(64, channels, side, side).to(dtype).to(memory_format=torch.channels_last)
        weight = torch.randn(channels, channels, 3, 3).to(dtype).to(memory_format=torch.channels_last)
        flops = 2 * 64 * side**2 * 9 * channels**2
        convolutions.append(flops / best_seconds(partial(conv2d, x, weight, padding=1)))
    return {"matmul": round(max(products) / 1e9, 1), "convolution": round(max(convolutions) / 1e9, 1)}


def gflop_per_step(pictures: Pictures) -> float:
    """Multiplications and additions of one step of the engine, as its plain layers would take them."""
    system, _ = build("dcgan", {"size": 64, "channels": 3})
    engine = Engine(system, Stream(pictures, 64), device="cpu", precision="float32")
    with FlopCounterMode(display=False) as counter:
        engine.take_step()
    return counter.get_total_flops() / 1e9
