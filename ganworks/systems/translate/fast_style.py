"""Fast neural style: one net learns to paint any photograph as one picture is painted."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.optim import Adam

from ganworks.core import Batch, Player, Terms, Turn
from ganworks.data.decode import Broken, decode
from ganworks.data.plan import shrunk, with_channels
from ganworks.data.write import from_bytes
from ganworks.losses.perceptual import gram, total_variation
from ganworks.losses.style import content_share, style_share
from ganworks.nets.dcgan import start
from ganworks.nets.resnet_translator import ResNetTranslator
from ganworks.nets.vgg import VGG
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.duel import sides
from ganworks.systems.translation import Translation

CONTENT = ("relu3_3",)
STYLE = ("relu1_2", "relu2_2", "relu3_3", "relu4_3")
WIDTHS = (64, 128, 256, 512)  # of these layers, at most: matrices of a narrower network fill a corner


class FastStyle(Translation):
    """G makes "image" of "image", with the same content, and with the Gram matrices of one picture.

    G: (N, C, H, W) -> (N, C, H, W) in [-1, 1]. The matrices are saved with the weights: whoever uses what is trained
    needs neither that picture nor VGG.
    """

    begins = "image"
    resembles = False

    def __init__(self, G: nn.Module, eyes: VGG, image: Image, style: str | Path, *, strength: float, smooth: float):
        super().__init__(image)
        self.specs = {"image": image}
        self.multiple = getattr(G, "multiple", 1)
        self.G, self.eyes, self.style, self.strength, self.smooth = G, eyes, str(style), strength, smooth
        for tap, width in zip(STYLE, WIDTHS, strict=True):
            self.register_buffer(tap, torch.zeros(1, width, width))

    def grams(self, maps: Sequence[Tensor]) -> list[Tensor]:
        """Those known, (1, C, C) for maps of C channels."""
        widths = [each.shape[1] for each in maps]
        return [self.get_buffer(tap)[:, :width, :width] for tap, width in zip(STYLE, widths, strict=True)]

    def train(self, mode: bool = True) -> "FastStyle":
        """Training begins with a look at the style, unless it is known."""
        super().train(mode)
        first = self.get_buffer(STYLE[0])
        if mode and not first.any():
            with torch.no_grad():
                maps = self.eyes(self.painting().to(first.device), STYLE)
                for known, found in zip(self.grams(maps), maps, strict=True):
                    known.copy_(gram(found))
        return self

    def painting(self) -> Tensor:
        """The picture with the style, (1, 3, h, w), no larger than those learnt from."""
        height, width = self.specs["image"].shape[1:]
        if self.style == "random":
            return torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(0)) * 2 - 1
        path = Path(self.style)
        if not path.is_file():
            raise ValueError(f"no picture '{path}' to learn the style of; give one by --style FILE")
        try:
            pixels = decode(path.read_bytes())
        except Broken as error:
            raise ValueError(f"--style: {path} can't be read as a picture: {error}") from error
        bits = 8 * pixels.itemsize
        small = with_channels(shrunk(pixels, max(height, width)), 3)
        return from_bytes(torch.from_numpy(small.astype("int32")), bits).permute(2, 0, 1)[None]

    def players(self) -> dict[str, Player]:
        return {"G": Player(self.G, partial(Adam, lr=1e-3))}

    def turns(self, step: int) -> list[Turn]:
        return [Turn("G", self.g_loss)]

    def make(self, inputs: Batch) -> Tensor:
        return self.G(inputs["image"])

    def g_loss(self, batch: Batch) -> Terms:
        made = self.make(batch)
        with torch.no_grad():
            there = self.eyes(batch["image"], CONTENT)
        maps = self.eyes(made, [*CONTENT, *STYLE])
        content, style = maps[: len(CONTENT)], maps[len(CONTENT) :]
        return {
            "content": content_share(content, there),
            "style": self.strength * style_share(style, self.grams(style)),
            "smooth": self.smooth * total_variation(made),
        }


@register(size=16, width=4, blocks=1, style="random", vgg="random")
def fast_style(
    *,
    style: str | Path,
    size: int | tuple[int, int] = 256,
    channels: int = 3,
    width: int = 32,
    blocks: int = 5,
    vgg: str | Path = "vgg16",
    strength: float = 3.0,
    smooth: float = 0.1,
) -> FastStyle:
    """Fast neural style, Johnson et al. 2016 (arXiv 1603.08155), eq. 5: paints photographs as one picture is painted.

    With instance norm, Ulyanov et al. 2016 (arXiv 1607.08022), and mirrored borders. The net is CycleGAN's, which is
    Johnson's but for 7x7 where his first and last layers have 9x9. Each distance counts as a share of what is there,
    so that weights mean the same for any network: content is 1, seen at relu3_3 as in the authors'
    later code. ganworks stylise does one photograph without training.

    style: the picture whose style is learnt: a painting, or a texture
    size: height and width of the photographs, one number for squares; others can be painted too
    channels: 1 for grey, 3 for colour, 4 with transparency
    width: channels of the first layers; deeper ones have up to 4 x as many
    blocks: residual blocks
    vgg: the network whose maps are compared: vgg16 or vgg19, downloaded once, or a file of weights
    strength: weight of the style beside the content
    smooth: weight of the steps from pixel to pixel, against grain
    """
    height, breadth = sides(size)
    G = ResNetTranslator(channels, channels, blocks=blocks, width=width, affine=True).apply(start)
    return FastStyle(G, VGG(vgg), Image(channels, height, breadth), style, strength=strength, smooth=smooth)
