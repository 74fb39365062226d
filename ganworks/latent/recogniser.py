"""A classifier of the user's own pictures: what a picture shows, and where."""

from pathlib import Path

import torch
from torch import Tensor
from torch.nn.functional import relu

from ganworks.data.write import from_bytes, to_bytes
from ganworks.metrics.extractors.prepare import resize, with_channels
from ganworks.nets.classifier import load_network

AT_ONCE = 256


class Recogniser:
    """A network made by `ganworks features train`. names: of the classes. accuracy: on pictures held out there."""

    def __init__(self, path: Path):
        if not path.is_file():
            raise ValueError(f"no file {path}; make one with: ganworks features train DATA --out {path.name}")
        self.net, facts = load_network(path)
        self.names: list[str] = list(facts.get("classes") or map(str, range(self.net.classes)))
        self.accuracy: float | None = facts.get("accuracy")

    @torch.no_grad()
    def maps(self, images: Tensor) -> Tensor:
        """(N, C, H, W) in [-1, 1] -> (N, F, h, w), whose means over the places are what the classes are linear in."""
        net = self.net
        parts = (
            from_bytes(resize(with_channels(to_bytes(part), net.channels), net.size)) for part in images.split(AT_ONCE)
        )
        return torch.cat([net.layers(part) for part in parts])

    def __call__(self, images: Tensor) -> Tensor:
        """The classes, (N,)."""
        return self.net.head(self.maps(images).mean((2, 3))).argmax(1)

    def evidence(self, images: Tensor, label: int) -> Tensor:
        """How much each place speaks for a class, (N, h, w), none negative.

        The class activation maps of Zhou et al. 2016 (arXiv 1512.04150), eq. 2.
        """
        return relu(torch.einsum("c,nchw->nhw", self.net.head.weight[label], self.maps(images)))
