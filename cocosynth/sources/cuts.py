"""What is still to be cut out of the photographs: made when it is asked for, a photo at a time."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import chain
from typing import Protocol

import msgspec

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


class OfPhoto(Protocol):
    """What one source wants to be cut out of one photo."""

    def cuts(self) -> Sequence[Cut]:
        """Return what is to be cut out."""

    def ids(self) -> set[int]:
        """Return the ids of the annotations that are to be cut out."""

    def mask_paths(self) -> Sequence[str]:
        """Return the files of the masks of cut-outs."""


class OfPicture:
    """What is cut out of a picture of a folder: all that it shows."""

    def __init__(self, cut: Cut) -> None:
        self._cut = cut

    def cuts(self) -> Sequence[Cut]:
        return (self._cut,)

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
    """

    def __init__(self) -> None:
        self.mattes: set[str] = set()
        self._of: dict[int, tuple[OfPhoto, ...]] = {}

    def add(self, photo: int, wanted: OfPhoto, matte: str) -> None:
        """Add what a source wants of a photo, behind what earlier ones want."""
        self._of[photo] = (*self._of.get(photo, ()), wanted)
        self.mattes.add(matte)

    def clear(self) -> None:
        self._of.clear()

    def ids(self, photo: int) -> set[int]:
        """Return the ids of the annotations that are to be cut out of a photo."""
        return {number for each in self._of.get(photo, ()) for number in each.ids()}

    def mask_paths(self, photo: int) -> list[str]:
        """Return the files that are masks of what is cut out of a photo."""
        return [path for each in self._of.get(photo, ()) for path in each.mask_paths()]

    def __getitem__(self, photo: int) -> list[Cut]:
        return list(chain.from_iterable(each.cuts() for each in self._of[photo]))

    def __contains__(self, photo: object) -> bool:
        return photo in self._of

    def __iter__(self) -> Iterator[int]:
        return iter(self._of)

    def __len__(self) -> int:
        return len(self._of)
