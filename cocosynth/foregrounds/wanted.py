"""Which instances a source is asked for, once they are cut out."""

from __future__ import annotations

from typing import Protocol

from cocosynth.core.errors import UnwantedError
from cocosynth.core.values import Borders, Box
from cocosynth.foregrounds.cut_out import MARGIN
from cocosynth.sources.catalogue import Cut


class Measured(Protocol):
    """What is known of an instance, whether it was cut out or only its shape was looked at."""

    @property
    def area(self) -> int: ...
    @property
    def borders(self) -> Borders: ...
    @property
    def whole(self) -> float: ...
    @property
    def box(self) -> Box: ...
    @property
    def sharpness(self) -> float: ...


def refuse_unwanted(instance: Measured, cut: Cut) -> None:
    """Refuse an instance that the options of its source rule out.

    Raises
    ------
    UnwantedError
    """
    low, high = cut.area_range
    if (low is not None and instance.area < low) or (high is not None and instance.area > high):
        raise UnwantedError("area lies outside of area_range")
    if cut.skip_truncated and any(instance.borders):
        raise UnwantedError("object is cut by a border of its image")
    if instance.whole < cut.whole:
        raise UnwantedError(f"object is less whole than {cut.whole:g}")
    if min(instance.box.size) - 2 * MARGIN < cut.min_side:
        raise UnwantedError("shorter side is below min_side")
    if instance.sharpness < cut.min_sharpness:
        raise UnwantedError(f"object is less sharp than {cut.min_sharpness:g}")
