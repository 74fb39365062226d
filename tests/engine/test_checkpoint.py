"""Checkpoints survive what happens to files: kills, damage, full disks, strangers."""

import errno
import os
from pathlib import Path

import pytest
import torch
from safetensors.torch import save_file

from ganworks.engine import checkpoint, run


@pytest.fixture
def tensors():
    torch.manual_seed(0)
    return {"a": torch.randn(3, 4), "half": torch.randn(5).bfloat16(), "count": torch.tensor(7), "none": torch.zeros(0)}


def test_comes_back_to_the_bit(tmp_path, tensors):
    facts = {"step": 3, "rate": 0.1 + 0.2, "text": "ä"}
    checkpoint.write(tmp_path / "x.safetensors", tensors, facts)
    read, read_facts = checkpoint.read(tmp_path / "x.safetensors")
    assert read_facts == facts
    assert read.keys() == tensors.keys()
    for name, tensor in tensors.items():
        assert read[name].dtype == tensor.dtype
        assert torch.equal(read[name], tensor)


def test_channels_last_tensors_come_back_equal(tmp_path):
    tensor = torch.randn(2, 3, 4, 5).to(memory_format=torch.channels_last)
    checkpoint.write(tmp_path / "x.safetensors", {"a": tensor}, {})
    assert torch.equal(checkpoint.read(tmp_path / "x.safetensors")[0]["a"], tensor)


def test_every_damaged_byte_is_noticed(tmp_path, tensors):
    path = tmp_path / "x.safetensors"
    checkpoint.write(path, tensors, {"step": 3})
    whole = path.read_bytes()
    for place in range(0, len(whole), 7):
        changed = bytearray(whole)
        changed[place] ^= 1
        path.write_bytes(changed)
        with pytest.raises(ValueError, match=r"x\.safetensors"):
            checkpoint.read(path)


def test_a_truncated_or_foreign_file_is_named_and_the_one_before_it_taken(tmp_path, tensors):
    for step in (10, 20, 30):
        checkpoint.save(tmp_path, step, tensors, {"step": step}, keep=3)
    newest = checkpoint.path_of(tmp_path, 30)
    newest.write_bytes(newest.read_bytes()[:-5])
    save_file({"a": torch.zeros(2)}, checkpoint.path_of(tmp_path, 20))
    _, facts, problems = checkpoint.load_newest(tmp_path)
    assert facts["step"] == 10
    assert len(problems) == 2
    assert "step-00000030" in problems[0]
    assert "not a checkpoint of ganworks" in problems[1]


def test_nothing_usable_is_one_clear_line(tmp_path):
    with pytest.raises(ValueError, match=r"no usable checkpoint .* there is none"):
        checkpoint.load_newest(tmp_path)


def test_keeps_the_last_two_and_the_best(tmp_path, tensors):
    for step in (1, 2, 3, 4):
        checkpoint.save(tmp_path, step, tensors, {"step": step}, best=step == 2)
    assert [path.name for path in sorted(tmp_path.iterdir())] == [
        "best.safetensors",
        "step-00000003.safetensors",
        "step-00000004.safetensors",
    ]
    assert checkpoint.read(tmp_path / "best.safetensors")[1]["step"] == 2


@pytest.mark.parametrize("write", ["checkpoint", "text"])
def test_two_processes_write_the_same_file(tmp_path, tensors, monkeypatch, write):
    """The other one comes just before the first has put its file in place."""
    path, replace, other = tmp_path / "x.safetensors", Path.replace, os.getpid() + 1

    def once(text):
        if write == "text":
            run.write_text(path, text)
        else:
            checkpoint.write(path, tensors, {"text": text})

    def late(unfinished, target):
        monkeypatch.setattr(Path, "replace", replace)
        with monkeypatch.context() as there:
            there.setattr(os, "getpid", lambda: other)
            once("second")
        return unfinished.replace(target)

    monkeypatch.setattr(Path, "replace", late)
    once("first")
    assert (path.read_text() if write == "text" else checkpoint.read(path)[1]["text"]) == "first"
    assert list(tmp_path.iterdir()) == [path]


def test_what_a_killed_process_left_goes_with_the_next_checkpoint(tmp_path, tensors, monkeypatch):
    def killed(handle):
        raise SystemExit

    with monkeypatch.context() as there:
        there.setattr(os, "fsync", killed)
        there.setattr(Path, "unlink", lambda path, missing_ok=False: None)
        with pytest.raises(SystemExit):
            checkpoint.save(tmp_path, 1, tensors, {"step": 1})
    assert [path.suffix for path in tmp_path.iterdir()] == [".unfinished"]
    monkeypatch.setattr(os, "getpid", lambda: 1)
    checkpoint.save(tmp_path, 2, tensors, {"step": 2})
    assert [path.name for path in tmp_path.iterdir()] == ["step-00000002.safetensors"]


def test_a_full_disk_loses_no_earlier_checkpoint(tmp_path, tensors, monkeypatch):
    checkpoint.save(tmp_path, 1, tensors, {"step": 1}, best=True)

    def full(handle):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        checkpoint.save(tmp_path, 2, tensors, {"step": 2}, best=True)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["best.safetensors", "step-00000001.safetensors"]
    assert checkpoint.load_newest(tmp_path)[1]["step"] == 1
