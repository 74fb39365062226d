import pytest
import torch
from torch.nn.functional import conv2d, conv_transpose2d, pad

from ganworks.layers.modulated import Modulated, ToPicture, double_convolve, smooth
from ganworks.layers.resample import double
from ganworks.nets.stylegan2 import Generator, Mapping, widths_of
from ganworks.nets.stylegan2_critic import Discriminator

FILTER = torch.outer(torch.tensor([1.0, 3, 3, 1]), torch.tensor([1.0, 3, 3, 1])) / 64


def grouped(layer, x, w):
    """Eq. 1 and 3 as they are printed: weights for each example, applied by a grouped convolution."""
    style = layer.style(w)
    weight = layer.weight[None] * layer.scale * style[:, None, :, None, None]
    weight = weight * (weight.square().sum((2, 3, 4), keepdim=True) + 1e-8).rsqrt()
    num, outputs, inputs, kernel, _ = weight.shape
    if layer.up:
        weight = weight.flip(3, 4).transpose(1, 2).reshape(num * inputs, outputs, kernel, kernel)
        y = conv_transpose2d(x.reshape(1, -1, *x.shape[2:]), weight, stride=2, groups=num)
        y = conv2d(pad(y, (1, 1, 1, 1)).view(num * outputs, 1, *[n + 2 for n in y.shape[2:]]), 4 * FILTER[None, None])
    else:
        y = conv2d(x.reshape(1, -1, *x.shape[2:]), weight.flatten(0, 1), padding=kernel // 2, groups=num)
    return y.view(num, outputs, *y.shape[2:])


@pytest.mark.parametrize("up", [False, True])
def test_shared_weights_between_two_scalings_are_the_grouped_convolution(up):
    torch.manual_seed(0)
    layer, x, w = Modulated(6, 5, 3, 8, up=up), torch.randn(4, 6, 7, 6), torch.randn(4, 8, requires_grad=True)
    ours, theirs = torch.mul(*layer(x, w)), grouped(layer, x, w)
    torch.testing.assert_close(ours, theirs, rtol=1e-4, atol=1e-5)
    grads = [torch.autograd.grad(y.square().sum(), [layer.weight, w, layer.style.weight]) for y in (ours, theirs)]
    for a, b in zip(*grads, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-3)


def test_demodulation_gives_each_map_variance_1_whatever_the_style():
    torch.manual_seed(0)
    layer = Modulated(32, 16, 3, 8)
    y = torch.mul(*layer(torch.randn(64, 32, 12, 12), 5 * torch.randn(64, 8)))[..., 1:-1, 1:-1]
    assert (y.var((0, 2, 3)) - 1).abs().max() < 0.1


def test_the_picture_is_the_modulated_product_without_demodulation():
    torch.manual_seed(0)
    layer, x, w = ToPicture(6, 3, 8), torch.randn(4, 6, 5, 7), torch.randn(4, 8)
    weight = layer.weight[None] * layer.scale * layer.style(w)[:, None]
    torch.testing.assert_close(layer(x, w), torch.einsum("nchw,noc->nohw", x, weight))


def test_doubling_is_a_convolution_of_the_doubled_map_inside():
    torch.manual_seed(0)
    x, weight = torch.randn(2, 3, 6, 5), torch.randn(4, 3, 3, 3)
    inside = (..., slice(3, -3), slice(3, -3))
    torch.testing.assert_close(double_convolve(x, weight)[inside], conv2d(double(x), weight, padding=1)[inside])


def test_the_filter_can_be_differentiated_twice():
    x = torch.randn(2, 3, 5, 4, dtype=torch.float64, requires_grad=True)
    for padding in (1, 2):
        assert torch.autograd.gradgradcheck(lambda v, p=padding: smooth(v, p).square(), x)
        assert smooth(x, padding).shape[2:] == (5 + 2 * padding - 3, 4 + 2 * padding - 3)


@pytest.mark.parametrize("size", [(28, 28), (64, 48), (13, 50)])
@pytest.mark.parametrize("channels", [1, 4])
def test_nets_make_and_judge_pictures_of_any_size(size, channels):
    G, D = Generator(size, channels, 8, 4), Discriminator(size, channels, 4, 8)
    pictures = G(torch.randn(3, G.synthesis.num_styles, 8), torch.arange(3))
    assert pictures.shape == (3, channels, *size)
    assert D(pictures).shape == (3,)


def test_noise_follows_from_the_seed_of_its_example_alone():
    G = Generator((16, 16), 1, 8, 4)
    torch.nn.init.ones_(G.synthesis.layers[-1].strength)
    w = torch.randn(1, G.synthesis.num_styles, 8).expand(3, -1, -1)
    first, second, third = G(w, torch.tensor([5, 5, 6]))
    assert torch.equal(first, second)
    assert not torch.allclose(first, third)


def test_mapping_forgets_the_length_of_z_and_knows_labels():
    plain, labelled = Mapping(8, 8), Mapping(8, 8, classes=3)
    z = torch.randn(4, 8)
    torch.testing.assert_close(plain(z), plain(3 * z))
    w = labelled(z[:1].expand(3, -1), torch.arange(3))
    assert not torch.allclose(w[0], w[1])


def test_the_mapping_network_learns_at_a_hundredth_of_the_rate():
    """Its weights are a hundred times as large, so that a step moves them so much less."""
    torch.manual_seed(0)
    layer = Mapping(256, 256).layers[0]
    assert abs(layer.weight.std() / 100 - 1) < 0.05
    assert abs(layer(torch.randn(64, 256)).std() / 2**0.5 - 1) < 0.05


def test_the_logit_of_a_labelled_picture_is_a_product_over_the_root_of_its_length():
    """The bias too: else a step of Adam, which moves all of it at once, moves all logits together."""
    D, x, label = Discriminator((16, 16), 1, 4, 64, classes=3), torch.randn(4, 1, 16, 16), torch.tensor([0, 1, 2, 0])
    before = D(x, label)
    with torch.no_grad():
        D.head.bias.add_(1)
    torch.testing.assert_close(D(x, label) - before, D.mapping(label).sum(1) / 8)


def test_widths_double_towards_the_coarse_end_up_to_512():
    assert widths_of(7, 32) == [512, 512, 512, 256, 128, 64, 32]
