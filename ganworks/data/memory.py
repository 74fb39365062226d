"""How much memory the machine can spare."""

import os
from pathlib import Path

UNKNOWN = 4 * 1024**3  # assumed where the system doesn't say


def available_memory() -> int:
    """Bytes that can be used without swapping: the smaller of the machine's and the container's."""
    return min(free_on_machine(), free_in_container())


def budget(share: float) -> int:
    """`share` of the available memory, split among the processes that torchrun starts on this machine."""
    if not 0 < share <= 1:
        raise ValueError(f"memory_share: {share} was given; more than 0 and at most 1 expected")
    return int(available_memory() * share / max(1, int(os.environ.get("LOCAL_WORLD_SIZE", "1"))))


def free_on_machine() -> int:
    try:
        for line in Path("/proc/meminfo").read_text(encoding="ascii").splitlines():
            if line.startswith("MemAvailable:"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass  # not Linux
    try:
        return os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
    except (AttributeError, OSError, ValueError):
        return UNKNOWN


def free_in_container(root: Path = Path("/sys/fs/cgroup")) -> int:
    """What the control group leaves, with file cache counted as free; huge where there is no limit."""
    for limit_name, used_name in (
        ("memory.max", "memory.current"),
        ("memory/memory.limit_in_bytes", "memory/memory.usage_in_bytes"),
    ):
        try:
            limit = int((root / limit_name).read_text(encoding="ascii"))
            used = int((root / used_name).read_text(encoding="ascii"))
            stat = (root / limit_name).with_name("memory.stat").read_text(encoding="ascii")
        except (OSError, ValueError):  # absent, or "max"
            continue
        fields = dict(line.split()[:2] for line in stat.splitlines())
        return max(0, limit - used + int(fields.get("inactive_file", "0")))
    return 2**63 - 1
