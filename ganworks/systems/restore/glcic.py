"""GLCIC: fills holes in pictures, judged as a whole and around the hole."""

from functools import partial

import torch
from torch import Tensor, nn
from torch.optim import Adadelta

from ganworks.core import Batch, Player, Terms, Turn
from ganworks.losses.adversarial import NON_SATURATING
from ganworks.nets.completion import CompletionNet, TwoJudges
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.duel import sides
from ganworks.systems.translation import Translation

HOLE = (3 / 8, 1 / 2)  # of a side: the paper's 96 to 128 of 256 pixels
PART = 1 / 2  # of a side is what the local critic sees: 128 of 256
NUM_STROKES, THICK = 3, (1 / 32, 3 / 16)  # in a picture; of its shorter side


class GLCIC(Translation):
    """G fills the hole of "image" where "mask" (N, 1, H, W) is 1; D judges all of the picture, and half of its sides.

    G: (N, C + 1, H, W), with the hole in the mean colour and the mask beside it -> (N, C, H, W) in [-1, 1]. D: pictures
    and parts -> logits (N,). `mean`, the colour, is that of the first examples that it was given. first, second: steps
    of G alone, and of D alone.
    """

    begins = "image"
    rebuilds = True
    restores = True
    whole_batch = True  # batch norm
    mean: Tensor

    def __init__(
        self,
        G: nn.Module,
        D: nn.Module,
        image: Image,
        *,
        adversarial: float,
        first: int,
        second: int,
        strokes: float = 0,
    ):
        super().__init__(image)
        self.specs = {"image": image}
        self.shows = {"masked": image}
        self.multiple = getattr(G, "multiple", 1)
        self.G, self.D, self.adversarial, self.first, self.second = G, D, adversarial, first, second
        self.strokes = strokes
        self.sides = (image.height, image.width)
        self.part = part_of(self.sides)
        self.largest_hole = round(HOLE[1] * min(self.sides))
        self.register_buffer("mean", torch.zeros(image.channels, 1, 1))

    def take_examples(self, pictures: Tensor) -> None:
        if not self.has_examples:  # later ones are filled with the colour that it has learnt with
            self.mean.copy_(pictures.mean((0, 2, 3)).view(-1, 1, 1))
        super().take_examples(pictures)

    def players(self) -> dict[str, Player]:
        return {"G": Player(self.G, partial(Adadelta, rho=0.95)), "D": Player(self.D, partial(Adadelta, rho=0.95))}

    def turns(self, step: int) -> list[Turn]:
        """G alone by the distance, then D alone, then both: algorithm 1."""
        if step < self.first or not self.adversarial:
            return [Turn("G", self.distance_loss)]
        if step < self.first + self.second:
            return [Turn("D", self.d_loss)]
        return [Turn("G", self.g_loss), Turn("D", self.d_loss, fresh=False)]

    def draw(self, num: int) -> Batch:
        """Holes of any place and sides, and where D looks: the hole is in the middle of its part if it can be."""
        (mask, window), (_, real_window) = self.holes(num), self.holes(num)
        if self.strokes:
            drawn, around = self.brushed(num)
            chosen = torch.rand(num) < self.strokes
            mask = torch.where(chosen[:, None, None, None], drawn, mask)
            window = torch.where(chosen[:, None], around, window)
        return {"mask": mask, "window": window, "real_window": real_window}

    def holes(self, num: int) -> tuple[Tensor, Tensor]:
        """Masks (N, 1, H, W) of 0 and 1, and the upper left corners (N, 2) of the parts around their holes."""
        inside, corners = [], []
        for side, part in zip(self.sides, self.part, strict=True):
            low, high = (max(1, round(share * side)) for share in HOLE)
            length = torch.randint(low, high + 1, (num,))
            begin = (torch.rand(num) * (side - length + 1)).long()
            place = torch.arange(side)
            inside.append((place >= begin[:, None]) & (place < (begin + length)[:, None]))
            corners.append((begin + length // 2 - part // 2).clamp(0, side - part))
        return (inside[0][:, None, :, None] & inside[1][:, None, None, :]).float(), torch.stack(corners, 1)

    def brushed(self, num: int) -> tuple[Tensor, Tensor]:
        """Masks of straight strokes of any place and direction, and the corners of parts around the first one's middle.

        Up to NUM_STROKES; the second is there in two pictures of three, the third in one.
        """
        sides = torch.tensor(self.sides)
        begin, end = torch.rand(2, num, NUM_STROKES, 2) * (sides - 1)
        low, high = (max(1, share * min(self.sides)) for share in THICK)
        thick = low + torch.rand(num, NUM_STROKES) * (high - low)
        missing = torch.rand(num, 1) < torch.arange(NUM_STROKES) / NUM_STROKES
        place = torch.stack(torch.meshgrid(*(torch.arange(side) for side in self.sides), indexing="ij"), -1)
        way = (end - begin)[:, :, None, None]
        there = place - begin[:, :, None, None]
        along = ((there * way).sum(-1) / way.square().sum(-1).clamp_min(1e-6)).clamp(0, 1)
        far = (there - along[..., None] * way).norm(dim=-1)
        inside = (far <= thick[:, :, None, None] / 2) & ~missing[:, :, None, None]
        middle, part = (begin + end)[:, 0] / 2, torch.tensor(self.part)
        corners = (middle.long() - part // 2).clamp_min(0).minimum(sides - part)
        return inside.any(1, keepdim=True).float(), corners

    def translate(self, pictures: Tensor, seed: int = 0, back: bool = False, **given: Tensor) -> Tensor:
        if "mask" not in given:
            raise ValueError("it fills holes, and needs to know where: ganworks complete RUN PICTURE --mask MASK")
        return super().translate(pictures, seed, back, **given)

    def generate(self, inputs: Batch) -> Batch:
        return {"masked": self.masked(inputs), "image": self.make(inputs)}

    def masked(self, inputs: Batch) -> Tensor:
        """The picture with its hole in the mean colour."""
        return torch.where(inputs["mask"] > 0, self.mean, inputs["image"])

    def make(self, inputs: Batch) -> Tensor:
        """What lies outside of the hole is the picture's own, to the bit."""
        made = self.G(torch.cat([self.masked(inputs), inputs["mask"]], 1))
        return torch.where(inputs["mask"] > 0, made.float(), inputs["image"])

    def distance_loss(self, batch: Batch) -> Terms:
        return {"distance": distance(self.make(batch), batch["image"])}

    def g_loss(self, batch: Batch) -> Terms:
        fake = self.make(batch)
        batch["fake"] = fake.detach()  # for D's turn
        logits = self.judge(fake, batch["window"])
        return {
            "distance": distance(fake, batch["image"]),
            "adversarial": self.adversarial * NON_SATURATING.g(logits),
        }

    def d_loss(self, batch: Batch) -> Terms:
        if "fake" not in batch:
            with torch.no_grad():
                batch["fake"] = self.make(batch)
        real = self.judge(batch["image"], batch["real_window"])
        return {"adversarial": NON_SATURATING.d(real, self.judge(batch["fake"], batch["window"]))}

    def judge(self, pictures: Tensor, corners: Tensor) -> Tensor:
        """D's logits (N,) of pictures and their parts at these corners."""
        height, width = self.part
        places = zip(pictures, corners.tolist(), strict=True)
        parts = [each[:, top : top + height, left : left + width] for each, (top, left) in places]
        return self.D(pictures, torch.stack(parts))

    def scores(self, batch: Batch) -> Batch:
        with torch.no_grad():
            fake = self.make(batch)
        return {
            "real": self.judge(batch["image"], batch["real_window"]),
            "fake": self.judge(fake, batch["window"]),
        }


def part_of(size: tuple[int, int]) -> tuple[int, int]:
    height, width = (max(4, round(PART * side)) for side in size)
    return height, width


def distance(made: Tensor, true: Tensor) -> Tensor:
    """Mean squared difference of values from 0 to 1, over all places; outside of the hole it is 0."""
    return (made.float() - true.float()).square().mean() / 4


@register(size=16, width=2, steps=10)
def glcic(
    *,
    size: int | tuple[int, int] = 256,
    channels: int = 3,
    width: int = 64,
    adversarial: float = 4e-4,
    g_alone: float = 0.18,
    d_alone: float = 0.02,
    strokes: float = 0.0,
    steps: int = 20_000,
) -> GLCIC:
    """GLCIC, Iizuka et al. 2017 (Globally and Locally Consistent Image Completion, SIGGRAPH), eq. 2 to 4.

    Fills holes: `ganworks complete`. It learns from whole pictures, in which it makes holes itself. In three stages:
    the completion net alone by the squared distance, the critic alone, both together; AdaDelta. Batch norm stands
    before ReLU, and the critic sees the finished picture, not the net's raw output. Sizes of holes, of what the local
    critic sees, and dilations are the paper's at 256 pixels, as shares of the side. The distance is a mean over all
    values from 0 to 1, to which the paper's alpha suits. The net minimises -log D in place of log(1 - D).

    size: height and width of the pictures, one number for squares; holes in others can be filled too
    channels: 1 for grey, 3 for colour, 4 with transparency
    width: channels of the first layers; deeper ones have up to 4 x, the critic's up to 8 x as many
    adversarial: weight of the critic, the paper's alpha; with 0 only the distance is learnt, and holes stay blurred
    g_alone: share of the steps in which the completion net learns alone, by the distance; the paper's 90,000 of 500,000
    d_alone: share of the steps, after those, in which the critic learns alone; the paper's 10,000 of 500,000
    strokes: share of the pictures in which holes are strokes of a brush, as scratches and wires are, in place of one
        rectangle, the paper's; a small net that has not seen such holes fills them worse than a smooth surface does
    steps: of the run, which the stages are shares of; with --minutes alone the first one may never end
    """
    if min(g_alone, d_alone) < 0 or g_alone + d_alone > 1:
        raise ValueError(f"g_alone is {g_alone:g} and d_alone {d_alone:g}; shares of the steps, at most 1 together")
    if not 0 <= strokes <= 1:
        raise ValueError(f"strokes is {strokes:g}; a share of the pictures, from 0 to 1")
    image = Image(channels, *sides(size))
    first, second = (round(share * steps) or int(share > 0) for share in (g_alone, d_alone))
    shape = (image.height, image.width)
    G, D = CompletionNet(shape, channels, width), TwoJudges(shape, part_of(shape), channels, width)
    return GLCIC(G, D, image, adversarial=adversarial, first=first, second=second, strokes=strokes)
