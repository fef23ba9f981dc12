"""From (seed, split, index) to a scene: every random choice of a build is made here.

Planning looks at the shapes of instances, never at their colours.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cocosynth.core.geometry import at_origin, moved, quantized, shifted, translation
from cocosynth.core.randomness import rng_for
from cocosynth.core.values import (
    Background,
    Box,
    Homography,
    Matrix,
    Outline,
    Placement,
    Scene,
    Size,
)
from cocosynth.foregrounds.bank import Entry
from cocosynth.foregrounds.cut_out import MARGIN
from cocosynth.foregrounds.warped import Warper
from cocosynth.labels.label_image import LabelImage
from cocosynth.scenes.inputs import SceneInputs
from cocosynth.scenes.placement.candidate import Candidate, Side

ATTEMPTS = 8
"""Instances tried for one place in an image before it stays empty."""

_TOO_LARGE = 4  # times the canvas's side: not worth warping, it cannot fit

Rngs = list[np.random.Generator]
Point = tuple[int, int]


def plan_background(
    inputs: SceneInputs, split: str, index: int, *, attempt: int = 0
) -> tuple[int, Background, Size]:
    """Choose the background of an image, its crop, and the size of the canvas.

    Backgrounds are dealt like cards: each of the split's once, in a new order every round.

    Parameters
    ----------
    inputs : SceneInputs
    split : str
    index : int
    attempt : int
        Counts up where the file of an earlier choice turned out to be unreadable.

    Returns
    -------
    position : int
        In `inputs.backgrounds`.
    background : Background
    size : tuple of int
        Height and width of the canvas.
    """
    cards = inputs.pools[split].backgrounds
    number, card = divmod(index, len(cards))
    rng = rng_for(inputs.seed, split, index, "background", attempt)
    if attempt == 0:
        card = int(_deal(inputs.seed, split, number, len(cards))[card])
    else:
        card = int(rng.integers(len(cards)))
    position = int(cards[card])
    photo = int(inputs.backgrounds.photos[position])
    crop, size = _crop(inputs, inputs.photos[photo].size, rng)
    return position, Background(photo, crop), size


def dealt(inputs: SceneInputs, split: str) -> NDArray[np.intp]:
    """Return the first choice of background of every image of a split.

    Returns
    -------
    ndarray of int, shape (images,)
        Positions in `inputs.backgrounds`, by the index of the image.
    """
    pool = inputs.pools[split]
    rounds = range(-(-pool.images // len(pool.backgrounds)))
    cards = [_deal(inputs.seed, split, number, len(pool.backgrounds)) for number in rounds]
    return pool.backgrounds[np.concatenate(cards)[: pool.images]]


@lru_cache(maxsize=4)
def _deal(seed: int, split: str, number: int, count: int) -> NDArray[np.int64]:
    return rng_for(seed, split, "deal", number).permutation(count)


def _crop(inputs: SceneInputs, photo: Size, rng: np.random.Generator) -> tuple[Box, Size]:
    """Choose the part of a photo that fills the canvas, in the canvas's shape unless stretched."""
    if inputs.canvas == "background":
        return Box(0, 0, *photo), photo
    size = (inputs.canvas.height, inputs.canvas.width)
    if inputs.canvas.fit == "stretch":
        return Box(0, 0, *photo), size
    scale = max(size[0] / photo[0], size[1] / photo[1])
    if inputs.canvas.fit == "crop":
        scale = max(scale, 1.0)
    height = min(photo[0], max(1, round(size[0] / scale)))
    width = min(photo[1], max(1, round(size[1] / scale)))
    down, across = rng.random(2)
    top, left = int(down * (photo[0] - height + 1)), int(across * (photo[1] - width + 1))
    return Box(top, left, top + height, left + width), size


def plan(
    inputs: SceneInputs,
    split: str,
    index: int,
    *,
    background: Background,
    label_image: LabelImage,
    foregrounds: Warper,
) -> tuple[Scene, int]:
    """Decide what is pasted where.

    Each instance is tried at several places, and where it fits at none another one is tried, so
    that no object falls below the limits of visibility and area.

    Parameters
    ----------
    inputs : SceneInputs
    split : str
    index : int
    background : Background
        As `plan_background` chose it.
    label_image : LabelImage
        Of the canvas with the background's own annotations; takes up what is pasted.
    foregrounds : Warper
        Warps the instances that are tried.

    Returns
    -------
    scene : Scene
    missing : int
        Objects that were wanted but fitted nowhere.
    """
    key = (inputs.seed, split, index)
    low, high = inputs.objects_per_image
    rng = rng_for(*key, "instances")
    wanted = low + int(rng.random() * (high - low + 1))
    draws = rng.random((wanted, ATTEMPTS, 2)).tolist()
    augment_rngs = [rng_for(*key, "augment", name) for name, _ in inputs.augmentations]
    place_rng = rng_for(*key, "placement")
    placements: list[Placement] = []
    for attempts in draws:
        for draw in attempts:
            number = inputs.pools[split].pick(*draw)
            placement = _place(inputs, number, foregrounds, label_image, augment_rngs, place_rng)
            if placement is not None:
                placements.append(placement)
                break
    scene = Scene(split, index, label_image.size, background, tuple(placements))
    return scene, wanted - len(placements)


def _place(
    inputs: SceneInputs,
    number: int,
    foregrounds: Warper,
    label_image: LabelImage,
    augment_rngs: Rngs,
    place_rng: np.random.Generator,
) -> Placement | None:
    """Augment an instance and find a place for it."""
    entry = inputs.bank.entry(number)
    height, width = entry.size
    change = _augmentation(inputs, entry.size, label_image.size, augment_rngs)
    outline: Outline = entry.outline.tolist()
    centred = quantized(change @ translation(-width / 2, -height / 2))
    local, region = at_origin(outline, centred)
    if max(region.bottom / label_image.size[0], region.right / label_image.size[1]) > _TOO_LARGE:
        return None
    foreground = foregrounds.warp(number, local, region)
    candidate = Candidate(
        *(foreground.mask, foreground.area),
        cuts=_cuts(entry, local),
        home=inputs.home(entry),
        shift=(round(change[1, 2]), round(change[0, 2])),
    )
    for row, col in inputs.placement.propose(place_rng, candidate, label_image.size):
        place = region.moved(row, col)
        if label_image.paste(
            foreground.mask, foreground.area, place, category_id=entry.category_id
        ):
            placement = Placement(number, shifted(local, col, row))
            foregrounds.keep(placement, foreground, local, region, place)
            return placement
    return None


def _augmentation(inputs: SceneInputs, size: Size, canvas: Size, rngs: Rngs) -> Homography:
    """Multiply all geometric steps into one matrix, the instance's centre at the origin."""
    change: Homography | None = None
    shown = (size[0] - 2 * MARGIN, size[1] - 2 * MARGIN)
    for (_, augmentation), rng in zip(inputs.augmentations, rngs, strict=True):
        step = augmentation.sample(rng, size=shown, canvas=canvas)
        if step is not None:
            change = step if change is None else step @ change
    return translation(0, 0) if change is None else change


_EDGES: dict[Side, tuple[Point, Point, Point]] = {
    # ends of each edge as corners (x, y) of the unit square, and the way out
    "top": ((0, 0), (1, 0), (0, -1)),
    "left": ((0, 0), (0, 1), (-1, 0)),
    "bottom": ((0, 1), (1, 1), (0, 1)),
    "right": ((1, 0), (1, 1), (1, 0)),
}


def _cuts(entry: Entry, matrix: Matrix) -> tuple[tuple[Side, float], ...]:
    """Find where the edges that the source's borders cut are after the transform."""
    cuts: list[tuple[Side, float]] = []
    (a, b, _), (d, e, _), _ = matrix
    height, width = entry.height - 2 * MARGIN, entry.width - 2 * MARGIN
    for (*ends, (across, down)), cut in zip(_EDGES.values(), entry.borders.tolist(), strict=True):
        if cut:
            xs, ys = zip(
                *(moved((MARGIN + width * x, MARGIN + height * y), matrix) for x, y in ends),
                strict=True,
            )
            x, y = a * across + b * down, d * across + e * down
            if abs(x) >= abs(y):
                cuts.append(("left", max(xs)) if x < 0 else ("right", min(xs)))
            else:
                cuts.append(("top", max(ys)) if y < 0 else ("bottom", min(ys)))
    return tuple(cuts)
