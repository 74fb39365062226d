"""What `train` is asked for: new, the same again, or something that cannot be."""

import json

import pytest
import torch

from ganworks import registry, request
from ganworks.engine.run import Run


@pytest.fixture(autouse=True)
def inside(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "photos").mkdir()


def understand(first, second, given, own):
    return request.understand(first, second, given, own, {"steps": 100, "seed": 0, "batch": None})


def begin(asked, **training):
    """As `train` writes it, which has found the batch out."""
    told = {name: value for name, value in asked.training.items() if value is not None}
    facts = {"system": asked.system, "settings": {"width": 64, "size": [28, 28]} | asked.settings}
    facts |= {"training": {"batch": 64, "steps": 100, "minutes": 5.0} | told | training}
    facts |= {"asked": asked.asked, "data": {"source": asked.source}}
    asked.run.begin(facts)


def test_a_folder_alone_takes_the_default_system_and_its_name(tmp_path):
    asked = understand("photos", None, {}, {})
    assert asked.system == "r3gan"
    assert str(asked.run.folder) == "runs/r3gan-photos"
    assert asked.source == str(tmp_path / "photos")
    assert asked.settings == ({} if torch.cuda.is_available() else registry.DEFAULT_ON_CPU)
    assert asked.why == (registry.WHY if torch.cuda.is_available() else registry.WHY_ON_CPU)


def test_no_reason_is_given_for_what_was_named():
    assert understand("r3gan", "photos", {}, {}).why == ""
    asked = understand("photos", None, {}, {"nets": "r3gan"})
    assert (asked.settings, asked.why) == ({"nets": "r3gan"}, registry.WHY)


def test_a_system_and_a_folder():
    asked = understand("wgan_gp", "photos/", {"out": "runs/a", "size": 64}, {"width": 32})
    assert (asked.system, str(asked.run.folder), asked.settings) == ("wgan_gp", "runs/a", {"width": 32})
    assert asked.training["size"] == 64


def test_the_same_again_goes_on():
    begin(understand("dcgan", "photos", {"size": (28, 28)}, {"width": 64}))
    again = understand("dcgan", "photos", {"size": (28, 28), "steps": 200}, {"width": 64})
    assert again.run.folder.name == "dcgan-photos"
    assert again.training["steps"] == 200
    assert again.training["batch"] == 64
    assert "minutes" not in again.training, "a budget of minutes is for one sitting"
    assert again.settings == {"width": 64, "size": (28, 28)}


def test_the_same_again_leaves_what_the_doctor_changed():
    asked = understand("dcgan", "photos", {"d_lr": 2e-4}, {})
    begin(asked)
    facts = asked.run.facts
    facts["training"]["d_lr"], facts["rollbacks"] = 5e-5, [{"to": 100, "change": {"d_lr": 5e-5}}]
    (asked.run.folder / "run.json").write_text(json.dumps(facts))
    assert understand("dcgan", "photos", {"d_lr": 2e-4}, {}).training["d_lr"] == 5e-5
    assert understand(str(asked.run.folder), None, {"d_lr": 1e-4}, {}).training["d_lr"] == 1e-4


def test_another_setting_gets_another_folder():
    begin(understand("dcgan", "photos", {}, {}))
    assert understand("dcgan", "photos", {}, {"width": 32}).run.folder.name == "dcgan-photos-2"


def test_another_setting_in_the_same_folder_is_refused():
    begin(understand("dcgan", "photos", {"out": "runs/a"}, {}))
    with pytest.raises(ValueError, match=r"holds another run \(--width the default, not 32\)"):
        understand("dcgan", "photos", {"out": "runs/a"}, {"width": 32})
    with pytest.raises(ValueError, match=r"holds another run \(system dcgan, not lsgan\)"):
        understand("lsgan", "photos", {"out": "runs/a"}, {})


def test_a_run_goes_on_by_its_folder():
    begin(understand("dcgan", "photos", {"out": "runs/a"}, {}))
    asked = understand("runs/a", None, {"steps": 500, "batch": 64}, {"width": 64})
    assert (asked.system, asked.training["steps"]) == ("dcgan", 500)
    for given, own in (({"batch": 32}, {}), ({}, {"width": 32})):
        with pytest.raises(ValueError, match="needs a new run"):
            understand("runs/a", None, given, own)


@pytest.mark.parametrize(
    ("first", "second", "message"),
    [
        (None, None, "what to train on?"),
        ("dcgan", None, "give it data too"),
        ("dcgann", "photos", "Did you mean dcgan"),
        ("nomodule:x", "photos", "no module 'nomodule'"),
    ],
)
def test_what_cannot_be_is_said_in_one_line(first, second, message):
    with pytest.raises(ValueError, match=message) as failure:
        understand(first, second, {}, {})
    assert "\n" not in str(failure.value)


def test_a_file_in_the_way_is_said(tmp_path):
    (tmp_path / "out").write_text("")
    with pytest.raises(ValueError, match="out is a file"):
        understand("dcgan", "photos", {"out": "out"}, {})


def test_run_json_is_readable():
    asked = understand("dcgan", "photos", {"out": "runs/a"}, {})
    begin(asked)
    assert json.loads((asked.run.folder / "run.json").read_text())["versions"]["torch"]
    (asked.run.folder / "run.json").write_text("{")
    with pytest.raises(ValueError, match=r"run\.json cannot be read"):
        _ = Run(asked.run.folder).facts


def test_a_default_that_is_given_is_no_other_run_but_counts_when_it_goes_on():
    begin(understand("dcgan", "photos", {"out": "runs/a", "steps": 4, "seed": 5}, {}))
    assert understand("dcgan", "photos", {"out": "runs/a", "seed": 5}, {}).run.folder.name == "a"
    assert understand("runs/a", None, {"steps": 100}, {}).training["steps"] == 100
    with pytest.raises(ValueError, match="--seed needs a new run"):
        understand("runs/a", None, {"seed": 0}, {})
