"""One system at one moment: its samples among the modes, over what D thinks of the place."""

from collections.abc import Iterable

import numpy as np

from ganworks.lab import canvas
from ganworks.lab.canvas import BAD, GOOD, INK, MUTED, RULE, Canvas
from ganworks.lab.toy import Array, Task, View
from ganworks.metrics.modes import FAIR

Contrast = tuple[float, float]  # of D's scores: their middle, and the usual deviation from it

STRIP = 40  # the height of the bars under a panel
MOST_SHARE = 3.0  # where bars end: three times the fair share
SHARPNESS = 1.2  # of the bands of D's surface, over its typical deviation
SMOOTH = 0.7  # how much of that is kept from one view to the next, so that the film does not flicker


def contrasts(views: Iterable[View]) -> list[Contrast]:
    """For each view which score is the middle colour, and how far from it a strong one lies."""
    found: list[Contrast] = []
    for view in views:
        surface = view.surface if view.surface is not None else np.zeros(1, np.float32)
        level = float(np.median(surface))
        scale = float(np.abs(surface - level).mean()) + 1e-6
        if found:
            scale = found[-1][1] ** SMOOTH * scale ** (1 - SMOOTH)
        found.append((level, scale))
    return found


def panel(on: Canvas, task: Task, view: View, contrast: Contrast) -> None:
    """All of a square canvas."""
    (line if task.toy.dim == 1 else plane)(on, task, view, contrast)
    end = on.width - 1
    for x, y, width, height in ((0, 0, end, 1), (0, end, end, 1), (0, 0, 1, end), (end, 0, 1, end)):
        on.box(x, y, width, height, RULE)


def plane(on: Canvas, task: Task, view: View, contrast: Contrast) -> None:
    """Samples as dots, good ones blue; D's surface behind, and arrows where it pushes them."""
    pixels = len(on.pixels)

    def place(points: Array) -> Array:
        return ((points * [1, -1] / task.reach + 1) / 2 * pixels).astype(np.float32)

    if view.surface is not None:
        level, scale = contrast
        values = np.tanh((view.surface[::-1] - level) / (SHARPNESS * scale))
        on.pixels[:] = canvas.shading(values.astype(np.float32), pixels, pixels)
    unit = on.scale
    centres = place(task.seen(task.toy.centres))
    radius = max(3.4 if len(centres) < 60 else 1.5, float(task.toy.sigmas[0]) * 3 / task.reach * on.width / 2)
    on.blend(0, 0, canvas.rings(centres, radius * unit, 1.0 * unit, pixels), INK, alpha=0.38)
    on.blend(0, 0, arrow_mask(place(view.arrows[:, :2]), view.arrows[:, 2:], on), INK, alpha=0.5)
    for which, colour in ((~view.good, BAD), (view.good, GOOD)):
        if which.any():
            on.blend(0, 0, canvas.dots(place(view.points[which]), 1.5 * unit, pixels, alpha=0.55), colour)


def arrow_mask(start: Array, slope: Array, on: Canvas) -> canvas.Mask:
    """Arrows of moderate length: the square root of the slope's, the longest a tenth of the panel."""
    pixels = len(on.pixels)
    is_seen = ((start >= 0) & (start < pixels)).all(1)
    start, slope = start[is_seen], slope[is_seen]
    steepness = np.linalg.norm(slope, axis=1, keepdims=True)
    if not len(start) or not steepness.max() > 0:
        return np.zeros((pixels, pixels), np.float32)
    usual = np.quantile(steepness, 0.9) + 1e-12
    length = np.sqrt(np.minimum(steepness / usual, 1)) * 0.1 * pixels
    ahead = slope * [1, -1] / np.maximum(steepness, 1e-12)
    aside = ahead[:, ::-1] * [1, -1]
    tip = start + ahead * length
    barb = np.minimum(0.35 * length, 3.2 * on.scale)
    heads = np.concatenate([tip + barb * (aside * 0.6 - ahead), tip, tip - barb * (aside * 0.6 + ahead)], 1)
    thin = 0.8 * on.scale
    shafts = canvas.strokes(np.concatenate([start, tip], 1).astype(np.float32), thin, (pixels, pixels))
    return np.maximum(shafts, canvas.strokes(heads.astype(np.float32), thin, (pixels, pixels)))


def line(on: Canvas, task: Task, view: View, contrast: Contrast) -> None:
    """The density of samples, blue, over that of the data, an outline; D's score as the colour behind."""
    pixels, (level, scale) = len(on.pixels), contrast
    if view.surface is not None:
        values = np.tanh((view.surface[None] - level) / (SHARPNESS * scale)).astype(np.float32)
        on.pixels[:] = canvas.shading(values.repeat(2, 0), pixels, pixels)
    at = np.linspace(-task.reach, task.reach, 400)
    centres, sigmas = task.seen(task.toy.centres)[:, 0], task.toy.sigmas.numpy()
    width = float(sigmas.min()) * 0.75  # of the kernel, by which the data are widened too
    wide = np.sqrt(sigmas**2 + width**2)
    real = (np.exp(-(((at[:, None] - centres) / wide) ** 2) / 2) / wide).mean(1)
    fake = (np.exp(-(((at[:, None] - view.points[:, 0]) / width) ** 2) / 2) / width).mean(1)
    floor, top = 0.94 * pixels, 0.84 * pixels / (1.6 * real.max())

    def outline(density: Array) -> Array:
        heights = floor - np.minimum(density * top, 0.9 * pixels)
        return np.stack([(at / task.reach + 1) / 2 * pixels, heights], 1).astype(np.float32)

    corners = np.array([[pixels, floor], [0, floor]], np.float32)
    shape = (pixels, pixels)
    on.blend(0, 0, canvas.area(np.concatenate([outline(fake), corners]), shape), GOOD, alpha=0.62)
    on.blend(0, 0, canvas.strokes(outline(real).reshape(1, -1), 1.2 * on.scale, shape), INK, alpha=0.75)
    on.box(0, 0.94 * on.width, on.width, 1, MUTED)


def bars(on: Canvas, view: View) -> None:
    """What each mode has of the good samples, as bars; the line is the fair share, and fairly held modes are blue."""
    num = len(view.shares)
    room = on.width / num
    width = room - min(3.0, 0.3 * room)
    for number, share in enumerate(view.shares):
        height = min(float(share), MOST_SHARE) / MOST_SHARE * STRIP
        on.box(number * room, STRIP - 1, width, 1, RULE)
        on.box(number * room, STRIP - height, width, height, GOOD if share >= FAIR else BAD, alpha=0.85)
    for left in np.arange(0, on.width - 2, 5):
        on.box(left, STRIP * (1 - 1 / MOST_SHARE), 2.5, 0.8, INK, alpha=0.55)
