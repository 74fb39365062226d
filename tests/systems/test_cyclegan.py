"""CycleGAN: its loss by hand, the memory of old fakes, and the way back."""

import numpy as np
import pytest
import torch
from PIL import Image
from torch import nn
from torch.nn.functional import l1_loss, mse_loss

import ganworks
from ganworks import registry
from ganworks.__main__ import main
from ganworks.checks import RandomStream, resume_is_exact
from ganworks.engine.engine import Engine
from ganworks.layers.history import History
from ganworks.nets.resnet_translator import ResNetTranslator, num_blocks
from ganworks.systems.translate.cyclegan import CycleGAN
from ganworks.systems.translation import constant_then_down


def build(**settings: object) -> CycleGAN:
    torch.manual_seed(0)
    return registry.build("cyclegan", **registry.find("cyclegan").tiny | {"channels": 1} | settings)[0]


def batch_for(system: CycleGAN, num: int = 4) -> dict[str, torch.Tensor]:
    return system.draw(num) | {name: spec.random(num) for name, spec in system.specs.items()}


def test_the_losses_are_those_of_the_paper():
    system = build(cycle=10.0, identity=5.0)
    batch = batch_for(system)
    image, other = batch["image"], batch["other"]
    fake, back_fake = system.G(other), system.back_G(image)
    ones = torch.ones_like(system.D(fake))
    terms = system.g_loss(batch)
    adversarial = mse_loss(system.D(fake), ones) + mse_loss(system.back_D(back_fake), ones)
    there_and_back = l1_loss(system.back_G(fake), other) + l1_loss(system.G(back_fake), image)
    identity = l1_loss(system.G(image), image) + l1_loss(system.back_G(other), other)
    for name, value in {"adversarial": adversarial, "cycle": 10 * there_and_back, "identity": 5 * identity}.items():
        torch.testing.assert_close(terms[name], value)
    of_image = (mse_loss(system.D(image), ones) + system.D(fake).square().mean()) / 2
    torch.testing.assert_close(system.d_loss(batch)["image"], of_image)  # nothing is old yet


def test_without_the_cycle_nothing_is_made_twice():
    system = build(cycle=0.0, identity=0.0)
    assert system.g_loss(batch_for(system)).keys() == {"adversarial"}


class Negative(nn.Module):
    """A translator that is its own way back."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return -x


def test_translators_that_undo_each_other_have_no_cycle_loss():
    system = build(identity=5.0)
    system.G, system.back_G = Negative(), Negative()
    batch = batch_for(system)
    terms = system.g_loss(batch)
    assert terms["cycle"] == 0
    torch.testing.assert_close(terms["identity"], 10 * (batch["image"].abs().mean() + batch["other"].abs().mean()))


def number(*values: float) -> torch.Tensor:
    return torch.tensor(values)[:, None]


def test_the_memory_fills_and_then_gives_old_ones_for_new_ones():
    history = History(3, (1,))
    nowhere = torch.tensor([3, 3])
    assert history(number(1, 2), nowhere).flatten().tolist() == [1, 2]
    # the first finds the last place free, the second takes the place of the 2
    assert history(number(3, 4), torch.tensor([0, 1])).flatten().tolist() == [3, 2]
    assert history(number(5, 6), torch.tensor([3, 0])).flatten().tolist() == [5, 1]
    assert history.old.flatten().tolist() == [6, 4, 3]


@pytest.mark.parametrize("parts", [2, 3, 6])
def test_parts_of_a_batch_get_what_the_whole_would(parts):
    torch.manual_seed(0)
    whole, split = History(9, (2,)), History(9, (2,))
    for _ in range(4):
        fake, places = torch.randn(6, 2).half(), whole.draw(6)
        pieces = zip(fake.chunk(parts), places.chunk(parts), strict=True)
        assert torch.equal(whole(fake, places), torch.cat([split(*piece) for piece in pieces]))
    assert torch.equal(whole.old, split.old)


def test_half_of_the_fakes_are_old_and_each_old_one_is_taken_once():
    torch.manual_seed(0)
    places = torch.stack([History(50, (1,)).draw(32) for _ in range(200)])
    assert (places < 50).float().mean().item() == pytest.approx(0.5, abs=0.02)
    for row in places:
        taken = row[row < 50]
        assert len(taken.unique()) == len(taken)


def test_a_resume_past_filling_is_exact():
    """The memory of 10 is full after two batches of 8; seven steps and six more."""
    engine = Engine(build(), RandomStream(build().specs, 8), device="cpu", precision="float32")
    for _ in range(2):
        engine.take_step()
    assert engine.system.history.num == 10
    resume_is_exact(build)


def test_each_translator_learns_from_its_own_critic_and_both_from_the_cycle():
    system = build(cycle=0.0, identity=0.0)
    system.D.requires_grad_(False).apply(lambda module: [nn.init.zeros_(each) for each in module.parameters()])
    system.g_loss(batch_for(system))["adversarial"].backward()
    assert not any(weight.grad.any() for weight in system.G.parameters())
    assert any(weight.grad.any() for weight in system.back_G.parameters())
    system = build()
    system.g_loss(batch_for(system))["cycle"].backward()
    assert all(any(weight.grad.any() for weight in net.parameters()) for net in (system.G, system.back_G))


@pytest.mark.parametrize("size", [(1, 1), (4, 9), (13, 30), (64, 33)])
@pytest.mark.parametrize("reflect", [True, False])
def test_the_translator_takes_any_size(size, reflect):
    net = ResNetTranslator(3, 1, blocks=1, width=4, reflect=reflect, affine=True, kernel=4 if reflect else 3)
    assert net(torch.rand(2, 3, *size)).shape == (2, 1, *size)


def test_the_translator_has_the_layers_of_the_paper():
    """Zhu et al.'s with 9 blocks has 11.38 million weights; the 4x4 transposed convolutions add some."""
    net = ResNetTranslator(3, 3, blocks=9)
    more = (16 - 9) * (256 * 128 + 128 * 64)
    kernels = sum(weight.numel() for weight in net.parameters() if weight.ndim == 4)
    blocks = 18 * 9 * 256 * 256
    assert kernels == 2 * 49 * 3 * 64 + 2 * 9 * (64 * 128 + 128 * 256) + blocks + more
    assert [num_blocks((side, side)) for side in (32, 64, 128, 256, 512)] == [3, 6, 6, 9, 9]


def test_the_rate_falls_in_the_second_half():
    assert [constant_then_down(step, 100) for step in (0, 50, 75, 100, 200)] == [1, 1, 0.5, 0, 0]
    engine = Engine(build(steps=4), RandomStream(build().specs, 2), device="cpu", precision="float32")
    for _ in range(4):
        engine.take_step()
    assert engine.optimizers["D"].param_groups[0]["lr"] == pytest.approx(1e-4)


def test_pictures_there_and_back_by_the_command_line(tmp_path, monkeypatch, capsys):
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    for name in ("dark", "bright"):
        np.save(f"{name}.npy", random.integers(0, 255, (12, 16, 16, 3), np.uint8))
    settings = {"width": 4, "blocks": 1, "steps": 2, "batch": 4, "workers": 0, "precision": "float32"}
    model = ganworks.train("cyclegan", "dark.npy", other="bright.npy", out="run", **settings)
    Image.fromarray(random.integers(0, 255, (20, 30, 3), np.uint8)).save("one.png")
    assert main(["apply", "run", "one.png", "--out", "there"]) == 0
    assert main(["apply", "run", "one.png", "--out", "back", "--back"]) == 0
    there, back = (np.asarray(Image.open(f"{name}/one.png")) for name in ("there", "back"))
    assert there.shape == back.shape == (20, 30, 3)
    assert not np.array_equal(there, back)
    pictures = torch.rand(1, 3, 20, 30) * 2 - 1
    assert not torch.equal(model.translate(pictures), model.translate(pictures, back=True))
    ganworks.train("pix2pix", "dark.npy", other="edges", out="oneway", width=4, steps=1, batch=4, workers=0)
    capsys.readouterr()
    assert main(["apply", "oneway", "one.png", "--back"]) == 2
    assert "Pix2Pix has learnt no way back; leave out --back" in capsys.readouterr().err
