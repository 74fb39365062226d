"""Does a conditional run obey its labels? A classifier of real pictures judges its samples.

    python -m benchmarks.quality runs/cgan-fashion TRAIN TEST

TRAIN, TEST: labelled pictures (idx files, folders). Prints the classifier's accuracy on TEST, and the share of the
run's samples that it takes for the class that was asked for, in all and by class.
"""

import argparse
import json

import torch
from torch import Tensor, nn

import ganworks
from ganworks import data


def classifier(channels: int, classes: int) -> nn.Module:
    """Three strided convolutions with batch norm: (N, C, H, W) -> (N, classes)."""
    layers: list[nn.Module] = []
    for before, after in ((channels, 32), (32, 64), (64, 128)):
        layers += [nn.Conv2d(before, after, 3, 2, 1), nn.BatchNorm2d(after), nn.ReLU()]
    return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(2), nn.Flatten(), nn.Dropout(0.3), nn.Linear(512, classes))


def train(stream: data.Stream, channels: int, classes: int, steps: int) -> nn.Module:
    torch.manual_seed(0)
    net = classifier(channels, classes)
    adam = torch.optim.AdamW(net.parameters(), lr=2e-3)
    rates = torch.optim.lr_scheduler.OneCycleLR(adam, 4e-3, total_steps=steps)
    for _ in range(steps):
        batch = next(stream)
        loss = nn.functional.cross_entropy(net(batch["image"]), batch["label"])
        adam.zero_grad()
        loss.backward()
        adam.step()
        rates.step()
    return net.eval()


@torch.no_grad()
def predict(net: nn.Module, pictures: Tensor) -> Tensor:
    return torch.cat([net(part).argmax(1) for part in pictures.split(500)])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("train")
    parser.add_argument("test")
    parser.add_argument("--steps", type=int, default=1200)
    parser.add_argument("--count", type=int, default=200, help="samples of each class")
    words = parser.parse_args()
    model = ganworks.load(words.run)
    image = model.system.specs["image"]
    size, channels = image.shape[1:], image.shape[0]
    pictures, held_out = (data.open_pictures(at, size=size, channels=channels) for at in (words.train, words.test))
    classes = pictures.specs["label"].classes
    net = train(data.Stream(pictures, 128), channels, classes, words.steps)
    test = next(data.Stream(held_out, len(held_out)))
    accuracy = (predict(net, test["image"]) == test["label"]).float().mean().item()
    asked = torch.arange(classes).repeat_interleave(words.count)
    samples = torch.cat(
        [model.sample(len(part), seed=seed, label=part)["image"] for seed, part in enumerate(asked.split(250))]
    )
    right = (predict(net, samples) == asked).float().view(classes, -1).mean(1)
    by_class = dict(zip(pictures.summary()["classes"], right.tolist(), strict=True))
    print(json.dumps({"classifier": accuracy, "obeyed": right.mean().item(), "by_class": by_class}, indent=1))


if __name__ == "__main__":
    main()
