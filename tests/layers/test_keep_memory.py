"""Freed memory is handed out again, without new page faults."""

import platform
import resource

import pytest
import torch

from ganworks.layers.memory import keep_memory


def faults(repeats: int = 20) -> int:
    """Page faults of filling 8 MB and letting go of it, again and again."""
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(repeats):
        torch.empty(2, 1 << 20).fill_(1.0)
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told to keep memory")
def test_memory_is_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("MALLOC_ARENA_MAX", raising=False)
    assert keep_memory()
    faults()
    assert faults() < 2048  # a single allocation of 8 MB touches 2048 pages


def test_the_users_own_settings_win(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MALLOC_TRIM_THRESHOLD_", "131072")
    assert not keep_memory()
