"""What is cut out of the photographs of a COCO dataset."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

import numpy as np
from numpy.typing import NDArray

from cocosynth.coco.annotation_table import AnnotationRecord, AnnotationTable
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


@dataclass(frozen=True, slots=True, eq=False)
class CutsOfPhoto:
    """The cuts of one photograph, to be made of what its source asks for.

    Attributes
    ----------
    of : CocoCuts
    span : Span
    """

    of: CocoCuts
    span: Span
    is_late: ClassVar[bool] = True

    def __len__(self) -> int:
        return int(np.count_nonzero(self.of.wanted[self.span.slice]))

    def __iter__(self) -> Iterator[Cut]:
        return iter(self.cuts())

    def kinds(self) -> list[Cut]:
        """Return what its cuts have in common."""
        chosen = self.of.by_image.rows[self.span.slice][self.of.wanted[self.span.slice]]
        known = self.of.by_image.table.category_ids[chosen].tolist()
        return [self.of.kind(number) for number in dict.fromkeys(known)]

    def cuts(self) -> PhotoCuts:
        of = self.of
        return _photo_cuts(of.by_image.records(self.span), of.wanted[self.span.slice], of.kind)

    def ids(self) -> set[int]:
        return set(self.of.by_image.ids(self.span)[self.of.wanted[self.span.slice]].tolist())

    def mask_paths(self) -> Sequence[str]:
        return ()


class PackedCuts(NamedTuple):
    """The cuts of some photographs, to be made in another process.

    Attributes
    ----------
    kinds : dict of int to Cut
        By category.
    table : AnnotationTable
        Of all annotations of these photographs; a process that has the file reads the texts there.
    wanted : ndarray of bool
    counts : list of int
        How many annotations each photograph has.
    """

    kinds: dict[int, Cut]
    table: AnnotationTable
    wanted: Bools
    counts: list[int]

    @classmethod
    def of(cls, photos: Sequence[CutsOfPhoto]) -> PackedCuts:
        """Pack what one source wants of some photographs."""
        of, spans = photos[0].of, [one.span for one in photos]
        places = np.concatenate([np.arange(*span) for span in spans])
        wanted = of.wanted[places]
        table = of.by_image.table.chosen(of.by_image.rows[places])
        kinds = {
            number: of.kind(number) for number in np.unique(table.category_ids[wanted]).tolist()
        }
        return cls(kinds, table, wanted, [len(span) for span in spans])

    def unpacked(self) -> Iterator[PhotoCuts]:
        """Yield the cuts of each photograph."""
        start = 0
        for count in self.counts:
            here = slice(start, start := start + count)
            yield _photo_cuts(self.table[here], self.wanted[here], self.kinds.__getitem__)


def _photo_cuts(
    beside: Sequence[AnnotationRecord], wanted: Bools, kind: Callable[[int], Cut]
) -> PhotoCuts:
    chosen = np.flatnonzero(wanted).tolist()
    kinds = list(dict.fromkeys(beside[place].category_id for place in chosen))
    places = [(kinds.index(beside[place].category_id), place) for place in chosen]
    return PhotoCuts([kind(number) for number in kinds], places, tuple(beside))
