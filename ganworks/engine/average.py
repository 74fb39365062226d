"""An exponential moving average of players' weights: the system that sampling uses."""

import copy

import torch
from torch import Tensor, nn
from torch.optim.swa_utils import get_ema_multi_avg_fn

from ganworks.core import Player, System


class Average:
    """A copy of a system whose averaged players follow slowly; all other tensors are shared with the original.

    The decay starts low, as (1 + n) / (10 + n) after n updates, so that early samples are of the current weights.
    Running statistics of batch norm are averaged like weights, other buffers are copied.
    """

    def __init__(self, system: System, decays: dict[str, float], players: dict[str, Player]):
        modules = {name: players[name].modules for name in decays}
        averaged = {id(t) for networks in modules.values() for network in networks for t in tensors_of(network)}
        shared = {id(tensor): tensor for tensor in tensors_of(system) if id(tensor) not in averaged}
        self.system = copy.deepcopy(system, shared)
        twin = dict(zip(system.modules(), self.system.modules(), strict=True))
        # The copy must not hold on to the original: a pair of tensors for each that is averaged, and for each copied.
        self.followed = {name: Followed([(network, twin[network]) for network in modules[name]]) for name in decays}
        self.decays = decays
        self.modules = [(original, mirror) for original, mirror in twin.items() if has_extra_state(original)]

    @torch.no_grad()
    def update(self, step: int) -> None:
        """Follow the weights as they are after `step` steps."""
        for name, followed in self.followed.items():
            followed.follow(min(self.decays[name], (1 + step) / (10 + step)))

    def refresh(self) -> None:
        """Take over state that is not a tensor; call before sampling."""
        for original, mirror in self.modules:
            mirror.set_extra_state(original.get_extra_state())

    def tensors(self) -> dict[str, Tensor]:
        """The averaged tensors, by the names they have in the system."""
        own = {id(t) for followed in self.followed.values() for t in followed.slow + followed.copies}
        kept = self.system.state_dict().keys()  # buffers that are not persistent are made anew, not saved
        return {name: t for name, t in named_tensors(self.system) if id(t) in own and name in kept}


class Followed:
    """The tensors of one player, fast and slow."""

    def __init__(self, pairs: list[tuple[nn.Module, nn.Module]]):
        self.fast: list[Tensor] = []
        self.slow: list[Tensor] = []
        self.originals: list[Tensor] = []
        self.copies: list[Tensor] = []
        for network, mirror in pairs:
            for (name, tensor), (_, slow) in zip(named_tensors(network), named_tensors(mirror), strict=True):
                smooth = isinstance(tensor, nn.Parameter) or name.rpartition(".")[2] in ("running_mean", "running_var")
                (self.fast if smooth else self.originals).append(tensor)
                (self.slow if smooth else self.copies).append(slow)

    def follow(self, decay: float) -> None:
        get_ema_multi_avg_fn(decay)(self.slow, self.fast, 0)
        for target, source in zip(self.copies, self.originals, strict=True):
            target.copy_(source)


def named_tensors(module: nn.Module) -> list[tuple[str, Tensor]]:
    return [*module.named_parameters(), *module.named_buffers()]


def tensors_of(module: nn.Module) -> list[Tensor]:
    return [tensor for _, tensor in named_tensors(module)]


def has_extra_state(module: nn.Module) -> bool:
    return type(module).get_extra_state is not nn.Module.get_extra_state
