"""Parts of a finished net exchanged for others: norms, activations, how it doubles and halves, its last function.

ValueError, in one line, where a net has no such part.
"""

from collections.abc import Callable
from functools import partial
from typing import TypeVar

import torch
from torch import Tensor, nn
from torch.nn.modules.batchnorm import _BatchNorm
from torch.nn.utils.parametrize import is_parametrized, remove_parametrizations

from ganworks.layers.convolution import ConvolveHalve, Double, DoubleConvolve, Halve
from ganworks.layers.normalization import Bias, constrain
from ganworks.layers.rescale import ConvolveMax, Shuffle

Layer = nn.Conv2d | nn.ConvTranspose2d | nn.Linear
T = TypeVar("T")
NORMS: dict[str, Callable[[int], nn.Module]] = {
    "batch": nn.BatchNorm2d,
    "instance": partial(nn.InstanceNorm2d, affine=True),
    "layer": partial(nn.GroupNorm, 1),
    "spectral": Bias,
    "none": Bias,
}
ACTIVATIONS: dict[str, Callable[..., nn.Module]] = {"relu": nn.ReLU, "leaky_relu": partial(nn.LeakyReLU, 0.2)}
UP: dict[str, type[nn.Module]] = {"transposed": Double, "pixel_shuffle": Shuffle, "nearest": DoubleConvolve}
DOWN: dict[str, type[nn.Module]] = {"stride": Halve, "average": ConvolveHalve, "max": ConvolveMax}
ELSE = "try DCGAN's nets: --nets dcgan, or the system dcgan"


class UnitRange(nn.Module):
    """2 sigmoid(x) - 1: a picture made in [0, 1], as batches have it."""

    def forward(self, x: Tensor) -> Tensor:
        return 2 * x.sigmoid() - 1


class FromUnitRange(nn.Module):
    """A critic that is shown pictures in [0, 1]: x (N, ...) in [-1, 1], and labels if it takes them -> (N,)."""

    def __init__(self, net: nn.Module):
        super().__init__()
        self.net = net

    def forward(self, x: Tensor, *labels: Tensor) -> Tensor:
        return self.net((x + 1) / 2, *labels)


class Ending(nn.Module):
    """A generator with one more function at its end."""

    def __init__(self, net: nn.Module, last: nn.Module):
        super().__init__()
        self.net, self.last = net, last

    def forward(self, z: Tensor, *labels: Tensor) -> Tensor:
        return self.last(self.net(z, *labels))


OUTPUTS: dict[str, type[nn.Module]] = {"tanh": nn.Tanh, "linear": nn.Identity, "sigmoid": UnitRange}


def chosen(setting: str, name: str, possible: dict[str, T]) -> T:
    """ValueError for a name that is not among the possible ones."""
    if name not in possible:
        raise ValueError(f"{setting} is '{name}'; possible: {', '.join(possible)}")
    return possible[name]


def swap(net: nn.Module, kinds: type[nn.Module] | tuple[type[nn.Module], ...], make: Callable[..., nn.Module]) -> int:
    """Put `make(old)` where modules of these kinds stand; how many there were."""
    found = [(at, name, old) for at in net.modules() for name, old in at.named_children() if isinstance(old, kinds)]
    for at, name, old in found:
        setattr(at, name, make(old))
    return len(found)


def swap_resizing(net: nn.Module, setting: str, name: str, table: dict[str, type[nn.Module]]) -> None:
    """Other convolutions that double (UP) or halve (DOWN); their weights start as spread as the old ones."""
    kind = chosen(setting, name, table)

    def make(old: Double | Halve) -> nn.Module:
        layer = kind(old.in_channels, old.out_channels, old.bias is not None)
        assert isinstance(layer, nn.Conv2d | nn.ConvTranspose2d)
        nn.init.normal_(layer.weight, 0.0, old.weight.std().item())
        if layer.bias is not None:
            nn.init.zeros_(layer.bias)
        return constrain(layer, "spectral" if is_parametrized(old, "weight") else "none")

    if not swap(net, tuple(table.values()), make):
        raise ValueError(f"{setting} is '{name}', but this net has no convolutions that do that; {ELSE}")


def swap_activations(net: nn.Module, setting: str, name: str) -> None:
    kind = chosen(setting, name, ACTIVATIONS)
    if not swap(net, (nn.ReLU, nn.LeakyReLU), lambda old: kind(inplace=old.inplace)):
        raise ValueError(f"{setting} is '{name}', but this net has no activations as layers; {ELSE}")


def after_activations(net: nn.Module, setting: str, make: Callable[[], nn.Module]) -> None:
    """One more layer behind each activation."""
    if not swap(net, (nn.ReLU, nn.LeakyReLU), lambda old: nn.Sequential(old, make())):
        raise ValueError(f"{setting} goes behind activations, and this net has none as layers; {ELSE}")


def swap_norms(net: nn.Module, setting: str, name: str) -> None:
    """Another norm at every place that has one, or that was left empty for one behind a convolution, but the first.

    "spectral" acts on all weights instead, and "none" leaves a bias at each place and starts from He's weights: those
    of DCGAN, N(0, 0.02), hardly let a signal through without a norm. A net that has no norm stays as it is with "none".
    """
    kind = chosen(setting, name, NORMS)
    at = places(net)
    if not at and name not in ("spectral", "none"):
        raise ValueError(f"{setting} is '{name}', but this net has no place for a norm; {ELSE}")
    if name == "instance" and any(isinstance(getattr(parent, key), nn.BatchNorm1d) for parent, key, _ in at):
        raise ValueError(f"{setting} is 'instance', which is for maps, and this net has none; possible: layer, none")
    constrained = [module for module in net.modules() if is_parametrized(module, "weight")]
    is_bare = not constrained and all(isinstance(getattr(parent, key), nn.Identity) for parent, key, _ in at)
    for module in constrained:
        remove_parametrizations(module, "weight", leave_parametrized=False)
    if name == "spectral" and any(isinstance(m, Layer) and not m.weight.any() for m in net.modules()):
        raise ValueError(f"{setting} is 'spectral', but this net starts with weights of 0, whose norm is 0; {ELSE}")
    for parent, key, channels in at:
        old = getattr(parent, key)
        if kind is Bias and isinstance(old, nn.Identity):
            continue  # the layer before has a bias of its own
        new = kind(channels) if not (name == "batch" and isinstance(old, nn.BatchNorm1d)) else old
        with torch.no_grad():
            for part in () if kind is Bias else ("weight", "bias"):
                if isinstance(before := getattr(old, part, None), Tensor):
                    getattr(new, part).copy_(before)
        setattr(parent, key, new)
    if name == "spectral":
        swap(net, (nn.Conv2d, nn.ConvTranspose2d, nn.Linear), lambda old: constrain(old, "spectral"))
    if name == "none" and not is_bare:
        net.apply(keep_variance)


def places(net: nn.Module) -> list[tuple[nn.Module, str, int]]:
    """Where norms stand or could: parent, name, channels."""
    found = []
    first = next((module for module in net.modules() if isinstance(module, Layer)), None)
    for parent in net.modules():
        before: nn.Module | None = None
        for name, child in parent.named_children():
            if isinstance(child, _BatchNorm | nn.InstanceNorm2d):
                found.append((parent, name, child.num_features))
            elif isinstance(child, nn.GroupNorm | Bias):
                found.append((parent, name, child.num_channels))
            elif is_left_empty(parent, child) and isinstance(before, nn.Conv2d) and before is not first:
                found.append((parent, name, before.out_channels))
            before = child
    return found


def is_left_empty(parent: nn.Module, child: nn.Module) -> bool:
    """Whether a norm could stand there: only in a sequence is what stands behind a convolution run behind it."""
    return isinstance(parent, nn.Sequential) and isinstance(child, nn.Identity)


def keep_variance(module: nn.Module) -> None:
    """He's weights, for leaky ReLU 0.2: a net without norm that starts from N(0, 0.02) hardly lets a signal through."""
    if isinstance(module, (nn.Conv2d, nn.Linear)):
        nn.init.kaiming_normal_(module.weight, a=0.2)
    elif isinstance(module, nn.ConvTranspose2d):  # a place hears kernel / stride each way
        heard = module.in_channels * module.kernel_size[0] ** 2 / module.stride[0] ** 2
        nn.init.normal_(module.weight, 0.0, (2 / (1.04 * heard)) ** 0.5)


def swap_output(G: nn.Module, setting: str, name: str) -> nn.Module:
    """G with another function in the place of its tanh, or at its end if it has none."""
    kind = chosen(setting, name, OUTPUTS)
    is_done = swap(G, (nn.Tanh, UnitRange), lambda old: kind()) or kind is nn.Identity
    return G if is_done else Ending(G, kind())
