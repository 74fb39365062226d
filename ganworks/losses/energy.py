"""Losses of critics whose logit is minus an energy, at least 0 and low on data."""

from torch import Tensor
from torch.nn.functional import normalize, relu

from ganworks.losses.adversarial import Adversarial, difference_g
from ganworks.losses.divergences import total_variation


def energy_margin(margin: float) -> Adversarial:
    """E D(x) + E max(0, m - D(G(z))) for D, E D(G(z)) for G, where D is the energy.

    Zhao et al. 2016 (arXiv 1609.03126), eq. 1 and 2. Energies above m leave D indifferent. The best one is 0 where
    data is denser than fakes and m elsewhere, so that the loss is m (1 - total variation). ValueError unless m > 0.
    """
    if margin <= 0:
        raise ValueError(f"margin is {margin:g}; it must be above 0")

    def d(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
        return relu(margin + fake_logits.float()).mean() - real_logits.float().mean()

    return Adversarial(d, difference_g, total_variation, top=margin, scale=margin, critics="non-positive")


def pull_away(codes: Tensor) -> Tensor:
    """Mean squared cosine between two different codes of a batch (N, ...): 0 if orthogonal, 1 if all point one way.

    Zhao et al. 2016 (arXiv 1609.03126), eq. 4. 0 for a single code. It looks at pairs: not to be split into parts.
    """
    unit = normalize(codes.float().flatten(1), dim=1)
    squares = (unit @ unit.T).square()
    return (squares.sum() - squares.diagonal().sum()) / max(1, len(codes) * (len(codes) - 1))
