"""Cut the instances of a batch of photographs into one part of the bank."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any, NamedTuple, overload

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocosynth.core import files
from cocosynth.core.errors import UnusableError
from cocosynth.core.fetching import fetched_ahead
from cocosynth.core.guard import named
from cocosynth.core.notes import Note, joined
from cocosynth.core.photo_table import PhotoTable
from cocosynth.core.skipped import Skipped
from cocosynth.core.values import Instance, Keypoints, Photo, Rgba
from cocosynth.core.watched import Watched
from cocosynth.foregrounds.bank import ENTRY, Bank, damaged, entry_file, part_file
from cocosynth.foregrounds.cut_batch import CutBatch, HashedFile, read_batch
from cocosynth.foregrounds.cut_instance import cut_instance, open_photo, pixels_of
from cocosynth.foregrounds.kept_batch import refuse_damaged
from cocosynth.foregrounds.photo_masks import PhotoMasks
from cocosynth.foregrounds.shapes import CutsOf, Survey, count_unusable, needs_pixels
from cocosynth.sources.catalogue import Catalogue, Cut
from cocosynth.sources.coco_cuts import CutsOfPhoto, PackedCuts
from cocosynth.sources.cuts import PhotoCuts
from cocosynth.sources.distractors import places
from cocosynth.sources.hashes import files_of

PHOTOS_A_PART = 8
"""Source photos whose instances share one file of the bank, at least."""

TRIED_PHOTOS_A_PART = 4
"""The same of what the images of a build try: no core waits long for the last piece."""

PARTS = 256
"""Files of the bank, at most: a worker holds them all open."""

UNCERTAIN = "cut-out with an uncertain border: give it a mask file (docs/pictures.md)"
"""Its border on the plain background can hardly be seen, or its shadow may be part of it."""

Prepare = Callable[[Rgba], Rgba]
"""Makes an instance ready for pasting, in the resolution of its source; the alpha stays."""


class Batch(NamedTuple):
    """Photos whose instances go into one part of the bank: the number of each, and its cuts."""

    number: int
    photos: tuple[CutsOf, ...]

    def __reduce__(self) -> Any:
        """Hand annotations to other processes by their places in the file, or as text."""
        numbers, cuts = [one.number for one in self.photos], [one.cuts for one in self.photos]
        late = [of for of in cuts if isinstance(of, CutsOfPhoto)]
        if late and len(late) == len(cuts) and all(one.of is late[0].of for one in late):
            photos = PhotoTable(one.photo for one in self.photos)
            return _read, (self.number, numbers, photos, PackedCuts.of(late))
        if any(cut.annotation is None for of in cuts if isinstance(of, list) for cut in of):
            return Batch, tuple(self)
        content = msgspec.json.encode(
            [of if isinstance(of, PhotoCuts) else PhotoCuts.of(list(of)) for of in cuts]
        )
        photos = PhotoTable(one.photo for one in self.photos)
        return _unpacked, (self.number, numbers, photos, content)

    def __str__(self) -> str:
        return f"{len(self.photos)} photographs from {self.photos[0].photo.path} on"


def _unpacked(
    number: int, numbers: Sequence[int], photos: Iterable[Photo], content: bytes
) -> Batch:
    kept = msgspec.json.decode(content, type=list[PhotoCuts])
    return Batch(number, tuple(map(CutsOf, numbers, photos, kept)))


def _read(
    number: int, numbers: Sequence[int], photos: Iterable[Photo], packed: PackedCuts
) -> Batch:
    return Batch(number, tuple(map(CutsOf, numbers, photos, packed.unpacked())))


class Batches(Sequence[Batch]):
    """The work of building a bank in pieces, in the order of the photos; each made when asked for.

    Parameters
    ----------
    catalogue : Catalogue
    cuts : mapping of int to list of Cut, optional
        Some of those of the catalogue, by photo; their pieces are numbered behind those of all.

    Attributes
    ----------
    photos : list of int
        The numbers of all.
    """

    def __init__(self, catalogue: Catalogue, cuts: Mapping[int, list[Cut]] | None = None) -> None:
        known = len(catalogue.cuts)
        self._first = 0 if cuts is None else -(-known // _photos_a_part(known))
        self._cuts = catalogue.cuts if cuts is None else cuts
        self._cuts_of = catalogue.cuts.of_photo if cuts is None else cuts.__getitem__
        self._table, self.photos = catalogue.photos, sorted(self._cuts)
        least = PHOTOS_A_PART if cuts is None else TRIED_PHOTOS_A_PART
        self._size = _photos_a_part(len(self.photos), least)

    def photos_of(self, place: int) -> list[int]:
        """Return the numbers of the photos of a piece."""
        return self.photos[place * self._size : (place + 1) * self._size]

    def __len__(self) -> int:
        return -(-len(self.photos) // self._size)

    @overload
    def __getitem__(self, place: int) -> Batch: ...
    @overload
    def __getitem__(self, place: slice) -> list[Batch]: ...
    def __getitem__(self, place: int | slice) -> Batch | list[Batch]:
        places = range(len(self))[place]
        if isinstance(places, range):
            return [self[one] for one in places]
        photos = (
            CutsOf(photo, self._table[photo], self._cuts_of(photo))
            for photo in self.photos_of(places)
        )
        return Batch(self._first + places, tuple(photos))


def _photos_a_part(photos: int, least: int = PHOTOS_A_PART) -> int:
    return max(least, -(-photos // PARTS))


@dataclass(frozen=True)
class Cutter:
    """Cuts the instances of a batch of photos into one file of the bank.

    The pixels of each stand there once for every way of preparing them, one after the other.

    An instance that is known by its annotations alone is one also where its photo cannot be
    decoded after all, but one without pixels: otherwise it would depend on what else is made
    whether it is there.
    """

    folder: Path
    prepare: tuple[Prepare, ...]
    survey: Survey  # for those whose photos are not decoded, or cannot be
    keeps_matte: tuple[bool, ...] = ()  # which ways leave an instance with a matte as it is
    shapes_only: bool = False  # photos that need not be decoded are not

    @classmethod
    def of(
        cls,
        catalogue: Catalogue,
        prepare: Sequence[Prepare],
        folder: Path,
        keeps_matte: Sequence[bool] = (),
    ) -> Cutter:
        categories = {name: n for n, name in enumerate(catalogue.pasted)}
        behind = {name: n for n, name in enumerate(catalogue.distractors, start=len(categories))}
        survey = Survey(categories, behind, measure=True, measure_whole=True)
        return cls(folder, tuple(prepare), survey, tuple(keeps_matte))

    folders = property(lambda self: (self.folder,))

    def __call__(self, batch: Batch) -> CutBatch:
        number, photos = batch.number, tuple(one.read() for one in batch.photos)
        done = entry_file(self.folder, number)
        if done.exists() and (before := read_batch(self.folder, number)):  # by an earlier run
            self._refuse_damaged(before, batch)
            return before
        tables: list[NDArray[Any]] = [np.zeros(0, dtype=ENTRY)]
        skipped, unusable, hashes = Skipped(), Skipped(), {}
        notes: list[Note] = []
        with files.atomic(part_file(self.folder, number)) as file:
            stream = HashedFile(file)
            ahead = fetched_ahead(photos, self._files_read)
            for is_surveyed, some in groupby(ahead, self._is_surveyed):
                if is_surveyed:
                    address = number, stream.tell()
                    tables.append(self.survey(list(some), address, skipped, unusable))
                    continue
                for one in some:
                    read = Watched(dict(files_of(one.photo, one.cuts)))
                    hashes[one.number] = read.hashes
                    tables.append(self._cut(one, number, stream, notes, skipped, unusable))
                    read.refuse_changed()
        entries = np.concatenate(tables)
        answer = CutBatch(len(photos), entries, skipped.rows(), notes, hashes, unusable.rows())
        files.write_atomic(done, answer.encoded(stream.digest.hexdigest()))
        return answer

    def _files_read(self, one: CutsOf) -> list[str]:
        return [] if self._is_surveyed(one) else [p for _, p in files_of(one.photo, one.cuts)]

    def _is_surveyed(self, one: CutsOf) -> bool:
        return self.shapes_only and not needs_pixels(one.photo, one.cuts)

    def _cut(
        self,
        one: CutsOf,
        number: int,
        stream: HashedFile,
        notes: list[Note],
        skipped: Skipped,
        unusable: Skipped,
    ) -> NDArray[Any]:
        """Write what can be cut out of a photo, and return its entries; count what cannot."""
        photo, cuts, rows = one.photo, list(one.cuts), []
        try:
            pixels = open_photo(photo, cuts[0])
        except UnusableError as error:
            if not needs_pixels(photo, one.cuts):
                survey = replace(self.survey, measure=True)
                return survey([one], (number, stream.tell()), skipped, unusable)
            skipped.add(photo.source, f"instance whose {error}", len(one.cuts), photo.file_name)
            for cut in one.cuts:
                unusable.add(cut.category, f"whose {error}")
            return np.zeros(0, dtype=ENTRY)
        masks = PhotoMasks(cuts[0].beside, (pixels.shape[0], pixels.shape[1]))
        for cut in cuts:
            try:
                instance = cut_instance(pixels, cut, masks)
            except UnusableError as error:
                count_unusable(photo, cut, error, skipped, unusable)
                continue
            if not instance.certain:
                notes.append(Note(photo.source, UNCERTAIN, (photo.file_name,)))
            start, points = stream.tell(), _encoded(instance.keypoints)
            with named(photo.path):
                for rgba in self.prepared(instance):
                    stream.write(rgba.tobytes())
            lengths = stream.tell() - start, len(points)
            stream.write(points)
            rows.append(self._row(instance, (number, start, one.number), lengths))
        return np.array(rows, dtype=ENTRY)

    def _refuse_damaged(self, before: CutBatch, batch: Batch) -> None:
        refuse_damaged(
            self.folder,
            before.entries,
            number=batch.number,
            photos=[one.number for one in batch.photos],
            categories=len(self.survey.categories) + len(self.survey.distractors),
            ways=len(self.prepare),
            shapes_only=self.shapes_only,
        )

    def prepared(self, instance: Instance) -> Iterator[Rgba]:
        keeping = self.keeps_matte or (False,) * len(self.prepare)
        for prepare, keeps in zip(self.prepare, keeping, strict=True):
            yield instance.rgba if instance.matted and keeps else prepare(instance.rgba)

    def _row(self, one: Instance, address: tuple[int, int, int], lengths: tuple[int, int]) -> Any:
        part, offset, photo_number = address
        known = self.survey.distractors if one.distracts else self.survey.categories
        number = -1 if one.annotation_id is None else one.annotation_id
        return (
            *(part, offset, *one.box.size, known[one.category], photo_number),
            *(number, tuple(one.borders), one.box.top, one.box.left, one.octagon),
            *lengths,
            *(one.whole, one.matted, one.sharpness, pixels_of(one)),
        )


def _encoded(points: Keypoints) -> bytes:
    return msgspec.msgpack.encode(points) if points else b""


def bank_of(catalogue: Catalogue, results: Iterable[CutBatch], folder: Path) -> Bank:
    """Put the answers for all batches together, in their order; count what was skipped.

    Raises
    ------
    CocosynthError
        If something is bad, and the user wants nothing bad to be skipped.
    """
    entries = np.empty(catalogue.cuts.total, dtype=ENTRY)  # more than there may be
    stop, hashes = 0, dict[int, dict[str, str]]()
    for result in results:
        start, stop = stop, stop + len(result.entries)
        if stop > len(entries):
            raise damaged(folder, "it has more instances than there are")
        entries[start:stop] = result.entries
        hashes |= result.hashes
        catalogue.skip_all(result.skipped)
        catalogue.unusable.update(result.unusable)
        catalogue.notes += result.notes
    catalogue.notes = joined(catalogue.notes)
    entries = entries[:stop]
    distracts = entries["category_id"] >= len(catalogue.pasted)
    entries["category_id"] = np.array(places(catalogue), dtype=np.int64)[entries["category_id"]]
    return Bank(entries, folder, hashes, np.flatnonzero(distracts))
