"""The family of systems that make one picture of another."""

from abc import abstractmethod

import torch
from torch import Tensor

from ganworks.core import Batch, System, on_cpu
from ganworks.data.write import from_bytes, to_bytes
from ganworks.specs import Image

NUM_EXAMPLES, GREY = 64, 127


class Translation(System):
    """Makes "image" of the entry that it `begins` with, by `translate` of pictures of any size.

    begins: "other"; or "image", if there is one set of pictures, whose labels say what is to be made.
    `examples`, saved with the weights, are what `sample` starts from: pictures of that entry (NUM_EXAMPLES, C, H, W)
    uint8, which whoever trains it gives. scale: how many times as high and wide an image is. multiple: how deep it
    halves; tiles of a picture begin at its multiples. restores: the image is the same picture, but better. whole: it
    depends on all of the picture, which is then not cut into tiles.
    """

    begins = "other"
    scale = 1
    multiple = 1
    restores = False
    whole = False
    examples: Tensor

    def __init__(self, image: Image, other: Image | None = None):
        super().__init__()
        other = other or image
        self.specs = {"image": image, "other": other}
        self.register_buffer("examples", torch.full((NUM_EXAMPLES, *other.shape), GREY, dtype=torch.uint8))

    @property
    def has_examples(self) -> bool:
        """Whether it was given any."""
        return bool((self.examples != GREY).any())

    def take_examples(self, pictures: Tensor) -> None:
        """Keep these, (NUM_EXAMPLES, C, H, W) in [-1, 1], as examples."""
        self.examples.copy_(to_bytes(pictures))

    @abstractmethod
    def make(self, inputs: Batch) -> Tensor:
        """The image for inputs[begins] and what else `draw` gives, with its graph."""

    def make_back(self, inputs: Batch) -> Tensor:
        """The other way round: a picture of "other" for inputs["image"]. ValueError if it has learnt one way only."""
        raise ValueError(f"{type(self).__name__} has learnt no way back; leave out --back")

    def inputs(self, num: int, seed: int | None = None) -> Batch:
        return super().inputs(num, seed) | {self.begins: self.starts(torch.arange(num))}

    def starts(self, rows: Tensor) -> Tensor:
        """The examples of these numbers, (N, C, H, W) in [-1, 1]; after the last comes the first."""
        return from_bytes(self.examples[rows % NUM_EXAMPLES])

    def generate(self, inputs: Batch) -> Batch:
        return {self.begins: inputs[self.begins], "image": self.make(inputs)}

    @torch.no_grad()
    def translate(self, pictures: Tensor, seed: int = 0, back: bool = False, **given: Tensor) -> Tensor:
        """Pictures (N, C, H, W) in [-1, 1], any sides -> (N, C, scale H, scale W) on the CPU.

        seed: of what is random; back: the other way round; given: inputs besides, as a label.
        """
        device = next(self.parameters()).device
        make, begins = (self.make_back, "image") if back else (self.make, self.begins)
        inputs = self.draw_by(seed, len(pictures)) | given | {begins: pictures}
        was_training = self.training
        self.eval()
        try:
            return on_cpu(make({name: value.to(device) for name, value in inputs.items()}))
        finally:
            self.train(was_training)

    def draw_by(self, seed: int, num: int) -> Batch:
        """What `draw` gives for one seed."""
        return super().inputs(num, seed)


def constant_then_down(step: int, steps: int) -> float:
    """The factor on a learning rate that is constant in the first half, and falls to 0 in a line in the second."""
    return min(1.0, max(0.0, 2 - 2 * step / steps))
