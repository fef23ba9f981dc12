"""Cut the instances of a batch of photographs into one part of the bank."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np

from cocosynth.coco.keypoints import read_keypoints
from cocosynth.core import files, images
from cocosynth.core.errors import UnusableError
from cocosynth.core.fetching import fetched_ahead
from cocosynth.core.guard import named
from cocosynth.core.mask_pictures import read_mask
from cocosynth.core.notes import Note, joined
from cocosynth.core.skipped import Skipped
from cocosynth.core.values import ALPHA_THRESHOLD, Image, Instance, Keypoints, Octagon, Photo, Rgba
from cocosynth.core.watched import Watched
from cocosynth.foregrounds.bank import ENTRY, Bank, entry_file, part_file
from cocosynth.foregrounds.cut_batch import CutBatch, HashedFile, read_batch
from cocosynth.foregrounds.cut_out import alpha_of_cutout, cut_out
from cocosynth.foregrounds.kept_batch import refuse_damaged
from cocosynth.foregrounds.matting.matted import matted
from cocosynth.foregrounds.own_keypoints import own_keypoints
from cocosynth.foregrounds.photo_masks import PhotoMasks
from cocosynth.foregrounds.shapes import Shape, count_unusable, files_read, needs_pixels, shapes_of
from cocosynth.foregrounds.sharpness import sharpness
from cocosynth.foregrounds.wanted import refuse_unwanted
from cocosynth.foregrounds.wholeness import whole_instance
from cocosynth.sources.catalogue import Catalogue, Cut
from cocosynth.sources.distractors import places
from cocosynth.sources.hashes import files_of

PHOTOS_A_PART = 32
"""Source photos whose instances share one file of the bank, at least."""

PARTS = 256
"""Files of the bank, at most: a worker holds them all open."""

UNCERTAIN = "cut-out with an uncertain border: give it a mask file (docs/pictures.md)"
"""Its border on the plain background can hardly be seen, or its shadow may be part of it."""

_NOWHERE: Octagon = ((0, 0),) * 8
"""The octagon of an instance without pixels."""

Prepare = Callable[[Rgba], Rgba]
"""Makes an instance ready for pasting, in the resolution of its source; the alpha stays."""


class Batch(NamedTuple):
    """Photos whose instances go into one part of the bank: the number of each, and its cuts."""

    number: int
    photos: tuple[tuple[int, Photo, list[Cut]], ...]

    def __str__(self) -> str:
        return f"{len(self.photos)} photographs from {self.photos[0][1].path} on"


def batches(catalogue: Catalogue, cuts: Mapping[int, list[Cut]] | None = None) -> list[Batch]:
    """Cut the work of building a bank into pieces, in the order of the photos.

    Parameters
    ----------
    catalogue : Catalogue
    cuts : mapping of int to list of Cut, optional
        Some of those of the catalogue, by photo; their pieces are numbered behind those of all.
    """
    known = len(catalogue.cuts)
    first = 0 if cuts is None else -(-known // _photos_a_part(known))
    cuts = catalogue.cuts if cuts is None else cuts
    photos, size = sorted(cuts), _photos_a_part(len(cuts))
    return [
        Batch(
            number,
            tuple(
                (photo, catalogue.photos[photo], cuts[photo])
                for photo in photos[start : start + size]
            ),
        )
        for number, start in enumerate(range(0, len(photos), size), start=first)
    ]


def _photos_a_part(photos: int) -> int:
    return max(PHOTOS_A_PART, -(-photos // PARTS))


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
    categories: Mapping[str, int]  # the place of each in `Catalogue.pasted`
    keeps_matte: tuple[bool, ...] = ()  # which ways leave an instance with a matte as it is
    distractors: Mapping[str, int] = field(default_factory=dict)  # theirs, behind those
    shapes_only: bool = False  # photos that need not be decoded are not
    measure_whole: bool = True  # of shapes

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
        return cls(folder, tuple(prepare), categories, tuple(keeps_matte), behind)

    folders = property(lambda self: (self.folder,))

    def __call__(self, batch: Batch) -> CutBatch:
        number, photos = batch
        done = entry_file(self.folder, number)
        if done.exists() and (before := read_batch(self.folder, number)):  # by an earlier run
            self._refuse_damaged(before, batch)
            return before
        rows: list[Any] = []
        skipped, unusable, notes, hashes = Skipped(), Skipped(), [], {}
        reads = partial(files_read, shapes_only=self.shapes_only)
        with files.atomic(part_file(self.folder, number)) as file:
            stream = HashedFile(file)
            for photo_number, photo, cuts in fetched_ahead(photos, reads):
                if self.shapes_only and not needs_pixels(photo, cuts):
                    address = number, stream.tell(), photo_number
                    shapes = self._shapes(photo, cuts, skipped, unusable)
                    rows += [self._row(shape, address) for shape in shapes]
                    continue
                read = Watched(dict(files_of(photo, cuts)))
                hashes[photo_number] = read.hashes
                for one in self._instances(photo, cuts, skipped, unusable):
                    start, pixels, points = stream.tell(), 0, b""
                    if isinstance(one, Instance):
                        if not one.certain:
                            notes.append(Note(photo.source, UNCERTAIN, (photo.file_name,)))
                        with named(photo.path):
                            for rgba in self.prepared(one):
                                stream.write(rgba.tobytes())
                        pixels, points = stream.tell() - start, _encoded(one.keypoints)
                        stream.write(points)
                    address = (number, start, photo_number)
                    rows.append(self._row(one, address, (pixels, len(points))))
                read.refuse_changed()
        entries = np.array(rows, dtype=ENTRY)
        answer = CutBatch(len(photos), entries, skipped.rows(), notes, hashes, unusable.rows())
        files.write_atomic(done, answer.encoded(stream.digest.hexdigest()))
        return answer

    def _refuse_damaged(self, before: CutBatch, batch: Batch) -> None:
        refuse_damaged(
            self.folder,
            before.entries,
            number=batch.number,
            photos=[photo for photo, _, _ in batch.photos],
            categories=len(self.categories) + len(self.distractors),
            ways=len(self.prepare),
        )

    def prepared(self, instance: Instance) -> Iterator[Rgba]:
        keeping = self.keeps_matte or (False,) * len(self.prepare)
        for prepare, keeps in zip(self.prepare, keeping, strict=True):
            yield instance.rgba if instance.matted and keeps else prepare(instance.rgba)

    def _row(
        self,
        one: Instance | Shape,
        address: tuple[int, int, int],
        lengths: tuple[int, int] = (0, 0),
    ) -> Any:
        part, offset, photo_number = address
        box = one.box
        if isinstance(one, Shape):
            number = one.cut.annotation.id if one.cut.annotation else None
            category, distracts = one.cut.category, one.cut.distracts
            octagon, area, matted = _NOWHERE, one.area, False
        else:
            number, category, distracts = one.annotation_id, one.category, one.distracts
            octagon, matted = one.octagon, one.matted
            area = int(np.count_nonzero(one.rgba[..., 3] >= ALPHA_THRESHOLD))
        known = self.distractors if distracts else self.categories
        return (
            *(part, offset, *box.size, known[category], photo_number),
            *(-1 if number is None else number, tuple(one.borders), box.top, box.left, octagon),
            *lengths,
            *(one.whole, matted, one.sharpness, area),
        )

    def _shapes(
        self, photo: Photo, cuts: list[Cut], skipped: Skipped, unusable: Skipped
    ) -> Iterator[Shape]:
        return shapes_of(photo, cuts, skipped, unusable, measure_whole=self.measure_whole)

    def _instances(
        self, photo: Photo, cuts: list[Cut], skipped: Skipped, unusable: Skipped
    ) -> Iterator[Instance | Shape]:
        """Yield what can be cut out of one photo, and count what cannot, by category as well."""
        try:
            pixels = open_photo(photo, cuts[0])
        except UnusableError as error:
            if not needs_pixels(photo, cuts):
                yield from self._shapes(photo, cuts, skipped, unusable)
                return
            skipped.add(photo.source, f"instance whose {error}", len(cuts), photo.file_name)
            for cut in cuts:
                unusable.add(cut.category, f"whose {error}")
            return
        masks = PhotoMasks(cuts[0].beside, (pixels.shape[0], pixels.shape[1]))
        for cut in cuts:
            try:
                yield cut_instance(pixels, cut, masks)
            except UnusableError as error:
                count_unusable(photo, cut, error, skipped, unusable)


def _encoded(points: Keypoints) -> bytes:
    return msgspec.msgpack.encode(points) if points else b""


def open_photo(photo: Photo, cut: Cut) -> Image | Rgba:
    """Read a photo the way its instances are cut out: with alpha if it was made for that."""
    if cut.annotation is None:
        return images.read_rgba(photo.path, photo.reading)
    return images.read_image(photo.path, upright=photo.upright, reading=photo.reading)


def cut_instance(pixels: Image | Rgba, cut: Cut, masks: PhotoMasks | None = None) -> Instance:
    """Cut one instance out of the pixels of its photo.

    Parameters
    ----------
    pixels : ndarray of uint8, shape (h, w, 3) or (h, w, 4)
    cut : Cut
    masks : PhotoMasks, optional
        Of the photo, where several are cut out of it.

    Raises
    ------
    UnusableError
        If it cannot be, or is not wanted.
    """
    size = (pixels.shape[0], pixels.shape[1])
    masks = masks or PhotoMasks(cut.beside, size)
    if cut.annotation is None:
        mask_rgba = read_mask(cut.mask_path) if cut.mask_path else None
        alpha, certain = alpha_of_cutout(pixels, mask_rgba, threshold=cut.background_threshold)
        annotation_id = None
    else:
        alpha, certain = masks.of(cut.annotation).view(np.uint8) * np.uint8(255), True
        annotation_id = cut.annotation.id
    instance = cut_out(pixels[..., :3], alpha, category=cut.category, annotation_id=annotation_id)
    instance = instance if certain else replace(instance, certain=False)
    others = masks.others(cut.annotation)
    instance = whole_instance(instance, others, size)
    instance = replace(instance, sharpness=sharpness(instance.rgba), distracts=cut.distracts)
    refuse_unwanted(instance, cut)
    points = read_keypoints(cut.annotation)
    if points:
        instance = replace(instance, keypoints=own_keypoints(points, instance, size))
    if cut.matte != "none":
        instance = matted(instance, pixels[..., :3], others, cut.matte)
    return instance


def bank_of(catalogue: Catalogue, results: Iterable[CutBatch], folder: Path) -> Bank:
    """Put the answers for all batches together, in their order; count what was skipped.

    Raises
    ------
    CocosynthError
        If something is bad, and the user wants nothing bad to be skipped.
    """
    tables, read = [np.zeros(0, dtype=ENTRY)], []
    for result in results:
        tables.append(result.entries)
        read.append(result.hashes.items())
        catalogue.skip_all(result.skipped)
        catalogue.unusable.update(result.unusable)
        catalogue.notes += result.notes
    catalogue.notes = joined(catalogue.notes)
    entries, hashes = np.concatenate(tables), dict(chain.from_iterable(read))
    distracts = entries["category_id"] >= len(catalogue.pasted)
    entries["category_id"] = np.array(places(catalogue), dtype=np.int64)[entries["category_id"]]
    return Bank(entries, folder, hashes, np.flatnonzero(distracts))
