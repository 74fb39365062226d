"""ONNX files, by a session that does what it is told, and by onnxruntime where it is installed."""

import json
import sys
from types import SimpleNamespace

import numpy as np
import pytest
import torch
from seeded_weights import seeded_pictures

from ganworks.metrics.extractors import extractor
from ganworks.metrics.extractors.onnx_file import Onnx


class Means:
    """Features are the mean of each channel; what came in is kept."""

    def __init__(self, shape, type="tensor(float)", metadata=None):
        self.port = SimpleNamespace(name="pictures", shape=shape, type=type)
        self.metadata, self.seen = metadata or {}, []

    def get_inputs(self):
        return [self.port]

    def get_outputs(self):
        return [SimpleNamespace(name="features"), SimpleNamespace(name="logits")]

    def get_modelmeta(self):
        return SimpleNamespace(custom_metadata_map=self.metadata)

    def run(self, outputs, inputs):
        assert outputs == ["features"]
        (x,) = inputs.values()
        wanted = [extent if isinstance(extent, int) else None for extent in self.port.shape]
        assert all(have == want for have, want in zip(x.shape, wanted, strict=True) if want)
        self.seen.append(x)
        return [x.astype(np.float64).mean((1, 2) if self.port.shape[3] == 3 else (2, 3))]


def test_channels_first_of_any_size():
    session = Means(["batch", 3, "height", "width"])
    network = Onnx(session, "net", "0" * 16)
    pictures = seeded_pictures(3, 3, 20, 10)
    assert torch.allclose(network(pictures).features, pictures.float().mean((2, 3)) / 255, atol=1e-6)
    assert network(pictures).logits is None
    assert (network.name, network.dim, network.facts["size"]) == ("net", 3, "as it is")
    json.dumps(network.facts)


def test_channels_last_of_a_fixed_size():
    session = Means([None, 12, 16, 3])
    network = Onnx(session, "net", "")
    network(seeded_pictures(2, 1, 40, 40))
    assert session.seen[-1].shape == (2, 12, 16, 3) and network.facts["size"] == [12, 16]


def test_a_size_may_be_asked_of_a_free_model():
    session = Means([None, 1, None, None])
    Onnx(session, "net", "", size=(9, 8))(seeded_pictures(2, 3, 40, 40))
    assert session.seen[-1].shape == (2, 1, 9, 8)


def test_a_fixed_batch_is_filled_up():
    network = Onnx(Means([4, 3, 8, 8]), "net", "")
    pictures = seeded_pictures(6, 3, 8, 8)
    assert torch.allclose(network(pictures).features, pictures.float().mean((2, 3)) / 255, atol=1e-6)


def test_bytes_stay_bytes():
    session = Means([None, 3, 8, 8], "tensor(uint8)")
    pictures = seeded_pictures(2, 3, 8, 8)
    Onnx(session, "net", "")(pictures)
    assert session.seen[-1].dtype == np.uint8 and np.array_equal(session.seen[-1], pictures.numpy())


@pytest.mark.parametrize(
    ("metadata", "low", "high"),
    [
        ({}, 0, 1),
        ({"range": "-1 1"}, -1, 1),
        ({"range": "0, 255"}, 0, 255),
        ({"mean": "0.5", "std": "0.1 0.2 0.25"}, -5, 2),
    ],
)
def test_ranges(metadata, low, high):
    session = Means([None, 3, None, None], "tensor(float16)", metadata)
    ends = torch.tensor([0, 255], dtype=torch.uint8).view(2, 1, 1, 1).expand(-1, 3, 4, 4)
    Onnx(session, "net", "")(ends)
    seen = session.seen[-1]
    assert seen.dtype == np.float16
    assert float(seen[0, 0].mean()) == pytest.approx(low) and float(seen[1, 2].mean()) == pytest.approx(high)


@pytest.mark.parametrize(
    ("session", "sentence"),
    [
        (Means([None, 3]), r"net.onnx takes pictures tensor\(float\) \[None, 3\]; one input of pictures"),
        (Means([None, 3, 8, 8], "tensor(int64)"), "takes pictures tensor"),
        (Means([None, 5, 8, 8]), "takes 5 channels"),
        (Means([None, 3, 8, 8], metadata={"range": "wide"}), "has 'wide' as its range; 2 numbers are needed"),
        (Means([None, 3, 8, 8], metadata={"mean": "1 2"}), "has '1 2' as its mean; 1 or 3 numbers are needed"),
    ],
)
def test_models_that_take_no_pictures(session, sentence):
    with pytest.raises(ValueError, match=sentence):
        Onnx(session, "net", "")


def test_without_onnxruntime_it_says_what_to_install(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "onnxruntime", None)
    (tmp_path / "net.onnx").write_bytes(b"")
    with pytest.raises(ValueError, match=r'net\.onnx needs onnxruntime: pip install "ganworks\[onnx\]"'):
        extractor(str(tmp_path / "net.onnx"))


def test_a_real_file(tmp_path):
    onnx = pytest.importorskip("onnx")
    pytest.importorskip("onnxruntime")
    helper, kind = onnx.helper, onnx.TensorProto.FLOAT
    graph = helper.make_graph(
        [helper.make_node("GlobalAveragePool", ["x"], ["pooled"]), helper.make_node("Flatten", ["pooled"], ["y"])],
        "means",
        [helper.make_tensor_value_info("x", kind, ["n", 3, "h", "w"])],
        [helper.make_tensor_value_info("y", kind, ["n", 3])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8)
    helper.set_model_props(model, {"range": "0 255"})
    onnx.save(model, str(tmp_path / "means.onnx"))
    network = extractor(str(tmp_path / "means.onnx"))
    pictures = seeded_pictures(3, 3, 20, 10)
    assert torch.allclose(network(pictures).features, pictures.float().mean((2, 3)), atol=1e-3)
    assert network.name == "means" and len(network.facts["weights"]) == 16
    (tmp_path / "broken.onnx").write_bytes(b"nothing")
    with pytest.raises(ValueError, match="can't be run by onnxruntime"):
        extractor(str(tmp_path / "broken.onnx"))
