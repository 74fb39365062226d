"""Inception features, ours against torch-fidelity's, in turns: python -m benchmarks.extraction [--threads 1].

The same weights (random ones, unless --weights FILE), batches and threads, float32. Prints JSON: the speed of each, the
ratio of each round, and the largest difference of the features as a share of the largest feature. Needs torch-fidelity.
"""

import argparse
import json
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from benchmarks.race import ratio, spread
from ganworks.metrics.extractors import extractor
from ganworks.nets.inception import Inception

Contender = Callable[[Tensor], Tensor]


def random_weights(path: Path) -> Path:
    """A state dict that lets differences between pictures reach the last layer."""
    torch.manual_seed(0)
    net = Inception()
    for module in net.modules():
        if isinstance(module, nn.Conv2d):
            nn.init.kaiming_uniform_(module.weight, nonlinearity="relu")
    torch.save(net.state_dict(), path)
    return path


def contenders(weights: Path) -> dict[str, Contender]:
    from torch_fidelity.feature_extractor_inceptionv3 import FeatureExtractorInceptionV3

    theirs = FeatureExtractorInceptionV3("inception", ["2048", "logits_unbiased"], str(weights))
    ours = extractor("inception", weights)
    return {"torch_fidelity": lambda x: theirs(x)[0], "ganworks": lambda x: ours(x).features}


def measure(weights: Path, side: int, batch: int, rounds: int) -> dict[str, Any]:
    by_processor = torch.get_num_threads() == 1  # right on a busy machine
    clock = time.process_time if by_processor else time.perf_counter
    pictures = torch.randint(0, 256, (batch, 3, side, side), dtype=torch.uint8)
    racers = contenders(weights)
    seconds: dict[str, list[float]] = {name: [] for name in racers}
    with torch.no_grad():
        features = {name: racer(pictures) for name, racer in racers.items()}  # warms up too
        for number in range(rounds):
            for name in racers if number % 2 else reversed(racers):  # nobody always comes first
                started = clock()
                racers[name](pictures)
                seconds[name].append(clock() - started)
    theirs, ours = features["torch_fidelity"], features["ganworks"]
    return {
        "pictures_per_second": {name: spread([batch / s for s in times]) for name, times in seconds.items()},
        "speed_over_torch_fidelity": ratio(seconds["torch_fidelity"], seconds["ganworks"]),
        "largest_difference": float((ours - theirs).abs().max() / theirs.abs().max()),
        "clock": "processor" if by_processor else "wall",
        "threads": torch.get_num_threads(),
        "side": side,
        "batch": batch,
    }


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.extraction",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--weights", type=Path, help="torch-fidelity's weight file")
    parser.add_argument("--side", type=int, default=64, help="of the pictures, in pixels")
    parser.add_argument("--batch", type=int, default=32)
    parser.add_argument("--rounds", type=int, default=5, help="turns that each takes")
    parser.add_argument("--threads", type=int, help="with 1, processor time is measured, not the clock")
    parser.add_argument("--json", type=Path, help="write the result to this file too")
    words = parser.parse_args()
    if words.threads:
        torch.set_num_threads(words.threads)
    with tempfile.TemporaryDirectory() as folder:
        weights = words.weights or random_weights(Path(folder) / "inception.pth")
        text = json.dumps(measure(weights, words.side, words.batch, words.rounds), indent=1)
    print(text)
    if words.json:
        words.json.write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
