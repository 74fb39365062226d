"""Small systems that press every edge of the engine before real ones do; their losses are real, their nets tiny."""

from functools import partial

import torch
from torch import Tensor, nn
from torch.func import functional_call
from torch.nn.functional import binary_cross_entropy_with_logits, cross_entropy, l1_loss, mse_loss, one_hot, softplus
from torch.optim import SGD, Adam

from ganworks.core import Batch, Player, System, Terms, Turn
from ganworks.losses.penalties import r1
from ganworks.registry import register
from ganworks.specs import Image, Tokens, Vector

adam = partial(Adam, lr=1e-3, betas=(0.5, 0.999))


def mlp(inputs: int, outputs: int, width: int = 16) -> nn.Sequential:
    return nn.Sequential(nn.Linear(inputs, width), nn.LeakyReLU(0.2), nn.Linear(width, outputs))


def d_terms(real: Tensor, fake: Tensor) -> Terms:
    return {"real": softplus(-real).mean(), "fake": softplus(fake).mean()}


class Pool(nn.Module):
    """A history of fakes: half of what goes in comes out, the rest is exchanged for older ones; saved state."""

    def __init__(self, size: int, shape: tuple[int, ...]):
        super().__init__()
        self.register_buffer("items", torch.zeros(size, *shape))
        self.register_buffer("filled", torch.zeros((), dtype=torch.int64))

    @torch.no_grad()
    def forward(self, fakes: Tensor) -> Tensor:
        out = []
        for fake in fakes:
            filled = int(self.filled)
            if filled < len(self.items):
                self.items[filled] = fake
                self.filled += 1
                out.append(fake)
            elif torch.rand(()) < 0.5:
                place = int(torch.randint(len(self.items), ()))
                out.append(self.items[place].clone())
                self.items[place] = fake
            else:
                out.append(fake)
        return torch.stack(out)


class Twins(System):
    """Two translators and two critics, unpaired, with an image pool for each critic."""

    whole_batch = True  # the pools depend on the order in which fakes come

    def __init__(self, side: int):
        super().__init__()
        self.specs = {"a": Image(1, side, side), "b": Image(1, side, side)}
        self.ab, self.ba = (nn.Sequential(nn.Conv2d(1, 1, 3, padding=1), nn.Tanh()) for _ in range(2))
        self.d_a, self.d_b = (nn.Conv2d(1, 1, 4, 2, 1) for _ in range(2))
        # Full after 5 steps of 8: the check of resuming stops later, when the pools draw random numbers.
        self.pool_a, self.pool_b = Pool(40, (1, side, side)), Pool(40, (1, side, side))

    def players(self) -> dict[str, Player]:
        return {"G": Player([self.ab, self.ba], adam, ema=0.9), "D": Player([self.d_a, self.d_b], adam)}

    def turns(self, step: int) -> list[Turn]:
        return [Turn("G", self.g_loss), Turn("D", self.d_loss, fresh=False)]

    def g_loss(self, batch: Batch) -> Terms:
        a, b = batch["a"], batch["b"]
        fake_a, fake_b = self.ba(b), self.ab(a)
        batch |= {"fake_a": fake_a.detach(), "fake_b": fake_b.detach()}
        return {
            "adversarial": (self.d_a(fake_a) - 1).square().mean() + (self.d_b(fake_b) - 1).square().mean(),
            "cycle": 10 * (l1_loss(self.ba(fake_b), a) + l1_loss(self.ab(fake_a), b)),
        }

    def d_loss(self, batch: Batch) -> Terms:
        terms = {}
        for name, critic, pool in (("a", self.d_a, self.pool_a), ("b", self.d_b, self.pool_b)):
            old = pool(batch[f"fake_{name}"])
            terms[name] = (critic(batch[name]) - 1).square().mean() + critic(old).square().mean()
        return terms

    def draw(self, num: int) -> Batch:
        return {"a": self.specs["a"].random(num)}

    def generate(self, inputs: Batch) -> Batch:
        return {"b": self.ab(inputs["a"])}


class Unrolled(System):
    """G is judged by the critic as it will be after K more SGD steps, and its gradient goes through them."""

    # The critic's inner steps depend on the whole batch.
    whole_batch = True

    def __init__(self, K: int):
        super().__init__()
        self.specs = {"x": Vector(2)}
        self.G, self.D, self.K = mlp(4, 2), mlp(2, 1), K

    def players(self) -> dict[str, Player]:
        return {"G": Player(self.G, adam), "D": Player(self.D, partial(SGD, lr=1e-2))}

    def turns(self, step: int) -> list[Turn]:
        return [Turn("G", self.g_loss), Turn("D", self.d_loss)]

    def draw(self, num: int) -> Batch:
        return {"z": torch.randn(num, 4)}

    def generate(self, inputs: Batch) -> Batch:
        return {"x": self.G(inputs["z"])}

    def d_loss(self, batch: Batch) -> Terms:
        with torch.no_grad():
            fake = self.G(batch["z"])
        return d_terms(self.D(batch["x"]), self.D(fake))

    def g_loss(self, batch: Batch) -> Terms:
        fake = self.G(batch["z"])
        weights = dict(self.D.named_parameters())
        for _ in range(self.K):
            critic = partial(functional_call, self.D, weights)
            loss = sum(d_terms(critic(batch["x"]), critic(fake)).values())
            slopes = torch.autograd.grad(loss, list(weights.values()), create_graph=True)
            weights = {name: w - 0.1 * slope for (name, w), slope in zip(weights.items(), slopes, strict=True)}
        return {"adversarial": softplus(-functional_call(self.D, weights, fake)).mean()}


class Progressive(System):
    """Starts at 4 pixels and adds a stage every few steps; the level is a buffer set by `turns`."""

    def __init__(self, grow_every: int):
        super().__init__()
        self.specs = {"image": Image(1, 16, 16)}
        self.grow_every = grow_every
        self.first = nn.Linear(4, 16)
        self.stages = nn.ModuleList(nn.Conv2d(1, 1, 3, padding=1) for _ in range(3))
        self.critics = nn.ModuleList(nn.Linear((4 * 2**level) ** 2, 1) for level in range(3))
        self.register_buffer("level", torch.zeros((), dtype=torch.int64))

    def players(self) -> dict[str, Player]:
        return {"G": Player([self.first, self.stages], adam, ema=0.99), "D": Player(self.critics, adam)}

    def turns(self, step: int) -> list[Turn]:
        self.level.fill_(min(step // self.grow_every, 2))
        return [Turn("G", self.g_loss), Turn("D", self.d_loss, fresh=False)]

    def draw(self, num: int) -> Batch:
        return {"z": torch.randn(num, 4)}

    def make(self, z: Tensor) -> Tensor:
        x = self.stages[0](self.first(z).view(-1, 1, 4, 4))
        for stage in self.stages[1 : 1 + int(self.level)]:
            x = stage(nn.functional.interpolate(x, scale_factor=2))
        return x.tanh()

    def generate(self, inputs: Batch) -> Batch:
        return {"image": nn.functional.interpolate(self.make(inputs["z"]), 16)}

    def judge(self, x: Tensor) -> Tensor:
        return self.critics[int(self.level)](x.flatten(1))

    def g_loss(self, batch: Batch) -> Terms:
        fake = self.make(batch["z"])
        batch["fake"] = fake.detach()
        return {"adversarial": softplus(-self.judge(fake)).mean()}

    def d_loss(self, batch: Batch) -> Terms:
        real = nn.functional.adaptive_avg_pool2d(batch["image"], 4 * 2 ** int(self.level))
        return d_terms(self.judge(real), self.judge(batch["fake"]))


class Policy(System):
    """A sequence model: likelihood first, then policy gradient with the critic's opinion as reward."""

    def __init__(self, pretrain: int, vocabulary: int = 5, length: int = 6):
        super().__init__()
        self.specs = {"tokens": Tokens(vocabulary, length)}
        self.vocabulary, self.length, self.pretrain = vocabulary, length, pretrain
        self.embed, self.cell, self.head = nn.Embedding(vocabulary + 1, 8), nn.GRUCell(8, 16), nn.Linear(16, vocabulary)
        self.D = mlp(vocabulary * length, 1)

    def players(self) -> dict[str, Player]:
        return {"G": Player([self.embed, self.cell, self.head], adam, clip=5.0), "D": Player(self.D, adam)}

    def turns(self, step: int) -> list[Turn]:
        if step < self.pretrain:
            return [Turn("G", self.likelihood)]
        return [Turn("G", self.policy), Turn("D", self.d_loss, fresh=False)]

    def draw(self, num: int) -> Batch:
        return {"u": torch.rand(num, self.length).clamp(1e-6, 1 - 1e-6)}

    def unroll(self, u: Tensor | None, tokens: Tensor | None = None) -> tuple[Tensor, Tensor]:
        """Tokens (N, L), sampled with the numbers u unless given, and the log-probability of each, (N, L)."""
        rows = len(tokens) if tokens is not None else len(u)
        device = self.head.weight.device
        token = torch.full((rows,), self.vocabulary, device=device)
        state, chosen, logs = torch.zeros(rows, 16, device=device), [], []
        for place in range(self.length):
            state = self.cell(self.embed(token), state)
            log = self.head(state).float().log_softmax(1)
            if tokens is None:
                token = (log.exp().cumsum(1) < u[:, place : place + 1]).sum(1).clamp(max=self.vocabulary - 1)
            else:
                token = tokens[:, place]
            chosen.append(token)
            logs.append(log.gather(1, token[:, None])[:, 0])
        return torch.stack(chosen, 1), torch.stack(logs, 1)

    def generate(self, inputs: Batch) -> Batch:
        return {"tokens": self.unroll(inputs["u"])[0]}

    def judge(self, tokens: Tensor) -> Tensor:
        return self.D(one_hot(tokens, self.vocabulary).float().flatten(1))

    def likelihood(self, batch: Batch) -> Terms:
        return {"likelihood": -self.unroll(None, batch["tokens"])[1].mean()}

    def policy(self, batch: Batch) -> Terms:
        tokens, logs = self.unroll(batch["u"])
        batch["fake"] = tokens
        reward = self.judge(tokens).sigmoid().detach()
        return {"policy": -(reward * logs).mean()}

    def d_loss(self, batch: Batch) -> Terms:
        return d_terms(self.judge(batch["tokens"]), self.judge(batch["fake"]))


class Autoencoder(System):
    """A VAE: one player, one turn."""

    def __init__(self, latent: int):
        super().__init__()
        self.specs = {"image": Image(1, 8, 8)}
        self.latent = latent
        self.encoder, self.decoder = mlp(64, 2 * latent), mlp(latent, 64)

    def players(self) -> dict[str, Player]:
        return {"G": Player([self.encoder, self.decoder], adam, schedule=lambda step: 1 / (1 + step))}

    def turns(self, step: int) -> list[Turn]:
        return [Turn("G", self.bound)]

    def draw(self, num: int) -> Batch:
        return {"z": torch.randn(num, self.latent)}

    def generate(self, inputs: Batch) -> Batch:
        return {"image": self.decoder(inputs["z"]).tanh().view(-1, 1, 8, 8)}

    def bound(self, batch: Batch) -> Terms:
        mean, log_var = self.encoder(batch["image"].flatten(1)).float().chunk(2, 1)
        made = self.generate({"z": mean + (log_var / 2).exp() * batch["z"]})["image"]
        divergence = (mean.square() + log_var.exp() - 1 - log_var).sum(1).mean() / 2
        return {"reconstruction": 64 * mse_loss(made, batch["image"]), "divergence": divergence}


class Lazy(System):
    """R1 only every few steps, and running statistics that sampling must not touch."""

    whole_batch = True  # batch norm in G

    def __init__(self, every: int):
        super().__init__()
        self.specs = {"x": Vector(2)}
        self.G = nn.Sequential(nn.Linear(4, 16), nn.BatchNorm1d(16), nn.ReLU(), nn.Linear(16, 2))
        self.D, self.every = mlp(2, 1), every

    def players(self) -> dict[str, Player]:
        return {"G": Player(self.G, adam, ema=0.99), "D": Player(self.D, adam)}

    def turns(self, step: int) -> list[Turn]:
        penalty = Turn("D", self.penalty, every=self.every, fresh=False)
        return [Turn("G", self.g_loss), Turn("D", self.d_loss, fresh=False), penalty]

    def draw(self, num: int) -> Batch:
        return {"z": torch.randn(num, 4)}

    def generate(self, inputs: Batch) -> Batch:
        return {"x": self.G(inputs["z"])}

    def g_loss(self, batch: Batch) -> Terms:
        fake = self.G(batch["z"])
        batch["fake"] = fake.detach()
        return {"adversarial": softplus(-self.D(fake)).mean()}

    def d_loss(self, batch: Batch) -> Terms:
        return d_terms(self.D(batch["x"]), self.D(batch["fake"]))

    def penalty(self, batch: Batch) -> Terms:
        return {"r1": 0.5 * r1(self.D, batch["x"])}


class Crowd(System):
    """k generators in one player, and a critic that tells which of them, or the data, made an example."""

    def __init__(self, k: int):
        super().__init__()
        self.specs = {"x": Vector(2)}
        self.generators = nn.ModuleList(mlp(4, 2) for _ in range(k))
        self.D, self.k = mlp(2, k + 1), k

    def players(self) -> dict[str, Player]:
        return {"G": Player(self.generators, adam, ema=0.9), "D": Player(self.D, adam)}

    def turns(self, step: int) -> list[Turn]:
        return [Turn("G", self.g_loss), Turn("D", self.d_loss, fresh=False)]

    def draw(self, num: int) -> Batch:
        return {"z": torch.randn(num, 4), "who": torch.arange(num) % self.k}

    def generate(self, inputs: Batch) -> Batch:
        made = torch.stack([generator(inputs["z"]) for generator in self.generators])
        return {"x": made[inputs["who"], torch.arange(len(inputs["who"]))]}

    def g_loss(self, batch: Batch) -> Terms:
        fake = self.generate(batch)["x"]
        batch["fake"] = fake.detach()
        return {"adversarial": -self.D(fake).float().log_softmax(1)[:, self.k].mean()}

    def d_loss(self, batch: Batch) -> Terms:
        truth = torch.full((len(batch["x"]),), self.k, device=batch["x"].device)
        return {
            "real": cross_entropy(self.D(batch["x"]).float(), truth),
            "fake": cross_entropy(self.D(batch["fake"]).float(), batch["who"]),
        }


class Plain(System):
    """The least that a GAN is; other tests use it too."""

    def __init__(self, width: int):
        super().__init__()
        self.specs = {"x": Vector(2)}
        self.G, self.D = mlp(4, 2, width), mlp(2, 1, width)

    def players(self) -> dict[str, Player]:
        return {"G": Player(self.G, adam, ema=0.99), "D": Player(self.D, adam)}

    def turns(self, step: int) -> list[Turn]:
        return [Turn("G", self.g_loss), Turn("D", self.d_loss, fresh=False)]

    def draw(self, num: int) -> Batch:
        return {"z": torch.randn(num, 4)}

    def generate(self, inputs: Batch) -> Batch:
        return {"x": self.G(inputs["z"])}

    def g_loss(self, batch: Batch) -> Terms:
        fake = self.G(batch["z"])
        batch["fake"] = fake.detach()
        logits = self.D(fake).float()
        return {"adversarial": binary_cross_entropy_with_logits(logits, torch.ones_like(logits))}

    def d_loss(self, batch: Batch) -> Terms:
        return d_terms(self.D(batch["x"]).float(), self.D(batch["fake"]).float())


@register(side=8)
def twins(side: int = 8) -> System:
    return Twins(side)


@register(K=3)
def unrolled(K: int = 3) -> System:
    return Unrolled(K)


@register(grow_every=3)
def progressive(grow_every: int = 3) -> System:
    return Progressive(grow_every)


@register(pretrain=3)
def policy(pretrain: int = 3) -> System:
    return Policy(pretrain)


@register(latent=3)
def autoencoder(latent: int = 3) -> System:
    return Autoencoder(latent)


@register(every=4)
def lazy(every: int = 4) -> System:
    return Lazy(every)


@register(k=3)
def crowd(k: int = 3) -> System:
    return Crowd(k)


@register(width=16)
def plain(width: int = 16) -> System:
    return Plain(width)


SHAPES = ("twins", "unrolled", "progressive", "policy", "autoencoder", "lazy", "crowd", "plain")
