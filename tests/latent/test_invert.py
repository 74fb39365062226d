import pytest
import torch
from paintings import Painting, Styled
from torch import Tensor

from ganworks.core import Batch
from ganworks.latent import perceptual
from ganworks.latent.codes import draw, make
from ganworks.latent.invert import invert, psnr
from ganworks.metrics.extractors import Extractor, Features, extractor


def test_psnr():
    """A difference of 0.2 of a range of 2 is 20 dB."""
    torch.testing.assert_close(psnr(torch.zeros(2, 1, 4, 4), torch.full((2, 1, 4, 4), 0.2)), torch.full((2,), 20.0))


@pytest.mark.parametrize("perceive", [None, perceptual.convs])
def test_what_a_system_made_is_found_again(perceive: perceptual.Perceive | None):
    """tanh(A z) has one z for each picture; in so few dimensions a prior would matter."""
    system = Painting()
    truth = draw(system, 3, seed=5)
    found = invert(system, make(system, truth), perceive=perceive, steps=150, draws=32, prior=0.0)
    torch.testing.assert_close(found.inputs["z"], truth["z"], atol=0.1, rtol=0)
    assert found.psnr.min() > 35 > psnr(found.start, make(system, truth)).max()
    torch.testing.assert_close(found.images, make(system, found.inputs))
    assert system.training


def test_each_style_moves_alone():
    """No single w paints rows that come from three of them."""
    system = Styled()
    torch.manual_seed(0)
    truth = {"z": torch.zeros(1, 3), "w": torch.randn(1, 3, 3) * system.stretch.detach()}
    found = invert(system, make(system, truth), perceive=None, steps=100, prior=0.0)
    assert found.inputs["w"].shape == (1, 3, 3)
    assert found.psnr.item() > 30


def test_the_prior_holds_codes_on_their_shell():
    """A picture that no z makes draws z away; without a prior much farther."""
    system, picture = Painting(), torch.ones(1, 1, 4, 4).tril() * 2 - 1
    lengths = [
        invert(system, picture, perceive=None, steps=100, restarts=1, prior=prior).inputs["z"].norm().item()
        for prior in (0.0, 10.0)
    ]
    assert lengths[0] > 1.3 * lengths[1]
    assert lengths[1] == pytest.approx(5**0.5, rel=0.3)


class Encoding(Painting):
    """With the exact inverse of its generator."""

    def encode(self, image: Tensor) -> Tensor:
        values = image.flatten(1).clamp(-0.9999, 0.9999).atanh() - self.first.bias
        return values @ torch.linalg.pinv(self.first.weight).T


def test_an_encoder_gives_the_start():
    system = Encoding()
    truth = draw(system, 2, seed=5)
    found = invert(system, make(system, truth), steps=1, draws=4)
    torch.testing.assert_close(found.inputs["z"], truth["z"], atol=0.1, rtol=0)


class Classed(Painting):
    def draw(self, num: int) -> Batch:
        return super().draw(num) | {"label": torch.arange(num) % 2}

    def generate(self, inputs: Batch) -> Batch:
        made = super().generate(inputs)["image"]
        return {"image": torch.where(inputs["label"].bool()[:, None, None, None], made, -made.abs())}


def test_what_is_given_stays():
    system = Classed()
    wanted = make(system, draw(system, 4, 0))
    assert invert(system, wanted, steps=2).inputs["label"].tolist() == [0, 1, 0, 1]  # from the samples that are near
    assert invert(system, wanted, steps=2, given={"label": torch.tensor([0])}).inputs["label"].tolist() == [0] * 4


@pytest.mark.parametrize("channels", [1, 3, 4])
def test_features_of_pictures_can_be_followed(channels: int):
    torch.manual_seed(0)
    a = (torch.rand(2, channels, 8, 8) * 2 - 1).requires_grad_()
    b = torch.rand(2, channels, 8, 8) * 2 - 1
    assert (perceptual.distance(perceptual.convs(a), perceptual.convs(a)) == 0).all()
    far = perceptual.distance(perceptual.convs(a), perceptual.convs(b))
    (gradient,) = torch.autograd.grad(far.sum(), [a])
    assert far.min() > 0.05
    assert gradient.abs().amax((1, 2, 3)).min() > 0


@pytest.mark.parametrize("channels", [1, 4])
def test_any_network_can_judge(channels: int):
    perceive = perceptual.of(extractor("convs", size=(8, 8)))
    a = torch.zeros(1, channels, 8, 8, requires_grad=True)
    far = perceptual.distance(perceive(a), perceive(torch.rand(1, channels, 8, 8)))
    assert torch.autograd.grad(far.sum(), [a])[0].abs().max() > 0


class Deaf(Extractor):
    """Its features have no gradient, as those of ONNX files."""

    name, dim = "deaf", 3

    def read(self, pictures: Tensor) -> Features:
        return Features(pictures.detach().mean((2, 3)))


def test_features_that_cannot_be_followed_are_refused():
    with pytest.raises(ValueError, match="deaf can't be followed back"):
        perceptual.of(Deaf())(torch.zeros(1, 3, 8, 8, requires_grad=True))
