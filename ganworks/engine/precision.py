"""Where and how precisely to compute, chosen once for all systems."""

import os
from contextlib import AbstractContextManager, nullcontext
from typing import Literal

import torch

Device = Literal["auto", "cpu", "cuda", "mps"]
Precision = Literal["auto", "float32", "bf16"]


def choose_device(name: str = "auto") -> torch.device:
    """`auto` takes CUDA, then MPS, then the CPU. Under torchrun each rank takes its own GPU."""
    if name == "auto":
        alone = int(os.environ.get("WORLD_SIZE", "1")) == 1  # ranks cannot talk to each other from Metal GPUs
        has_mps = alone and torch.backends.mps.is_available()
        name = "cuda" if torch.cuda.is_available() else "mps" if has_mps else "cpu"
    if name == "cuda" and not torch.cuda.is_available():
        raise ValueError("--device cuda: this machine has no CUDA GPU that torch can use; take --device auto or cpu")
    if name == "mps" and not torch.backends.mps.is_available():
        raise ValueError("--device mps: this machine has no Metal GPU that torch can use; take --device auto or cpu")
    return torch.device(name, torch.cuda.current_device()) if name == "cuda" else torch.device(name)


def has_bf16(device: torch.device) -> bool:
    """Whether bfloat16 is computed by the hardware, and so pays off."""
    if device.type == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    if device.type != "cpu" or not hasattr(torch.cpu, "get_capabilities"):
        return False
    capabilities = torch.cpu.get_capabilities()
    return bool(capabilities.get("amx_bf16") or capabilities.get("avx512_bf16"))


def choose_precision(name: str, device: torch.device) -> str:
    """`auto` is bf16 where the hardware has it; losses and penalties are float32 in any case."""
    if name == "auto":
        return "bf16" if has_bf16(device) else "float32"
    if name not in ("float32", "bf16"):
        raise ValueError(f"--precision {name}: possible are auto, float32, bf16")
    return name


def autocast(precision: str, device: torch.device) -> AbstractContextManager[None]:
    """The context in which networks run."""
    if precision == "float32":
        return nullcontext()
    return torch.autocast(device.type, dtype=torch.bfloat16)


def to_device(batch: dict[str, torch.Tensor], device: torch.device) -> dict[str, torch.Tensor]:
    """The batch on the device, pictures (4-D) in channels-last order, which bf16 convolutions need to be fast."""
    return {
        name: value.to(device, non_blocking=True, memory_format=torch.channels_last)
        if value.ndim == 4
        else value.to(device, non_blocking=True)
        for name, value in batch.items()
    }
