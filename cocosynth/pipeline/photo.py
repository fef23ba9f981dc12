"""The pixels of a photograph that the catalogue knows."""

from __future__ import annotations

from cocosynth.core import images
from cocosynth.core.errors import UnusableError
from cocosynth.core.values import Bgr, Photo


def read_photo(photo: Photo, *, reduction: int, content: bytes | None = None) -> tuple[Bgr, int]:
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
    bgr : ndarray of uint8, shape (h, w, 3)
    reduction : int
        How many times smaller they are.

    Raises
    ------
    UnusableError
        If it cannot be read, or its size is not what its record says.
    """
    bgr, reduction = images.read_reduced(
        photo.path,
        upright=photo.upright,
        reading=photo.reading,
        reduction=reduction,
        content=content,
    )
    if bgr.shape[:2] != tuple(-(-length // reduction) for length in photo.size):
        raise UnusableError("image file has another size than its record")
    return bgr, reduction
