"""What is cut out of the photographs of a COCO dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cocosynth.sources.catalogue import Catalogue
from cocosynth.sources.coco_images import ByImage, Span
from cocosynth.sources.cuts import Cut, PhotoCuts
from cocosynth.sources.distractors import Use
from cocosynth.sources.options import CocoForeground

Bools = NDArray[np.bool_]


@dataclass(frozen=True, eq=False)
class CocoCuts:
    """What a source asks for.

    Attributes
    ----------
    by_image : ByImage
    wanted : ndarray of bool
        Which annotations are to be cut out, in the order of `by_image`.
    names : dict of int to str
        Under which name each category is pasted.
    source : CocoForeground
    use : Use
    there : ndarray of bool
        Which surely have pixels; empty where nobody looked.
    """

    by_image: ByImage
    wanted: Bools
    names: dict[int, str]
    source: CocoForeground
    use: Use
    there: Bools = field(default_factory=lambda: np.zeros(0, np.bool_))
    _kinds: dict[int, Cut] = field(default_factory=dict, init=False)

    @property
    def takes_all(self) -> bool:
        """Whether every instance that is there is wanted, as it is."""
        source = self.source
        return source.area_range == (None, None) and not (
            source.skip_truncated
            or source.whole > 0
            or source.min_sharpness > 0
            or source.min_side > 0
            or source.matte != "none"
        )

    def kind(self, category_id: int) -> Cut:
        """Return what all cuts of a category have in common."""
        if category_id not in self._kinds:
            self._kinds[category_id] = Cut(
                category=self.names[category_id],
                area_range=self.source.area_range,
                skip_truncated=self.source.skip_truncated,
                whole=self.source.whole,
                min_sharpness=self.source.min_sharpness,
                min_side=self.source.min_side,
                matte=self.source.matte,
                distracts=self.use.distracts,
            )
        return self._kinds[category_id]

    def add(self, catalogue: Catalogue, photo: int, span: Span, count: int) -> None:
        """Add the instances of a photo, so many; what an earlier foreground has chosen is there."""
        if photo not in catalogue.cuts:
            catalogue.cuts.add(photo, CutsOfPhoto(self, span), self.source.matte, count)
            return
        wanted, known = self.wanted[span.slice], catalogue.cuts.ids(photo)
        there = [number in known for number in self.by_image.ids(span).tolist()] if known else []
        twice = np.count_nonzero(wanted & there) if known else 0
        if twice:
            wanted &= ~np.array(there)
            reason = "instance that an earlier foreground has chosen already"
            catalogue.skip(self.source.coco, reason, int(twice))
        count = int(np.count_nonzero(wanted))
        if count:
            catalogue.cuts.add(photo, CutsOfPhoto(self, span), self.source.matte, count)


class CutsOfPhoto(NamedTuple):
    """The cuts of one photograph, to be made of what its source asks for."""

    of: CocoCuts
    span: Span

    def cuts(self) -> PhotoCuts:
        of = self.of
        beside = tuple(of.by_image.records(self.span))
        wanted = np.flatnonzero(of.wanted[self.span.slice]).tolist()
        kinds = list(dict.fromkeys(beside[place].category_id for place in wanted))
        places = [(kinds.index(beside[place].category_id), place) for place in wanted]
        return PhotoCuts([of.kind(number) for number in kinds], places, beside)

    def ids(self) -> set[int]:
        return set(self.of.by_image.ids(self.span)[self.of.wanted[self.span.slice]].tolist())

    def mask_paths(self) -> Sequence[str]:
        return ()
