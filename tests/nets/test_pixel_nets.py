"""What a pixel sees, to the pixel; and that pictures painted with a memory are those of the whole net, to the bit."""

import copy

import pytest
import torch

from ganworks.layers.causal import Above, Left, Masked, skew, unskew
from ganworks.layers.lstm import Scan, update
from ganworks.losses.logistic import choose, first_guess
from ganworks.nets.painting import paint
from ganworks.nets.pixelcnn import PixelCNN
from ganworks.nets.pixelrnn import PixelRNN

SIZE = (7, 9)
PLACE = (4, 4)


def net(kind, channels=1, layers=3, classes=0):
    torch.manual_seed(0)
    guess = first_guess(channels, 2)
    if kind in ("row", "diagonal"):
        made = PixelRNN(channels, 4, guess, layers=layers, kind=kind, classes=classes)
    else:
        stacks = 2 if kind == "two stacks" else 1
        made = PixelCNN(channels, 6, guess, layers=layers, kernel=3, first=3, stacks=stacks, classes=classes)
    for param in made.parameters():  # nothing is hidden by small weights
        if param.ndim > 1:
            torch.nn.init.normal_(param, std=0.4)
    return made.double()


def seen(function, place=PLACE, size=SIZE):
    """Whether the output at `place` depends on each pixel: (H, W) of bool."""
    x = torch.randn(1, 1, *size, dtype=torch.float64, requires_grad=True)
    function(x)[0, :, place[0], place[1]].square().sum().backward()
    return x.grad[0, 0] != 0


def before(place=PLACE, size=SIZE):
    """Every pixel that comes before, rows first."""
    rows, columns = torch.meshgrid(torch.arange(size[0]), torch.arange(size[1]), indexing="ij")
    return (rows < place[0]) | ((rows == place[0]) & (columns < place[1]))


def near(rows, columns, own, place=PLACE, size=SIZE):
    """Pixels at most so many rows above, and columns to each side, of those that come before (or are its own)."""
    mask = before(place, size)
    mask[place] = own
    inside = torch.zeros_like(mask)
    inside[max(0, place[0] - rows) : place[0] + 1, max(0, place[1] - columns) : place[1] + columns + 1] = True
    return mask & inside


@pytest.mark.parametrize("own", [False, True])
def test_what_each_convolution_sees(own):
    row = torch.zeros(SIZE, dtype=torch.bool)
    row[PLACE[0]] = True
    left = seen(Left(1, 2, 5, own).double())
    assert torch.equal(left, near(2, 2, own) & row)
    assert torch.equal(seen(Masked(1, 2, 5, own).double()), near(2, 2, own))
    above = seen(Above(1, 2, 5, own).double())
    wide = torch.zeros(SIZE, dtype=torch.bool)
    wide[PLACE[0] - 2 : PLACE[0] + own, PLACE[1] - 2 : PLACE[1] + 3] = True
    assert torch.equal(above, wide)


def test_a_masked_convolution_is_one_with_masked_weights():
    torch.manual_seed(0)
    layer = Masked(3, 4, 5, own=True).double()
    weight = torch.zeros(4, 3, 5, 5, dtype=torch.float64)
    weight[:, :, :2] = layer.above.weight
    weight[:, :, 2:3, :3] = layer.left.weight
    x = torch.randn(2, 3, *SIZE, dtype=torch.float64)
    torch.testing.assert_close(layer(x), torch.nn.functional.conv2d(x, weight, layer.above.bias, padding=2))


def test_two_stacks_have_no_blind_spot():
    """Three layers that reach one pixel each see all of three rows and columns about, and nothing later."""
    assert torch.equal(seen(net("two stacks")), near(3, 3, own=False))


def test_one_stack_has_the_blind_spot():
    """A step up moves at most one to the right, and there is none down: above and far to the right nothing is seen."""
    expected = near(3, 3, own=False)
    for up in range(4):
        expected[PLACE[0] - up, PLACE[1] + up + 1 :] = False
    assert torch.equal(seen(net("one stack")), expected)
    assert (expected != near(3, 3, own=False)).any()


@pytest.mark.parametrize("layers", [1, 3])
def test_the_diagonal_lstm_sees_all_that_came_before_but_one(layers):
    """As the paper has it: the first convolution does not see its own pixel, and the scan from the right is a row late,
    so that the last pixel of the row above is seen by the first convolution alone, three columns away at most."""
    for row, column in (PLACE, (0, 5), (6, 0), (3, 8)):
        expected = before((row, column))
        expected[max(row - 1, 0), SIZE[1] - 1] &= column + 3 >= SIZE[1] - 1
        assert torch.equal(seen(net("diagonal", layers=layers), (row, column)), expected)


def test_the_row_lstm_sees_a_triangle_and_nothing_later():
    found = seen(net("row", layers=1))
    assert not (found & ~before()).any()
    assert found[:4, 4].all()
    assert found[4, :4].all()


@pytest.mark.parametrize("kind", ["two stacks", "one stack", "row", "diagonal"])
@pytest.mark.parametrize(("channels", "classes"), [(1, 0), (3, 3)])
def test_a_painted_picture_is_that_of_the_whole_net(kind, channels, classes):
    """To the bit: each pixel chosen by the net on all of the picture so far, against each feature computed once."""
    model = net(kind, channels, classes=classes)
    label = torch.tensor([0, 2, 1, 1]) if classes else None
    noise = torch.rand(4, 1 + channels, 5, 6, generator=torch.Generator().manual_seed(1))
    x = torch.zeros(4, channels, 5, 6, dtype=torch.float64)
    with torch.no_grad():
        for row in range(5):
            for column in range(6):
                parameters = model(x, label)[:, :, row, column]
                x[:, :, row, column] = choose(parameters, noise[:, :, row, column].double())
    painted = paint(model, noise, choose, label)
    assert torch.equal(painted, x.float())
    assert painted.std() > 0.1
    assert torch.equal(painted[:2], paint(model, noise[:2], choose, None if label is None else label[:2]))


def test_the_label_is_heard_everywhere():
    for kind in ("two stacks", "row"):
        model, x = net(kind, classes=2), torch.zeros(1, 1, *SIZE, dtype=torch.float64)
        one, other = (model(x, torch.tensor([label])) for label in (0, 1))
        assert ((one - other).abs().amax(1) > 1e-6).all()


def test_unskew_undoes_skew():
    x = torch.randn(2, 4, 5, 3)
    skewed = skew(x)
    assert skewed.shape == (2, 4, 8, 3)
    assert torch.equal(unskew(skewed), x)
    assert torch.equal(skewed[:, 2, 2:7], x[:, 2])
    assert (skewed[:, 2, :2] == 0).all()


@pytest.mark.parametrize(("taps", "shift"), [(3, 1), (2, 1)])
def test_a_scan_is_the_lstm_line_by_line(taps, shift):
    torch.manual_seed(0)
    inputs = torch.randn(4, 2, 2, 5, 8, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(2, taps * 2, 8, dtype=torch.float64, requires_grad=True)
    state, cell = torch.zeros(2, 2, 5, 2, dtype=torch.float64), torch.zeros(2, 2, 5, 2, dtype=torch.float64)
    states = []
    for line in inputs:
        wide = torch.nn.functional.pad(state, (0, 0, shift, taps))
        around = torch.cat([wide[:, :, tap : tap + 5] for tap in range(taps)], -1)
        state, cell = update(line + torch.einsum("gnsa,gab->gnsb", around, weight), cell)
        states.append(state)
    expected, got = torch.stack(states), Scan.apply(inputs, weight, shift)
    torch.testing.assert_close(got, expected)
    slope = torch.randn_like(got)
    for one, other in zip(*(torch.autograd.grad(x, (inputs, weight), slope) for x in (got, expected)), strict=True):
        torch.testing.assert_close(one, other)
    small = inputs.detach()[:2, :, :1, :2].requires_grad_(), weight
    assert torch.autograd.gradcheck(lambda a, b: Scan.apply(a, b, shift), small)


def test_nets_survive_a_copy():
    """The average of the weights is painted from a copy."""
    model, noise = net("diagonal"), torch.rand(2, 2, 4, 4)
    assert torch.equal(paint(model, noise, choose), paint(copy.deepcopy(model), noise, choose))
