"""The worked example of CONTRIBUTING.md is a system that keeps the rules and trains."""

import re
import sys
from pathlib import Path

import pytest

import ganworks
from ganworks import checks, registry

TEXT = (Path(__file__).parents[1] / "CONTRIBUTING.md").read_text(encoding="utf-8")


@pytest.fixture
def name(tmp_path, monkeypatch):
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    (tmp_path / "mine.py").write_text(code)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    yield "mine:sloped"
    sys.modules.pop("mine", None)


def test_the_example_keeps_the_rules(name):
    entry = registry.find(name)
    for check in checks.CHECKS:
        check(lambda: registry.build(name, **entry.tiny)[0])
    checks.documentation_names_the_source(entry)


def test_the_example_trains(name):
    model = ganworks.train(name, "fashion_mnist_10k", steps=3, width=32, batch=8, out="run")
    assert model.sample(4)["image"].shape == (4, 1, 28, 28)
