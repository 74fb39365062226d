"""From players to optimisers: who owns which parameter, and at what rates it moves."""

import inspect

import torch

from ganworks.core import Player, System


def owned(system: System, players: dict[str, Player]) -> dict[str, list[torch.nn.Parameter]]:
    """The parameters of each player. ValueError unless each trainable parameter has exactly one player."""
    params = {name: player.params for name, player in players.items()}
    owner: dict[int, str] = {}
    for player, moved in params.items():
        for param in moved:
            if id(param) in owner:
                raise ValueError(f"players {owner[id(param)]} and {player} share a parameter; each needs one player")
            owner[id(param)] = player
    for name, param in system.named_parameters():
        if param.requires_grad and id(param) not in owner:
            raise ValueError(f"parameter {name} has no player; give it one, or set requires_grad_(False)")
    return params


def optimizer_of(player: Player, params: list[torch.nn.Parameter]) -> torch.optim.Optimizer:
    """The player's optimiser, fused (one pass over the memory) where it can be.

    SGD's fused momentum fails for parameters whose first gradient comes after that of others.
    """
    try:
        settings = set(inspect.signature(player.optimizer).parameters)
    except ValueError:
        settings = set()
    can_fuse = "fused" in settings and "momentum" not in settings
    return player.optimizer(params, fused=True) if can_fuse else player.optimizer(params)


def rates_of(optimizer: torch.optim.Optimizer, rate: float | None) -> list[float]:
    """The learning rate of each group before any schedule."""
    return [float(group["lr"]) if rate is None else rate for group in optimizer.param_groups]


def decays_of(players: dict[str, Player], ema: float | None) -> dict[str, float]:
    """Which players are averaged, and how slowly; a given `ema` is for those that are, or else for G."""
    own = {name: player.ema for name, player in players.items() if player.ema}
    if ema is None:
        return own
    if not own and "G" not in players:
        raise ValueError(f"--ema: no player of {', '.join(players)} is averaged, and none is called G; leave it out")
    return dict.fromkeys(own or ["G"], ema) if ema > 0 else {}
