"""The numbers of a picture as they are stored, whatever they count."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image as pillow

from cocosynth.core.eight_bits import eight_bits
from cocosynth.core.errors import UnusableError
from cocosynth.core.image_file import (
    BANDS,
    BITS,
    ORIENTATION,
    OtherTiffError,
    image_bytes,
    is_deep,
    opened,
)
from cocosynth.core.pillow_pixels import loaded, to_rgba
from cocosynth.core.tiff_bands import (
    bands_of_colours,
    tiff_layout,
    tiff_numbers,
)
from cocosynth.core.values import Alpha

_AS_THEY_ARE = ("L", "LA", "RGB", "RGBA", "I;16", "I;16B", "I;16L", "I", "F")


class Numbers(NamedTuple):
    """The numbers of a picture.

    Attributes
    ----------
    values : ndarray, shape (height, width, n)
        Of the bands that show colours, 1 or 3, or of those that were chosen.
    alpha : ndarray of uint8, shape (height, width), or None
    no_data : float or None
        The number that stands for "nothing known here".
    """

    values: NDArray[Any]
    alpha: Alpha | None = None
    no_data: float | None = None


def read_numbers(path: str | Path, *, upright: bool, bands: Sequence[int] | None = None) -> Numbers:
    """Read the numbers of a picture without scaling them.

    Parameters
    ----------
    path : str or Path
    upright : bool
        Apply the EXIF orientation.
    bands : sequence of int, optional
        Which bands; the first is 1. By default those that show colours.

    Raises
    ------
    UnusableError
        If the file cannot be read, or lacks one of the bands.
    """
    try:
        with opened(path) as image:
            if image.format == "TIFF" and _has_many_numbers(image):
                raise OtherTiffError
            if image.format == "PNG" and is_deep(image) and image.mode in ("RGB", "RGBA"):
                image.load()  # which refuses damage that OpenCV reads over
                values = _deep_png(path)
                values = _turned(values, image.getexif().get(ORIENTATION) if upright else 1)
            else:
                shown = loaded(image, upright=upright)
                values = np.asarray(shown if shown.mode in _AS_THEY_ARE else to_rgba(shown))
    except OtherTiffError:
        return _of_tiff(path, bands, upright=upright)
    values = np.atleast_3d(values.astype(values.dtype.newbyteorder("="), copy=False))
    if bands is not None:
        return Numbers(values[..., _positions(bands, values.shape[2])])
    if values.shape[2] in (2, 4):
        return Numbers(values[..., :-1], _alpha(values[..., -1]))
    return Numbers(values)


def _has_many_numbers(image: pillow.Image) -> bool:
    """Say whether a TIFF file has more bands, or more bits in several, than Pillow gives."""
    tags = image.tag_v2  # type: ignore[attr-defined]
    bands = tags.get(BANDS, 1)
    return bands > 4 or (bands > 1 and max(tags.get(BITS, (1,))) > 8)


def _deep_png(path: str | Path) -> NDArray[Any]:
    """Read 16 bits for each colour: Pillow keeps 8 of them."""
    content = np.frombuffer(image_bytes(path), np.uint8)
    values = cv2.imdecode(content, cv2.IMREAD_UNCHANGED)
    if values is None:
        raise UnusableError("image file is truncated or damaged")
    order = (2, 1, 0, 3)[: values.shape[2]] if values.ndim == 3 else None
    return values if order is None else values[..., order]


def _of_tiff(path: str | Path, bands: Sequence[int] | None, *, upright: bool) -> Numbers:
    layout = tiff_layout(path)
    orientation = layout.orientation if upright else 1
    if bands is not None:
        values = tiff_numbers(path, layout, _positions(bands, layout.bands))
        return Numbers(_turned(values, orientation), no_data=layout.no_data)
    shown, alpha = bands_of_colours(layout)
    values = tiff_numbers(path, layout, [*shown, *alpha])
    values = _turned(values, orientation)
    if alpha:
        return Numbers(values[..., :-1], _alpha(values[..., -1]), layout.no_data)
    return Numbers(values, no_data=layout.no_data)


def _alpha(values: NDArray[Any]) -> Alpha:
    return np.ascontiguousarray(eight_bits(values))


def _positions(bands: Sequence[int], there: int) -> list[int]:
    if max(bands) > there:
        raise UnusableError(too_few_bands(there))
    return [band - 1 for band in bands]


def too_few_bands(there: int) -> str:
    return f"image has {there} band{'s' if there > 1 else ''}, fewer than `bands` asks for"


def _turned(values: NDArray[Any], orientation: int | None) -> NDArray[Any]:
    """Turn pixels as stored by an EXIF orientation (EXIF 2.3, table 6)."""
    if orientation in (5, 6, 7, 8):
        values = values.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        values = values[:, ::-1]
    if orientation in (3, 4, 7, 8):
        values = values[::-1]
    return values
