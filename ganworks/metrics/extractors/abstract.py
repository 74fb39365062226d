"""What every extractor is."""

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import Any, NamedTuple

import torch
from torch import Tensor, nn
from torch.nn.functional import linear


class Features(NamedTuple):
    """features: (N, d) float32. logits: (N, classes) float32, where the network is a classifier."""

    features: Tensor
    logits: Tensor | None = None


class Extractor(ABC):
    """Pictures, uint8 (N, C, H, W), C 1 grey, 3 RGB or 4 RGBA, of any size -> `Features` on the CPU.

    name: a part of every metric's name.
    dim: d.
    facts: what decides the features, for JSON: which network and weights, how pictures become its input.
    classes: the names behind the logits, where they are known.
    chunk: how many pictures are worked on at once; more are taken apart, so that memory stays bounded.
    """

    name: str
    dim: int
    facts: dict[str, Any]
    classes: tuple[str, ...] | None = None
    chunk: int = 64
    device: torch.device = torch.device("cpu")

    @abstractmethod
    def read(self, pictures: Tensor) -> Features:
        """The features of at most `chunk` pictures, on the extractor's device."""

    def __call__(self, pictures: Tensor) -> Features:
        check_pictures(pictures)
        # Metrics are taken in the middle of training too, perhaps inside its autocast.
        with torch.no_grad(), torch.autocast(self.device.type, enabled=False):
            parts = [self.read(part.to(self.device)) for part in pictures.split(self.chunk)]
        features = torch.cat([part.features.float().cpu() for part in parts])
        assert features.shape == (len(pictures), self.dim)
        logits = [part.logits.float().cpu() for part in parts if part.logits is not None]
        return Features(features, torch.cat(logits) if logits else None)


class Network(Extractor):
    """A classifier whose logits are linear in its features.

    prepare: pictures -> the network's input. backbone: that -> features. head: features -> logits.
    """

    def __init__(
        self,
        name: str,
        facts: dict[str, Any],
        prepare: Callable[[Tensor], Tensor],
        backbone: Callable[[Tensor], Tensor],
        head: nn.Linear,
        *,
        classes: tuple[str, ...] | None = None,
        chunk: int = 32,
    ):
        self.name, self.facts, self.classes, self.chunk = name, facts, classes, chunk
        self.prepare, self.backbone, self.head = prepare, backbone, head
        self.dim, self.device = head.in_features, head.weight.device

    def read(self, pictures: Tensor) -> Features:
        inputs = self.prepare(pictures).contiguous(memory_format=torch.channels_last)
        features = self.backbone(inputs)
        return Features(features, linear(features, self.head.weight, self.head.bias))


def check_pictures(pictures: Tensor) -> None:
    """ValueError unless they are bytes (N, C, H, W) with 1, 3 or 4 channels."""
    shape, possible = tuple(pictures.shape), "possible are bytes (N, C, H, W) from 0 to 255 with C 1, 3 or 4"
    if pictures.dtype != torch.uint8:
        kind = str(pictures.dtype).removeprefix("torch.")
        raise ValueError(f"pictures of type {kind}; {possible}; for values in [-1, 1] use ganworks.data.to_bytes first")
    if pictures.ndim != 4 or shape[1] not in (1, 3, 4) or 0 in shape:
        raise ValueError(f"pictures of shape {shape}; {possible}")
