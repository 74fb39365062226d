"""Which extractor judges, and whether its numbers have the usual names."""

from pathlib import Path

from ganworks.engine.precision import choose_device
from ganworks.metrics.extractors import Extractor, extractor
from ganworks.metrics.extractors.saved import architecture
from ganworks.metrics.extractors.weights import is_whole

PUBLISHED = "6726825d"  # the SHA-256 of the Inception weights that published FIDs are made with begins so


def network_for(features: str, weights: str | Path | None, shape: tuple[int, ...], device: str) -> Extractor:
    """The extractor of that name, for pictures of shape (C, H, W)."""
    channels, height, width = shape
    where = choose_device(device).type
    return extractor(features, weights, size=(height, width), channels=channels, device=where)


def name_of(features: str) -> str:
    """The name that the extractor will have, before it is loaded: that of a file is the file's, or of what it holds."""
    path = Path(features)
    if path.suffix not in (".onnx", ".safetensors"):
        return features
    if path.suffix == ".onnx" or not path.is_file() or (held := architecture(path)) == "classifier":
        return path.stem
    return held


def is_standard(features: str | Extractor, weights: str | Path | None) -> bool:
    """Whether numbers have the usual names, as fid: of Inception, with the weights that all use, as published."""
    return features == "inception" and (weights is None or is_whole(Path(weights), PUBLISHED))
