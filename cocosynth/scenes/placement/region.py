"""Inside of polygons, or on what the background's own annotations cover."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Literal

import cv2
import numpy as np

from cocosynth.core.errors import CocosynthError
from cocosynth.core.suggest import choices
from cocosynth.core.values import Box, Mask
from cocosynth.scenes.known import Known
from cocosynth.scenes.placement.candidate import Candidate
from cocosynth.scenes.placement.site import Site

if TYPE_CHECKING:
    from shapely import MultiPolygon

Point = tuple[float, float]
Within = Literal["foot", "centre", "whole"]

_LOWER_HALF: tuple[Point, ...] = ((0, 0.5), (1, 0.5), (1, 1), (0, 1))
_BITS = 8  # of a fraction of a pixel, in which OpenCV takes corners


@dataclass(frozen=True)
class Region:
    """Put the instance where the user says: on a road, on a table, in the sky.

    What is pasted covers the region: the next instance goes where it can still be seen.

    Parameters
    ----------
    polygons : sequence of polygons
        Each a list of corners [x, y] in fractions of the background's photograph, from 0 to 1,
        x to the right and y down; they move with its crop. With neither polygons nor categories,
        the region is the lower half.
    categories : sequence of str
        Names of categories: what the background's annotations of them cover is region as well.
        Backgrounds must bring them along (`annotations: keep`).
    within : str
        What of the instance must lie in the region. foot: its lowest point; centre: the middle of
        its box; whole: all of its box that the canvas holds.
    """

    polygons: tuple[tuple[Point, ...], ...] = ()
    categories: tuple[str, ...] = ()
    within: Within = "foot"
    learns: ClassVar[bool] = False

    def __post_init__(self) -> None:
        for number, polygon in enumerate(self.polygons):
            _check(polygon, f"polygons[{number}]")

    def prepared(self, known: Known) -> PreparedRegion:
        """Look the categories up, and unite the polygons.

        Raises
        ------
        CocosynthError
            If no background brings a category along.
        """
        import shapely

        for name in self.categories:
            if name not in known.carried:
                hint = choices(name, known.carried) if known.carried else "they bring none"
                raise CocosynthError(f"no background brings annotations of {name!r} along; {hint}")
        polygons = self.polygons or (() if self.categories else (_LOWER_HALF,))
        united = shapely.union_all([shapely.Polygon(polygon) for polygon in polygons])
        parts = [part for part in shapely.get_parts(united) if part.area > 0]
        ids = frozenset(known.categories[name] for name in self.categories)
        return PreparedRegion(shapely.MultiPolygon(parts), ids, self.within)

    def propose(
        self, rng: np.random.Generator, candidate: Candidate, site: Site
    ) -> Iterator[tuple[int, int]]:
        return self.prepared(Known({})).propose(rng, candidate, site)


def _check(polygon: tuple[Point, ...], name: str) -> None:
    import shapely

    if len(polygon) < 3:
        raise ValueError(f"{name} must have 3 corners or more, got {len(polygon)}")
    for corner in polygon:
        if not all(0 <= number <= 1 for number in corner):
            raise ValueError(f"{name}: corners must lie in [0, 1], got {list(corner)}")
    made = shapely.Polygon(polygon)
    if not made.is_valid or made.area == 0:
        reason = shapely.is_valid_reason(made)
        raise ValueError(f"{name} crosses itself or has no area: {reason}")


@dataclass(frozen=True, eq=False)
class PreparedRegion:
    """A region whose polygons are united and whose categories have ids."""

    polygons: MultiPolygon
    category_ids: frozenset[int]
    within: Within

    def propose(
        self, rng: np.random.Generator, candidate: Candidate, site: Site
    ) -> Iterator[tuple[int, int]]:
        draws = rng.random(site.tries).tolist()
        area = self._area(site, Box(0, 0, *site.canvas))
        (row, col), (height, width) = self._point(candidate), candidate.box.size
        if self.within == "whole":
            area = _corners_of(area, height, width)
        pixels = np.flatnonzero(area)
        for draw in draws if len(pixels) else ():
            down, across = divmod(int(pixels[int(draw * len(pixels))]), site.canvas[1])
            yield down - row, across - col

    def allows(self, candidate: Candidate, site: Site, place: tuple[int, int]) -> bool:
        if self.within == "whole":
            box = candidate.box.moved(*place).clipped(site.canvas)
        else:
            row, col = (a + b for a, b in zip(self._point(candidate), place, strict=True))
            box = Box(row, col, row + 1, col + 1).clipped(site.canvas)
        return bool(min(box.size) and self._area(site, box).all())

    def _point(self, candidate: Candidate) -> tuple[int, int]:
        """Return the row and column of the pixel of the mask that goes into the region."""
        if self.within == "whole":
            return candidate.box.top, candidate.box.left
        return candidate.foot if self.within == "foot" else candidate.centre

    def _area(self, site: Site, part: Box) -> Mask:
        """Return the pixels of a part of the canvas that are region and not covered yet."""
        import shapely

        (across, _, x), (_, down, y), _ = site.to_canvas
        scale = np.array([across * site.photo.size[1], down * site.photo.size[0]])
        origin = np.array([x - part.left - 0.5, y - part.top - 0.5])
        rings = shapely.get_rings(shapely.get_parts(self.polygons))
        corners = [
            np.rint((shapely.get_coordinates(ring) * scale + origin) * 2**_BITS).astype(np.int32)
            for ring in rings
        ]
        area = np.zeros(part.size, np.uint8)
        if corners:
            cv2.fillPoly(area, corners, 1, shift=_BITS)
        found: Mask = area.view(np.bool_)
        labels = site.labels[part.slices]
        below = sum(layer.placement is None for layer in site.layers)  # they are numbered first
        if self.category_ids:
            wanted = [layer.category_id in self.category_ids for layer in site.layers]
            found |= np.array([False, *wanted])[labels]
        if below < len(site.layers):
            found &= labels <= below
        return found


def _corners_of(area: Mask, height: int, width: int) -> Mask:
    """Return where the upper left corner of a box may be, for all of it to lie in an area."""
    eroded = cv2.erode(
        area.view(np.uint8),
        np.ones((height, width), np.uint8),
        anchor=(0, 0),
        borderType=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    return eroded.view(np.bool_)
