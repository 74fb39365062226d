"""DnCNN: tells what noise, blur or JPEG has added to a picture, and takes it away."""

from functools import partial

from torch.nn.functional import mse_loss
from torch.optim import Adam

from ganworks.core import Batch, Player, Terms, Turn
from ganworks.nets.dncnn import DnCNN as Net
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.restoration import Restoration, patch, stepped


class DnCNN(Restoration):
    """G gives what is to be added to the degraded picture, and lowers the squared distance to the true one.

    G: (N, C, H, W) -> (N, C, H, W).
    """

    whole_batch = True  # batch norm

    def __init__(self, G: Net, image: Image, steps: int):
        super().__init__(G, image, scale=1, skip=True)
        self.steps = steps

    def players(self) -> dict[str, Player]:
        return {"G": Player(self.G, partial(Adam, lr=1e-3), schedule=self.rate)}

    def rate(self, step: int) -> float:
        return stepped(step, self.steps, [1 / 6, 1 / 3, 1 / 2], 0.2)

    def turns(self, step: int) -> list[Turn]:
        return [Turn("G", self.loss)]

    def loss(self, batch: Batch) -> Terms:
        return {"distance": mse_loss(self.restore(batch["other"]), batch["image"])}


@register(size=16, width=4, depth=4)
def dncnn(
    *,
    size: int | tuple[int, int] = 40,
    channels: int = 3,
    degrade: str = "noise:25",
    width: int = 64,
    depth: int = 17,
    steps: int = 20_000,
) -> DnCNN:
    """DnCNN, Zhang et al. 2016 (arXiv 1608.03981), eq. 1: removes noise; the same net sharpens, and repairs JPEGs.

    The net tells the noise, of which its output here is the negative, and begins with none. Adam with 1e-3, times 0.2
    after a sixth, a third and a half of the run, is of the authors' later code; their paper has SGD.

    size: side of the patches that it learns from; pictures of any size can be repaired
    channels: 1 for grey, 3 for colour
    degrade: what it undoes: noise:25 for one strength, noise:0-55 for all of them; blur; jpeg:20-60
    width: channels of all layers
    depth: convolutions; the paper's 17 for one strength of noise, 20 for all
    steps: of the run: the learning rate falls by shares of it
    """
    if depth < 2:
        raise ValueError(f"depth is {depth}; it must be at least 2")
    return DnCNN(Net(channels, width, depth), patch(size, channels, 1, degrade), steps)
