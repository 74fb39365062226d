"""Gated PixelCNN's network, and the same with the blind spot of the first PixelCNN.

van den Oord et al. 2016 (arXiv 1606.05328), sections 2.1 to 2.3 and figure 2: a vertical stack sees all rows above, a
horizontal one the row so far, and what the vertical one finds goes into it. A single stack of masked convolutions
(arXiv 1601.06759) never sees what is above and far to the right.
"""

from typing import cast

import torch
from torch import Tensor, nn

from ganworks.layers.causal import Above, Left, RowAbove, RowLeft
from ganworks.layers.convolution import Convolution
from ganworks.layers.maps import dense
from ganworks.nets.painting import Autoregressive, Head, plain


def gate(signal: Tensor, valve: Tensor) -> Tensor:
    """Eq. 2."""
    return signal.tanh() * valve.sigmoid()


def gate_map(x: Tensor) -> Tensor:
    """(N, 2 D, H, W) -> (N, D, H, W). Halves of the channels are brought together first: half the time."""
    return gate(*map(dense, x.chunk(2, 1)))


class Layer(nn.Module):
    """A gated layer of one or two stacks. `own` is off in the first one, which must not see the pixel itself.

    (N, C, H, W) of the vertical and of the horizontal stack, labels (N,) -> (N, width, H, W) of both.
    """

    def __init__(self, channels: int, width: int, kernel: int, *, own: bool, two: bool, classes: int):
        super().__init__()
        self.own = own
        self.above = Above(channels, 2 * width, kernel, own=own and two)
        self.left = Left(channels, 2 * width, kernel, own)
        self.down = Convolution(2 * width, 2 * width, 1) if two else None
        self.out = Convolution(width, width, 1)
        self.code = nn.Embedding(classes, 2 * width) if classes else None

    def forward(self, vertical: Tensor, horizontal: Tensor, label: Tensor | None) -> tuple[Tensor, Tensor]:
        above = self.above(vertical)
        if self.code is not None:
            above = above + self.code(label).to(above.dtype)[:, :, None, None]
        made = self.out(gate_map(self.left(horizontal) + (above if self.down is None else self.down(above))))
        made = horizontal + made if self.own else made
        return made if self.down is None else gate_map(above), made


class LayerBrush:
    """A `Layer` in the middle of a picture."""

    def __init__(self, layer: Layer, num: int, width: int, label: Tensor | None, dtype: torch.dtype):
        self.own = layer.own
        self.above = RowAbove(layer.above, num, width, dtype)
        self.left = RowLeft(layer.left, num, width, dtype)
        self.down = plain(layer.down, dtype) if layer.down else None
        self.out = plain(layer.out, dtype)
        self.code = 0.0 if layer.code is None else layer.code(label).to(dtype).unsqueeze(1)

    def begin(self, above: Tensor | None) -> Tensor | None:
        found = self.above(self.left.finished if above is None else above) + self.code
        self.base = self.left.bias + (found if self.down is None else found @ self.down[0] + self.down[1])
        return None if self.down is None else gate(*found.chunk(2, 2))

    def pixel(self, column: int, x: Tensor) -> Tensor:
        made = torch.addmm(self.out[1], gate(*self.left(column, x, self.base[:, column]).chunk(2, 1)), self.out[0])
        return made.add_(x) if self.own else made


class PixelCNN(Autoregressive):
    """Pictures (N, C, H, W), labels (N,) -> parameters (N, P, H, W) for each pixel, of what comes before it.

    first_guess: (P,), what the parameters begin with. stacks: 2, or 1 for a net with a blind spot.
    """

    def __init__(
        self,
        channels: int,
        width: int,
        first_guess: Tensor,
        *,
        layers: int,
        kernel: int = 3,
        first: int = 7,
        stacks: int = 2,
        classes: int = 0,
    ):
        super().__init__()
        sees = [(channels, first, False)] + [(width, kernel, True)] * (layers - 1)
        self.layers = nn.ModuleList(
            Layer(inputs, width, reach, own=own, two=stacks == 2, classes=classes) for inputs, reach, own in sees
        )
        self.head = Head(width, first_guess)

    def forward(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        vertical = horizontal = x
        for layer in self.layers:
            vertical, horizontal = layer(vertical, horizontal, label)
        return self.head(horizontal)

    def brushes(self, num: int, width: int, label: Tensor | None, dtype: torch.dtype) -> list[LayerBrush]:
        return [LayerBrush(cast(Layer, layer), num, width, label, dtype) for layer in self.layers]
