"""Pictures restored: learnt from patches of textures, measured on whole pictures that were kept apart."""

from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from ganworks import data
from ganworks.core import System
from ganworks.data import Patches
from ganworks.data.cut import Cut, degraded
from ganworks.data.decode import Pixels
from ganworks.data.degrade import Degrade
from ganworks.data.patches import PatchStream
from ganworks.data.sources import Files, Folder
from ganworks.engine.engine import Engine
from ganworks.layers.bicubic import enlarged
from ganworks.metrics.restoration import PairProtocol, perceptual_distance, psnr, spectrum_distance
from ganworks.nets.vgg import VGG
from ganworks.proofs.bench import Bench
from ganworks.proofs.claim import Lower, Numbers
from ganworks.systems.restoration import Restoration

EVERY = 10  # of the textures one is kept apart
PHOTOS = ("storm", "twowings", "yellowflower")  # kept apart
BATCH = 16
PROTOCOL = (
    "Every tenth texture is kept apart; photographs are not learnt from. PSNR is of brightness (Y of ITU-R 601), of "
    "8-bit values, without as many pixels at the borders as the scale; means are over pictures."
)
Pair = tuple[Tensor, Tensor]  # the small picture and the true one, (1, C, H, W) in [-1, 1]


@cache
def textures(bench: Bench, patch: int, scale: int, degrade: str) -> Patches:
    """To learn from; each tenth is `apart`."""
    place = bench.find("textures")
    names = Files(Folder(place)).names[::EVERY]
    return data.open_patches(place, patch=patch, scale=scale, degrade=degrade, channels=3, leave_out=names)


def learnt(
    bench: Bench,
    patches: Patches,
    system: System,
    seed: int,
    *,
    minutes: float,
    rates: dict[str, float] | None,
    ema: float = 0.99,
) -> Engine:
    """Train on patches, with averaged weights, which stand in for a rate that falls."""
    stream = PatchStream(patches, BATCH, seed=seed, workers=0)
    return bench.train(system, stream, seed, minutes, ema=ema if rates else None, lr=rates)


def learnt_in_steps(bench: Bench, patches: Patches, system: System, seed: int, steps: int) -> Engine:
    """Train for so many steps, where the rate falls with them."""
    engine = Engine(system, PatchStream(patches, BATCH, seed=seed, workers=0), seed=seed, device="cpu")
    num = max(1, round(steps * bench.scale))
    while engine.step < num:
        engine.take_step()
        bench.progress(engine.step / num)
    return engine


def pairs(pictures: Sequence[Pixels], scale: int, degrade: str) -> list[Pair]:
    """Whole pictures, each degraded in one way, always the same."""
    cut = Cut(scale, scale, Degrade.parse(degrade), 3)
    both = [degraded(pixels, cut, number) for number, pixels in enumerate(pictures)]
    return [(tensor(other), tensor(true)) for other, true in both]


def held_out(patches: Patches, degrade: str = "bicubic") -> list[Pair]:
    """The textures kept apart."""
    assert patches.apart is not None
    return pairs([patches.apart.whole(row) for row in range(len(patches.apart))], patches.cut.scale, degrade)


def tensor(pixels: NDArray[Any]) -> Tensor:
    """(H, W, C) bytes -> (1, C, H, W) in [-1, 1]"""
    return data.from_bytes(torch.from_numpy(np.array(pixels))).permute(2, 0, 1)[None]


def photos(bench: Bench, scale: int) -> list[Pair]:
    """Photographs, which none of the systems has learnt from."""
    pictures = data.open_patches(bench.find("photos"), patch=scale, scale=scale, channels=3, leave_out=PHOTOS).apart
    assert pictures is not None
    return pairs([pictures.whole(row) for row in range(len(pictures))], scale, "bicubic")


def made_by(engine: Engine, given: Sequence[Pair]) -> list[Tensor]:
    """What the averaged system makes of the small ones."""
    system = engine.average.system
    assert isinstance(system, Restoration)
    return [system.translate(small) for small, _ in given]


def enlarging(bench: Bench, engine: Engine, patches: Patches) -> Numbers:
    """How near pictures come to the true ones: textures of those kept apart, and photographs."""
    found: Numbers = {"steps": engine.step}
    for name, given in (("textures", held_out(patches)), ("photographs", photos(bench, patches.cut.scale))):
        numbers = nearness(made_by(engine, given), given)
        found |= {f"{name}: {number}": value for number, value in numbers.items()}
    return found


def nearness(made: Sequence[Tensor], given: Sequence[Pair]) -> Numbers:
    """PSNR, and how much higher it is than that of bicubic interpolation: means over pictures of each one's."""
    scale = given[0][1].shape[2] // given[0][0].shape[2]
    protocol = PairProtocol(shave=scale)
    plain = [enlarged(small, scale).clamp(-1, 1) for small, _ in given]
    ours, theirs = (decibels(pictures, given, protocol) for pictures in (made, plain))
    return {
        protocol.name("PSNR"): ours.mean().item(),
        "squared error": 255**2 * 10 ** (-ours.mean().item() / 10),
        "gain over bicubic, dB": (ours - theirs).mean().item(),
        "share better than bicubic": (ours > theirs).double().mean().item(),
    }


def decibels(made: Sequence[Tensor], given: Sequence[Pair], protocol: PairProtocol) -> Tensor:
    """Of each picture; at most 60, so that one that is nearly right does not decide the mean."""
    each = [psnr(picture, true, protocol) for picture, (_, true) in zip(made, given, strict=True)]
    return torch.cat(each).clamp(max=60)


def share(decibels: float) -> float:
    """By what share a squared error is lower that is lower by so many decibels."""
    return 1 - 10 ** (-decibels / 10)


def sharpening(engine: Engine, patches: Patches, eyes: VGG) -> Numbers:
    """How near, how alike to VGG, and how alike in their spectrum: of the textures kept apart."""
    given = held_out(patches)
    made = made_by(engine, given)
    true = [true for _, true in given]
    looks = [perceptual_distance(ours, theirs, eyes) for ours, theirs in zip(made, true, strict=True)]
    return nearness(made, given) | {
        "perceptual distance": torch.cat(looks).mean().item(),
        "spectrum distance, dB": spectrum_distance(torch.cat(made), torch.cat(true)),
        "steps": engine.step,
    }


FIRST, NEVER, MINUTES = 1500, 10**9, 4.0  # steps, and of each trial
STAGES = {"critic": f"{FIRST:,} steps by pixels, then by VGG and the critic", "pixels": "by pixels alone, as long"}
SHARPER = (
    Lower("perceptual distance", "critic", "pixels", by=0.15),
    Lower("spectrum distance, dB", "critic", "pixels"),
    Lower("squared error", "critic", "pixels", by=share(-2.5)),
)


def sharpened(bench: Bench, name: str, arm: str, seed: int, **own: object) -> Numbers:
    """A system of two stages, or its first one alone: how near, how alike to VGG, and how alike in their spectrum."""
    patches, file = textures(bench, 48, 4, "bicubic"), bench.find("vgg")
    first_steps = FIRST if arm == "critic" else NEVER
    system = bench.build(name, patches, seed, scale=4, vgg=str(file), first_steps=first_steps, steps=NEVER, **own)
    engine = learnt(bench, patches, system, seed, minutes=MINUTES, rates={"G": 5e-4, "D": 1e-4})
    return sharpening(engine, patches, VGG(file))
