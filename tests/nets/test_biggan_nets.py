"""The nets of SAGAN and BigGAN: sizes, where labels and parts of z go in, and how they begin."""

import pytest
import torch
from torch import nn
from torch.nn.utils.parametrize import is_parametrized

from ganworks.layers.attention import SelfAttention
from ganworks.nets.biggan import HierarchicalCodes, filters, networks
from ganworks.nets.sagan import Generator, LabelCodes, attended, discriminator

SIZES = [(8, 8), (28, 28), (9, 21), (50, 100), (64, 48)]


def biggan(size=(16, 16), channels=1, classes=3, width=2):
    torch.manual_seed(0)
    return networks(size, channels, classes, width=width, chunk=4, embedding=6)


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize(("channels", "classes"), [(1, 3), (4, 0)])
def test_any_size(size, channels, classes):
    G, D = biggan(size, channels, classes)
    label = [torch.tensor([0, 2])] if classes else []
    made = G(torch.randn(2, G.codes.latent), *label)
    assert made.shape == (2, channels, *size)
    assert made.abs().max() <= 1
    assert D(made, *label).shape == (2,)
    codes = LabelCodes(5, classes, len(G.blocks))
    assert Generator(size, channels, 2, codes, halvings=2)(torch.randn(2, 5), *label).shape == (2, channels, *size)


def test_both_attend_where_the_papers_nets_do():
    """At 128 px SAGAN attends to maps of 32 px, BigGAN to maps of 64 px."""
    seen = []
    for halvings, side in ((2, 32), (1, 64)):
        G = Generator((128, 128), 3, 2, LabelCodes(5, 0, 5), halvings=halvings)
        D = discriminator((128, 128), 3, 2, 0, halvings)
        for net in (G, D):
            (attention,) = (module for module in net.modules() if isinstance(module, SelfAttention))
            attention.register_forward_hook(lambda module, inputs, output: seen.append(tuple(output.shape[2:])))
        D(G(torch.randn(1, 5)))
        assert seen == [(side, side)] * 2
        seen.clear()
    assert attended((28, 28), 2) == 1  # 14 px: at 7 px nothing of G would stand before it


def test_channels_of_biggan_at_128_px():
    """Table 4 of arXiv 1809.11096, in units of the width."""
    G, D = networks((128, 128), 3, 0, width=2, chunk=4, embedding=6)
    assert G.widths == [32, 32, 16, 8, 4, 2]
    assert [block.conv2.out_channels for block in D.blocks if not isinstance(block, SelfAttention)] == [
        2, 4, 8, 16, 32, 32,
    ]  # fmt: skip


def test_z_goes_in_by_chunks_beside_one_embedding():
    codes = HierarchicalCodes(2, 3, 4, num_blocks=2)
    z, label = torch.arange(6.0).repeat(2, 1), torch.tensor([2, 0])
    first, blocks = codes(z, label)
    assert first.tolist() == [[0, 1]] * 2
    for block, chunk in zip(blocks, ([2, 3], [4, 5]), strict=True):
        assert torch.equal(block[:, :4], codes.shared.weight[label])
        assert block[:, 4:].tolist() == [chunk] * 2
    first, blocks = HierarchicalCodes(2, 0, 4, num_blocks=2)(z)
    assert first.tolist() == [[0, 1]] * 2 and blocks[1].tolist() == [[4, 5]] * 2


def test_without_classes_all_are_of_one():
    z = torch.randn(3, 5)
    start, blocks = LabelCodes(5, 0, 2)(z)
    assert start is z and [block.tolist() for block in blocks] == [[[1.0]] * 3] * 2


def test_all_layers_begin_orthogonal_as_they_are_used():
    """Spectral norm has caught up with the weights before the first pass."""
    for net in biggan(width=4):
        layers = [module for module in net.eval().modules() if isinstance(module, nn.Conv2d | nn.Linear | nn.Embedding)]
        assert len(layers) > 10
        for layer in layers:
            singular = torch.linalg.svdvals(layer.weight.detach().flatten(1))
            torch.testing.assert_close(singular, torch.ones_like(singular), atol=1e-4, rtol=0)


def test_spectral_norm_is_everywhere_but_in_the_shared_embedding():
    G, D = biggan()
    for net in (G, D):
        for name, module in net.named_modules():
            if isinstance(module, nn.Conv2d | nn.Linear | nn.Embedding):
                assert is_parametrized(module, "weight") == (name != "codes.shared"), name
    assert len(filters(G)) == sum(isinstance(module, nn.Conv2d | nn.Linear) for module in G.modules())
    assert {id(weight) for weight in filters(G)} <= {id(parameter) for parameter in G.parameters()}


def test_each_part_of_z_and_the_label_changes_the_picture():
    G, _ = biggan(width=4)
    G.eval()
    z, label = torch.randn(1, G.codes.latent), torch.tensor([1])
    before = G(z, label)
    assert not torch.allclose(G(z, torch.tensor([2])), before, atol=1e-4)
    for chunk in range(G.codes.latent // 4):
        moved = z.clone()
        moved[:, 4 * chunk : 4 * chunk + 4] += 1
        assert not torch.allclose(G(moved, label), before, atol=1e-4), chunk
