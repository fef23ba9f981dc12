"""The pixels of a photograph that the catalogue knows."""

from __future__ import annotations

from cocosynth.core import images
from cocosynth.core.errors import UnusableError
from cocosynth.core.values import Image, Photo


def read_photo(photo: Photo, *, reduction: int, content: bytes | None = None) -> tuple[Image, int]:
    """Decode a photograph, smaller where its file can be decoded so.

    Parameters
    ----------
    photo : Photo
    reduction : int
        How many times smaller it may be.
    content : bytes, optional
        What is in its file, if that has been read.

    Returns
    -------
    pixels : ndarray of uint8, shape (h, w, 3)
    reduction : int
        How many times smaller they are.

    Raises
    ------
    UnusableError
        If it cannot be read, or its size is not what its record says.
    """
    pixels, reduction = images.read_reduced(
        photo.path,
        upright=photo.upright,
        reading=photo.reading,
        reduction=reduction,
        content=content,
    )
    if pixels.shape[:2] != tuple(-(-length // reduction) for length in photo.size):
        raise UnusableError("image file has another size than its record")
    return pixels, reduction
