"""Several processes as one: started by `torchrun`, averaged by one flat all-reduce a turn."""

import itertools
import json
import os
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from typing import Any, NoReturn, TypeVar

import torch
import torch.distributed as dist
from torch import Tensor
from torch.distributed.rendezvous import rendezvous

STORE: list[dist.Store] = []  # where the ranks of a started group tell each other how far they are
CALLS = itertools.count()  # of `first`; all ranks make the same ones
T = TypeVar("T")
TIMEOUT = timedelta(minutes=float(os.environ.get("GANWORKS_TIMEOUT_MINUTES", "10")))


def start() -> None:
    """Join the process group if torchrun started this process; NCCL on GPUs, gloo otherwise."""
    if "WORLD_SIZE" not in os.environ or dist.is_initialized():
        return
    on_gpu = torch.cuda.is_available()
    if on_gpu:
        torch.cuda.set_device(int(os.environ["LOCAL_RANK"]) % torch.cuda.device_count())
    store, own_rank, size = next(rendezvous("env://", timeout=TIMEOUT))
    STORE[:] = [dist.PrefixStore("progress", store)]
    dist.init_process_group(
        "cpu:gloo,cuda:nccl" if on_gpu and dist.is_nccl_available() else "gloo",
        store=dist.PrefixStore("group", store),
        rank=own_rank,
        world_size=size,
        timeout=TIMEOUT,
    )


def leave(code: int) -> NoReturn:
    """End this process when all ranks are here, and at once.

    Two launches of about 25 ended in SIGABRT, a thread destroyed while it ran: the tearing down of the process group
    is the likely cause, though it was never seen at work. Leaving at once passes it by.
    """
    if world() > 1 and code == 0:
        dist.barrier()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def rank() -> int:
    return dist.get_rank() if dist.is_initialized() else 0


def world() -> int:
    return dist.get_world_size() if dist.is_initialized() else 1


def average(tensors: Sequence[Tensor]) -> None:
    """Replace each tensor by its mean over the ranks: one all-reduce of them all, flat."""
    if world() == 1 or not tensors:
        return
    flat = torch.cat([tensor.reshape(-1).float() for tensor in tensors])
    dist.all_reduce(flat)
    flat /= world()
    for tensor, mean in zip(tensors, flat.split([t.numel() for t in tensors]), strict=True):
        tensor.copy_(mean.view(tensor.shape))


@torch.no_grad()
def copy_from_first(tensors: Iterable[Tensor]) -> None:
    """Overwrite each tensor by that of rank 0."""
    if world() > 1:
        for tensor in tensors:
            dense = tensor.contiguous()
            dist.broadcast(dense, 0)
            tensor.copy_(dense)


def agree(flags: Sequence[bool], device: torch.device) -> list[bool]:
    """Each flag, true where any rank has set it."""
    if world() == 1:
        return list(flags)
    together = torch.tensor(flags, dtype=torch.int32, device=device)
    dist.all_reduce(together, op=dist.ReduceOp.MAX)
    return [bool(flag) for flag in together.tolist()]


def gather(value: Any) -> list[Any]:
    """`value` of every rank, on every rank."""
    if world() == 1:
        return [value]
    values: list[Any] = [None] * world()
    dist.all_gather_object(values, value)
    return values


def first(make: Callable[[], T]) -> T:
    """What rank 0 makes alone, JSON-able, on every rank; if it fails, every rank raises the same sentence.

    The others wait as long as it takes, by the store: in a collective they would give up after TIMEOUT. If rank 0 is
    killed, torchrun ends them.
    """
    if world() == 1:
        return make()
    key = f"first {next(CALLS)}"
    if rank() == 0:
        try:
            made = make()
            told = json.dumps(["", made])
        except BaseException as error:
            STORE[0].set(key, json.dumps(sentence(error)))
            raise
        STORE[0].set(key, told)
        return made
    while not STORE[0].check([key]):
        time.sleep(0.02)
    kind, *made_or_words = json.loads(STORE[0].get(key))
    if kind:
        raise {"OSError": OSError, "ValueError": ValueError}.get(kind, RuntimeError)(*made_or_words)
    return made_or_words[0]


def sentence(error: BaseException) -> list[Any]:
    """What kind of error it is, for those who must tell, and what it is made of."""
    if isinstance(error, OSError):
        return ["OSError", *([error.errno, error.strerror, error.filename] if error.errno else [str(error)])]
    return ["ValueError" if isinstance(error, ValueError) else "other", str(error) or type(error).__name__]


@contextmanager
def meeting(step: int) -> Iterator[None]:
    """Around the collectives of a step: when one of them fails, say which rank did not come."""
    if world() == 1:
        yield
        return
    STORE[0].set(str(rank()), str(step))
    try:
        yield
    except RuntimeError as error:
        if type(error) is not RuntimeError and not isinstance(error, dist.DistError):
            raise  # training diverged, or memory is out: nobody is missing
        late = [other for other in range(world()) if other != rank() and reached(other) < step]
        named = ", ".join(f"rank {other} (last seen at step {reached(other)})" for other in late)
        where = named or "none is behind, so the connection itself or a process failed"
        message = f"rank {rank()} could not meet the others at step {step} within {TIMEOUT}; missing: {where}"
        raise RuntimeError(f"{message} [{str(error).splitlines()[0]}]") from error


def reached(other: int) -> int:
    try:
        return int(STORE[0].get(str(other))) if STORE[0].check([str(other)]) else -1
    except RuntimeError:  # the store went away with the process that held it
        return -1
