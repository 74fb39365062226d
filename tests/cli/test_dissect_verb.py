import json
from pathlib import Path

import numpy as np
import pytest
import torch
from PIL import Image

from ganworks import api
from ganworks.__main__ import main
from ganworks.data import from_bytes, to_bytes
from ganworks.nets.classifier import Classifier, save_network


@pytest.fixture(scope="module")
def network(run: Path) -> Path:
    """A classifier that calls half of the run's samples cats, and half of them dogs."""
    torch.manual_seed(0)
    net = Classifier(1, (8, 8), 2, width=4).eval()
    with torch.no_grad():
        logits = net(from_bytes(to_bytes(api.load(run, device="cpu").sample(100, 0)["image"])))
        net.head.bias[1] += (logits[:, 0] - logits[:, 1]).median()
    path = run.parent / "pets.safetensors"
    save_network(path, net, {"classes": ["cat", "dog"]})
    return path


def test_a_class_is_dissected(run: Path, network: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    path = tmp_path / "dissect.png"
    words = ["--network", str(network), "--samples", "120", "--out", str(path)]
    assert main(["dissect", str(run), "cat", *words]) == 0
    said = capsys.readouterr().out
    assert "of 8 maps 8x2x2 dropped" in said
    assert "still cat " in said
    assert np.asarray(Image.open(path)).shape == (38, 118)  # 4 rows of 12
    facts = json.loads(path.with_suffix(".json").read_text())
    assert facts["layer"] == "8x2x2"
    assert len(facts["weights"]) == 8
    assert set(facts["dropped"]) == {n for n in range(8) if facts["weights"][n] > 0}
    assert 0 <= facts["kept"]["thing"] <= 1


def test_directions_by_labels(run: Path, network: Path, capsys: pytest.CaptureFixture[str]):
    assert main(["directions", str(run), "--by", "labels", "--network", str(network), "--samples", "200"]) == 0
    said = capsys.readouterr().out
    assert "accuracy" in said
    facts = json.loads((run / "directions" / "dog.json").read_text())
    assert facts["method"] == "labels"
    assert set(facts["shares"]) == {"-3", "0", "3"}
    (run / "directions" / "dog.json").unlink()
    (run / "directions" / "cat.json").unlink()


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        ("cat", "--network FILE is needed"),
        ("", "something is missing"),
        ("bird --network {network}", "unknown class 'bird'"),
        ("cat --network {run}/run.json", "can't be read as safetensors"),
        ("cat --network {network} --layer 9x9x9", "unknown layer '9x9x9'"),
        ("cat --network {network} --samples 3", "--samples: 3 was given"),
    ],
)
def test_mistakes_in_dissecting(
    run: Path, network: Path, words: str, expected: str, capsys: pytest.CaptureFixture[str]
):
    assert main(["dissect", str(run), *words.format(run=run, network=network).split()]) == 2
    said = capsys.readouterr().err
    assert expected in said
    assert len(said.splitlines()) == 1
