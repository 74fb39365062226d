"""Memory that is handed out again instead of being given back to the system after every step."""

import ctypes
import os
import platform

M_TRIM_THRESHOLD, M_TOP_PAD, M_MMAP_THRESHOLD = -1, -2, -3  # from glibc's malloc.h


def keep_memory() -> bool:
    """Let glibc keep freed memory; whether it does. Call once, before training on the CPU.

    By default large tensors are mapped afresh each time, and the kernel fills them with zeros page by page: about
    10,000 page faults in a step of DCGAN at 64 pixels. The peak stays what it was. The user's own settings
    in the environment win.
    """
    if platform.libc_ver()[0] != "glibc" or any(name.startswith("MALLOC_") for name in os.environ):
        return False
    mallopt = ctypes.CDLL(None).mallopt
    is_kept = any(mallopt(M_MMAP_THRESHOLD, size) for size in (1 << 30, 1 << 25))  # older ones take 32 MB at most
    return bool(is_kept and mallopt(M_TRIM_THRESHOLD, (1 << 31) - 1) and mallopt(M_TOP_PAD, 1 << 26))
