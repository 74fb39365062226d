"""Networks that the user has trained: ganworks' own classifiers, and files that say whose weights they hold."""

import json
from pathlib import Path

from safetensors import SafetensorError, safe_open
from torch import Tensor

from ganworks.data.write import from_bytes
from ganworks.metrics.extractors.abstract import Network
from ganworks.metrics.extractors.prepare import RGB, resize, with_channels
from ganworks.metrics.extractors.weights import digest, first_line
from ganworks.nets.classifier import HEADER, load_network

RULES = {1: "grey: luma of RGB, alpha on white", 3: RGB, 4: "RGBA: opaque where there is no alpha"}


def architecture(path: Path) -> str:
    """The network whose weights a .safetensors file holds, by its header. ValueError in one line if it doesn't say."""
    try:
        with safe_open(str(path), framework="pt") as file:
            facts = json.loads((file.metadata() or {}).get(HEADER, "{}"))
    except (SafetensorError, OSError, ValueError) as error:
        raise ValueError(f"{path} can't be read as safetensors ({first_line(error)})") from error
    name = facts.get("architecture") if isinstance(facts, dict) else None
    if not isinstance(name, str) or name.endswith((".safetensors", ".onnx")):
        raise ValueError(f"{path} doesn't say what network it belongs to; name it: --features NAME --weights {path}")
    return name


def saved(path: Path, device: str = "cpu") -> Network:
    """A classifier made by `ganworks features train`; the file's name is the network's."""
    net, facts = load_network(path)
    channels, size = net.channels, net.size
    classes = facts.get("classes")
    known = {
        "network": "classifier",
        "weights": digest(net.state_dict()),
        "trained on": facts.get("data"),
        "accuracy": facts.get("accuracy"),
        "size": list(size),
        "resize": "bilinear, antialiased",
        "range": "[-1, 1]",
        "channels": RULES[channels],
        "version": 1,
    }

    def as_input(pictures: Tensor) -> Tensor:
        return from_bytes(resize(with_channels(pictures, channels), size))

    net.to(device)
    names = tuple(classes) if classes else None
    return Network(path.stem, known, as_input, net.features, net.head, classes=names, chunk=256)
