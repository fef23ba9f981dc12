"""Which background an image gets, and which part of it fills the canvas."""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from cocosynth.core.randomness import rng_for
from cocosynth.core.values import Background, Box, Size
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
    scenes = -(-pool.images // pool.siblings)
    rounds = range(-(-scenes // len(pool.backgrounds)))
    cards = [_deal(inputs.seed, split, number, len(pool.backgrounds)) for number in rounds]
    return np.repeat(pool.backgrounds[np.concatenate(cards)[:scenes]], pool.siblings)


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
