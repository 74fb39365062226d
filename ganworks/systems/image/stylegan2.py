"""StyleGAN2: pictures made of styles, which can be mixed, truncated and edited."""

from functools import partial
from typing import Any

import torch
from torch import Tensor
from torch.optim import Adam

from ganworks.core import Batch, Player, Terms, Turn
from ganworks.layers.noise import rows, seeds
from ganworks.losses.adversarial import NON_SATURATING
from ganworks.losses.path_length import path_lengths
from ganworks.losses.penalties import r1
from ganworks.nets.stylegan2 import Generator
from ganworks.nets.stylegan2_critic import Discriminator
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.duel import Duel, sides
from ganworks.systems.tricks import apply_tricks

R1_EVERY, PATH_EVERY = 16, 4
PATH_SHARE = 2  # one example in so many
PATH_DECAY = 0.01
RATE = 2e-3
EMA = 0.5 ** (64 / 10_000)  # half of it is gone after 10,000 pictures in batches of 64


class StyleGAN2(Duel):
    """z becomes a style w, which says at every layer how strong each map is; what is left to chance is noise.

    G: styles (N, num_styles, dim), seeds (N,) -> pictures. Two turns in some steps hold slopes: of D at real pictures,
    and of G along w. An example is mixed of two styles with probability `mixing`.
    """

    adversarial = NON_SATURATING
    G: Generator
    path_mean: Tensor

    def __init__(
        self,
        G: Generator,
        D: Discriminator,
        spec: Image,
        latent: int,
        *,
        classes: int,
        gamma: float,
        path: float,
        mixing: float,
    ):
        super().__init__(G, D, spec, latent, classes=classes)
        if min(gamma, path) < 0 or not 0 <= mixing <= 1:
            raise ValueError(f"gamma is {gamma:g}, path {path:g}, mixing {mixing:g}; possible: 0 or more, mixing to 1")
        self.gamma, self.path, self.mixing = gamma, path, mixing
        self.register_buffer("path_mean", torch.zeros(()))

    def look_again(self) -> None:
        super().look_again()
        self.whole_batch = True  # D compares the examples of a group; the mean of the lengths is the batch's

    def players(self) -> dict[str, Player]:
        g_adam = lazy_adam(PATH_EVERY if self.path else 0)
        return {"G": Player(self.G, g_adam, ema=EMA), "D": Player(self.D, lazy_adam(R1_EVERY if self.gamma else 0))}

    def turns(self, step: int) -> list[Turn]:
        turns = super().turns(step)
        if self.path:
            turns.append(Turn("G", self.path_loss, every=PATH_EVERY, fresh=False))
        if self.gamma:
            turns.append(Turn("D", self.r1_loss, every=R1_EVERY, fresh=False))
        return turns

    def draw(self, num: int) -> Batch:
        layers = self.G.synthesis.num_styles
        first = torch.randint(1, layers, (num,)).where(torch.rand(num) < self.mixing, layers)
        return super().draw(num) | {"other": torch.randn(num, self.latent), "mixed_from": first, "noise": seeds(num)}

    def styles(self, inputs: Batch) -> Tensor:
        """One style for each layer, at `truncation` (N,) of its distance from the mean: (N, num_styles, dim)."""
        w = self.G.mapping(inputs["z"], *self.labels(inputs))
        if "truncation" in inputs:
            w = self.G.mean.lerp(w, inputs["truncation"].float()[:, None])
        return w[:, None].expand(-1, self.G.synthesis.num_styles, -1)

    def mixed_styles(self, batch: Batch) -> Tensor:
        """Those of training: from one layer on, another for each example, they follow from a second z."""
        num = len(batch["z"])
        both = [torch.cat([batch["z"], batch["other"]]), *(label.repeat(2) for label in self.labels(batch))]
        styles, others = self.styles(dict(zip(("z", "label"), both, strict=False))).chunk(2)
        layers = torch.arange(styles.shape[1], device=styles.device)
        return torch.where((layers >= batch["mixed_from"][:, None]).view(num, -1, 1), others, styles)

    def truncate(self, inputs: Batch, value: float) -> Batch:
        """Inputs for samples nearer to the mean w, at `value` of the distance: 0 is the mean itself."""
        if not value >= 0:
            raise ValueError(f"truncation is {value:g}; it must not be negative: 1 changes nothing, 0.7 cleans up")
        return inputs | {"truncation": torch.full((len(inputs["z"]),), value)}

    def generate(self, inputs: Batch) -> Batch:
        """Of the entry "w" (N, num_styles, dim) if there is one, else of z."""
        styles = inputs["w"] if "w" in inputs else self.styles(inputs)
        return {"image": self.G(styles, inputs["noise"]).clamp(-1, 1)}

    def make(self, batch: Batch) -> Tensor:
        styles = self.mixed_styles(batch)
        batch["style"] = styles[:, 0].detach()
        return self.G(styles, batch["noise"])

    def g_loss(self, batch: Batch) -> Terms:
        terms = super().g_loss(batch)
        self.G.follow(batch["style"])
        return terms

    def judge(self, batch: Batch, *pictures: Tensor) -> tuple[Tensor, ...]:
        """The logits of each set of pictures, each in a pass of its own: real ones are no neighbours of fakes."""
        return tuple(self.D(x, *self.labels(batch)) for x in pictures)

    def r1_loss(self, batch: Batch) -> Terms:
        return {"r1": self.gamma / 2 * r1(lambda x: self.judge(batch, x)[0], self.real(batch))}

    def path_loss(self, batch: Batch) -> Terms:
        """The spread of the lengths about their running mean, which begins at the first one."""
        part = {name: value[::PATH_SHARE] for name, value in batch.items()}
        styles = self.mixed_styles(part)
        pictures = self.G(styles, part["noise"])
        lengths = path_lengths(pictures, styles, rows(torch.randn, part["noise"] + 1, pictures.detach().float()))
        with torch.no_grad():
            begun = self.path_mean > 0
            self.path_mean.copy_(self.path_mean.lerp(lengths.mean(), PATH_DECAY).where(begun, lengths.mean()))
        return {"path": self.path * (lengths - self.path_mean).square().mean()}


def lazy_adam(every: int) -> Any:
    """Adam with the rates that make one turn more in `every` steps nothing new: appendix B of the paper."""
    share = every / (every + 1) if every else 1.0
    return partial(Adam, lr=RATE * share, betas=(0.0, 0.99**share), eps=1e-8)


@register(size=16, width=4, latent=16, classes=3)
def stylegan2(
    *,
    size: int | tuple[int, int] = 64,
    channels: int = 3,
    classes: int = 0,
    width: int = 32,
    latent: int = 512,
    gamma: float | None = None,
    path: float = 2.0,
    mixing: float = 0.9,
    **tricks: Any,
) -> StyleGAN2:
    """StyleGAN2, Karras et al. 2020 (arXiv 1912.04958), configuration F, with labels if the data has them.

    Both slopes are held as in the authors' code, R1 in one step of 16 and path lengths (eq. 4) in one of 4 (the paper
    says 8), there on half of the batch. The running mean of the lengths begins at the first one, not at 0: runs here
    are short. G's bfloat16, where the hardware has it, serves path lengths too; R1 is float32.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    classes: number of classes, as the data has them; 0 for none
    width: channels of the finest layers, doubled at each coarser one up to 512
    latent: length of z and of w
    gamma: weight of R1; by default 0.0002 x pixels / 64, the rule of arXiv 2006.06676 for batches of 64
    path: weight of the path length regularisation; 0 leaves it out
    mixing: share of the training examples that are mixed of two styles
    """
    if tricks.get("output") in ("tanh", "sigmoid"):
        raise ValueError(f"output is '{tricks['output']}', but G sums pictures of all sizes, with no end; leave it out")
    image = Image(channels, *sides(size))
    shape = (image.height, image.width)
    G = Generator(shape, channels, latent, width, classes)
    D = Discriminator(shape, channels, width, latent, classes)
    gamma = 2e-4 * image.height * image.width / 64 if gamma is None else gamma
    duel = StyleGAN2(G, D, image, latent, classes=classes, gamma=gamma, path=path, mixing=mixing)
    return apply_tricks(duel, **tricks)
