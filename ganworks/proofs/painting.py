"""What claims on neural style share: photographs, and for each seed a texture whose style they take."""

from pathlib import Path

import torch
from torch import Tensor

from ganworks.apply.style import seen
from ganworks.data.decode import Pixels, decode
from ganworks.data.plan import shrunk, with_channels
from ganworks.proofs.bench import Bench

UNSEEN = 3  # photographs, the last by name, that no net learns from
NEEDS = ("photos", "textures", "vgg")


def photos(bench: Bench, side: int) -> list[Pixels]:
    """All photographs, (H, W, 3) each, the longer side as given."""
    files = sorted(bench.find("photos").glob("*.png"))
    return [with_channels(shrunk(decode(file.read_bytes()), side), 3) for file in files]


def style_file(bench: Bench, seed: int) -> Path:
    files = sorted(file for file in bench.find("textures").iterdir() if file.suffix in (".jpg", ".png"))
    return files[int(torch.randint(len(files), (), generator=torch.Generator().manual_seed(seed)))]


def style(bench: Bench, seed: int, side: int) -> Tensor:
    """(1, 3, h, w)"""
    return seen(shrunk(decode(style_file(bench, seed).read_bytes()), side))
