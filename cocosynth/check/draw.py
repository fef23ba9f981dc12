"""Draw annotations over an image, so that they are seen on any ground and hide nothing."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as pillow
from PIL import ImageDraw, ImageFont

from cocosynth.core.values import Box, Image, Mask

PALETTE = (
    (240, 228, 66),  # yellow
    (86, 180, 233),  # sky blue
    (255, 150, 50),  # orange
    (0, 214, 160),  # bluish green
    (235, 140, 195),  # reddish purple
    (255, 255, 255),  # white
    (120, 160, 255),  # blue
    (255, 105, 85),  # vermilion
)
"""After Okabe and Ito, who chose them for people who do not see all colours; made lighter, as all
stand on a dark edge."""

DARK = (16, 16, 16)
_BITS = 4  # of a pixel, for smooth lines
_FAR = 2**15  # pixels; what reaches farther is cut off
_UNSEEN = 0.25  # pixels that a line may be off: long ones of many points take long to draw
_LETTERS = 40  # of a name


@dataclass(frozen=True, eq=False)
class Marked:
    """An object to be drawn.

    Attributes
    ----------
    mask : ndarray of bool
        In its place; may be empty.
    place : Box
        Of the mask, in pixels of the image.
    box : Box
        Of the annotation.
    name : str
    color : tuple of int
    """

    mask: Mask
    place: Box
    box: Box
    name: str
    color: tuple[int, int, int]


def color_of(category: int, categories: int, number: int = 0) -> tuple[int, int, int]:
    """Return the color of an object: its category's; where there is only one category, its own.

    Parameters
    ----------
    category : int
        The position of its category in the file.
    categories : int
        How many there are.
    number : int
        The position of the object in its image.
    """
    return PALETTE[(number if categories == 1 else category) % len(PALETTE)]


def in_page(color: tuple[int, int, int]) -> str:
    """Write a color as pages do.

    Examples
    --------
    >>> in_page((240, 228, 66))
    '#f0e442'
    """
    return "#" + bytes(color).hex()


def outline(image: Image, marked: Marked, *, scale: float = 1.0, width: int = 1) -> None:
    """Draw the edge of a mask into an image, bright on dark.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
        Drawn into.
    marked : Marked
    scale : float
        Pixels of this image for one of the image that the mask is of.
    width : int
        Of the bright line, in pixels; a dark one shows on either side of it.
    """
    if not marked.mask.size:
        return
    padded = np.pad(marked.mask.view(np.uint8), 1)
    found, _ = cv2.findContours(padded, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    rings = (cv2.approxPolyDP(ring, _UNSEEN / scale, closed=True) for ring in found)
    corner = np.array([marked.place.left - 0.5, marked.place.top - 0.5])
    lines = [_fixed((ring + corner) * scale - 0.5) for ring in rings]
    _two_tone(image, lines, marked.color, width)


def rectangle(
    image: Image,
    box: Box,
    color: tuple[int, int, int],
    *,
    scale: float = 1.0,
    width: int = 1,
) -> None:
    """Draw a box into an image, bright on dark; the line lies inside of it."""
    if box.bottom <= box.top or box.right <= box.left:
        return
    top, left = (max(0, round(side * scale)) for side in (box.top, box.left))
    bottom = min(image.shape[0], round(box.bottom * scale)) - 1
    right = min(image.shape[1], round(box.right * scale)) - 1
    corners = (left, top), (max(left, right), max(top, bottom))
    cv2.rectangle(image, *corners, DARK, width + 2)
    cv2.rectangle(image, *corners, color, width)


def _two_tone(
    image: Image, lines: Sequence[NDArray[np.int32]], color: tuple[int, int, int], width: int
) -> None:
    for tone, thickness in ((DARK, width + 2), (color, width)):
        cv2.polylines(image, lines, True, tone, thickness, cv2.LINE_AA, _BITS)


def _fixed(points: NDArray[np.float64]) -> NDArray[np.int32]:
    return np.rint(np.clip(points, -_FAR, _FAR) * 2**_BITS).astype(np.int32)


def labelled(
    image: Image, marks: Sequence[Marked], caption: str = "", *, scale: float = 1.0, size: int = 12
) -> Image:
    """Write the names of objects at their boxes, each where no other name stands.

    Parameters
    ----------
    image : ndarray of uint8, shape (H, W, 3)
    marks : sequence of Marked
    caption : str
        Written into the lower left corner.
    scale : float
        Pixels of this image for one of the image that the boxes are of.
    size : int
        Of the letters.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
    """
    picture = pillow.fromarray(image)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(size)
    taken: list[tuple[int, int, int, int]] = []
    if caption:
        width = _width(draw, caption, font)
        place = (0, image.shape[0] - size - 5, width + 6, image.shape[0])
        taken.append(place)
        draw.rectangle(place, fill=(0, 0, 0))
        draw.text((3, place[1] + 1), caption, fill=(255, 255, 255), font=font)
    for mark in sorted(marks, key=lambda mark: (mark.box.top, mark.box.left)):
        name = mark.name if len(mark.name) <= _LETTERS else f"{mark.name[: _LETTERS - 3]}..."
        width, height = _width(draw, name, font) + size // 3 + 7, size + 4
        left = round(min(max(mark.box.left * scale, 0), max(0, image.shape[1] - width)))
        place = _free(left, round(mark.box.top * scale), (width, height), image.shape[0], taken)
        taken.append(place)
        draw.rectangle(place, fill=DARK)
        draw.rectangle((*place[:2], place[0] + size // 3, place[3]), fill=mark.color)
        draw.text((place[0] + size // 3 + 3, place[1] + 1), name, fill=mark.color, font=font)
    return np.asarray(picture)


def _width(
    draw: ImageDraw.ImageDraw, text: str, font: ImageFont.FreeTypeFont | ImageFont.ImageFont
) -> int:
    return round(draw.textlength(text, font=font))


def _free(
    left: int, top: int, size: tuple[int, int], bottom: int, taken: Sequence[tuple[int, ...]]
) -> tuple[int, int, int, int]:
    """Return where a name goes: above its box if there is room, else the next free line below."""
    width, height = size
    first = top - height if top >= height else top
    lines = range(max(0, first), max(1, bottom - height), height + 1)
    for line in lines or range(1):
        if not any(
            left < other[2]
            and other[0] < left + width
            and line < other[3]
            and other[1] < line + height
            for other in taken
        ):
            return left, line, left + width, line + height
    return left, max(0, first), left + width, max(0, first) + height
