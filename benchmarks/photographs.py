"""What an enlarger makes of whole photographs, as the cards of the zoo tell it.

    python -m benchmarks.photographs zoo:upscale2 PICTURES...

PICTURES: files, or folders of them, all taken. Each is made smaller (bicubic) and saved as JPEG of several qualities;
PSNR is of brightness in 8-bit values, without as many pixels at the borders as the scale. Prints a table of means over
pictures, and what bf16 loses against float32.
"""

import argparse
from pathlib import Path

import torch

import ganworks
from ganworks.api import Model
from ganworks.apply.files import jobs_in
from ganworks.data.decode import decode
from ganworks.data.plan import with_channels
from ganworks.layers.bicubic import enlarged
from ganworks.metrics.restoration import PairProtocol, blockiness
from ganworks.proofs.restored import decibels, nearness, pairs
from ganworks.systems.restoration import Restoration

KINDS = {"not compressed": "bicubic"} | {f"JPEG {quality}": f"jpeg:{quality}" for quality in (90, 75, 50, 30)}


def asked(description: str | None) -> tuple[str, Model, list[Path]]:
    """From the command line: a run by name and loaded, and files of pictures."""
    parser = argparse.ArgumentParser(description=description, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("run")
    parser.add_argument("pictures", nargs="+", type=Path)
    words = parser.parse_args()
    paths = [job.path for place in words.pictures for job in jobs_in(place)]
    return words.run, ganworks.load(words.run, device="cpu"), paths


def main() -> None:
    run, model, paths = asked(__doc__)
    system = model.system
    assert isinstance(system, Restoration), "it does not enlarge pictures"
    pictures = [with_channels(decode(path.read_bytes()), system.specs["image"].shape[0]) for path in paths]
    print(f"{run}, {len(pictures)} pictures\n")
    print("| saved as | bicubic | this | blockiness: bicubic | this | better pictures |\n|---|---|---|---|---|---|")
    losses = []
    for name, degrade in KINDS.items():
        given = pairs(pictures, system.scale, degrade)
        ours, exact = [], []
        for small, _ in given:
            for precision, made in (("bf16", ours), ("float32", exact)):
                model.precision = precision
                made.append(model.translate(small))
        plain = [enlarged(small, system.scale).clamp(-1, 1) for small, _ in given]
        protocol = PairProtocol(shave=system.scale)
        losses.append(decibels(exact, given, protocol) - decibels(ours, given, protocol))
        found = nearness(ours, given)
        sides = [
            torch.cat([blockiness(each, 8 * system.scale) for each in made]).mean().item() for made in (plain, ours)
        ]
        before = found[protocol.name("PSNR")] - found["gain over bicubic, dB"]
        print(
            f"| {name} | {before:.2f} | {found[protocol.name('PSNR')]:.2f} | {sides[0]:.2f} | {sides[1]:.2f} "
            f"| {found['share better than bicubic']:.0%} |",
            flush=True,
        )
    loss = torch.cat(losses)
    print(f"\nbf16 against float32: {loss.mean():.4f} dB less in the mean, {loss.max():.4f} at most")


if __name__ == "__main__":
    main()
