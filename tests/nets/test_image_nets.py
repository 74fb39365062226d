"""Generators and discriminators of pictures, at many sizes."""

from math import prod

import pytest
import torch
from torch import nn

from ganworks.nets import dcgan, mlp, r3gan, resnet
from ganworks.nets.stages import stages

SIZES = [(28, 28), (64, 64), (32, 64), (100, 50), (33, 47), (8, 8), (9, 30)]
NETS = {"dcgan": dcgan, "resnet": resnet, "r3gan": r3gan}


def generator(name, size, channels=3, latent=5, width=4):
    return NETS[name].Generator(size, channels, latent, width=width)


def discriminator(name, size, channels=3, width=4, **settings):
    return NETS[name].Discriminator(size, channels, width=width, **settings)


@pytest.mark.parametrize(
    ("size", "expected"),
    [
        ((28, 28), [7, 14, 28]),
        ((64, 64), [4, 8, 16, 32, 64]),
        ((32, 32), [4, 8, 16, 32]),
        ((8, 8), [2, 4, 8]),
        ((33, 33), [5, 9, 17, 33]),
        ((256, 256), [4, 8, 16, 32, 64, 128, 256]),
    ],
)
def test_stages_of_squares(size, expected):
    assert stages(size) == [(side, side) for side in expected]


def test_stages_follow_the_shorter_side():
    assert stages((100, 50)) == [(13, 7), (25, 13), (50, 25), (100, 50)]
    assert stages((2, 2)) == [(2, 2)]


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", NETS)
def test_pictures_have_the_size_asked_for(name, size):
    torch.manual_seed(0)
    pictures = generator(name, size)(torch.randn(2, 5))
    assert pictures.shape == (2, 3, *size)
    logits = discriminator(name, size)(pictures)
    assert logits.shape == (2,)


@pytest.mark.parametrize("size", SIZES, ids=str)
@pytest.mark.parametrize("name", NETS)
def test_every_pixel_counts(name, size):
    """Each pixel of the picture is a function of z, and D's logit a function of each pixel."""
    torch.manual_seed(0)
    G, D = generator(name, size, channels=1).eval(), discriminator(name, size, channels=1).eval()
    for module in [*G.modules(), *D.modules()]:
        if isinstance(module, r3gan.Block):
            nn.init.normal_(module.narrow.weight, 0.0, 0.1)
    with torch.no_grad():
        assert (G(torch.randn(4, 5)).std(0) > 0).all()
    x = torch.randn(1, 1, *size, requires_grad=True)
    D(x).sum().backward()
    assert x.grad is not None
    assert (x.grad != 0).float().mean() > 0.99  # a ReLU may block a few


@pytest.mark.parametrize("name", NETS)
def test_width_is_one_dial(name):
    """Twice the width has about four times the parameters."""
    count = [sum(p.numel() for p in discriminator(name, (32, 32), width=width).parameters()) for width in (16, 32)]
    assert 3 < count[1] / count[0] < 4.2


def test_dcgan_keeps_the_five_rules():
    G, D = generator("dcgan", (64, 64)), discriminator("dcgan", (64, 64))
    kinds = [type(module) for net in (G, D) for module in net.modules()]
    assert not any(issubclass(kind, (nn.MaxPool2d, nn.AvgPool2d, nn.Upsample)) for kind in kinds)
    assert sum(issubclass(kind, nn.Linear) for kind in kinds) == 2  # from z, and to the logit: none hidden
    # Batch norm after every layer but G's last and D's first (and its output).
    norms = {"G": sum(isinstance(m, nn.BatchNorm2d) for m in G.modules())}
    norms["D"] = sum(isinstance(m, nn.BatchNorm2d) for m in D.modules())
    assert norms == {"G": 4, "D": 3}
    assert isinstance(list(D.layers.modules())[2], nn.Identity)
    assert sum(isinstance(m, nn.ReLU) for m in G.modules()) == 4
    slopes = [m.negative_slope for m in D.modules() if isinstance(m, nn.LeakyReLU)]
    assert slopes == [0.2] * 4
    z = 100 * torch.randn(8, 5)
    assert G(z).abs().max() <= 1  # tanh
    weights = torch.cat([m.weight.flatten() for m in D.modules() if isinstance(m, nn.Conv2d)])
    assert weights.std().item() == pytest.approx(0.02, rel=0.1)


@pytest.mark.parametrize("norm", ["layer", "spectral", "none"])
@pytest.mark.parametrize("name", ["dcgan", "resnet"])
def test_critics_without_batch_norm_judge_each_example_alone(name, norm):
    torch.manual_seed(0)
    D = discriminator(name, (16, 16), norm=norm).eval()
    x = torch.randn(4, 3, 16, 16)
    torch.testing.assert_close(D(x)[:2], D(x[:2]))


@pytest.mark.parametrize("name", ["dcgan", "resnet"])
def test_unknown_norms_are_named(name):
    with pytest.raises(ValueError, match="norm is 'instance'; possible: batch, layer, spectral, none"):
        discriminator(name, (16, 16), norm="instance")


@pytest.mark.parametrize("size", [(28, 28), (33, 47)], ids=str)
@pytest.mark.parametrize("name", NETS)
def test_the_logit_is_linear_in_the_features(name, size):
    D = discriminator(name, size).eval()
    x = torch.randn(2, 3, *size)
    features = D.features(x)
    assert features.shape == (2, D.num_features)
    torch.testing.assert_close(D.head(features).flatten(), D(x))


def test_mlp_takes_any_shape():
    G, D = mlp.Generator((3, 5, 7), 4, width=8), mlp.Discriminator(prod((3, 5, 7)), width=8)
    pictures = G(torch.randn(6, 4))
    assert pictures.shape == (6, 3, 5, 7)
    assert pictures.abs().max() <= 1
    assert D(pictures).shape == (6,)


def test_r3gan_blocks_start_as_the_identity():
    x = torch.randn(2, 8, 5, 5)
    torch.testing.assert_close(r3gan.Block(8, group=16, num_blocks=3)(x), x)


@pytest.mark.parametrize("num_blocks", [1, 8])
def test_r3gan_blocks_keep_the_size_of_signals(num_blocks):
    """With a last layer that keeps the variance, f(x) has variance 1 / num_blocks, which adds up to 1 over the net."""
    torch.manual_seed(0)
    sizes = []
    for _ in range(20):
        block = r3gan.Block(64, group=16, num_blocks=num_blocks)
        nn.init.normal_(block.narrow.weight, 0.0, 1 / 128**0.5)
        x = torch.randn(4, 64, 6, 6)
        sizes.append((block(x) - x)[..., 1:-1, 1:-1].square().mean().item())
    assert sum(sizes) / 20 == pytest.approx(1 / num_blocks, rel=0.1)


@pytest.mark.parametrize(("channels", "group", "expected"), [(128, 16, 8), (8, 16, 1), (88, 16, 4), (40, 16, 2)])
def test_groups_are_equal(channels, group, expected):
    assert r3gan.num_groups(channels, group) == expected
