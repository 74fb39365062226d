"""Systems whose latent spaces are known."""

import torch
from torch import Tensor, nn

from ganworks import registry
from ganworks.core import Batch, Player, System, Turn
from ganworks.specs import Image


class Known(System):
    """A latent space that needs no training."""

    def __init__(self, image: Image | None = None) -> None:
        super().__init__()
        self.specs = {"image": image or Image(1, 4, 4)}

    def players(self) -> dict[str, Player]:
        return {}

    def turns(self, step: int) -> list[Turn]:
        return []


class Painting(Known):
    """Pixels tanh(A z), A (16, 5) of singular values 2.5, 2, 1.5, 1, 0.5 along the columns of `axes`."""

    def __init__(self) -> None:
        super().__init__()
        torch.manual_seed(0)
        self.axes = torch.linalg.qr(torch.randn(5, 5)).Q
        left = torch.linalg.qr(torch.randn(16, 5)).Q
        self.gains = torch.tensor([2.5, 2.0, 1.5, 1.0, 0.5])
        self.first = nn.Linear(5, 16)
        self.first.weight.data = left * self.gains @ self.axes.T

    def draw(self, num: int) -> Batch:
        return {"z": torch.randn(num, 5)}

    def generate(self, inputs: Batch) -> Batch:
        return {"image": self.first(inputs["z"]).tanh().view(-1, 1, 4, 4)}


class Normed(Painting):
    """The same, of z brought to length 5^0.5."""

    def generate(self, inputs: Batch) -> Batch:
        z = nn.functional.normalize(inputs["z"], dim=1) * 5**0.5
        return super().generate({"z": z})


class Styled(Known):
    """w is z stretched by 4, 2 and 1; three styles, of which each paints some of the pixels."""

    def __init__(self) -> None:
        super().__init__()
        self.stretch = nn.Parameter(torch.tensor([4.0, 2.0, 1.0]))
        self.paint = nn.Linear(3, 4, bias=False)

    def draw(self, num: int) -> Batch:
        return {"z": torch.randn(num, 3)}

    def styles(self, inputs: Batch) -> Tensor:
        return (inputs["z"] * self.stretch)[:, None].expand(-1, 3, -1)

    def generate(self, inputs: Batch) -> Batch:
        w = inputs["w"] if "w" in inputs else self.styles(inputs)
        rows = [self.paint(w[:, number]) for number in (0, 1, 1, 2)]
        return {"image": (torch.stack(rows, 1)[:, None] / 8).tanh()}


class Lamps(Known):
    """Two maps, a lamp on the left as bright as z's first number, and one on the right; one convolution adds them."""

    def __init__(self) -> None:
        super().__init__(Image(1, 8, 8))
        self.last = nn.Conv2d(2, 1, 1, bias=False)
        self.last.weight.data.fill_(2.0)
        left = torch.zeros(8, 8)
        left[2:6, :4] = 1.0
        self.where = torch.stack([left, left.flip(1)])

    def draw(self, num: int) -> Batch:
        return {"z": torch.randn(num, 2)}

    def generate(self, inputs: Batch) -> Batch:
        maps = inputs["z"].relu()[:, :, None, None] * self.where
        return {"image": self.last(maps).clamp(0, 2) - 1}

    @staticmethod
    def classify(images: Tensor) -> Tensor:
        """0 where the left is brighter, otherwise 1."""
        left, right = images.chunk(2, 3)
        return (left.mean((1, 2, 3)) <= right.mean((1, 2, 3))).long()

    @staticmethod
    def evidence(images: Tensor, thing: int) -> Tensor:
        return (images[:, 0] + 1) * torch.eye(2)[thing].repeat_interleave(4)


def build(name: str, **settings: object) -> System:
    """The tiny variant that the common checks build, for grey pictures."""
    torch.manual_seed(0)
    return registry.build(name, **registry.find(name).tiny | {"channels": 1} | settings)[0]
