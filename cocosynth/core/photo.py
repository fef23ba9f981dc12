"""A photograph among the sources, its terms, and how its numbers become colours."""

from __future__ import annotations

import msgspec


class License(msgspec.Struct, frozen=True):
    """The terms a photograph comes under."""

    name: str
    url: str


class Reading(msgspec.Struct, frozen=True):
    """How the numbers in an image file become 8-bit colours.

    Attributes
    ----------
    value_range : tuple of float or None
        The numbers that become black and white, in pictures of more than 8 bits; None takes the
        whole range of their kind.
    bands : tuple of int or None
        Which bands become red, green and blue; the first band is 1. None takes them as the file
        says.
    """

    value_range: tuple[float, float] | None = None
    bands: tuple[int, int, int] | None = None


AS_IT_IS = Reading()
"""The reading of an ordinary picture."""


class Photo(msgspec.Struct, frozen=True):
    """A source image on disk, and what is known about it without reading its pixels."""

    source: str  # the name of the source in the configuration
    path: str
    file_name: str  # relative to the source's image folder
    size: tuple[int, int]  # height and width
    upright: bool  # True: EXIF orientation is applied; False: pixels as stored
    image_id: int | None
    license: License
    attribution: str
    fields: tuple[tuple[str, str], ...] = ()  # provenance keys of the image record, as they were
    reading: Reading = AS_IT_IS
    deep: bool = False  # its numbers have more than 8 bits
