"""Whether real ones look more real than fakes on average, and fakes less so than real ones."""

from torch import Tensor
from torch.nn.functional import softplus


def relativistic_average_d(real_logits: Tensor, fake_logits: Tensor) -> Tensor:
    """-E log sigmoid(C(x) - E C(y)) - E log(1 - sigmoid(C(y) - E C(x))), x real, y fakes, C the logits: a scalar.

    Jolicoeur-Martineau 2018 (arXiv 1807.00734), table 1, RaSGAN; Wang et al. 2018 (ESRGAN, arXiv 1809.00219), eq. 1.
    2 log 2 when C does not tell them apart. Logits (N, ...), in float32; the means are over the batch and all places.
    """
    real, fake = real_logits.float(), fake_logits.float()
    return softplus(fake.mean() - real).mean() + softplus(fake - real.mean()).mean()


def relativistic_average_g(fake_logits: Tensor, real_logits: Tensor) -> Tensor:
    """The same with the roles exchanged, eq. 2 there: the sum of both halves, as printed; their code has the mean."""
    return relativistic_average_d(fake_logits, real_logits)
