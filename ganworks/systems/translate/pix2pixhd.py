"""pix2pixHD: pix2pix for large pictures, coarse first, with a critic at each of several sizes."""

from collections.abc import Iterable
from functools import partial

import torch
from torch import Tensor
from torch.nn.functional import interpolate
from torch.optim import Adam

from ganworks.core import Batch, Player, Terms, Turn
from ganworks.losses.adversarial import least_squares
from ganworks.losses.matching import matched
from ganworks.nets.coarse_to_fine import CoarseToFine, suiting_halvings
from ganworks.nets.patchgan import Pyramid, halved, suiting_field
from ganworks.nets.vgg import VGG
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.duel import sides
from ganworks.systems.translation import Translation, constant_then_down

LEAST_SQUARES = least_squares()
COARSE, FIXED, JOINT = range(3)  # stages
VGG_WEIGHTS = {"relu1_1": 1 / 32, "relu2_1": 1 / 16, "relu3_1": 1 / 8, "relu4_1": 1 / 4, "relu5_1": 1.0}
SAME = 1e-5  # below a step of 16 bits, above rounding


class Pix2PixHD(Translation):
    """G makes an image of another one, first only at half the size; each D judges both together, at a size of its own.

    G: (N, C, H, W) -> (N, C, H, W) in [-1, 1]. The k-th D: (N, 2 C, H / 2^k, W / 2^k) -> logits (N, 1, h, w). With
    `boundaries`, G and D have one more channel, which marks them.
    """

    paired = True
    stage: Tensor

    def __init__(
        self,
        G: CoarseToFine,
        D: Pyramid,
        image: Image,
        *,
        boundaries: bool,
        matching: float,
        perceptual: float,
        vgg: VGG | None,
        coarse: int,
        fixed: int,
        steps: int,
    ):
        super().__init__(image)
        self.multiple = G.multiple
        self.G, self.D, self.vgg = G, D, vgg
        self.boundaries, self.matching, self.perceptual = boundaries, matching, perceptual
        self.ends, self.steps = (coarse, coarse + fixed), steps
        self.register_buffer("stage", torch.tensor(self.stage_at(0)))

    def players(self) -> dict[str, Player]:
        adam = partial(Adam, lr=2e-4, betas=(0.5, 0.999))
        schedule = partial(constant_then_down, steps=self.steps)
        return {"G": Player(self.G, adam, schedule=schedule), "D": Player(self.D, adam, schedule=schedule)}

    def turns(self, step: int) -> list[Turn]:
        self.stage.clamp_(min=self.stage_at(step))  # a run that goes on with more steps does not fall back
        return [Turn("G", self.g_loss), Turn("D", self.d_loss, fresh=False)]

    def stage_at(self, step: int) -> int:
        return sum(step >= end for end in self.ends)

    def make(self, inputs: Batch) -> Tensor:
        other = inputs["other"]
        if self.stage != COARSE:
            return self.G(self.condition(other), fixed=bool(self.stage == FIXED))
        coarse = self.G.coarse(self.condition(other))
        return interpolate(coarse, scale_factor=2, mode="bilinear")[..., : other.shape[2], : other.shape[3]]

    def condition(self, other: Tensor) -> Tensor:
        """What G and D are given: the picture, and the boundaries in it."""
        return torch.cat([other, boundaries(other)], 1) if self.boundaries else other

    def g_loss(self, batch: Batch) -> Terms:
        condition = self.condition(batch["other"])
        fake = self.G.coarse(condition) if self.stage == COARSE else self.make(batch)
        batch["fake"] = fake.detach()  # for D's turn
        image = self.shown(batch["image"])
        judged = self.judge(condition, fake)
        # The authors' code has half of the squares in D's loss, and the whole of them in G's.
        terms = {"adversarial": 2 * total(LEAST_SQUARES.g(maps[-1]) for maps in judged)}
        if self.matching:
            with torch.no_grad():
                real = self.judge(condition, image)
            terms["matching"] = self.matching * total(map(feature_matching, judged, real)) / len(real)
        if self.vgg:
            ours, true = (self.vgg(x, tuple(VGG_WEIGHTS)) for x in (fake, image))
            terms["perceptual"] = self.perceptual * matched(ours, true, tuple(VGG_WEIGHTS.values()))
        return terms

    def d_loss(self, batch: Batch) -> Terms:
        condition = self.condition(batch["other"])
        real, fake = self.judge(condition, self.shown(batch["image"])), self.judge(condition, batch["fake"])
        return {"adversarial": total(LEAST_SQUARES.d(r[-1], f[-1]) for r, f in zip(real, fake, strict=True))}

    def shown(self, image: Tensor) -> Tensor:
        """The image at the size of this stage."""
        return halved(image) if self.stage == COARSE else image

    def judge(self, condition: Tensor, image: Tensor) -> list[list[Tensor]]:
        """The maps of each critic, the logits last, for an image of this stage's size; the finest critic comes first.

        While G is coarse the critic of the full size, if it is not the only one, has nothing to judge.
        """
        skip = int(self.stage == COARSE and len(self.D.critics) > 1)
        return self.D(torch.cat([self.shown(condition), image], 1), skip)

    def scores(self, batch: Batch) -> Batch:
        condition = self.condition(batch["other"])
        with torch.no_grad():
            fake = self.make(batch)
        judged = {name: self.judge(condition, self.shown(x)) for name, x in (("real", batch["image"]), ("fake", fake))}
        return {
            name: torch.stack([maps[-1].flatten(1).mean(1) for maps in critics]).mean(0)
            for name, critics in judged.items()
        }


def total(terms: Iterable[Tensor]) -> Tensor:
    return torch.stack(list(terms)).sum()


def feature_matching(fake_maps: list[Tensor], real_maps: list[Tensor]) -> Tensor:
    """Of one critic: 4 / T sum_i mean |fake_i - real_i| over its T maps before the logits."""
    num = len(fake_maps) - 1
    return matched(fake_maps[:-1], real_maps[:-1], [4 / num] * num)


def boundaries(instances: Tensor) -> Tensor:
    """1 where a picture differs from one of the four pixels around, else 0: (N, C, H, W) in [-1, 1] -> (N, 1, H, W).

    With a colour for each instance in the picture, these are pix2pixHD's instance boundaries (section 3.3).
    """
    marked = torch.zeros_like(instances[:, :1])
    for dim in (2, 3):
        num = instances.shape[dim] - 1
        before, after = (instances.narrow(dim, at, num) for at in (0, 1))
        differ = ((before - after).abs().amax(1, keepdim=True) > SAME).to(marked)
        for at in (0, 1):
            marked.narrow(dim, at, num).logical_or_(differ)
    return marked


@register(size=16, width=4, blocks=1, coarse=2, fixed=1)
def pix2pixhd(
    *,
    size: int | tuple[int, int] = 512,
    channels: int = 3,
    width: int = 32,
    blocks: int = 9,
    boundaries: bool = False,
    critics: int | None = None,
    field: int | None = None,
    matching: float = 10.0,
    perceptual: float = 0.0,
    vgg: str = "vgg19",
    coarse: int = 2000,
    fixed: int = 200,
    steps: int = 20_000,
) -> Pix2PixHD:
    """pix2pixHD, Wang et al. 2017 (arXiv 1711.11585), eq. 5: makes large pictures of others, learnt from pairs.

    First G1 learns alone at half the size, then G2 around it, then both. The loss is least squares for each critic, and
    feature matching weighted as in the authors' code. The learning rate is constant for half of the steps, and then
    falls to 0. Left out: the encoder for several looks of one instance, and a channel for each
    class: labels come as colours, which with `boundaries` should be alike within a class.

    size: height and width of the pictures, one number for squares; others can be translated too
    channels: 1 for grey, 3 for colour, 4 with transparency
    width: channels of G at full size, twice as many at half; the critics begin with twice as many
    blocks: residual blocks of G1
    boundaries: for pictures in which each instance has a colour of its own: G and D are shown where it changes
    critics: how many critics, each at half the size of the one before; 3 from 256 pixels on, as the paper, if not given
    field: side of the patches that each D judges, as for pix2pix; 70 in the paper; by the size if not given
    matching: weight of the distance between D's maps of the image and of the true one, the paper's lambda
    perceptual: weight of such a distance in a VGG; the authors' code has 10
    vgg: vgg19, torchvision's, is downloaded once; or a file of weights
    coarse: steps in which G1 learns alone, at most a quarter of the run; 0 begins at full size
    fixed: steps after that in which G2 learns and G1 does not, at most an eighth of the run
    steps: of the run: over the second half of them the learning rate falls to 0; --minutes alone does not do that
    """
    size = height, breadth = sides(size, least=16)
    num = (3 if min(size) >= 256 else 2) if critics is None else critics
    if num < 1 or min(coarse, fixed) < 0:
        raise ValueError(f"critics is {num}, coarse {coarse} and fixed {fixed}; they must be at least 1, 0 and 0")
    field = suiting_field(size) if field is None else field
    smallest = (-(-height // 2 ** (num - 1)), -(-breadth // 2 ** (num - 1)))
    seen = channels + boundaries
    G = CoarseToFine(seen, channels, halvings=suiting_halvings(size), width=width, blocks=blocks)
    D = Pyramid(num, seen + channels, suiting_field(smallest, field), 2 * width)
    return Pix2PixHD(
        G,
        D,
        Image(channels, height, breadth),
        boundaries=boundaries,
        matching=matching,
        perceptual=perceptual,
        vgg=VGG(vgg) if perceptual else None,
        coarse=min(coarse, steps // 4),
        fixed=min(fixed, steps // 8),
        steps=steps,
    )
