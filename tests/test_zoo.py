"""The zoo: a run without what only training needs, and the models that are shipped."""

import numpy as np
import pytest
import torch
from PIL import Image

import ganworks
from ganworks import data, zoo
from ganworks.__main__ import main
from ganworks.apply.tiles import integers
from ganworks.data.degrade import Degrade
from ganworks.engine import checkpoint
from ganworks.engine.run import Run
from ganworks.layers.bicubic import enlarged
from ganworks.metrics.restoration import blockiness, psnr
from ganworks.registry import Unknown
from ganworks.zoo.__main__ import pack

LARGEST = 5_000_000  # bytes


@pytest.fixture
def shipped(tmp_path, monkeypatch):
    """A zoo with one enlarger, and the run it is made of."""
    monkeypatch.chdir(tmp_path)
    random = np.random.default_rng(0)
    for number in range(4):
        Image.fromarray(random.integers(0, 255, (24, 30, 3), np.uint8)).save(tmp_path / f"{number}.png")
    own = {"width": 4, "blocks": 1, "scale": 2, "size": 16, "batch": 2, "precision": "float32"}
    model = ganworks.train("srgan", str(tmp_path), out="run", steps=2, vgg="random", **own)
    pack(model.run, tmp_path / "zoo" / "upscale2", ["G."])
    (tmp_path / "zoo" / "upscale2" / "card.md").write_text("# A card\n")
    monkeypatch.setattr(zoo, "HOUSE", tmp_path / "zoo")
    return model


def test_what_is_shipped_does_the_same_in_half_precision(shipped):
    ours = ganworks.load("zoo:upscale2")
    x = torch.rand(1, 3, 9, 7) * 2 - 1
    torch.testing.assert_close(ours.translate(x), ganworks.load("run").translate(x), rtol=0, atol=5e-3)
    names = checkpoint.load_newest(ours.run.checkpoints)[0].keys()
    assert names and all(name.startswith("system.G.") for name in names)
    assert str(shipped.run.folder.resolve().parent) not in (ours.run.folder / "run.json").read_text()


def test_it_is_used_without_a_run(shipped, capsys):
    assert main(["upscale", "1.png"]) == 0
    assert Image.open("1-x2.png").size == (60, 48)
    assert main(["apply", "zoo:upscale2", "1.png"]) == 0
    assert Image.open("out/1/1.png").size == (60, 48)
    capsys.readouterr()
    assert main(["show", "zoo:upscale2"]) == 0
    assert capsys.readouterr().out == "# A card\n"
    assert main(["list"]) == 0
    assert "zoo:upscale2" in capsys.readouterr().out


@pytest.mark.parametrize(("words", "expected"), [
    ("upscale zoo:upscale4 1.png", "unknown model of the zoo 'upscale4'. Did you mean upscale2?"),
    ("sample zoo:upscale2", "srgan starts from pictures, and has kept none to show what it does; give it yours: "
     "ganworks apply zoo:upscale2 PICTURES"),
    ("upscale missing.png", "no picture and no folder at 'missing.png'"),
    ("upscale run 1.png --scale 2", "run enlarges as it has learnt; leave it out, or leave out run"),
    ("upscale 1.png --scale 3", "--scale: '3' was given; possible: one of 2, 4"),
    ("upscale run", "run is a run; what shall it enlarge? ganworks upscale run PICTURE"),
    ("complete run", "run is a run; what shall it fill? ganworks complete run PICTURE --mask MASK"),
])  # fmt: skip
def test_mistakes(shipped, words, expected, capsys):
    capsys.readouterr()
    assert main(words.split()) == 2
    assert expected in capsys.readouterr().err


def test_a_name_that_is_not_there():
    with pytest.raises(Unknown, match="unknown model of the zoo 'nothing'"):
        ganworks.load("zoo:nothing")


@pytest.mark.parametrize("name", zoo.names())
def test_each_is_small_and_has_a_card(name):
    folder = zoo.folder_of(f"zoo:{name}")
    assert sum(path.stat().st_size for path in folder.rglob("*") if path.is_file()) < LARGEST
    card = (folder / zoo.CARD).read_text()
    for told in ("Data", "Licence", "Measured"):
        assert told in card, f"the card of {name} does not tell its {told.lower()}"
    model = ganworks.load(f"zoo:{name}")
    assert Run(folder).facts["system"] and all(param.isfinite().all() for param in model.system.parameters())


def saved_small(true: torch.Tensor, quality: int, scale: int) -> torch.Tensor:
    """A picture (1, 3, H, W) so many times smaller, as JPEG leaves it."""
    pixels = data.to_bytes(true)[0].permute(1, 2, 0).numpy()
    small = Degrade.parse(f"jpeg:{quality}")(pixels, scale, np.random.default_rng(0))["other"]
    return data.from_bytes(torch.from_numpy(small.copy())).permute(2, 0, 1)[None]


@pytest.mark.parametrize(("scale", "gain"), [(2, 1.5), (4, 1.0)])
def test_enlargers_bring_back_what_they_have_never_seen(scale, gain):
    """Garments, of which they have learnt nothing: sharp ones come nearer to the truth, of smooth ones blocks fade."""
    garments = data.open_pictures("fashion_mnist_10k").read(torch.arange(64))["image"]
    mosaic = data.from_bytes(garments).view(8, 8, 28, 28).permute(0, 2, 1, 3).reshape(1, 1, 224, 224)
    sharp = enlarged(mosaic, scale // 2).clamp(-1, 1).expand(-1, 3, -1, -1)
    smooth = enlarged(sharp, 2).clamp(-1, 1)
    model = ganworks.load(f"zoo:upscale{scale}", device="cpu")
    small = saved_small(sharp, 50, scale)
    assert psnr(model.translate(small), sharp) > psnr(enlarged(small, scale).clamp(-1, 1), sharp) + gain
    small = saved_small(smooth, 30, scale)
    blocks = [blockiness(made, 8 * scale) for made in (model.translate(small), enlarged(small, scale).clamp(-1, 1))]
    assert blocks[0] < 0.75 * blocks[1]


def test_completion_fills_what_it_has_never_seen(tmp_path, monkeypatch, capsys):
    """Garments under scratches, of which it has learnt nothing: far nearer than their mean, the rest as it was."""
    monkeypatch.chdir(tmp_path)
    garments = data.open_pictures("fashion_mnist_10k").read(torch.arange(16))["image"]
    mosaic = data.from_bytes(garments).view(4, 4, 28, 28).permute(0, 2, 1, 3).reshape(1, 1, 112, 112)
    true = integers(enlarged(mosaic, 2).clamp(-1, 1).expand(-1, 3, -1, -1)[0], np.dtype(np.uint8))
    scratched, hole = true.copy(), np.zeros(true.shape[:2], bool)
    for row in range(10, 224, 30):
        hole[row : row + 5, :] = True
    scratched[hole] = 255
    Image.fromarray(scratched).save("old.png")
    Image.fromarray(hole).save("mask.png")
    assert main(["complete", "old.png", "--mask", "mask.png"]) == 0
    assert "17.4% of the picture filled" in capsys.readouterr().out
    made = np.asarray(Image.open("out/old.png"))
    np.testing.assert_array_equal(made[~hole], true[~hole])
    error, mean = ((np.square(each - true[hole].astype(float))).mean() for each in (made[hole], true[~hole].mean(0)))
    assert error < mean / 4


def test_restyling_changes_the_style_and_keeps_the_picture():
    """A key that it has never seen: its sign stays white, its grey becomes Twitter's blue."""
    model = ganworks.load("zoo:restyle", device="cpu")
    key = torch.ones(1, 3, 64, 64)
    key[:, :, 3:61, 3:61] = data.from_bytes(torch.tensor([120, 144, 156], dtype=torch.uint8)).view(3, 1, 1)
    key[:, :, 14:50, 26:38] = 1
    made = model.translate(key)[0]
    red, green, blue = made[:, 20:44, 8:20].mean((1, 2)).tolist()
    assert red + 0.2 < green < blue - 0.2
    assert made[:, 20:44, 29:35].mean() > 0.9
