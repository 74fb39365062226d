"""StarGAN: whose label each loss is about, and how a class is asked for."""

from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image
from torch.nn.functional import cross_entropy, l1_loss

import ganworks
from ganworks import checks, registry
from ganworks.__main__ import main
from ganworks.nets.resnet_translator import ResNetTranslator
from ganworks.nets.star_critic import StarCritic
from ganworks.specs import Label
from ganworks.systems.translate.stargan import StarGAN


def build(**settings: object) -> StarGAN:
    torch.manual_seed(0)
    return registry.build("stargan", **registry.find("stargan").tiny | {"channels": 1} | settings)[0]


def batch_for(system: StarGAN, num: int = 4) -> dict[str, torch.Tensor]:
    return system.draw(num) | {name: spec.random(num) for name, spec in system.specs.items()}


def test_the_losses_are_those_of_the_paper():
    system = build(label_weight=2.0, cycle=3.0, penalty=4.0)
    batch = batch_for(system) | {"label": torch.tensor([0, 1, 2, 0]), "target": torch.tensor([1, 1, 0, 2])}
    image, label, target = batch["image"], batch["label"], batch["target"]
    fake = system.turned(image, target)
    terms = system.g_loss(batch)
    expected = {
        "adversarial": -system.D(fake)[0].mean(),
        "label": 2 * cross_entropy(system.D(fake)[1], target),
        "cycle": 3 * l1_loss(system.turned(fake, label), image),
    }
    for name, value in expected.items():
        torch.testing.assert_close(terms[name], value)
    terms = system.d_loss(batch)
    torch.testing.assert_close(terms["wasserstein"], system.D(fake)[0].mean() - system.D(image)[0].mean())
    torch.testing.assert_close(terms["label"], 2 * cross_entropy(system.D(image)[1], label))
    between = image.lerp(fake.detach(), batch["t"][:, None, None, None]).requires_grad_()
    (slope,) = torch.autograd.grad(system.D(between)[0].sum(), between)
    torch.testing.assert_close(terms["penalty"], 4 * (slope.flatten(1).norm(dim=1) - 1).square().mean())


def test_each_set_has_its_labels_and_its_steps_and_a_mask_says_which_it_is():
    """Section 3.2: G is told the labels of both sets and the mask; D's error is of the labels that are known."""
    system = build(other_classes=2, label_weight=1.0)
    labels = {name: spec.classes for name, spec in system.specs.items() if isinstance(spec, Label)}
    assert labels == {"label": 3, "other_label": 2}
    batch = batch_for(system) | {"other_label": torch.tensor([0, 1, 1, 0]), "other_target": torch.tensor([1, 1, 0, 1])}
    seen = []
    system.G.register_forward_pre_hook(lambda _, given: seen.append(given[0][:, 1:, 0, 0]))
    terms = system.g_loss(batch, which=1)
    assert seen[0].tolist() == [[0, 0, 0, 0, 1, 0, 1]] * 2 + [[0, 0, 0, 1, 0, 0, 1], [0, 0, 0, 0, 1, 0, 1]]
    assert seen[1][:, 3:5].argmax(1).tolist() == [0, 1, 1, 0], "back to the labels that they had"
    fake = batch["fake"]
    torch.testing.assert_close(terms["label"], cross_entropy(system.D(fake)[1][:, 3:], batch["other_target"]))
    terms = system.d_loss(batch, which=1)
    torch.testing.assert_close(terms["label"], cross_entropy(system.D(batch["other"])[1][:, 3:], batch["other_label"]))
    system.g_loss(batch, which=0)
    assert (seen[2][:, 5:] == torch.tensor([1, 0])).all()
    torch.testing.assert_close(seen[2][:, :3].argmax(1), batch["target"])
    both = [system.turns(step)[0].loss.keywords["which"] for step in range(4)]
    assert both == [0, 1, 0, 1]
    assert system.inputs(6)["target"].tolist() == [0, 1, 2, 3, 4, 0], "a sample shows labels of both sets"


@pytest.mark.parametrize("check", checks.CHECKS, ids=lambda check: check.__name__)
def test_with_two_sets_it_keeps_the_rules(check):
    check(lambda: build(other_classes=2))


def test_two_sets_from_the_command_line(faces, capsys):
    """Labels of either can be asked for; a second set without any is refused."""
    for name in ("grey", "red"):
        Path("more", name).mkdir(parents=True)
        for number in range(4):
            Image.new("RGB", (16, 16), name).save(Path("more", name, f"{number}.png"))
    small = ["--width", "4", "--blocks", "1", "--batch", "4", "--size", "16"]
    assert main(["train", "stargan", "faces", "--other", "more", "--out", "run", "--minutes", "0.001", *small]) == 0
    assert main(["apply", "run", "faces/dark/0.png"]) == 2
    assert "choose one by --label: bright, dark, grey, red" in capsys.readouterr().err
    made = []
    for label in ("bright", "red"):
        assert main(["apply", "run", "faces/dark/0.png", "--label", label, "--out", label]) == 0
        made.append(np.asarray(Image.open(f"{label}/0.png")))
    assert not np.array_equal(*made)
    assert main(["train", "run", "--minutes", "0.001"]) == 0
    capsys.readouterr()
    assert main(["train", "stargan", "faces", "--other", "more/red", "--out", "b", "--steps", "3", *small]) == 2
    assert "the second set of pictures has no labels, which stargan needs" in capsys.readouterr().err


def test_the_critic_moves_five_times_with_pictures_of_its_own():
    turns = build(critic_steps=5).turns(0)
    assert [turn.player for turn in turns] == ["D", "D", "D", "D", "G", "D"]
    assert [turn.fresh for turn in turns] == [True] * 5 + [False]


@pytest.mark.parametrize(("size", "patches"), [((128, 128), (2, 2)), ((28, 28), (3, 3)), ((16, 50), (2, 6))])
def test_the_critic_halves_down_to_two_or_three_places(size, patches):
    critic = StarCritic(size, 3, 5, width=2)
    logits, label_logits = critic(torch.rand(2, 3, *size))
    assert (tuple(logits.shape), tuple(label_logits.shape)) == ((2, 1, *patches), (2, 5))


def test_a_label_is_seen_with_zeros_beyond_the_border_and_not_with_a_mirror_image():
    """Instance norm takes an even plane away: only at a border of zeros it leaves a trace."""
    for reflect, moves in ((False, True), (True, False)):
        torch.manual_seed(0)
        net = ResNetTranslator(1 + 3, 1, blocks=1, width=4, reflect=reflect, affine=True, kernel=3)
        x = torch.zeros(2, 4, 16, 16)
        x[:, 0] = torch.randn(16, 16)
        x[0, 1] = x[1, 2] = 1  # two labels
        first, second = net.layers[:2](x).detach()
        assert torch.allclose(first, second, atol=1e-4) != moves


def test_samples_are_one_picture_as_all_classes_or_many_as_the_one_that_is_asked_for():
    system = build()
    system.examples.copy_(torch.arange(64)[:, None, None, None].expand_as(system.examples))
    inputs = system.inputs(7)
    assert inputs["target"].tolist() == [0, 1, 2, 0, 1, 2, 0]
    assert inputs["image"][:, 0, 0, 0].add(1).mul(127.5).round().tolist() == [0, 0, 0, 1, 1, 1, 2]
    two, pictures = torch.full((4,), 2), system.starts(torch.arange(4))
    asked = system.sample(4, 0, label=two)["image"]
    with torch.no_grad():
        torch.testing.assert_close(asked, system.turned(pictures, two))
    torch.testing.assert_close(system.translate(pictures, label=two), asked)


@pytest.fixture
def faces(tmp_path, monkeypatch):
    """Two folders, of dark and of bright pictures."""
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    for name, low in (("dark", 0), ("bright", 150)):
        folder = tmp_path / "faces" / name
        folder.mkdir(parents=True)
        for number in range(6):
            Image.fromarray(random.integers(low, low + 100, (16, 16, 3), np.uint8)).save(folder / f"{number}.png")


def test_a_class_is_asked_for_by_its_name(faces, capsys):
    settings = {"width": 4, "blocks": 1, "batch": 4, "workers": 0, "precision": "float32", "size": 16}
    model = ganworks.train("stargan", "faces", out="run", steps=2, **settings)
    examples = model.system.examples.float().mean((1, 2, 3))
    assert (examples < 125).any(), "pictures of one class"
    assert (examples > 125).any(), "and of the other"
    Image.open("faces/dark/0.png").resize((30, 20)).save("one.png")
    assert main(["apply", "run", "one.png"]) == 2
    assert "stargan makes several classes; choose one by --label: bright, dark" in capsys.readouterr().err
    assert main(["apply", "run", "one.png", "--label", "brigth"]) == 2
    assert "Did you mean bright?" in capsys.readouterr().err
    made = []
    for label in ("bright", "dark"):
        assert main(["apply", "run", "one.png", "--label", label, "--out", label]) == 0
        made.append(np.asarray(Image.open(f"{label}/one.png")))
    assert made[0].shape == (20, 30, 3)
    assert not np.array_equal(*made)
    assert main(["sample", "run", "--count", "4", "--label", "bright", "--out", "drawn"]) == 0


def test_one_class_is_too_few():
    with pytest.raises(ValueError, match="stargan was given 1 classes, it needs 2 or more"):
        build(classes=1)
