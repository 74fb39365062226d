"""A duel with tricks in its game; `tricks` says which there are, and makes them."""

from dataclasses import replace
from functools import cache, partial
from typing import Any

import torch
from torch import Tensor
from torch.optim import SGD

from ganworks.core import Batch, Player, Terms, Turn
from ganworks.layers.noise import Noise, drawn, seeds
from ganworks.systems.duel import Duel
from ganworks.systems.small_data import LeCam

SGD_RATE, MOMENTUM = 1e-2, 0.9
OF_REAL, OF_FAKE = 1 << 20, 1 << 21  # set the noise on D's input apart from that in G's layers


class Tricks(Duel):
    """What tricks change in the game; goes before a system's class, whose methods it refines.

    Chance is drawn for each example, so that parts of a batch see what the whole would. `replay` and `balance` have a
    memory, whose state is saved, as have `ada` and `lecam`.
    """

    uniform = clamps = mixes = uses_sgd = has_chance = is_blurred = is_augmented = is_adaptive = False
    exchanged = replay = balance = lecam_weight = 0.0
    noise_steps = 0
    blur: Noise
    augment: Any  # Differentiable, or Adaptive
    lecam: LeCam
    old: Tensor
    num_old: Tensor
    last: Tensor

    def players(self) -> dict[str, Player]:
        players = super().players()  # type: ignore[safe-super]
        if self.uses_sgd:
            players["D"] = replace(players["D"], optimizer=partial(SGD, lr=SGD_RATE, momentum=MOMENTUM))
        return players

    @torch.no_grad()
    def turns(self, step: int) -> list[Turn]:
        left = max(0.0, 1 - step / self.noise_steps) if self.noise_steps else 1.0
        for module in self.modules():
            if isinstance(module, Noise):
                module.level.fill_(left)
        turns = super().turns(step)
        return [turn for turn in turns if turn.player != self.sleeper()] if self.balance else turns

    def sleeper(self) -> str | None:
        """Who must not move, as its loss is the lower one by the factor."""
        g, d = self.last.tolist()
        ahead = [name for name, mine, other in (("G", g, d), ("D", d, g)) if mine * self.balance < other]
        return ahead[0] if len(ahead) == 1 else None

    def draw(self, num: int) -> Batch:
        batch = super().draw(num)
        if self.uniform:
            batch["z"] = 2 * torch.rand(num, self.latent) - 1
        if self.has_chance:
            batch["chance"] = seeds(num)
        if self.is_augmented:
            batch["augmentation"] = torch.rand(num, 2, self.augment.num_draws)  # of the real ones and the fakes
        if self.exchanged:
            batch["exchanged"] = torch.rand(num) < self.exchanged
        if self.replay:
            batch["replayed"] = torch.rand(num) < self.replay
            batch["place"] = torch.randperm(max(num, len(self.old)))[:num]  # in the memory; each only once
        return batch

    def generate(self, inputs: Batch) -> Batch:
        with drawn(self.G, inputs.get("chance")):
            made = super().generate(inputs)
        return {name: value.clamp(-1, 1) for name, value in made.items()} if self.clamps else made

    def make(self, batch: Batch) -> Tensor:
        with drawn(self.G, batch.get("chance")):
            return self.disguised(super().make(batch), batch, OF_FAKE)

    def real(self, batch: Batch) -> Tensor:
        return self.disguised(super().real(batch), batch, OF_REAL)

    def disguised(self, x: Tensor, batch: Batch, side: int) -> Tensor:
        """Augmented, then with instance noise: Sønderby et al. 2016 (arXiv 1610.04490).

        D's turn takes over G's augmented fakes: it needs no others, as they are as likely as any. Penalties on D's
        slope are at what D sees. The codes of ADA and of DiffAugment, for StyleGAN2, have R1 at the real pictures
        before they are changed: its slope is that of D and of the augmentation together.
        """
        if self.is_augmented:
            x = self.augment(x, batch["augmentation"][:, int(side == OF_FAKE)])
        if not self.is_blurred:
            return x
        with drawn(self.blur, batch["chance"] + side):
            return self.blur(x)

    def judge(self, batch: Batch, *pictures: Tensor) -> tuple[Tensor, ...]:
        if not self.mixes or len(pictures) == 1:
            return super().judge(batch, *pictures)
        labels = (label.repeat(len(pictures)) for label in self.labels(batch))
        return self.D(torch.cat(pictures), *labels).chunk(len(pictures))

    def contest(self, batch: Batch, real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        if self.is_adaptive:
            self.augment.note(real_logits.detach(), fake_logits.detach())
        if self.lecam_weight:
            batch["lecam"] = self.lecam_weight * self.lecam(real_logits, fake_logits)
        if self.exchanged:
            flip = batch["exchanged"]
            real_logits, fake_logits = real_logits.where(~flip, fake_logits), fake_logits.where(~flip, real_logits)
        return super().contest(batch, real_logits, fake_logits)

    def pair(self, batch: Batch) -> tuple[Tensor, Tensor]:
        real, fake = super().pair(batch)
        if self.replay and "shown" not in batch:
            batch["shown"] = self.replayed(batch, fake)
        return real, batch.get("shown", fake)

    @torch.no_grad()
    def replayed(self, batch: Batch, fake: Tensor) -> Tensor:
        """The fakes, a share of them exchanged for old ones, whose places in the memory they take.

        Shrivastava et al. 2016 (arXiv 1612.07828), section 2.3. Until the memory is full, all go in and none comes out.
        """
        begin, size = int(self.num_old), len(self.old)
        if begin < size:
            end = min(begin + len(fake), size)
            self.old[begin:end] = fake[: end - begin]
            self.num_old.fill_(end)
            return fake
        chosen = batch["replayed"] & (batch["place"] < size)
        places, shown = batch["place"][chosen], fake.clone()
        shown[chosen] = self.old[places].to(fake.dtype)
        self.old[places] = fake[chosen].to(self.old.dtype)
        return shown

    def g_loss(self, batch: Batch) -> Terms:
        return self.noted(0, super().g_loss(batch))

    def d_loss(self, batch: Batch) -> Terms:
        terms = super().d_loss(batch)
        if self.lecam_weight:
            terms["lecam"] = batch.pop("lecam")
        return self.noted(1, terms)

    def readings(self) -> dict[str, float]:
        return super().readings() | ({"ada_p": self.augment.p.item()} if self.is_adaptive else {})

    def after(self, turn: Turn) -> None:
        super().after(turn)
        if self.is_adaptive:
            self.augment.settle()
        if self.lecam_weight:
            self.lecam.settle()

    def noted(self, place: int, terms: Terms) -> Terms:
        if self.balance:
            # D's is a sum over real and fake: half of it is log 2 at chance, as G's is.
            self.last[place] = sum(term.detach() for term in terms.values()) / (1 + place)
        return terms


@cache
def tricked(system: type[Duel]) -> type[Duel]:
    """The class with `Tricks` before it: the methods of the paper stay, and are refined."""
    return type(system.__name__, (Tricks, system), {"__doc__": system.__doc__})
