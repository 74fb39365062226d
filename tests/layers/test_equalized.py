import torch

from ganworks.layers.equalized import EqualConvolution, EqualLinear, PixelNorm


def test_layers_begin_with_weights_of_deviation_1_and_keep_the_size_of_what_passes():
    torch.manual_seed(0)
    for layer, x in (
        (EqualLinear(512, 256), torch.randn(64, 512)),
        (EqualLinear(512, 256, rate=0.01), torch.randn(64, 512)),
        (EqualConvolution(64, 128, 3, padding=0), torch.randn(8, 64, 8, 8)),
    ):
        rate = getattr(layer, "rate", 1.0)
        assert abs(rate * layer.weight.std() - 1) < 0.02
        assert abs(layer(x).std() - 1) < 0.03


def test_the_rate_is_how_far_a_step_of_equal_size_moves_the_output():
    moved = []
    for rate in (1.0, 0.01):
        layer, x = EqualLinear(4, 3, rate=rate, begin=0.5), torch.ones(1, 4)
        assert torch.allclose(layer(torch.zeros(1, 4)), torch.tensor(0.5))
        before = layer(x)
        with torch.no_grad():
            layer.weight.add_(1e-2)
            layer.bias.add_(1e-2)
        moved.append((layer(x) - before).mean())
    assert torch.allclose(moved[1], 0.01 * moved[0], rtol=1e-3)


def test_pixel_norm_gives_each_place_mean_square_1():
    for shape in ((4, 16), (2, 16, 3, 3)):
        normed = PixelNorm()(5 * torch.randn(shape) + 1)
        assert torch.allclose(normed.square().mean(1), torch.ones(()), atol=1e-5)
