"""What is filled into holes of photographs, as the card of zoo:complete tells it.

    python -m benchmarks.holes zoo:complete PICTURES...

PICTURES: files, or folders of them, all taken. Each is made 512 and 256 pixels long and cut into pieces of the size
that the model has learnt, with holes as it draws them. PSNR is of all pixels of all holes; sharpness the distance of
the histograms of slopes around them, where the local critic looks, from 0 to 2.
"""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from benchmarks.photographs import asked
from ganworks.apply import completion
from ganworks.apply.tiles import integers, tensor_of
from ganworks.data.decode import decode
from ganworks.data.plan import shrunk, with_channels
from ganworks.metrics.restoration import gradient_histogram_distance
from ganworks.proofs.claims.glcic import hole_psnr, part_of
from ganworks.proofs.classical import biharmonic
from ganworks.systems.restore.glcic import GLCIC

LENGTHS = (512, 256)


def pieces_of(paths: list[Path], channels: int, height: int, width: int) -> Tensor:
    """(N, channels, height, width) in [-1, 1], side by side from the upper left corner of each picture."""
    pieces = []
    for path in paths:
        for length in LENGTHS:
            x = tensor_of(shrunk(with_channels(decode(path.read_bytes()), channels), length))[0]
            cut = x.unfold(1, height, height).unfold(2, width, width)
            pieces.append(cut.permute(1, 2, 0, 3, 4).flatten(0, 1))
    return torch.cat(pieces)


def blended(true: Tensor, mask: Tensor, made: Tensor) -> Tensor:
    """As `ganworks complete` does it: (1, C, H, W)."""
    before, after = (integers(x, np.dtype(np.uint8)) for x in (true, made))
    return tensor_of(completion.blended(after, before, (mask[0] > 0).numpy()))


def main() -> None:
    run, model, paths = asked(__doc__)
    system = model.system
    assert isinstance(system, GLCIC), "it fills no holes"
    true = pieces_of(paths, system.specs["image"].shape[0], *system.sides)
    print(f"{len(true)} pieces of {len(paths)} pictures\n")
    print("| holes | filled with | PSNR in the hole | sharpness |\n|---|---|---|---|")
    for kind, draw in {"rectangles": system.holes, "strokes": system.brushed}.items():
        torch.manual_seed(0)
        mask, corners = draw(len(true))
        parts = zip(true.split(64), mask.split(64), strict=True)
        made = torch.cat([model.translate(x, mask=inside) for x, inside in parts])
        filled = {
            "the mean colour": system.masked({"mask": mask, "image": true}),
            "a biharmonic surface": biharmonic(true, mask),
            run: torch.cat([blended(*each) for each in zip(true, mask, made, strict=True)]),
            f"{run}, not blended": made,
        }
        around = part_of(true, corners, system.part)
        for name, pictures in filled.items():
            slopes = gradient_histogram_distance(part_of(pictures, corners, system.part), around)
            print(f"| {kind} | {name} | {hole_psnr(pictures, true, mask):.2f} | {slopes:.3f} |", flush=True)


if __name__ == "__main__":
    main()
