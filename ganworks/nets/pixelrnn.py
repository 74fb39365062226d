"""PixelRNN's networks: LSTMs that go over a picture row by row, or diagonal by diagonal from both sides.

van den Oord et al. 2016 (arXiv 1601.06759), sections 3.1 to 3.3 and table 1.
"""

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from ganworks.layers.causal import Left, Masked, RowAbove, RowLeft, skew, unskew
from ganworks.layers.convolution import Convolution
from ganworks.layers.lstm import Scan, update
from ganworks.nets.painting import Autoregressive, Brush, Head, plain


class First(nn.Module):
    """Masked convolution A of the picture, and the label's code: (N, C, H, W), (N,) -> (N, D, H, W)."""

    def __init__(self, channels: int, width: int, classes: int, kernel: int = 7):
        super().__init__()
        self.masked = Masked(channels, width, kernel, own=False)
        self.code = nn.Embedding(classes, width) if classes else None

    def forward(self, x: Tensor, label: Tensor | None) -> Tensor:
        x = self.masked(x)
        return x if self.code is None else x + self.code(label).to(x.dtype)[:, :, None, None]


class FirstBrush:
    def __init__(self, layer: First, num: int, width: int, label: Tensor | None, dtype: torch.dtype):
        self.above = RowAbove(layer.masked.above, num, width, dtype)
        self.left = RowLeft(layer.masked.left, num, width, dtype)
        self.code = 0.0 if layer.code is None else layer.code(label).to(dtype).unsqueeze(1)

    def begin(self, above: Tensor | None) -> None:
        assert above is not None
        self.base = self.above(above) + self.code

    def pixel(self, column: int, x: Tensor) -> Tensor:
        return self.left(column, x, self.base[:, column])


class RowLSTM(nn.Module):
    """A row at a time, each pixel with the states of three above it; residual: (N, 2 D, H, W) -> the same."""

    def __init__(self, width: int):
        super().__init__()
        self.width = width
        self.inner = Left(2 * width, 4 * width, 3, own=True)  # input to state
        self.state = nn.Parameter(torch.empty(1, 3 * width, 4 * width))  # state to state
        nn.init.uniform_(self.state, -((3 * width) ** -0.5), (3 * width) ** -0.5)
        self.out = Convolution(width, 2 * width, 1)

    def forward(self, x: Tensor) -> Tensor:
        gates = self.inner(x)
        states = Scan.apply(gates.permute(2, 0, 3, 1).unsqueeze(1), self.state.to(gates.dtype), 1)  # rows, 1, N, W, D
        return x + self.out(states.squeeze(1).permute(1, 3, 0, 2))


class RowBrush:
    """A `RowLSTM` in the middle of a picture."""

    def __init__(self, layer: RowLSTM, num: int, width: int, dtype: torch.dtype):
        self.left = RowLeft(layer.inner, num, width, dtype)
        self.state, self.out = layer.state[0].to(dtype), plain(layer.out, dtype)
        self.states = torch.zeros(num, width, layer.width, dtype=dtype, device=self.state.device)
        self.cells = torch.zeros_like(self.states)

    def begin(self, above: Tensor | None) -> None:
        seen = pad(self.states, (0, 0, 1, 1)).unfold(1, 3, 1).transpose(2, 3).flatten(2)
        self.base = seen @ self.state + self.left.bias

    def pixel(self, column: int, x: Tensor) -> Tensor:
        gates = self.left(column, x, self.base[:, column])
        state, self.cells[:, column] = update(gates, self.cells[:, column])
        self.states[:, column] = state
        return torch.addmm(self.out[1], state, self.out[0]).add_(x)


class DiagonalLSTM(nn.Module):
    """Two scans, from the upper left and the upper right corner, each pixel with the states of its two neighbours.

    What the second one found is moved down a row, so that no pixel to the right is seen. Residual:
    (N, 2 D, H, W) -> the same.
    """

    def __init__(self, width: int):
        super().__init__()
        self.width = width
        self.inner = Convolution(2 * width, 8 * width, 1)  # input to state, of both
        self.state = nn.Parameter(
            torch.empty(2, 2 * width, 4 * width)
        )  # state to state: of the pixel above, of that before
        nn.init.uniform_(self.state, -((2 * width) ** -0.5), (2 * width) ** -0.5)
        self.out = Convolution(width, 2 * width, 1)

    def forward(self, x: Tensor) -> Tensor:
        gates = self.inner(x)
        right, left = gates.permute(0, 2, 3, 1).chunk(2, -1)
        both = torch.stack([right, left.flip(2)])  # 2, N, H, W, 4 D
        columns = skew(both.flatten(0, 1)).unflatten(0, both.shape[:2]).permute(3, 0, 1, 2, 4)
        states = Scan.apply(columns, self.state.to(gates.dtype), 1)  # diagonals, 2, N, H, D
        right, left = unskew(states.permute(1, 2, 3, 0, 4).flatten(0, 1)).unflatten(0, both.shape[:2])
        found = right + pad(left.flip(2), (0, 0, 0, 0, 1, -1))
        return x + self.out(found.permute(0, 3, 1, 2))


class DiagonalBrush:
    """A `DiagonalLSTM` in the middle of a picture: the scan from the right is made when a row is done."""

    def __init__(self, layer: DiagonalLSTM, num: int, width: int, dtype: torch.dtype):
        self.weight, self.bias = plain(layer.inner, dtype)
        self.state, self.out, self.width = layer.state.to(dtype), plain(layer.out, dtype), layer.width
        self.row = self.state.new_zeros(num, width, 2 * layer.width)  # inputs
        self.states = self.state.new_zeros(2, num, width, layer.width)
        self.cells = torch.zeros_like(self.states)
        self.is_first = True

    def begin(self, above: Tensor | None) -> None:
        if not self.is_first:
            self.finish()
        self.is_first = False
        self.before = torch.zeros_like(self.states[0, :, 0]), torch.zeros_like(self.states[0, :, 0])

    def finish(self) -> None:
        """The scan from the right over the row that is done."""
        gates = self.row @ self.weight[:, 4 * self.width :] + self.bias[4 * self.width :]
        state, cell = torch.zeros_like(self.states[1, :, 0]), torch.zeros_like(self.states[1, :, 0])
        for column in reversed(range(gates.shape[1])):
            state, cell = self.move(1, column, gates[:, column], state, cell)

    def move(self, side: int, column: int, gates: Tensor, state: Tensor, cell: Tensor) -> tuple[Tensor, Tensor]:
        """One step of a scan, beside which the states of the row above become those of this row."""
        seen = torch.cat([self.states[side, :, column], state], 1)
        state, cell = update(torch.addmm(gates, seen, self.state[side]), cell)
        self.states[side, :, column] = state
        return state, cell

    def pixel(self, column: int, x: Tensor) -> Tensor:
        self.row[:, column] = x
        gates = torch.addmm(self.bias[: 4 * self.width], x, self.weight[:, : 4 * self.width])
        self.before = self.move(0, column, gates, *self.before)
        return torch.addmm(self.out[1], self.before[0] + self.states[1, :, column], self.out[0]).add_(x)


class PixelRNN(Autoregressive):
    """Pictures (N, C, H, W), labels (N,) -> parameters (N, P, H, W) for each pixel, of what comes before it.

    kind: "row" or "diagonal". first_guess: (P,), what the parameters begin with.
    """

    def __init__(self, channels: int, width: int, first_guess: Tensor, *, layers: int, kind: str, classes: int = 0):
        super().__init__()
        self.first = First(channels, 2 * width, classes)
        lstm = RowLSTM if kind == "row" else DiagonalLSTM
        self.layers = nn.ModuleList(lstm(width) for _ in range(layers))
        self.head = Head(2 * width, first_guess)

    def forward(self, x: Tensor, label: Tensor | None = None) -> Tensor:
        x = self.first(x, label)
        for layer in self.layers:
            x = layer(x)
        return self.head(x)

    def brushes(self, num: int, width: int, label: Tensor | None, dtype: torch.dtype) -> list[Brush]:
        brushes: list[Brush] = [FirstBrush(self.first, num, width, label, dtype)]
        for layer in self.layers:
            kind = RowBrush if isinstance(layer, RowLSTM) else DiagonalBrush
            brushes.append(kind(layer, num, width, dtype))  # type: ignore[arg-type]
        return brushes
