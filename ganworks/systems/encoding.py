"""Systems with an encoder: from a picture to its z, and back."""

import torch
from torch import Tensor, nn

from ganworks.core import AT_ONCE, System


class Encoding(System):
    """E: (N, C, H, W) -> mean and log variance of q(z|x), (N, 2 latent)."""

    E: nn.Module

    def posterior(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Mean and log variance of q(z|x), (N, latent) each."""
        mean, log_variance = self.E(x).float().chunk(2, 1)
        return mean, log_variance

    @torch.no_grad()
    def encode(self, image: Tensor) -> Tensor:
        """The mean of q(z|x), (N, latent), in evaluation mode."""
        was_training = self.training
        self.eval()
        try:
            return torch.cat([self.posterior(part)[0] for part in image.split(AT_ONCE)])
        finally:
            self.train(was_training)

    def reconstruct(self, image: Tensor) -> Tensor:
        """(N, C, H, W) -> the same, from the mean of q(z|x), on the CPU."""
        return self.sample(len(image), z=self.encode(image))["image"]
