"""CartoonGAN's critic of patches, shallow, as clear edges are a local matter."""

from torch import Tensor, nn

from ganworks.layers.convolution import Convolution
from ganworks.layers.instance_norm import InstanceNorm

# kernel 3: channels over width, stride, norm
LAYERS = ((1, 1, False), (2, 2, False), (4, 1, True), (4, 2, False), (8, 1, True), (8, 1, True))


class CartoonCritic(nn.Module):
    """(N, C, H, W) -> logits (N, 1, H / 4, W / 4), each of a patch of 37 pixels; leaky ReLU 0.2.

    Chen et al. 2018 (CartoonGAN, CVPR), figure 2: k3n32s1, k3n64s2, k3n128s1, k3n128s2, k3n256s1, k3n256s1, k3n1s1.
    """

    def __init__(self, channels: int, width: int = 32):
        super().__init__()
        self.layers = nn.Sequential()
        for times, stride, has_norm in LAYERS:
            convolution = Convolution(channels, times * width, 3, stride=stride, padding=1, bias=not has_norm)
            norm = InstanceNorm(times * width, affine=True) if has_norm else nn.Identity()
            self.layers.append(nn.Sequential(convolution, norm, nn.LeakyReLU(0.2)))
            channels = times * width
        self.layers.append(Convolution(channels, 1, 3, padding=1))

    def forward(self, x: Tensor) -> Tensor:
        return self.layers(x)
