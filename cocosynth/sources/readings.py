"""How the pictures of a source are read: `value_range` and `bands` of the configuration."""

from __future__ import annotations

from collections.abc import Iterable

from cocosynth.core.errors import CocosynthError, UnusableError
from cocosynth.core.image_header import ImageHeader
from cocosynth.core.numbers import too_few_bands
from cocosynth.core.tiff_bands import many_bands
from cocosynth.core.values import Reading
from cocosynth.sources.options import BackgroundSource, Foreground

Source = Foreground | BackgroundSource


def reading_of(header: ImageHeader, source: Source) -> Reading:
    """Return how a picture of a source is read; what is `auto` is measured later.

    Raises
    ------
    UnusableError
        If it has other bands than `bands` asks for, or does not say which show colours.
    """
    if source.bands is None and not header.named:
        raise UnusableError(many_bands(header.bands))
    if source.bands is not None and max(source.bands) > header.bands:
        raise UnusableError(too_few_bands(header.bands))
    fixed = None if isinstance(source.value_range, str) or not header.deep else source.value_range
    return Reading(fixed, source.bands)


def refuse_two_readings(sources: Iterable[tuple[str, Source]]) -> None:
    """Refuse to read the pictures of one source in two ways.

    Parameters
    ----------
    sources : iterable of tuple
        Where each stands in the configuration, and the source.

    Raises
    ------
    CocosynthError
    """
    first: dict[str, tuple[str, Source]] = {}
    for where, source in sources:
        before, other = first.setdefault(source.name, (where, source))
        for key in ("value_range", "bands"):
            if getattr(source, key) != getattr(other, key):
                raise CocosynthError(
                    f"{where}.{key}: {before} reads the pictures of {source.name} with another "
                    "one; give both the same"
                )
