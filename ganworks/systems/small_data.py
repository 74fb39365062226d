"""What helps a duel that has few examples: augmentation in front of D, fixed or adaptive, and LeCam's penalty."""

import torch
from torch import Tensor, nn

from ganworks.layers.augmentation import NUM_ADAPTIVE, NUM_DIFFERENTIABLE, POLICY, adaptive, differentiable
from ganworks.losses.adversarial import cross_entropy_d, hinge_d
from ganworks.specs import Image
from ganworks.systems.duel import Duel

MOVES = 4  # of D, between two changes of ADA's p
DECAY = 0.99  # of LeCam's means


class Differentiable(nn.Module):
    """What D sees of pictures (N, C, H, W), by numbers (N, num_draws) in [0, 1): DiffAugment with this policy."""

    num_draws = NUM_DIFFERENTIABLE

    def __init__(self, policy: tuple[str, ...]):
        super().__init__()
        self.policy = policy

    def forward(self, x: Tensor, draws: Tensor) -> Tensor:
        return differentiable(x, draws, self.policy)


class Adaptive(nn.Module):
    """Adaptive discriminator augmentation, Karras et al. 2020 (arXiv 2006.06676), section 3.

    p rises while D is surer of real pictures than `target`, and falls otherwise, so fast that 0 to 1 would take
    `num_images` of them. How sure it is: the mean sign of D(x) since p changed last. Where D's zero means nothing, as
    with the relativistic, Wasserstein's and least-squares losses, that of D(x) - D(G(z)).
    """

    num_draws = NUM_ADAPTIVE
    p: Tensor
    tally: Tensor
    seen: Tensor

    def __init__(self, target: float, num_images: int, has_zero: bool):
        super().__init__()
        self.target, self.num_images, self.has_zero = target, num_images, has_zero
        self.register_buffer("p", torch.zeros(()))
        self.register_buffer("tally", torch.zeros(2))  # of this move of D, here: signs, pictures
        self.register_buffer("seen", torch.zeros(3))  # since p changed, by all ranks: signs, pictures, moves of D

    def forward(self, x: Tensor, draws: Tensor) -> Tensor:
        return adaptive(x, draws, self.p) if self.p > 0 else x

    @torch.no_grad()
    def note(self, real_logits: Tensor, fake_logits: Tensor) -> None:
        signs = (real_logits.float() - (0 if self.has_zero else fake_logits.float())).sign()
        self.tally += torch.stack([signs.sum(), signs.new_tensor(signs.numel())])

    @torch.no_grad()
    def settle(self) -> None:
        if taken := taken_from(self.tally):
            signs, num, moves = self.seen.add_(self.seen.new_tensor([*taken, 1])).tolist()
            if moves >= MOVES:
                way = (signs / num > self.target) - (signs / num < self.target)
                self.p.add_(way * num / self.num_images).clamp_(0, 1)
                self.seen.zero_()


class LeCam(nn.Module):
    """E (D(x) - a_F)^2 + E (D(G(z)) - a_R)^2, where a_R and a_F are means of D(x) and D(G(z)) over the last moves.

    Tseng et al. 2021 (arXiv 2104.03310), eq. 3 and 4; their code counts a distance only where D separates the two, and
    begins late. Ours begins with D's second move: the first 100 moves have the same share in the means.
    """

    means: Tensor
    tally: Tensor
    moves: Tensor

    def __init__(self) -> None:
        super().__init__()
        self.register_buffer("means", torch.zeros(2))  # of real ones and fakes
        self.register_buffer("tally", torch.zeros(3))  # of this move of D, here: sums of both, rows
        self.register_buffer("moves", torch.zeros((), dtype=torch.int64))

    def forward(self, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        real, fake = real_logits.float(), fake_logits.float()
        with torch.no_grad():
            self.tally += torch.stack([real.sum(), fake.sum(), real.new_tensor(real.numel())])
        penalty = (real - self.means[1]).square().mean() + (fake - self.means[0]).square().mean()
        return penalty * (self.moves > 0)

    @torch.no_grad()
    def settle(self) -> None:
        if taken := taken_from(self.tally):
            real, fake, num = taken
            self.moves += 1
            share = max(1 - DECAY, 1 / int(self.moves))
            self.means.lerp_(self.means.new_tensor([real / num, fake / num]), share)


def taken_from(tally: Tensor) -> list[float]:
    """What all ranks have counted, the number last, and the tally is 0 again; nothing if D was not asked."""
    if torch.distributed.is_initialized():
        torch.distributed.all_reduce(tally)
    taken = tally.tolist()
    tally.zero_()
    return taken if taken[-1] else []


def augmentation_for(duel: Duel, diff_augment: str, ada: float, ada_images: int) -> Differentiable | Adaptive | None:
    """What was asked for, or None. ValueError, in one line, for what is not possible."""
    if ada_images != 500_000 and not ada:
        raise ValueError(f"ada_images is {ada_images}, but ada is 0; give a target, such as --ada 0.6")
    if not (diff_augment or ada):
        return None
    if diff_augment and ada:
        raise ValueError(f"diff_augment is '{diff_augment}' and ada is {ada:g}; choose one of them")
    if not isinstance(duel.specs[duel.entry], Image):
        raise ValueError(f"{'ada' if ada else 'diff_augment'} is for pictures; points cannot be turned or recoloured")
    if ada:
        if not 0 < ada < 1:
            raise ValueError(f"ada is {ada:g}; possible: 0 to below 1 (0.6 in the paper)")
        if ada_images < 1:
            raise ValueError(f"ada_images is {ada_images}; it must be at least 1")
        return Adaptive(ada, ada_images, has_zero=duel.adversarial.d in (cross_entropy_d, hinge_d))
    policy = tuple(diff_augment.split(","))
    if not set(policy) <= set(POLICY):
        raise ValueError(f"diff_augment is '{diff_augment}'; possible: {', '.join(POLICY)}, with commas between")
    return Differentiable(policy)
