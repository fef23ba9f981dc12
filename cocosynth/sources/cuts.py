"""What is still to be cut out of the photographs: made when it is asked for, a photo at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Any, ClassVar, Protocol

import msgspec
from msgspec.structs import replace

from cocosynth.coco.records import AnnotationRecord


class Cut(msgspec.Struct, frozen=True, gc=False):
    """An instance still to be cut out of its photo."""

    category: str
    annotation: AnnotationRecord | None = None  # of a COCO source
    area_range: tuple[float | None, float | None] = (None, None)
    skip_truncated: bool = False
    whole: float = 0.0
    min_sharpness: float = 0.0
    min_side: int = 0
    matte: str = "none"
    mask_path: str | None = None  # of a cut-out in a folder
    background_threshold: float = 0.0
    beside: tuple[AnnotationRecord, ...] = ()  # all of its photo: one tuple for all its cuts
    distracts: bool = False


class PhotoCuts(msgspec.Struct, array_like=True):
    """What is to be cut out of a photo, each annotation once: an iterable of cuts.

    Attributes
    ----------
    kinds : list of Cut
        What cuts have in common.
    places : list of (int, int)
        Of each cut its kind, and its annotation among those beside it; -1 where the kind has it.
    beside : tuple of AnnotationRecord
    """

    kinds: list[Cut]
    places: list[tuple[int, int]]
    beside: tuple[AnnotationRecord, ...]

    @classmethod
    def of(cls, cuts: Sequence[Cut]) -> PhotoCuts:
        """Pack cuts of annotations."""
        beside = cuts[0].beside
        at = {annotation.id: place for place, annotation in enumerate(beside)}
        kinds, places = list[Cut](), list[tuple[int, int]]()
        for cut in cuts:
            place = at.get(cut.annotation.id, -1) if cut.annotation else -1
            is_there = place >= 0 and beside[place] == cut.annotation
            places.append((len(kinds), place if is_there else -1))
            kinds.append(replace(cut, beside=(), annotation=None if is_there else cut.annotation))
        return cls(kinds, places, beside)

    def __len__(self) -> int:
        return len(self.places)

    def __iter__(self) -> Iterator[Cut]:
        for number, place in self.places:
            kind = self.kinds[number]
            annotation = self.beside[place] if place >= 0 else kind.annotation
            yield replace(kind, annotation=annotation, beside=self.beside)


class OfPhoto(Protocol):
    """What one source wants to be cut out of one photo.

    Attributes
    ----------
    is_late : bool
        Whether it stands for its cuts, which are made when somebody iterates.
    """

    is_late: ClassVar[bool]

    def cuts(self) -> list[Cut] | PhotoCuts:
        """Return what is to be cut out."""

    def ids(self) -> set[int]:
        """Return the ids of the annotations that are to be cut out."""

    def mask_paths(self) -> Sequence[str]:
        """Return the files of the masks of cut-outs."""


class OfPicture:
    """What is cut out of a picture of a folder: all that it shows."""

    is_late: ClassVar[bool] = False

    def __init__(self, cut: Cut) -> None:
        self._cut = cut

    def cuts(self) -> list[Cut]:
        return [self._cut]

    def ids(self) -> set[int]:
        return set()

    def mask_paths(self) -> Sequence[str]:
        return (self._cut.mask_path,) if self._cut.mask_path else ()


class Cuts(Mapping[int, list[Cut]]):
    """What is to be cut out, by the number of the photo.

    Attributes
    ----------
    mattes : set of str
        How borders are found.
    total : int
        How many there are.
    """

    def __init__(self) -> None:
        self.mattes: set[str] = set()
        self.total = 0
        self._of: dict[int, tuple[OfPhoto, ...]] = {}

    def add(self, photo: int, wanted: OfPhoto, matte: str, count: int = 1) -> None:
        """Add what a source wants of a photo, so many cuts, behind what earlier ones want."""
        self._of[photo] = (*self._of.get(photo, ()), wanted)
        self.mattes.add(matte)
        self.total += count

    def clear(self) -> None:
        self._of.clear()

    def ids(self, photo: int) -> set[int]:
        """Return the ids of the annotations that are to be cut out of a photo."""
        return {number for each in self._of.get(photo, ()) for number in each.ids()}

    def mask_paths(self, photo: int) -> list[str]:
        """Return the files that are masks of what is cut out of a photo."""
        return [path for each in self._of.get(photo, ()) for path in each.mask_paths()]

    def alone(self) -> Iterator[tuple[int, OfPhoto]]:
        """Yield the photos of which one source alone wants something, in order, and what it is."""
        for photo in sorted(self._of):
            if len(of := self._of[photo]) == 1:
                yield photo, of[0]

    def of_photo(self, photo: int) -> Any:
        """Return the cuts of a photo, or what stands for them."""
        of = self._of[photo]
        if len(of) > 1:
            return self[photo]
        return of[0] if of[0].is_late else of[0].cuts()

    def __getitem__(self, photo: int) -> list[Cut]:
        return list(chain.from_iterable(each.cuts() for each in self._of[photo]))

    def __contains__(self, photo: object) -> bool:
        return photo in self._of

    def __iter__(self) -> Iterator[int]:
        return iter(self._of)

    def __len__(self) -> int:
        return len(self._of)
