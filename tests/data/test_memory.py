"""What the machine and its container leave, and how ranks share it."""

import subprocess
import sys

import pytest

from ganworks.data import memory


def test_the_container_counts(tmp_path):
    (tmp_path / "memory.max").write_text("1000\n")
    (tmp_path / "memory.current").write_text("600\n")
    (tmp_path / "memory.stat").write_text("anon 300\ninactive_file 200\n")
    assert memory.free_in_container(tmp_path) == 600
    (tmp_path / "memory.max").write_text("max\n")
    assert memory.free_in_container(tmp_path) > 2**60
    assert memory.free_in_container(tmp_path / "absent") > 2**60


def test_older_control_groups(tmp_path):
    (tmp_path / "memory").mkdir()
    (tmp_path / "memory" / "memory.limit_in_bytes").write_text("1000")
    (tmp_path / "memory" / "memory.usage_in_bytes").write_text("400")
    (tmp_path / "memory" / "memory.stat").write_text("cache 5\ninactive_file 0\n")
    assert memory.free_in_container(tmp_path) == 600


def test_available_memory_is_believable():
    assert 2**24 < memory.available_memory() < 2**46


def test_ranks_share_the_budget(monkeypatch):
    monkeypatch.setattr(memory, "available_memory", lambda: 1000)
    assert memory.budget(0.5) == 500
    monkeypatch.setenv("LOCAL_WORLD_SIZE", "4")
    assert memory.budget(0.5) == 125


@pytest.mark.parametrize("share", [0, 1.01])
def test_shares_that_make_no_sense(share):
    with pytest.raises(ValueError, match="memory_share"):
        memory.budget(share)


def test_importing_the_package_is_cheap():
    code = "import sys, ganworks.data; assert not {'torch', 'numpy', 'PIL'} & set(sys.modules), 'heavy import'"
    subprocess.run([sys.executable, "-c", code], check=True)
