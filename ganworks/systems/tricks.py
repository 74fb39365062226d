"""The tricks of the trade, as settings of every duel that takes them by `**tricks`; each is written here, once.

    return apply_tricks(DCGAN(G, D, image, latent), **tricks)

None, 0 or False leave a system as its paper has it.
"""

from functools import partial
from typing import Literal, TypeVar

import torch

from ganworks.layers.noise import Dropout, Noise
from ganworks.layers.normalization import has_batch_norm
from ganworks.losses.adversarial import (
    MINIMAX,
    NON_SATURATING,
    RELATIVISTIC,
    difference_g,
    minimax_g,
    soft_targets,
    with_kl,
)
from ganworks.nets import surgery
from ganworks.specs import Image
from ganworks.systems.duel import Duel
from ganworks.systems.small_data import LeCam, augmentation_for
from ganworks.systems.tricked import tricked

D = TypeVar("D", bound=Duel)


def apply_tricks(
    duel: D,
    *,
    g_norm: Literal["batch", "instance", "layer", "spectral", "none"] | None = None,
    d_norm: Literal["batch", "instance", "layer", "spectral", "none"] | None = None,
    g_activation: Literal["relu", "leaky_relu"] | None = None,
    d_activation: Literal["relu", "leaky_relu"] | None = None,
    up: Literal["transposed", "pixel_shuffle", "nearest"] | None = None,
    down: Literal["stride", "average", "max"] | None = None,
    output: Literal["tanh", "linear", "sigmoid"] | None = None,
    dropout: float = 0.0,
    sampling_dropout: bool = False,
    g_noise: float = 0.0,
    instance_noise: float = 0.0,
    noise_steps: int = 10_000,
    z: Literal["normal", "uniform"] | None = None,
    loss: Literal["non_saturating", "minimax"] | None = None,
    kl: float = 0.0,
    soft_labels: float = 0.0,
    soft_fakes: float = 0.0,
    noisy_labels: float = 0.0,
    mixed_batches: bool = False,
    replay: float = 0.0,
    replay_size: int = 512,
    critic_steps: int | None = None,
    d_optimizer: Literal["sgd"] | None = None,
    balance: float = 0.0,
    diff_augment: str = "",
    ada: float = 0.0,
    ada_images: int = 500_000,
    lecam: float = 0.0,
) -> D:
    """The duel with tricks, changed in place. ValueError, in one line, for one that does not suit it.

    g_norm: G's norm; "spectral" acts on weights, "none" starts from He's
    d_norm: D's norm
    g_activation: G's activation; leaky_relu has slope 0.2
    d_activation: D's activation
    up: how G doubles: a transposed convolution, or a 3x3 one before a pixel shuffle or behind nearest neighbours
    down: how D halves: a convolution with stride 2, or a 3x3 one before pooling
    output: G's last function; "linear" cuts samples to [-1, 1], "sigmoid" gives D pictures in [0, 1]
    dropout: share of values set to 0 behind each activation of G, in training
    sampling_dropout: drop in sampling too
    g_noise: deviation of noise behind each activation of G, in training and sampling
    instance_noise: deviation of noise on all that D sees (arXiv 1610.04490)
    noise_steps: steps in which both noises fall to 0, in a line; 0 for never
    z: distribution of z; uniform is in [-1, 1]
    loss: G's loss: with flipped labels, or minimax (eq. 1 of arXiv 1406.2661)
    kl: weight of KL(fakes || data), as D sees it, in G's loss
    soft_labels: D's target for real pictures is 1 - this (arXiv 1606.03498)
    soft_fakes: D's target for fakes is this
    noisy_labels: share of rows whose real and fake picture change sides for D
    mixed_batches: real and fake pictures pass D together, so that its batch norm mixes them
    replay: share of D's fakes that are old ones (arXiv 1612.07828)
    replay_size: how many old fakes are kept
    critic_steps: moves of D for each of G
    d_optimizer: "sgd" moves D with momentum 0.9, at a learning rate of 0.01 if no other is given
    balance: who has the lower loss by this factor does not move; to see why not to do it
    diff_augment: for few pictures, how D sees them: "color,translation,cutout" or some of it (arXiv 2006.10738)
    ada: for few pictures, how sure of real ones D may be, 0.6, before it sees them changed (arXiv 2006.06676)
    ada_images: pictures in which ada can go from no change to always; fewer in short runs
    lecam: for few pictures, weight of a bound on D's logits (arXiv 2104.03310), 0.01 or more
    """
    resize(duel, up, down)
    exchange_layers(duel, norms=(g_norm, d_norm), activations=(g_activation, d_activation))
    check_batches(duel, d_norm, mixed_batches)
    check_balance(duel, loss, kl, balance)
    if lecam < 0:
        raise ValueError(f"lecam is {lecam:g}; it must not be negative")
    augment = augmentation_for(duel, diff_augment, ada, ada_images)
    if output:
        set_output(duel, output)
    add_dropout(duel, dropout, sampling_dropout)
    add_noise(duel, g_noise, instance_noise, noise_steps)
    set_loss(duel, loss, kl, soft_labels, soft_fakes)
    changes: dict[str, object] = {
        "clamps": output == "linear",
        "has_chance": dropout or g_noise or instance_noise,
        "is_blurred": instance_noise,
        "uniform": surgery.chosen("z", z or "normal", {"normal": False, "uniform": True}),
        "exchanged": share("noisy_labels", noisy_labels),
        "mixes": mixed_batches,
        "replay": share("replay", replay),
        "uses_sgd": d_optimizer is not None and surgery.chosen("d_optimizer", d_optimizer, {"sgd": True}),
        "balance": balance,
        "is_augmented": augment is not None,
        "is_adaptive": ada > 0,
        "lecam_weight": lecam,
    }
    if any(changes.values()):
        duel.__class__ = tricked(type(duel))  # type: ignore[assignment]
        vars(duel).update(changes | {"noise_steps": noise_steps})
    if critic_steps is not None:
        duel.critic_steps = critic_steps
    if noise_steps != 10_000 and not (g_noise or instance_noise):
        raise ValueError(f"noise_steps is {noise_steps}, but there is no noise; give --g-noise or --instance-noise too")
    if replay_size != 512 and not replay:
        raise ValueError(f"replay_size is {replay_size}, but replay is 0; give a share, such as --replay 0.5")
    duel.look_again()
    if augment:
        duel.augment = augment
    if lecam:
        duel.lecam = LeCam()
    remember(duel, replay, replay_size, balance)
    if mixed_batches or replay:
        duel.shares_logits = False  # D's turn sees others, or sees them in other company, than G's
    return duel


def resize(duel: Duel, up: str | None, down: str | None) -> None:
    if up:
        surgery.swap_resizing(duel.G, "up", up, surgery.UP)
    if down:
        surgery.swap_resizing(duel.D, "down", down, surgery.DOWN)


def exchange_layers(
    duel: Duel, norms: tuple[str | None, str | None], activations: tuple[str | None, str | None]
) -> None:
    """Norms and activations of G and D."""
    for name, net, norm, activation in zip("gd", (duel.G, duel.D), norms, activations, strict=True):
        if norm:
            surgery.swap_norms(net, f"{name}_norm", norm)
        if activation:
            surgery.swap_activations(net, f"{name}_activation", activation)


def check_batches(duel: Duel, d_norm: str | None, mixed_batches: bool) -> None:
    """Raise ValueError for a batch norm that spoils a penalty, and for mixing where no norm would see it."""
    if d_norm == "batch" and type(duel).d_loss is not Duel.d_loss:  # those with a loss of their own have a penalty
        raise ValueError("d_norm is 'batch', but this system penalises D's slope at single examples, which it mixes")
    if mixed_batches and not has_batch_norm(duel.D):
        raise ValueError("mixed_batches is on, but D has no batch norm, so that it would change nothing; leave it out")


def check_balance(duel: Duel, loss: str | None, kl: float, balance: float) -> None:
    """Raise ValueError where losses can be below 0: times a factor they say nothing, and one player sleeps for good."""
    if balance and (kl or loss == "minimax" or duel.adversarial.g in (minimax_g, difference_g)):
        raise ValueError(f"balance is {balance:g}, but G's loss can be negative here; use it with dcgan's losses")


def set_output(duel: Duel, output: str) -> None:
    if not isinstance(duel.specs[duel.entry], Image):
        raise ValueError(f"output is '{output}', which is for pictures; points have no bounds")
    duel.G = surgery.swap_output(duel.G, "output", output)
    if output == "sigmoid":
        duel.D = surgery.FromUnitRange(duel.D)


def add_dropout(duel: Duel, dropout: float, sampling_dropout: bool) -> None:
    if sampling_dropout and not dropout:
        raise ValueError("sampling_dropout is on, but dropout is 0; give a share, such as --dropout 0.5")
    if share("dropout", dropout):
        surgery.after_activations(duel.G, "dropout", partial(Dropout, dropout, sampling_dropout))


def add_noise(duel: Duel, g_noise: float, instance_noise: float, noise_steps: int) -> None:
    for name, deviation in (("g_noise", g_noise), ("instance_noise", instance_noise), ("noise_steps", noise_steps)):
        if deviation < 0:
            raise ValueError(f"{name} is {deviation:g}; it must not be negative")
    if g_noise:
        surgery.after_activations(duel.G, "g_noise", partial(Noise, g_noise))
    if instance_noise:
        duel.blur = Noise(instance_noise)


def set_loss(duel: Duel, loss: str | None, kl: float, soft_labels: float, soft_fakes: float) -> None:
    """Other losses, made of the system's own."""
    if kl < 0:
        raise ValueError(f"kl is {kl:g}; it must not be negative")
    soft = share("soft_labels", soft_labels) + share("soft_fakes", soft_fakes)
    is_sigmoid = duel.adversarial in (MINIMAX, NON_SATURATING)
    if (loss or soft) and not is_sigmoid:
        setting = f"loss is '{loss}'" if loss else "soft labels are given"
        raise ValueError(f"{setting}, but D's loss is not the sigmoid's cross-entropy, as in gan, dcgan and cgan")
    if kl and not (is_sigmoid or duel.adversarial is RELATIVISTIC):
        raise ValueError(f"kl is {kl:g}, but D's logit is no log ratio of densities, as in gan, dcgan, cgan and r3gan")
    if loss:
        duel.adversarial = surgery.chosen("loss", loss, {"non_saturating": NON_SATURATING, "minimax": MINIMAX})
    if soft:
        if soft >= 1:
            raise ValueError(f"soft_labels and soft_fakes are {soft:g} together; they must stay below 1")
        duel.adversarial = soft_targets(duel.adversarial, 1 - soft_labels, soft_fakes)
    if kl:
        duel.adversarial = with_kl(duel.adversarial, kl)


def remember(duel: Duel, replay: float, replay_size: int, balance: float) -> None:
    """The memory of the tricks that have one."""
    if replay:
        if duel.classes:
            raise ValueError("replay is for systems without labels: old fakes have labels of their own")
        if replay_size < 1:
            raise ValueError(f"replay_size is {replay_size}; it must be at least 1")
        duel.register_buffer("old", torch.zeros(replay_size, *duel.specs[duel.entry].shape))
        duel.register_buffer("num_old", torch.zeros((), dtype=torch.int64))
    if balance:
        if balance <= 1:
            raise ValueError(f"balance is {balance:g}; it must be above 1")
        if torch.distributed.is_initialized():
            raise ValueError("balance works in one process alone: others would disagree who moves; leave it out")
        duel.register_buffer("last", torch.zeros(2))
    duel.whole_batch |= bool(replay or balance)


def share(name: str, value: float) -> float:
    if not 0 <= value < 1:
        raise ValueError(f"{name} is {value:g}; possible: 0 to below 1")
    return value
