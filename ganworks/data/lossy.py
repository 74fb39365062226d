"""What loses detail: resizing and JPEG, between bytes (H, W, C) and floats (C, H, W) from 0 to 255."""

from io import BytesIO

import numpy as np
import numpy.typing as npt
import torch
from PIL import Image
from torch import Tensor
from torch.nn.functional import interpolate

from ganworks.data.decode import Pixels


def bicubic(pixels: Pixels, scale: int) -> Pixels:
    """(H, W, C) uint8 -> (H / scale, W / scale, C), antialiased: Pillow's, whose kernel is that of MATLAB's imresize.

    Both differ by rounding, and within 2 pixels of the border. OpenCV's and PyTorch's own bicubic do not antialias.
    """
    if scale == 1:
        return pixels
    height, width, channels = pixels.shape
    flat = np.ascontiguousarray(pixels[:, :, 0] if channels == 1 else pixels)
    small = Image.fromarray(flat).resize((width // scale, height // scale), Image.Resampling.BICUBIC)
    return np.asarray(small).reshape(height // scale, width // scale, channels)


def compressed(pixels: Pixels, quality: int) -> Pixels:
    """Through a JPEG encoder and back: (H, W, C) uint8, C 1 or 3; colour at half the resolution, as is usual."""
    file = BytesIO()
    Image.fromarray(pixels[:, :, 0] if pixels.shape[2] == 1 else pixels).save(file, "JPEG", quality=quality)
    return np.asarray(Image.open(file)).reshape(pixels.shape)


def resized(image: Tensor, size: tuple[int, ...], mode: str) -> Tensor:
    """Not antialiased, as in the authors' code: aliasing is among what is to be undone."""
    return image if image.shape[1:] == size else interpolate(image[None], size, mode=mode)[0]


def to_image(pixels: Pixels) -> Tensor:
    """(H, W, C) uint8 -> (C, H, W) float32 from 0 to 255."""
    return torch.from_numpy(np.ascontiguousarray(pixels.transpose(2, 0, 1), np.float32))


def to_pixels(image: Tensor) -> Pixels:
    return to_bytes(image.permute(1, 2, 0).numpy())


def to_bytes(values: npt.NDArray[np.float32]) -> Pixels:
    return np.ascontiguousarray(values.round().clip(0, 255), np.uint8)
