"""How near what was made comes to true pictures, which are found by their names."""

from dataclasses import dataclass, replace
from pathlib import Path

import torch
from torch import Tensor

from ganworks.apply.files import Job, jobs_in
from ganworks.apply.tiles import tensor_of
from ganworks.data.decode import Broken, Pixels, decode
from ganworks.data.plan import resize, with_channels
from ganworks.metrics.ms_ssim import WINDOW
from ganworks.metrics.restoration import PairProtocol, mean_difference, psnr, slope_histogram, ssim
from ganworks.systems.translation import Translation

STRIP = 512  # rows compared at once: memory does not grow with the picture


@dataclass(frozen=True)
class Scores:
    """Of one picture, or the means of several. slopes: shares of its slopes and of the true one's, (2, bins)."""

    psnr: float
    ssim: float
    difference: float
    slopes: Tensor

    @property
    def blur(self) -> float:
        """The distance of the two histograms of slopes, from 0 to 2."""
        return (self.slopes[0] - self.slopes[1]).abs().sum().item()


class Truth:
    """True pictures in a folder, or the only one, and how those made of others compare with them.

    found: scores by name, of what was made and of what it was made of, if need be enlarged. left_out: names of the
    others, with the reason.
    """

    def __init__(self, place: Path, jobs: list[Job], system: Translation):
        there = jobs_in(place)
        if place.is_file() and len(jobs) == 1:
            there = [Job(place, jobs[0].name)]
        self.paths = {job.name: job.path for job in there}
        if self.paths.keys().isdisjoint(job.name for job in jobs):
            raise ValueError(
                f"no picture in {place} has the name of one to be made (there are {there[0].name} and {jobs[0].name}); "
                "true pictures need the same file names"
            )
        self.protocol = PairProtocol(luma=system.restores, shave=system.scale if system.scale > 1 else 0)
        self.rival = "before" if system.scale == 1 else "bicubic"  # what the made ones should beat
        self.found: dict[str, tuple[Scores, Scores]] = {}
        self.left_out: list[str] = []

    def compare(self, job: Job, before: Pixels, after: Pixels) -> Pixels | None:
        """The true picture, if there is one that can be compared."""
        try:
            if job.name not in self.paths:
                raise Broken("no true picture")
            true = decode(self.paths[job.name].read_bytes())
            if min(after.shape[:2]) < WINDOW + 2 * self.protocol.shave:
                raise Broken(f"too small to compare, less than {WINDOW + 2 * self.protocol.shave} pixels")
            if true.shape[:2] != after.shape[:2]:
                raise Broken("{}x{} was made, the true one is {}x{}".format(*after.shape[:2], *true.shape[:2]))
        except (OSError, Broken) as error:
            self.left_out.append(f"{job.name} ({error})")
            return None
        before = resize(before, after.shape[:2], "stretch")
        self.found[job.name] = (scores(after, true, self.protocol), scores(before, true, self.protocol))
        return true

    def ranked(self) -> list[str]:
        """Names, the worst first."""
        return sorted(self.found, key=lambda name: self.found[name][0].psnr)

    def table(self) -> list[tuple[str, str, str]]:
        """Each measure, of what was made and of what it was made of, over all pictures."""
        both = [mean([pair[which] for pair in self.found.values()]) for which in (0, 1)]
        lines = {
            self.protocol.name("PSNR"): [f"{each.psnr:.2f} dB" for each in both],
            self.protocol.name("SSIM"): [f"{each.ssim:.4f}" for each in both],
            "mean difference, of 255": [f"{each.difference * 255:.2f}" for each in both],
            "gradient histogram, 0 alike, 2 not at all": [f"{each.blur:.3f}" for each in both],
        }
        return [(measure, *values) for measure, values in lines.items()]  # type: ignore[misc]


def scores(made: Pixels, true: Pixels, protocol: PairProtocol) -> Scores:
    """Of one picture of at least WINDOW pixels a side, strip by strip; both grey, or both in colour, on white."""
    channels = 3 if max(made.shape[2], true.shape[2]) > 2 else 1
    inner = tuple(slice(protocol.shave, side - protocol.shave) for side in made.shape[:2])
    made, true = (with_channels(pixels[inner], channels) for pixels in (made, true))
    shaved, height = replace(protocol, shave=0), len(made)
    error = likeness = difference = 0.0
    slopes = torch.zeros(2, 14)
    for top in range(0, height, STRIP):
        strips = [tensor_of(pixels[top : top + STRIP + WINDOW - 1]) for pixels in (made, true)]
        own, below = ([strip[:, :, :rows] for strip in strips] for rows in (STRIP, STRIP + 1))
        share = own[0].shape[2] / height
        error += share * 10 ** (-psnr(own[0], own[1], shaved).item() / 10)
        difference += share * mean_difference(own[0], own[1]).item()
        if steps := below[0].shape[2] - 1:
            slopes += steps / (height - 1) * torch.stack([slope_histogram(strip) for strip in below])
        if (windows := strips[0].shape[2] - WINDOW + 1) > 0:
            likeness += windows / (height - WINDOW + 1) * ssim(strips[0], strips[1], shaved).item()
    return Scores(float(-10 * torch.tensor(error).log10()), likeness, difference, slopes)


def mean(found: list[Scores]) -> Scores:
    values = {name: sum(getattr(each, name) for each in found) / len(found) for name in ("psnr", "ssim", "difference")}
    return Scores(**values, slopes=torch.stack([each.slopes for each in found]).mean(0))
