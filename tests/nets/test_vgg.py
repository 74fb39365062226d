"""VGG: its taps, its input, its weights, and that it belongs to nobody."""

import copy

import pytest
import torch
from safetensors.torch import save_file
from torch import nn
from torchvision import models

from ganworks.nets import vgg as module
from ganworks.nets.vgg import MEANS, SPREADS, random_layers, vgg

ALL = [f"{kind}{block}_{row}" for block, num in enumerate((2, 2, 4, 4, 4), 1) for row in range(1, num + 1)
       for kind in ("conv", "relu")]  # fmt: skip


def caffe_file(path, blocks=(2, 2, 3, 3, 3)):
    layers, names = iter(random_layers()), [(b, r) for b, n in enumerate(blocks, 1) for r in range(1, n + 1)]
    tensors, inputs = {}, 3
    for block, row in names:
        outputs = module.WIDTHS[block - 1]
        tensors[f"conv{block}_{row}.weight"] = torch.randn(outputs, inputs, 3, 3).half() * (2 / 9 / inputs) ** 0.5
        tensors[f"conv{block}_{row}.bias"] = torch.randn(outputs).half()
        inputs = outputs
    assert next(layers)
    save_file(tensors, path)
    return tensors


def test_maps_are_those_of_torchvisions_layers(monkeypatch, tmp_path):
    """Every tap of both, with weights as torchvision names them, against torchvision's own modules."""
    x = torch.rand(2, 3, 32, 48) * 2 - 1
    normal = ((x + 1) / 2 - torch.tensor(MEANS).view(3, 1, 1)) / torch.tensor(SPREADS).view(3, 1, 1)
    for name, plan in (("vgg16", "D"), ("vgg19", "E")):
        small = [size if size == "M" else size // 8 for size in models.vgg.cfgs[plan]]
        layers = models.vgg.make_layers(small)
        torch.save({f"features.{key}": value for key, value in layers.state_dict().items()}, tmp_path / f"{name}.pth")
        net, expected = vgg(tmp_path / f"{name}.pth"), []
        y = normal
        for layer in layers:
            y = layer(y.clone())
            if not isinstance(layer, nn.MaxPool2d):
                expected.append(y.clone())
        taps = [tap for tap in ALL if name == "vgg19" or not tap.endswith(("3_4", "4_4", "5_4"))]
        for found, wanted in zip(net(x, taps), expected, strict=True):
            torch.testing.assert_close(found, wanted, rtol=1e-4, atol=1e-5)


def test_caffes_weights_see_bytes_in_bgr(tmp_path):
    tensors = caffe_file(tmp_path / "trunk.safetensors")
    net = vgg(tmp_path / "trunk.safetensors")
    x = torch.rand(1, 3, 16, 16) * 2 - 1
    byte = ((x + 1) * 127.5).flip(1) - torch.tensor([104.007, 116.669, 122.679]).view(3, 1, 1)
    weight, bias = tensors["conv1_1.weight"].float(), tensors["conv1_1.bias"].float()
    expected = nn.functional.conv2d(byte, weight, bias, padding=1)
    torch.testing.assert_close(net(x, ["conv1_1"])[0] * module.CAFFE_SPREAD, expected, rtol=1e-4, atol=1e-2)
    assert torch.equal(*net(x, ["conv5_4", "conv5_3"]))  # the last of its block


def test_grey_is_repeated_and_what_is_transparent_is_white():
    net, grey = vgg("random"), torch.rand(2, 1, 16, 16) * 2 - 1
    assert torch.equal(*(net(x, ["relu2_1"])[0] for x in (grey, grey.expand(-1, 3, -1, -1))))
    hidden = torch.cat([grey.expand(-1, 3, -1, -1), torch.full_like(grey, -1)], 1)
    assert torch.equal(*(net(x, ["relu2_1"])[0] for x in (hidden, torch.ones(2, 3, 16, 16))))


def test_it_belongs_to_no_player_and_no_checkpoint():
    system = nn.Module()
    system.features = vgg("random")
    system.train()
    assert not system.features.training
    assert not system.state_dict() and not list(system.parameters()) and not list(system.buffers())
    assert copy.deepcopy(system).features is system.features
    x = torch.rand(1, 3, 16, 16, requires_grad=True)
    system.features(x, ["conv5_4"])[0].square().sum().backward()
    assert x.grad.abs().sum() > 0


def test_in_bf16():
    net, x = vgg("random"), torch.rand(2, 3, 32, 32)
    exact = net(x, ["conv3_1", "relu5_4"])
    with torch.autocast("cpu", torch.bfloat16):
        rough = net(x, ["conv3_1", "relu5_4"])
    for a, b in zip(exact, rough, strict=True):
        assert b.dtype == torch.bfloat16
        assert (a - b).norm() < 0.03 * a.norm()


def test_random_weights_are_always_the_same_and_keep_the_variance():
    assert all(torch.equal(a, b) for (a, _), (b, _) in zip(random_layers(), random_layers(), strict=True))
    maps = vgg("random")(torch.randn(4, 3, 64, 64), ALL)
    assert all(0.05 < x.std() < 50 for x in maps)


def test_errors_are_one_line(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"no file 'nowhere.pth' to take VGG's weights from; possible: vgg19, vgg16"):
        vgg("nowhere.pth").train()
    (tmp_path / "bad.safetensors").write_text("?")
    with pytest.raises(ValueError, match="can't be read as weights of VGG"):
        vgg(tmp_path / "bad.safetensors").train()
    caffe_file(tmp_path / "short.safetensors", (2, 2, 3, 3))
    with pytest.raises(ValueError, match="holds no VGG-16 or VGG-19"):
        vgg(tmp_path / "short.safetensors").train()
    with pytest.raises(ValueError, match="has no 'relu2_3'"):
        vgg("random")(torch.zeros(1, 3, 16, 16), ["relu2_3"])
    with pytest.raises(ValueError, match="8x8 are too small for relu1_1, relu5_1"):
        vgg("random")(torch.zeros(1, 3, 8, 8), ["relu1_1", "relu5_1"])

    def unreachable(*args, **settings):
        raise OSError("no route to host\nsecond line")

    monkeypatch.setattr(torch.hub, "load_state_dict_from_url", unreachable)
    monkeypatch.setattr("torchvision.models._api.load_state_dict_from_url", unreachable)
    with pytest.raises(ValueError, match=r"^torchvision's vgg19 can't be downloaded \(no route to host\); give a file"):
        vgg().train()
    assert vgg().eval() is not None  # what was trained with it is used without it
