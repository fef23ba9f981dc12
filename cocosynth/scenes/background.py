"""Which background an image gets, and which part of it fills the canvas."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cocosynth.core.randomness import rng_for
from cocosynth.core.reduction import reduced
from cocosynth.core.values import Background, Box, Flipped, Size
from cocosynth.scenes.background_augment.view import View
from cocosynth.scenes.inputs import SceneInputs


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
        Counts up where an earlier choice turned out to be unusable.

    Returns
    -------
    position : int
        In `inputs.backgrounds`.
    background : Background
    size : tuple of int
        Height and width of the canvas.
    """
    rng = rng_for(inputs.seed, split, index, "background", attempt)
    if attempt == 0:
        position = first_choice(inputs, split, index)
    else:
        cards = inputs.pools[split].backgrounds
        position = int(cards[int(rng.integers(len(cards)))])
    photo = int(inputs.backgrounds.photos[position])
    size = inputs.photos[photo].size
    view = _view(inputs, size, (split, index, attempt))
    if view.zoom == 1:
        crop, canvas = _crop(inputs, size, rng)
        return position, reduced(Background(photo, crop, _flip(view)), canvas), canvas
    crop, place, canvas = _zoomed(inputs, size, rng, view.zoom)
    padding = 0 if place is None else view.padding
    background = Background(photo, crop, _flip(view), place, padding)
    return position, reduced(background, canvas), canvas


def _view(inputs: SceneInputs, photo: Size, key: tuple[str, int, int]) -> View:
    """Draw how the photo is looked at."""
    split, index, attempt = key
    canvas = canvas_size(inputs, photo)
    view = View()
    for named in inputs.background_augmentations:
        rng = rng_for(inputs.seed, split, index, "augment_background", named.stream, attempt)
        step = named.augmentation.sample(rng, photo=photo, canvas=canvas)
        view = view if step is None else view.then(step)
    return view


def _flip(view: View) -> Flipped:
    if view.across and view.down:
        return "both"
    return "horizontal" if view.across else "vertical" if view.down else ""


def canvas_size(inputs: SceneInputs, photo: Size) -> Size:
    """Return the height and width of the canvas of a photo of this size."""
    return photo if inputs.canvas == "background" else (inputs.canvas.height, inputs.canvas.width)


def first_choice(inputs: SceneInputs, split: str, index: int) -> int:
    """Return the first choice of background of one scene: a position in `inputs.backgrounds`."""
    cards = inputs.pools[split].backgrounds
    number, card = divmod(index, len(cards))
    return int(cards[_deal(inputs.seed, split, number, len(cards))[card]])


def dealt(inputs: SceneInputs, split: str) -> NDArray[np.intp]:
    """Return the first choice of background of every image of a split.

    Returns
    -------
    ndarray of int, shape (images,)
        Positions in `inputs.backgrounds`, by the index of the image.
    """
    pool = inputs.pools[split]
    scenes = -(-pool.images // pool.siblings)
    count = len(pool.backgrounds)
    cards = np.empty(-(-scenes // count) * count, dtype=np.int64)
    for number, start in enumerate(range(0, len(cards), count)):
        cards[start : start + count] = _deal(inputs.seed, split, number, count)
    shown = np.repeat(pool.backgrounds[cards[:scenes]], pool.siblings)
    return shown[: pool.images]


@lru_cache(maxsize=4)
def _deal(seed: int, split: str, number: int, count: int) -> NDArray[np.int64]:
    return rng_for(seed, split, "deal", number).permutation(count)


def _crop(inputs: SceneInputs, photo: Size, rng: np.random.Generator) -> tuple[Box, Size]:
    """Choose the part of a photo that fills the canvas, in the canvas's shape unless stretched."""
    (wanted_height, wanted_width), size = _fitting(inputs, photo)
    if _shows_all(inputs):
        return Box(0, 0, *photo), size
    height = min(photo[0], max(1, round(wanted_height)))
    width = min(photo[1], max(1, round(wanted_width)))
    down, across = rng.random(2)
    top, left = int(down * (photo[0] - height + 1)), int(across * (photo[1] - width + 1))
    return Box(top, left, top + height, left + width), size


def _shows_all(inputs: SceneInputs) -> bool:
    """Whether the whole photo fills the canvas, whatever its shape."""
    return inputs.canvas == "background" or inputs.canvas.fit == "stretch"


def _fitting(inputs: SceneInputs, photo: Size) -> tuple[tuple[float, float], Size]:
    """Return the height and width of the part of a photo that fits the canvas, and the canvas."""
    if inputs.canvas == "background":
        return photo, photo
    size = (inputs.canvas.height, inputs.canvas.width)
    if inputs.canvas.fit == "stretch":
        return photo, size
    scale = max(size[0] / photo[0], size[1] / photo[1])
    if inputs.canvas.fit == "crop":
        scale = max(scale, 1.0)
    return (size[0] / scale, size[1] / scale), size


def _zoomed(
    inputs: SceneInputs, photo: Size, rng: np.random.Generator, zoom: float
) -> tuple[Box, Box | None, Size]:
    """Choose the part of a photo that is shown at a zoom, and the part of the canvas it fills."""
    fitting, size = _fitting(inputs, photo)
    spans = [
        _span(length / zoom, *axis)
        for length, *axis in zip(fitting, photo, size, rng.random(2).tolist(), strict=True)
    ]
    ((top, bottom), (up, down)), ((left, right), (first, last)) = spans
    place = Box(up, first, down, last)
    crop = Box(top, left, bottom, right)
    return crop, None if place == Box(0, 0, *size) else place, size


def _span(
    wanted: float, photo: int, canvas: int, draw: float
) -> tuple[tuple[int, int], tuple[int, int]]:
    """Return from where to where a photo is shown along an axis, and where that is in the canvas.

    Examples
    --------
    >>> _span(50, 100, 200, 0.5)
    ((25, 75), (0, 200))
    >>> _span(200, 100, 200, 0.5)
    ((0, 100), (50, 150))
    """
    if wanted <= photo:
        length = max(1, round(wanted))
        start = int(draw * (photo - length + 1))
        return (start, start + length), (0, canvas)
    length = max(1, round(canvas * photo / wanted))
    start = int(draw * (canvas - length + 1))
    return (0, photo), (start, start + length)
