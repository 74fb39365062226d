"""`ganworks check` on a system of one's own: sound, and with planted faults."""

from pathlib import Path

import pytest

from ganworks.__main__ import main

OWN = '''
import torch
from ganworks.registry import register
from ganworks.systems.image.gan import gan

@register(size=8)
def sound(*, size: int = 28):
    """Sound, Nobody 2014.

    size: height and width
    """
    return gan(size=size, width=4)

@register(size=8)
def faulty(*, size: int = 28):
    """Faulty."""
    system = sound(size=size)
    d_loss = system.d_loss
    system.d_loss = lambda batch: {name: term + torch.nan for name, term in d_loss(batch).items()}
    return system

@register()
def unbuildable(*, size: int = 28):
    """Fails, Nobody 2014."""
    raise TypeError("this can't be built")
'''


@pytest.fixture(autouse=True)
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "own_systems.py").write_text(OWN)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))


def test_a_sound_system(capsys: pytest.CaptureFixture[str]):
    assert main(["check", "own_systems:sound"]) == 0
    out = capsys.readouterr().out
    assert out.startswith("own_systems:sound(size=8)\n")
    assert "  pass  resume is exact\n" in out
    assert "FAIL" not in out
    assert "All 10 rules are kept." in out


def test_planted_faults(capsys: pytest.CaptureFixture[str]):
    assert main(["check", "own_systems:faulty"]) == 1
    lines = capsys.readouterr().out.splitlines()
    assert any(line.startswith("  FAIL  terms are finite scalars: ") and "nan" in line for line in lines)
    assert any(line.startswith("  FAIL  documentation names the source: ") for line in lines)
    assert "  pass  each parameter has one player" in lines
    assert lines[-1].endswith("of 10 rules are broken.")


def test_an_exception_is_a_broken_rule_with_its_place(capsys: pytest.CaptureFixture[str]):
    assert main(["check", "own_systems:unbuildable"]) == 1
    out = capsys.readouterr().out
    line = 1 + OWN.splitlines().index('    raise TypeError("this can\'t be built")')
    assert f"TypeError: this can't be built (own_systems.py, line {line})" in out
    assert "no small variant" in out
