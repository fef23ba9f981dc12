"""What is cut out of the photographs of a COCO dataset."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from cocosynth.sources.catalogue import Catalogue
from cocosynth.sources.coco_images import ByImage, Span
from cocosynth.sources.cuts import Cut
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
    """

    by_image: ByImage
    wanted: Bools
    names: dict[int, str]
    source: CocoForeground
    use: Use

    def add(self, catalogue: Catalogue, photo: int, span: Span) -> None:
        """Add the instances of a photo; one that an earlier foreground has chosen is there."""
        wanted, known = self.wanted[span.slice], catalogue.cuts.ids(photo)
        there = [number in known for number in self.by_image.ids(span).tolist()] if known else []
        twice = np.count_nonzero(wanted & there) if known else 0
        if twice:
            wanted &= ~np.array(there)
            reason = "instance that an earlier foreground has chosen already"
            catalogue.skip(self.source.coco, reason, int(twice))
        if not known or wanted.any():
            catalogue.cuts.add(photo, _OfPhoto(self, span), self.source.matte)


class _OfPhoto(NamedTuple):
    """The cuts of one photograph, to be made of what its source asks for."""

    of: CocoCuts
    span: Span

    def cuts(self) -> Sequence[Cut]:
        of = self.of
        beside = tuple(of.by_image.records(self.span))
        wanted = of.wanted[self.span.slice].tolist()
        return [
            Cut(
                category=of.names[annotation.category_id],
                annotation=annotation,
                area_range=of.source.area_range,
                skip_truncated=of.source.skip_truncated,
                whole=of.source.whole,
                min_sharpness=of.source.min_sharpness,
                min_side=of.source.min_side,
                matte=of.source.matte,
                beside=beside,
                distracts=of.use.distracts,
            )
            for annotation, is_wanted in zip(beside, wanted, strict=True)
            if is_wanted
        ]

    def ids(self) -> set[int]:
        return set(self.of.by_image.ids(self.span)[self.of.wanted[self.span.slice]].tolist())

    def mask_paths(self) -> Sequence[str]:
        return ()
