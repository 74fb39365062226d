"""The tricks that an ablation flips: how, and in words. None of it matters to a trial but its own arm's settings."""

from dataclasses import dataclass, field

Settings = dict[str, object]
BASELINE = "baseline"
EMA = 0.999


@dataclass(frozen=True)
class Arm:
    """One trick, flipped.

    words: against what DCGAN's paper and code have. settings: of the system. system: another one, instead.
    rates: factors on the learning rates of G and D. ema: decay of averaged weights; None for the system's own.
    """

    words: str
    settings: Settings = field(default_factory=dict)
    system: str = ""
    rates: tuple[float, float] | None = None
    ema: float | None = None

    def key(self, name: str) -> str:
        """The name with all that differs: results of other values are other results."""
        rates = "x".join(map(str, self.rates)) if self.rates else None
        told = self.settings | {"system": self.system, "rates": rates, "ema": self.ema}
        return " ".join([name, *(f"{key}={value}" for key, value in told.items() if value)])


def norms(name: str) -> Settings:
    return {"g_norm": name, "d_norm": name}


ARMS = {
    "instance_norm": Arm("instance norm in both nets, for batch norm", norms("instance")),
    "layer_norm": Arm("layer norm in both nets, for batch norm", norms("layer")),
    "spectral_norm": Arm("spectral norm in D, for batch norm", {"d_norm": "spectral"}),
    "no_norm": Arm("no norm in either net, and He's weights", norms("none")),
    "no_norm_d": Arm("no norm in D, and He's weights", {"d_norm": "none"}),
    "leaky_g": Arm("leaky ReLU in G, for ReLU", {"g_activation": "leaky_relu"}),
    "relu_d": Arm("ReLU in D, for leaky ReLU", {"d_activation": "relu"}),
    "average_pool": Arm("D halves by average pooling, for stride", {"down": "average"}),
    "max_pool": Arm("D halves by max pooling, for stride", {"down": "max"}),
    "pixel_shuffle": Arm("G doubles by pixel shuffle, for transposed convolutions", {"up": "pixel_shuffle"}),
    "nearest": Arm("G doubles by nearest neighbours and convolutions", {"up": "nearest"}),
    "linear_output": Arm("G ends without tanh", {"output": "linear"}),
    "unit_range": Arm("pictures in [0, 1] and a sigmoid, for [-1, 1] and tanh", {"output": "sigmoid"}),
    "minimax": Arm("G's loss is minimax, not by flipped labels", {"loss": "minimax"}),
    "uniform_z": Arm("z is uniform in [-1, 1], not normal", {"z": "uniform"}),
    "mixed_batches": Arm("real and fake pictures pass D in one batch, not apart", {"mixed_batches": True}),
    "soft_labels": Arm("D's target for real pictures is 0.9", {"soft_labels": 0.1}),
    "soft_both": Arm("D's targets are 0.9 and 0.1", {"soft_labels": 0.1, "soft_fakes": 0.1}),
    "noisy_labels": Arm("5 % of the labels that D gets are wrong", {"noisy_labels": 0.05}),
    "kl": Arm("0.1 KL(fakes || data) in G's loss", {"kl": 0.1}),
    "sgd_d": Arm("D moves by SGD with momentum, not Adam", {"d_optimizer": "sgd"}),
    "two_rates": Arm("half the learning rate for G, twice for D", rates=(0.5, 2.0)),
    "replay": Arm("half of D's fakes are old ones", {"replay": 0.5}),
    "instance_noise": Arm("noise 0.1 on all that D sees, falling to 0", {"instance_noise": 0.1, "noise_steps": 2000}),
    "g_noise": Arm("noise 0.1 behind each activation of G, falling to 0", {"g_noise": 0.1, "noise_steps": 2000}),
    "critic_steps": Arm("two moves of D for each of G", {"critic_steps": 2}),
    "dropout": Arm("G drops 30 % of its activations in training", {"dropout": 0.3}),
    "sampling_dropout": Arm("the same, in sampling too", {"dropout": 0.3, "sampling_dropout": True}),
    "labels": Arm("both players are told the class", system="cgan"),
    "averaged": Arm(f"samples are of averaged weights, {EMA}", ema=EMA),
    "diff_augment": Arm("DiffAugment on all that D sees", {"diff_augment": "color,translation,cutout"}),
    "ada": Arm("adaptive augmentation of it, target 0.6", {"ada": 0.6, "ada_images": 50_000}),
    "lecam": Arm("0.1 of LeCam's bound on D's logits", {"lecam": 0.1}),
    "balance": Arm("who has half the other's loss does not move", {"balance": 2.0}),
}
