"""Nets that take labels."""

import pytest
import torch
from torch import nn

from ganworks.nets import dcgan, mlp
from ganworks.nets.conditional import (
    LabelledGenerator,
    LearnedPlane,
    OneHot,
    PlaneDiscriminator,
    ProjectionDiscriminator,
    VectorDiscriminator,
    check_condition,
)

SIZE = (9, 11)
CRITICS = {
    "concat": lambda: PlaneDiscriminator(dcgan.Discriminator(SIZE, 1 + 3, width=4), OneHot(3)),
    "embed": lambda: PlaneDiscriminator(dcgan.Discriminator(SIZE, 1 + 1, width=4), LearnedPlane(3, *SIZE)),
    "projection": lambda: ProjectionDiscriminator(dcgan.Discriminator(SIZE, 1, width=4), 3),
    "mlp concat": lambda: VectorDiscriminator(mlp.Discriminator(99 + 3, width=4), OneHot(3)),
    "mlp embed": lambda: VectorDiscriminator(mlp.Discriminator(99 + 5, width=4), nn.Embedding(3, 5)),
    "mlp projection": lambda: ProjectionDiscriminator(mlp.Discriminator(99, width=4), 3),
}


@pytest.mark.parametrize("name", CRITICS)
def test_logits_depend_on_the_label(name):
    torch.manual_seed(0)
    D = CRITICS[name]().eval()
    x = torch.randn(1, 1, *SIZE).expand(3, -1, -1, -1)
    logits = D(x, torch.arange(3))
    assert logits.shape == (3,)
    assert len(set(logits.tolist())) == 3


@pytest.mark.parametrize("code", [OneHot(3), nn.Embedding(3, 5)])
def test_pictures_depend_on_the_label(code):
    torch.manual_seed(0)
    code_length = code(torch.tensor([0])).shape[1]
    G = LabelledGenerator(dcgan.Generator(SIZE, 1, 4 + code_length, width=4), code).eval()
    pictures = G(torch.randn(1, 4).expand(3, -1), torch.arange(3))
    assert pictures.shape == (3, 1, *SIZE)
    assert (pictures[0] - pictures[1]).abs().max() > 0
    assert (pictures[1] - pictures[2]).abs().max() > 0


def test_planes_say_the_label_at_every_place():
    seen = []

    class Net(nn.Module):
        def forward(self, x):
            seen.append(x)
            return x.sum((1, 2, 3))

    x = torch.randn(2, 1, 4, 6)
    PlaneDiscriminator(Net(), OneHot(3))(x, torch.tensor([2, 0]))
    torch.testing.assert_close(seen[0][:, :1], x)
    expected = torch.tensor([[0.0, 0, 1], [1, 0, 0]])
    assert (seen[0][:, 1:] == expected[:, :, None, None]).all()


def test_projection_adds_the_inner_product():
    D = ProjectionDiscriminator(mlp.Discriminator(6, width=4), 3)
    x, label = torch.randn(2, 6), torch.tensor([1, 2])
    inner = (D.code.weight[label] * D.net.features(x)).sum(1)
    torch.testing.assert_close(D(x, label), D.net(x) + inner)


def test_unknown_conditions_are_named():
    with pytest.raises(ValueError, match="condition is 'film'; possible: concat, embed, projection"):
        check_condition("film")
