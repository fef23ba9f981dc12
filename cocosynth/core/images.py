"""Image files to 8-bit RGB pixels and back."""

from __future__ import annotations

import struct
from contextlib import suppress
from pathlib import Path

import cv2
import numpy as np

from cocosynth.core.eight_bits import eight_bits
from cocosynth.core.errors import UnusableError
from cocosynth.core.image_file import (
    ORIENTED,
    TRUNCATED,
    OtherTiffError,
    image_bytes,
    jpeg_frame,
    opened,
)
from cocosynth.core.numbers import read_numbers
from cocosynth.core.pillow_pixels import loaded, to_rgba
from cocosynth.core.values import AS_IT_IS, MAX_PIXELS, Bgr, Image, Reading, Rgba, Size

_REDUCED = {
    8: cv2.IMREAD_REDUCED_GRAYSCALE_8,
    4: cv2.IMREAD_REDUCED_GRAYSCALE_4,
    2: cv2.IMREAD_REDUCED_GRAYSCALE_2,
    1: 0,
}


def read_reduced(
    path: str | Path,
    *,
    upright: bool,
    reading: Reading = AS_IT_IS,
    reduction: int = 1,
    content: bytes | None = None,
) -> tuple[Bgr, int]:
    """Decode an image file to 8-bit BGR, smaller where its decoder can do that.

    Ordinary colour JPEG files are decoded at 1/2, 1/4 or 1/8 by their decoder: pixel (i, j) stands
    for the square of `reduction` pixels a side from (i, j) times that. At the lower and the right
    edge it may stand for less than a square. All other files come in full.

    Parameters
    ----------
    path : str or Path
    upright : bool
        See `read_image`.
    reading : Reading
    reduction : int
        1, or one of `core.reduction.REDUCTIONS`.
    content : bytes, optional
        What is in the file, if it has been read.

    Returns
    -------
    bgr : ndarray of uint8, shape (ceil(height / reduction), ceil(width / reduction), 3)
    reduction : int
        What was done: the one asked for, or 1.

    Raises
    ------
    UnusableError
        If the file is missing, truncated or no image.
    """
    if reading == AS_IT_IS:
        content = image_bytes(path) if content is None else content
        bgr, reduction = _colour_jpeg(content, upright=upright, bgr=True, reduction=reduction)
        if bgr is not None:
            return bgr, reduction
    image = read_image(path, upright=upright, reading=reading)
    return cv2.cvtColor(image, cv2.COLOR_RGB2BGR), 1


def read_small(path: str | Path, side: int, *, upright: bool, content: bytes) -> tuple[Bgr, Size]:
    """Decode an image file to 8-bit BGR for a thumbnail: by `read_reduced`, as small as it can be.

    Parameters
    ----------
    path : str or Path
    side : int
        Of the thumbnail, the longer one: no less is decoded, where there is so much.
    upright : bool
        See `read_image`.
    content : bytes
        What is in the file.

    Returns
    -------
    bgr : ndarray of uint8, shape (H, W, 3)
    size : tuple of int
        Height and width of all of it.

    Raises
    ------
    UnusableError
        If the file is truncated or no image.
    """
    frame = jpeg_frame(content)
    stored = struct.unpack(">HH", content[frame + 5 : frame + 9]) if frame else (0, 0)
    wanted = next((times for times in _REDUCED if times * side <= max(stored)), 1)
    bgr, times = read_reduced(path, upright=upright, reduction=wanted, content=content)
    decoded = (bgr.shape[0], bgr.shape[1])
    if times == 1:
        return bgr, decoded
    height, width = stored
    lies = decoded == (-(-height // times), -(-width // times))
    return bgr, (height, width) if lies else (width, height)


def read_image(path: str | Path, *, upright: bool, reading: Reading = AS_IT_IS) -> Image:
    """Decode an image file to 8-bit RGB.

    Ordinary colour JPEG files are decoded by OpenCV, all others by Pillow: grey, CMYK and palette
    images are converted, 16-bit ones scaled down, transparent ones laid on white. Of several pages
    or moments the first is read.

    Parameters
    ----------
    path : str or Path
    upright : bool
        Apply the EXIF orientation, as a viewer does; False gives the pixels as stored, which is
        what COCO annotations count.
    reading : Reading
        How its numbers become colours.

    Returns
    -------
    ndarray of uint8, shape (height, width, 3)

    Raises
    ------
    UnusableError
        If the file is missing, truncated or no image.
    """
    if reading == AS_IT_IS:
        image, _ = _colour_jpeg(image_bytes(path), upright=upright)
        if image is not None:
            return image
    rgba = _rgba(path, reading, upright=upright)
    if (rgba[..., 3] == 255).all():
        return np.ascontiguousarray(rgba[..., :3])
    alpha = rgba[..., 3:].astype(np.uint16)
    return ((rgba[..., :3] * alpha + 255 * (255 - alpha) + 127) // 255).astype(np.uint8)


def read_rgba(path: str | Path, reading: Reading = AS_IT_IS) -> Rgba:
    """Decode an image file, upright, to 8-bit RGB with its alpha channel, 255 where it has none.

    Parameters
    ----------
    path : str or Path
    reading : Reading
        How its numbers become colours.

    Returns
    -------
    ndarray of uint8, shape (height, width, 4)

    Raises
    ------
    UnusableError
        If the file is missing, truncated or no image.
    """
    if reading == AS_IT_IS:
        image, _ = _colour_jpeg(image_bytes(path), upright=True)
        if image is not None:
            return cv2.cvtColor(image, cv2.COLOR_RGB2RGBA)
    return _rgba(path, reading, upright=True)


def _colour_jpeg(
    content: bytes, *, upright: bool, bgr: bool = False, reduction: int = 1
) -> tuple[Image | None, int]:
    """Decode a JPEG file of three components, and say how much smaller; None if it is another.

    One that may be turned is reduced only if no pixel stands for less than a whole square: such
    pixels would come to lie at the upper or the left edge.
    """
    frame = jpeg_frame(content)
    if not frame or content[frame + 9] != 3:
        return None, 1
    height, width = struct.unpack(">HH", content[frame + 5 : frame + 9])
    if height * width > MAX_PIXELS:
        raise UnusableError("image is too large")
    may_turn = upright and any(mark in content[:frame] for mark in ORIENTED)
    if may_turn and (height % reduction or width % reduction):
        reduction = 1
    flags = cv2.IMREAD_COLOR_BGR if bgr else cv2.IMREAD_COLOR_RGB
    flags |= _REDUCED[reduction] | (0 if upright else cv2.IMREAD_IGNORE_ORIENTATION)
    try:
        pixels = cv2.imdecode(np.frombuffer(content, np.uint8), flags)
    except cv2.error:
        raise UnusableError("image is too large") from None
    if pixels is None or content.rfind(b"\xff\xd9", frame) < 0:  # some OpenCVs fill up with grey
        raise UnusableError(TRUNCATED)
    return pixels, reduction


def _rgba(path: str | Path, reading: Reading, *, upright: bool) -> Rgba:
    """Decode what is no ordinary colour JPEG, or is to be read in another way."""
    if reading == AS_IT_IS:
        with suppress(OtherTiffError), opened(path) as image:
            return np.asarray(to_rgba(loaded(image, upright=upright)))
    numbers = read_numbers(path, upright=upright, bands=reading.bands)
    colours = eight_bits(numbers.values, reading.value_range)
    rgba = np.full((*colours.shape[:2], 4), 255, dtype=np.uint8)
    rgba[..., :3] = colours
    if numbers.alpha is not None:
        rgba[..., 3] = numbers.alpha
    return rgba


PNG_COMPRESSION = 1
"""The knee of size against time: other levels take twice the time, or more, for a twentieth."""


def encode_image(
    image: Image, suffix: str, *, quality: int, compression: int = PNG_COMPRESSION
) -> bytes:
    """Encode RGB pixels.

    Parameters
    ----------
    image : ndarray of uint8, shape (height, width, 3)
    suffix : {"jpg", "png"}
    quality : int
        Of JPEG, 1 to 100; colours at half the resolution (4:2:0).
    compression : int
        Of PNG: 0 for none, 1 for run lengths of differences alone, 2 to 9 for the levels of zlib.
    """
    bgr = cv2.cvtColor(image, cv2.COLOR_RGB2BGR)
    return encode_bgr(bgr, suffix, quality=quality, compression=compression)


def encode_bgr(bgr: Bgr, suffix: str, *, quality: int, compression: int = PNG_COMPRESSION) -> bytes:
    """Encode BGR pixels; see `encode_image`. A twentieth of the time is saved, or more."""
    if suffix == "jpg":
        options = [cv2.IMWRITE_JPEG_QUALITY, quality]
    else:  # without a level OpenCV looks for run lengths, as no level does that it takes
        options = [] if compression == 1 else [cv2.IMWRITE_PNG_COMPRESSION, compression]
    _, encoded = cv2.imencode(f".{suffix}", bgr, options)
    return encoded.tobytes()
