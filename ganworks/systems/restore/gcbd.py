"""GCBD: learns the noise of noisy pictures by a GAN, and so how to remove it."""

from functools import partial

import torch
from torch import Tensor, nn
from torch.nn.functional import mse_loss
from torch.optim import Adam

from ganworks.core import Batch, Player, Terms, Turn
from ganworks.losses import penalties
from ganworks.losses.adversarial import WASSERSTEIN
from ganworks.nets.dcgan import Discriminator, Generator
from ganworks.nets.dncnn import DnCNN
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.duel import sides
from ganworks.systems.restoration import Restoration

LATENT, PENALTY, CRITIC_STEPS = 128, 10.0, 5  # of WGAN-GP
NEVER = 1e9  # the roughness of what is no noise
NUM_BLOCKS, FEWEST = 1024, 16  # that are kept; of which at least so many are taken, smooth or not
MEANS, VARIANCES = 0.1, 0.25  # by what share those of a part may differ: the paper's mu and gamma
CLIPPED = 0.05  # the share of black and white values from which on their noise is cut off


class GCBD(Restoration):
    """`noise` makes blocks of it, D judges them against those found in "other"; G removes them from parts of "image".

    noise: (N, latent) -> (N, C, b, b). D: the same -> (N,). G: (N, C, H, W) -> what is to be added to be clean.
    `blocks` are the noise that was found, the smoothest first, and `roughness` (NUM_BLOCKS,) says how smooth what it
    lay on is: up to 1 it is smooth. first: steps of noise and D; after these G alone moves.
    """

    paired = False
    whole_batch = True  # batch norm, and the memory
    blocks: Tensor
    roughness: Tensor

    def __init__(self, G: DnCNN, D: nn.Module, noise: nn.Module, image: Image, *, block: int, first: int):
        super().__init__(G, image, scale=1, skip=True)
        self.D, self.noise, self.block, self.first = D, noise, block, first
        self.register_buffer("blocks", torch.zeros(NUM_BLOCKS, image.channels, block, block, dtype=torch.float16))
        self.register_buffer("roughness", torch.full((NUM_BLOCKS,), NEVER))

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=1e-4, betas=(0.0, 0.9))
        return {
            "noise": Player(self.noise, adam),
            "D": Player(self.D, adam),
            "G": Player(self.G, partial(Adam, lr=1e-3)),
        }

    def turns(self, step: int) -> list[Turn]:
        if step < self.first:
            return [*[Turn("D", self.d_loss)] * CRITIC_STEPS, Turn("noise", self.noise_loss)]
        return [Turn("G", self.g_loss)]

    def draw(self, num: int) -> Batch:
        return {"z": torch.randn(num, LATENT), "t": torch.rand(num), "place": torch.rand(num, 3)}

    def d_loss(self, batch: Batch) -> Terms:
        self.collect(batch["other"])
        real = self.found(batch["place"][:, 0])
        with torch.no_grad():
            fake = self.noise(batch["z"])
        return {
            "wasserstein": WASSERSTEIN.d(self.D(real), self.D(fake)),
            "penalty": PENALTY * penalties.wgan_gp(self.D, real, fake, batch["t"]),
        }

    def noise_loss(self, batch: Batch) -> Terms:
        return {"wasserstein": WASSERSTEIN.g(self.D(self.noise(batch["z"])))}

    def g_loss(self, batch: Batch) -> Terms:
        """The distance to clean parts, on which noise was laid."""
        clean = self.part_of(batch["image"], batch["place"][:, 1:])
        with torch.no_grad():
            noisy = (clean + self.noise(batch["z"]).float()).clamp(-1, 1)
        return {"distance": mse_loss(self.restore(noisy), clean)}

    def part_of(self, pictures: Tensor, places: Tensor) -> Tensor:
        """A block of each picture, at places (N, 2) from 0 to 1."""
        room = places.new_tensor(pictures.shape[2:]) - self.block + 1
        corners = (places * room).long().tolist()
        side = self.block
        parts = [x[:, top : top + side, left : left + side] for x, (top, left) in zip(pictures, corners, strict=True)]
        return torch.stack(parts)

    def found(self, shares: Tensor) -> Tensor:
        """Blocks of noise from the memory at places (N,) from 0 to 1 among those of smooth ground."""
        smooth, there = int((self.roughness <= 1).sum()), int((self.roughness < NEVER).sum())
        return self.blocks[(shares * max(smooth, min(there, FEWEST))).long()].float()

    @torch.no_grad()
    def collect(self, noisy: Tensor) -> None:
        """Remember what lies on smooth ground in pictures (N, C, H, W), in place of older and of rougher blocks."""
        windows = noisy.unfold(2, self.block, self.block // 2).unfold(3, self.block, self.block // 2)
        windows = windows.permute(0, 2, 3, 1, 4, 5).flatten(0, 2).float()
        noise = windows - windows.mean((2, 3), keepdim=True)
        rough = torch.cat([roughness(windows).clamp_min(1).to(self.roughness), self.roughness])
        best = rough.argsort(stable=True)[:NUM_BLOCKS]
        with torch.autocast(noisy.device.type, enabled=False):  # which takes no float16 on the CPU
            self.blocks.copy_(torch.cat([noise.to(self.blocks.dtype), self.blocks])[best])
        self.roughness.copy_(rough[best])

    def scores(self, batch: Batch) -> Batch:
        return {"real": self.D(self.found(batch["place"][:, 0])), "fake": self.D(self.noise(batch["z"]))}


def roughness(windows: Tensor) -> Tensor:
    """How far parts of windows (N, C, b, b) in [-1, 1] differ from them in mean and variance: (N,), smooth up to 1.

    Chen et al. 2018, eq. 1 and 2. `NEVER` for those that have black or white values, and for those without noise.
    """
    part = max(4, windows.shape[2] // 4)
    centred = windows - windows.mean((2, 3), keepdim=True)
    light = (windows.mean((1, 2, 3)) + 1) / 2
    inner = centred.unfold(2, part, part).unfold(3, part, part)  # (N, C, k, k, part, part)
    means, variances = inner.mean((1, 4, 5)) / 2, inner.var((4, 5)).mean(1) / 4
    variance = centred.var((2, 3)).mean(1) / 4
    of_means = means.abs().flatten(1).amax(1) / (MEANS * light)
    gamma = VARIANCES * max(1.0, 16 / part)  # the paper's parts have 16 x 16 pixels; smaller ones vary more by chance
    of_variances = (variances - variance[:, None, None]).abs().flatten(1).amax(1) / (gamma * variance)
    clipped = (windows.abs() > 0.995).float().mean((1, 2, 3)) > CLIPPED
    worst = torch.maximum(of_means, of_variances).nan_to_num(NEVER, posinf=NEVER)
    return worst.clamp_max(NEVER).masked_fill(clipped, NEVER)


@register(size=16, width=4, depth=4, steps=4)
def gcbd(
    *,
    size: int | tuple[int, int] = 64,
    channels: int = 3,
    width: int = 64,
    depth: int = 17,
    first: float = 0.5,
    steps: int = 20_000,
) -> GCBD:
    """GCBD, Chen et al. 2018 (Image Blind Denoising With GAN Based Noise Modeling, CVPR), section 3: unknown noise.

    Noisy pictures (--other) and clean ones, of other things: blocks of noise are taken from where the noisy ones are
    smooth, a WGAN-GP learns to make such noise, and a DnCNN to remove it from clean pictures. Both sets shall be of one
    size already, that of the patches: resizing takes noise away. In place of a search of all pictures beforehand a
    memory of 1,024 blocks takes in smooth ones as they come. Ground that is black or white is left out, as there the
    noise is cut off. Blocks are half as large as the patches, in the paper 64 pixels, and parts a quarter of that,
    whose variance may differ by more as they are smaller. Where fewer than 16 blocks are smooth, rougher ones count.
    The denoiser's rate stays at 1e-3, as the paper tells no schedule.

    size: side of the pictures that it learns from; noise in pictures of any size can be removed
    channels: 1 for grey, 3 for colour
    width: channels of the denoiser, and of the finest layers of the GAN, whose deeper ones have up to 8 x as many
    depth: convolutions of the denoiser
    first: share of the steps in which the noise is learnt; after that the denoiser
    steps: of the run, which the first stage is a share of
    """
    if not 0 < first < 1:
        raise ValueError(f"first is {first:g}; a share of the steps above 0 and below 1: noise, then the denoiser")
    image = Image(channels, *sides(size, least=16))
    block = min(image.height, image.width) // 2
    noise = Generator((block, block), channels, LATENT, width)
    D = Discriminator((block, block), channels, width, "layer")
    return GCBD(DnCNN(channels, width, depth), D, noise, image, block=block, first=max(1, round(first * steps)))
