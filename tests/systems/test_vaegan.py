"""VAE-GAN: which of its three losses reaches whom, and their values."""

import pytest
import torch
from duels import batch_for, build
from torch.autograd import grad
from torch.nn.functional import softplus

from ganworks.checks import engine_for
from ganworks.nets.dcgan import Discriminator
from ganworks.nets.vae import SeeingDiscriminator


def test_the_encoder_hears_nothing_of_the_game_nor_d_of_the_misfit():
    """Whatever the head of D says, and however G weighs the misfit, E's gradient stays what it is; D's likewise."""
    gradients = []
    for weight, scale in ((0.1, 1.0), (5.0, -3.0)):
        system = build("vaegan", misfit=weight)
        with torch.no_grad():
            system.D.net.head.weight.mul_(scale)
        torch.manual_seed(1)
        terms = system.e_loss(batch_for(system))
        gradients.append(grad(sum(terms.values()), list(system.E.parameters())))
    for one, other in zip(*gradients, strict=True):
        assert torch.equal(one, other)
    ours = []
    for weight in (0.0, 5.0):
        system = build("vaegan", misfit=weight)
        torch.manual_seed(1)
        terms = system.d_loss(batch_for(system))
        ours.append(grad(sum(terms.values()), list(system.D.parameters())))
    for one, other in zip(*ours, strict=True):
        assert torch.equal(one, other)


def test_terms_in_closed_form():
    system = build("vaegan", misfit=0.3)
    batch = batch_for(system)
    image, z, noise = batch["image"], batch["z"], batch["noise"]
    with torch.no_grad():
        mean, log_variance = system.E(image).chunk(2, 1)
        made = system.G(torch.cat([mean + (log_variance / 2).exp() * noise, z]))
        seen, logits = system.D.look(torch.cat([image, made]))
    error = (seen[:4] - seen[4:8]).square() / 2
    e, g, d = system.e_loss(batch), system.g_loss(batch), system.d_loss(batch)
    close = {"rel": 1e-4}
    kl = (mean**2 + log_variance.exp() - log_variance - 1).sum(1) / 2
    assert e["kl"].item() == pytest.approx(kl.mean().item(), **close)
    assert e["misfit"].item() == pytest.approx(error.flatten(1).sum(1).mean().item(), **close)
    assert g["misfit"].item() == pytest.approx(0.3 * error.mean().item(), **close)
    assert g["adversarial"].item() == pytest.approx(softplus(-logits[4:]).mean().item(), **close)
    expected = softplus(-logits[:4]).mean() + softplus(logits[4:]).mean()
    assert d["adversarial"].item() == pytest.approx(expected.item(), **close)


def test_all_turns_share_one_pass():
    """And with parts, which keep no graph, each turn makes its own: the norms of all gradients are finite there too."""
    passes = []
    for micro in (1, 2):
        engine = engine_for(lambda: build("vaegan"), micro=micro)
        calls = []
        look = engine.system.D.look

        def counted(x, look=look, calls=calls):
            calls.append(len(x))
            return look(x)

        engine.system.D.look = counted
        engine.take_step()
        passes.append(calls)
        assert all(norm.isfinite() for norm in engine.norms.values())
    assert passes == [[24], [12] * 6]


def test_codes_and_reconstructions():
    system = build("vaegan", latent=5)
    image = torch.rand(70, 1, 16, 16) * 2 - 1
    codes = system.encode(image)
    assert codes.shape == (70, 5)
    assert system.training
    torch.testing.assert_close(codes[:3], system.encode(image[:3]), atol=1e-4, rtol=1e-4)
    assert system.reconstruct(image).shape == image.shape


@pytest.mark.parametrize(("size", "map"), [(16, 4), (28, 7), (64, 8)])
def test_d_sees_by_its_last_convolution_but_one_from_the_second_on(size, map):
    net = SeeingDiscriminator(Discriminator((size, size), 1, 4))
    x = torch.randn(2, 1, size, size)
    seen, logits = net.look(x)
    assert seen.shape[2:] == (map, map)
    torch.testing.assert_close(logits, net.net(x))


def test_what_is_wrong_is_named():
    with pytest.raises(ValueError, match="misfit is -1; it must not be negative"):
        build("vaegan", misfit=-1.0)
    with pytest.raises(ValueError, match="layer is 3; D has 2 convolutions at this size: possible: 1 to 2"):
        build("vaegan", size=28, layer=3)
