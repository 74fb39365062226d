"""The loop that everybody copies: the nets and the training loop of PyTorch's own DCGAN example, in float32.

Written after https://github.com/pytorch/examples/tree/main/dcgan: contiguous tensors, Adam as it comes, BCELoss, D
first. Only the pictures come from elsewhere, as in the other loops.
"""

import torch
from torch import Tensor, nn

REAL, FAKE = 1.0, 0.0


def start(module: nn.Module) -> None:
    if isinstance(module, (nn.Conv2d, nn.ConvTranspose2d)):
        nn.init.normal_(module.weight, 0.0, 0.02)
    elif isinstance(module, nn.BatchNorm2d):
        nn.init.normal_(module.weight, 1.0, 0.02)
        nn.init.zeros_(module.bias)


def generator(width: int = 64, latent: int = 100) -> nn.Sequential:
    """(N, latent, 1, 1) -> (N, 3, 64, 64)."""
    layers: list[nn.Module] = [nn.ConvTranspose2d(latent, 8 * width, 4, 1, 0, bias=False)]
    for coarse, fine in ((8, 4), (4, 2), (2, 1)):
        layers += [nn.BatchNorm2d(coarse * width), nn.ReLU(True)]
        layers += [nn.ConvTranspose2d(coarse * width, fine * width, 4, 2, 1, bias=False)]
    layers += [nn.BatchNorm2d(width), nn.ReLU(True), nn.ConvTranspose2d(width, 3, 4, 2, 1, bias=False), nn.Tanh()]
    return nn.Sequential(*layers).apply(start)


def discriminator(width: int = 64) -> nn.Sequential:
    """(N, 3, 64, 64) -> (N, 1, 1, 1), logits."""
    layers: list[nn.Module] = [nn.Conv2d(3, width, 4, 2, 1, bias=False), nn.LeakyReLU(0.2, inplace=True)]
    for fine, coarse in ((1, 2), (2, 4), (4, 8)):
        layers += [nn.Conv2d(fine * width, coarse * width, 4, 2, 1, bias=False), nn.BatchNorm2d(coarse * width)]
        layers += [nn.LeakyReLU(0.2, inplace=True)]
    layers += [nn.Conv2d(8 * width, 1, 4, 1, 0, bias=False)]
    return nn.Sequential(*layers).apply(start)


class Plain:
    """One step: D on real pictures, D on fakes, D moves; G moves."""

    def __init__(self) -> None:
        self.G, self.D = generator(), nn.Sequential(discriminator(), nn.Sigmoid())
        self.loss = nn.BCELoss()
        self.adam_d = torch.optim.Adam(self.D.parameters(), lr=2e-4, betas=(0.5, 0.999))
        self.adam_g = torch.optim.Adam(self.G.parameters(), lr=2e-4, betas=(0.5, 0.999))

    def step(self, real: Tensor) -> tuple[float, float]:
        self.D.zero_grad()
        label = torch.full((len(real),), REAL)
        real_loss = self.loss(self.D(real).view(-1), label)
        real_loss.backward()

        fake = self.G(torch.randn(len(real), 100, 1, 1))
        label.fill_(FAKE)
        fake_loss = self.loss(self.D(fake.detach()).view(-1), label)
        fake_loss.backward()
        self.adam_d.step()

        self.G.zero_grad()
        label.fill_(REAL)
        g_loss = self.loss(self.D(fake).view(-1), label)
        g_loss.backward()
        self.adam_g.step()
        return (real_loss + fake_loss).item(), g_loss.item()
