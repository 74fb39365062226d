"""PixelRNN: LSTMs over the rows or diagonals of a picture."""

from functools import partial

from torch.optim import RMSprop

from ganworks.losses.logistic import first_guess
from ganworks.nets.pixelrnn import PixelRNN
from ganworks.registry import register
from ganworks.specs import Image
from ganworks.systems.baseline.pixelcnn import PixelByPixel
from ganworks.systems.duel import sides


@register(size=8, width=4, layers=2, mixtures=3, classes=3)
def pixelrnn(
    *,
    size: int | tuple[int, int] = 32,
    channels: int = 3,
    classes: int = 0,
    width: int = 16,
    layers: int = 7,
    mixtures: int = 10,
    kind: str = "row",
) -> PixelByPixel:
    """PixelRNN, van den Oord et al. 2016 (arXiv 1601.06759), eq. 2 and 3, sections 3.1 to 3.3.

    A masked 7x7 convolution, then residual LSTM layers over rows or over diagonals, trained with RMSprop. Where we
    differ from the paper: a pixel is PixelCNN++'s mixture of logistics (arXiv 1701.05517) in place of a softmax over
    256 values, which ties colours by their means, so that maps are not split among them; sampling takes averaged
    weights; labels, if there are any, are added to the first map. The Diagonal BiLSTM is slower, about three times.

    size: height and width of the pictures, one number for squares
    channels: 1 for grey, 3 for colour, 4 with transparency
    classes: number of classes, as the data has them, 0 to learn all as one
    width: units of each LSTM; maps between them have twice as many channels
    layers: LSTM layers, 7 on digits in the paper, 12 on colours
    mixtures: logistic distributions in the mixture of a pixel
    kind: "row" (Row LSTM) or "diagonal" (Diagonal BiLSTM, which sees all that came before)
    """
    if kind not in ("row", "diagonal"):
        raise ValueError(f"kind is '{kind}'; possible: row, diagonal")
    if min(width, layers, mixtures) < 1:
        raise ValueError(f"width is {width}, layers {layers}, mixtures {mixtures}: all must be at least 1")
    image = Image(channels, *sides(size, least=2))
    net = PixelRNN(channels, width, first_guess(channels, mixtures), layers=layers, kind=kind, classes=classes)
    return PixelByPixel(net, image, classes, partial(RMSprop, lr=1e-3), decay=1.0)
