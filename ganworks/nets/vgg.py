"""VGG, whose feature maps perceptual and style losses compare."""

import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor, nn
from torch.nn.functional import max_pool2d

from ganworks.layers.convolution import convolve

BLOCKS = {13: (2, 2, 3, 3, 3), 16: (2, 2, 4, 4, 4)}  # convolutions -> how many between halvings, of VGG-16 and VGG-19
WIDTHS = (8, 16, 32, 64, 64)  # of the random one, an eighth of VGG's
MEANS, SPREADS = (0.485, 0.456, 0.406), (0.229, 0.224, 0.225)  # of ImageNet's pictures from 0 to 1
CAFFE_MEANS, CAFFE_SPREAD = (122.679, 116.669, 104.007), 57.375  # in bytes
DOWNLOADED = ("vgg19", "vgg16")
Place = tuple[int, int, bool]  # block and convolution, from 1; after its activation
Layers = list[tuple[Tensor, Tensor]]  # weights (D, C, 3, 3) and biases (D,)


class VGG(nn.Module):
    """Pictures (N, 1, 3 or 4, H, W) in [-1, 1] -> the maps at each tap, (N, D, H / 2^k, W / 2^k).

    Simonyan & Zisserman 2014 (arXiv 1409.1556), configurations D and E. The tap conv5_4 is before the activation,
    relu5_4 after it; VGG-16 has three convolutions where VGG-19 has four, and takes the last of them for the fourth.
    Grey is repeated, what is transparent becomes white. Computes in bf16 under autocast.

    It is frozen: it has no parameters and no buffers, copies of a system share it, and checkpoints do not hold it. It
    is read when training begins, or else when it is first needed: what was trained with it is used without it.

    weights: vgg19 or vgg16, torchvision's, downloaded once; random, a narrow VGG-19 for tests; or a file: a state dict
    of torchvision's, or convolutions named conv1_1.weight and on, as trained with Caffe, on bytes in BGR. The maps of
    those are divided by ImageNet's spread in bytes: the weights of losses are chosen for torchvision's.
    """

    def __init__(self, weights: str | Path = "vgg19"):
        super().__init__()
        self.weights = str(weights)
        self.means: Sequence[float] = MEANS
        self.spreads: Sequence[float] = SPREADS
        self.kept: dict[tuple[torch.device, torch.dtype], Layers] = {}
        self.eval()

    def __deepcopy__(self, memo: dict[int, Any]) -> "VGG":
        return self

    def train(self, mode: bool = True) -> "VGG":
        """It stays in evaluation mode; but a file that is not there shall be told before the first step."""
        if mode:
            self.layers(torch.device("cpu"), torch.float32)
        return super().train(False)

    def forward(self, x: Tensor, taps: Sequence[str]) -> list[Tensor]:
        low = torch.is_autocast_enabled(x.device.type)
        layers = self.layers(x.device, torch.get_autocast_dtype(x.device.type) if low else torch.float32)
        blocks = BLOCKS[len(layers)]
        wanted = [place_of(tap, blocks) for tap in taps]
        if min(x.shape[2:]) < 2 ** (max(wanted)[0] - 1):
            raise ValueError(f"pictures of {x.shape[2]}x{x.shape[3]} are too small for {', '.join(taps)} of VGG")
        found: dict[Place, Tensor] = {}
        x = self.normalised(x)
        for (block, row), (weight, bias) in zip(rows_of(blocks), layers, strict=True):
            if (block, row) > max(wanted)[:2]:
                break
            x = max_pool2d(x, 2) if row == 1 and block > 1 else x
            x = convolve(x, weight, bias, padding=1)
            if before := (block, row, False) in wanted:
                found[block, row, False] = x
            x = x.relu() if before else x.relu_()
            if (block, row, True) in wanted:
                found[block, row, True] = x
        return [found[place] for place in wanted]

    def normalised(self, x: Tensor) -> Tensor:
        x = on_white(x.float())
        means, spreads = (x.new_tensor(values).view(3, 1, 1) for values in (self.means, self.spreads))
        x = ((x.expand(-1, 3, -1, -1) + 1) / 2 - means) / spreads
        return x.contiguous(memory_format=torch.channels_last)

    def layers(self, device: torch.device, dtype: torch.dtype) -> Layers:
        """The convolutions as they are needed, kept for the next time."""
        if not self.kept:
            self.kept[torch.device("cpu"), torch.float32] = self.read()
        if (device, dtype) not in self.kept:
            first = self.kept[torch.device("cpu"), torch.float32]
            self.kept[device, dtype] = [(weight.to(device, dtype), bias.to(device, dtype)) for weight, bias in first]
        return self.kept[device, dtype]

    def read(self) -> Layers:
        if self.weights == "random":
            return random_layers()
        tensors = downloaded(self.weights) if self.weights in DOWNLOADED else in_file(Path(self.weights))
        names = [name for name in tensors if name.endswith(".weight") and tensors[name].ndim == 4]
        names.sort(key=lambda name: [int(number) for number in re.findall(r"\d+", name)])
        layers = [(tensors[name], tensors.get(name.replace("weight", "bias"), torch.empty(0))) for name in names]
        inputs = [3, *[len(weight) for weight, _ in layers[:-1]]] if layers else []
        pairs = zip(layers, inputs, strict=True)
        fits = (weight.shape[1:] == (num, 3, 3) and len(bias) == len(weight) for (weight, bias), num in pairs)
        if len(layers) not in BLOCKS or not all(fits):
            raise ValueError(
                f"{self.weights} holds no VGG-16 or VGG-19, which have 13 or 16 convolutions and no batch norm"
            )
        if "conv1_1.weight" in tensors:
            self.means, self.spreads = [mean / 255 for mean in CAFFE_MEANS], [CAFFE_SPREAD / 255] * 3
            layers = [(weight, bias / CAFFE_SPREAD) for weight, bias in layers]
            layers[0] = (layers[0][0].flip(1), layers[0][1])  # BGR
        return [(weight.float().contiguous(memory_format=torch.channels_last), bias.float()) for weight, bias in layers]


def vgg(weights: str | Path | None = None) -> VGG:
    """VGG-19 with torchvision's weights, or another; see `VGG`."""
    return VGG(weights or "vgg19")


def on_white(x: Tensor) -> Tensor:
    """RGBA (N, 4, H, W) in [-1, 1] -> RGB, white where it is transparent; other pictures as they are."""
    if x.shape[1] != 4:
        return x
    alpha = (x[:, 3:] + 1) / 2
    return x[:, :3] * alpha + (1 - alpha)


def rows_of(blocks: Sequence[int]) -> list[tuple[int, int]]:
    """Block and number in it of each convolution."""
    return [(block, row) for block, num in enumerate(blocks, 1) for row in range(1, num + 1)]


def place_of(tap: str, blocks: Sequence[int]) -> Place:
    match = re.fullmatch(r"(conv|relu)([1-5])_([1-4])", tap)
    if not match or int(match[3]) > BLOCKS[16][int(match[2]) - 1]:
        raise ValueError(
            f"VGG has no '{tap}'; possible are conv1_1 to conv5_4, and relu1_1 to relu5_4 after activation"
        )
    block = int(match[2])
    return block, min(int(match[3]), blocks[block - 1]), match[1] == "relu"


def random_layers(seed: int = 0) -> Layers:
    """Variances stay from layer to layer (He et al. 2015, 1502.01852)."""
    generator, inputs, layers = torch.Generator().manual_seed(seed), 3, []
    for block, _ in rows_of(BLOCKS[16]):
        outputs = WIDTHS[block - 1]
        weight = torch.randn(outputs, inputs, 3, 3, generator=generator) * (2 / (9 * inputs)) ** 0.5
        layers.append((weight.contiguous(memory_format=torch.channels_last), torch.zeros(outputs)))
        inputs = outputs
    return layers


def downloaded(name: str) -> dict[str, Tensor]:
    """torchvision's weights, from PyTorch's hub. ValueError in one line if they cannot be had."""
    from torchvision import models

    try:
        tensors = models.get_model_weights(name).DEFAULT.get_state_dict(progress=True, check_hash=True)
    except Exception as error:  # the network, the disk, the hash: one line for all
        why = str(getattr(error, "reason", error)).partition("\n")[0]
        raise ValueError(
            f"torchvision's {name} can't be downloaded ({why}); give a file with its weights (--vgg or --features FILE)"
        ) from error
    return {key: value for key, value in tensors.items() if key.startswith("features.")}


def in_file(path: Path) -> dict[str, Tensor]:
    if not path.is_file():
        raise ValueError(
            f"no file '{path}' to take VGG's weights from; possible: {', '.join(DOWNLOADED)}, random, a file"
        )
    try:
        found = load_file(path) if path.suffix == ".safetensors" else torch.load(path, "cpu", weights_only=True)
        return {key: value.float() for key, value in found.items() if key.startswith(("features.", "conv"))}
    except Exception as error:  # zip, pickle and safetensors each have their own
        raise ValueError(f"{path} can't be read as weights of VGG; a .safetensors or .pth file is needed") from error
