"""The instances available for pasting: cut out once, laid out on disk, read by every worker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import numpy as np
from numpy.typing import NDArray

from cocosynth import files, images, masks
from cocosynth.blend import BlendMode
from cocosynth.coco import segmentation_of
from cocosynth.errors import UnusableError, UnwantedError
from cocosynth.extract import alpha_of_cutout, cut_out
from cocosynth.sources import Catalogue, Cut
from cocosynth.structures import Box, Image, Instance, Outline, Photo, Rgba, Size

PHOTOS_A_PART = 32
"""Source photos whose instances share one file of the bank, at least."""

PARTS = 256
"""Files of the bank, at most: a worker holds them all open."""

MAPPED_BYTES = 128 << 20
"""Of a bank in the memory of a worker, about; what is looked at again is in the system's cache."""

ENTRY = np.dtype(
    [
        ("part", "i4"),
        ("offset", "i8"),
        ("height", "i4"),
        ("width", "i4"),
        ("category_id", "i8"),  # on disk its place in `Catalogue.pasted`: ids depend on backgrounds
        ("photo", "i4"),
        ("annotation_id", "i8"),  # -1 for cut-outs, which have none
        ("borders", "?", (4,)),
        ("top", "i4"),  # of its pixels in the source image
        ("left", "i4"),
        ("outline", "i4", (8, 2)),
    ]
)


class Entry(NamedTuple):
    """What is known of an instance; one row of `Bank.entries`."""

    part: int
    offset: int
    height: int
    width: int
    category_id: int
    photo: int
    annotation_id: int
    borders: NDArray[np.bool_]
    top: int
    left: int
    outline: NDArray[np.int32]

    @property
    def size(self) -> Size:
        return self.height, self.width

    @property
    def box(self) -> Box:
        """Where its pixels lie in its source image."""
        return Box(self.top, self.left, self.top + self.height, self.left + self.width)


Key = tuple[str, str]
Skipped = Counter[Key]  # by source and reason
Examples = dict[Key, str]  # the first one left out, where that is for being bad


class _Parts:
    """The files of a bank, mapped into memory, and let go of before all of them are in it."""

    def __init__(self) -> None:
        self._mapped: dict[int, NDArray[np.uint8]] = {}
        self._looked_at = 0

    def open(self, folder: Path, number: int, count: int) -> NDArray[np.uint8]:
        """Return a file, of which so many bytes are going to be looked at."""
        self._looked_at += count
        if self._looked_at > MAPPED_BYTES:
            self._mapped.clear()
            self._looked_at = count
        if number not in self._mapped:
            self._mapped[number] = files.mapped(part_file(folder, number))
        return self._mapped[number]


@dataclass(frozen=True, eq=False)
class Bank:
    """Instances by number; pixels stay on disk until asked for.

    Attributes
    ----------
    entries : ndarray of ENTRY, shape (n,)
    folder : Path
    """

    entries: NDArray[Any]
    folder: Path
    _parts: _Parts = field(default_factory=_Parts, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        return {"entries": self.entries, "folder": self.folder, "_parts": _Parts()}

    def rgba(self, number: int) -> Rgba:
        """Return the pixels of an instance, ready for blending; read-only."""
        entry = self.entry(number)
        length = entry.height * entry.width * 4
        part = self._parts.open(self.folder, entry.part, length)
        return part[entry.offset : entry.offset + length].reshape(*entry.size, 4)

    def entry(self, number: int) -> Entry:
        return Entry(*self.entries[number].item())

    def outline(self, number: int) -> Outline:
        outline: Outline = self.entries["outline"][number].tolist()
        return outline

    @classmethod
    def gathered(cls, catalogue: Catalogue, results: Iterable[CutBatch], folder: Path) -> Bank:
        """Put the answers for all batches together, in their order; count what was left out.

        Raises
        ------
        CocosynthError
            If something is bad, and the user wants none of that to be left out.
        """
        tables = [np.zeros(0, dtype=ENTRY)]
        for result in results:
            tables.append(result.entries)
            catalogue.skip_all(result.skipped, result.examples)
        entries = np.concatenate(tables)
        ids = {category.name: category.id for category in catalogue.categories}
        pasted = np.array([ids[name] for name in catalogue.pasted], dtype=np.int64)
        entries["category_id"] = pasted[entries["category_id"]]
        return cls(entries, folder)


def part_file(folder: Path, number: int) -> Path:
    """Return where the pixels of a part are."""
    return folder / f"{number:06d}.rgba"


def entry_file(folder: Path, number: int) -> Path:
    """Return where the entries of a part are; the file that says that the part is whole."""
    return folder / f"{number:06d}.msgpack"


Batch = tuple[int, tuple[tuple[int, Photo, list[Cut]], ...]]


@dataclass(frozen=True, eq=False)
class CutBatch:
    """What became of a batch: how many photos were looked at, and the entries they gave."""

    photos: int
    entries: NDArray[Any]
    skipped: Skipped
    examples: Examples

    def encoded(self) -> bytes:
        skipped = [(*key, n, self.examples.get(key)) for key, n in self.skipped.items()]
        return msgspec.msgpack.encode((self.photos, self.entries.tobytes(), skipped))

    @classmethod
    def decoded(cls, content: bytes) -> CutBatch:
        photos, entries, skipped = msgspec.msgpack.decode(content)
        counts = Counter({(source, reason): count for source, reason, count, _ in skipped})
        examples = {(source, reason): text for source, reason, _, text in skipped if text}
        return cls(photos, np.frombuffer(entries, dtype=ENTRY), counts, examples)


def batches(catalogue: Catalogue) -> list[Batch]:
    """Cut the work of building a bank into pieces, in the order of the photos."""
    photos = sorted(catalogue.cuts)
    size = max(PHOTOS_A_PART, -(-len(photos) // PARTS))
    return [
        (
            number,
            tuple(
                (photo, catalogue.photos[photo], catalogue.cuts[photo])
                for photo in photos[start : start + size]
            ),
        )
        for number, start in enumerate(range(0, len(photos), size))
    ]


@dataclass(frozen=True)
class Cutter:
    """Cuts the instances of a batch of photos into one file of the bank."""

    folder: Path
    blend: BlendMode
    categories: Mapping[str, int]  # the place of each in `Catalogue.pasted`

    @classmethod
    def of(cls, catalogue: Catalogue, blend: BlendMode, folder: Path) -> Cutter:
        return cls(folder, blend, {name: n for n, name in enumerate(catalogue.pasted)})

    def __call__(self, batch: Batch) -> CutBatch:
        number, photos = batch
        done = entry_file(self.folder, number)
        if done.exists():  # by an earlier run
            return CutBatch.decoded(files.read_bytes(done))
        rows: list[Any] = []
        skipped, examples = Skipped(), Examples()
        with files.atomic(part_file(self.folder, number)) as stream:
            for photo_number, photo, cuts in photos:
                for instance in _instances(photo, cuts, skipped, examples):
                    rgba = self.blend.prepare(instance.rgba)
                    rows.append(self._row(instance, (number, stream.tell(), photo_number)))
                    stream.write(rgba.tobytes())
        answer = CutBatch(len(photos), np.array(rows, dtype=ENTRY), skipped, examples)
        files.write_atomic(done, answer.encoded())
        return answer

    def _row(self, instance: Instance, address: tuple[int, int, int]) -> Any:
        part, offset, photo_number = address
        box = instance.box
        category = self.categories[instance.category]
        annotation_id = -1 if instance.annotation_id is None else instance.annotation_id
        return (
            *(part, offset, *box.size, category, photo_number, annotation_id),
            *(tuple(instance.borders), box.top, box.left, instance.outline),
        )


def _instances(
    photo: Photo, cuts: list[Cut], skipped: Skipped, examples: Examples
) -> Iterable[Instance]:
    """Yield what can be cut out of one photo, and count what cannot."""
    try:
        pixels = open_photo(photo, cuts[0])
    except UnusableError as error:
        key = photo.source, f"instance whose {error}"
        skipped[key] += len(cuts)
        examples.setdefault(key, photo.file_name)
        return
    for cut in cuts:
        try:
            yield cut_instance(pixels, cut)
        except UnusableError as error:
            key = photo.source, f"instance whose {error}"
            skipped[key] += 1
            if not isinstance(error, UnwantedError):
                of = f"annotation {cut.annotation.id} of " if cut.annotation else ""
                examples.setdefault(key, f"{of}{photo.file_name}")


def open_photo(photo: Photo, cut: Cut) -> Image | Rgba:
    """Read a photo the way its instances are cut out: with alpha if it was made for that."""
    if cut.annotation is None:
        return images.read_rgba(photo.path)
    return images.read_image(photo.path, upright=photo.upright)


def cut_instance(pixels: Image | Rgba, cut: Cut) -> Instance:
    """Cut one instance out of the pixels of its photo.

    Raises
    ------
    UnusableError
        If it cannot be, or is not wanted.
    """
    if cut.annotation is None:
        mask_rgba = images.read_rgba(cut.mask_path) if cut.mask_path else None
        alpha = alpha_of_cutout(pixels, mask_rgba, threshold=cut.background_threshold)
        annotation_id = None
    else:
        mask = masks.decode(segmentation_of(cut.annotation), (pixels.shape[0], pixels.shape[1]))
        alpha, annotation_id = mask.view(np.uint8) * np.uint8(255), cut.annotation.id
    instance = cut_out(pixels[..., :3], alpha, category=cut.category, annotation_id=annotation_id)
    low, high = cut.area_range
    if (low is not None and instance.area < low) or (high is not None and instance.area > high):
        raise UnwantedError("area lies outside of area_range")
    if cut.skip_truncated and any(instance.borders):
        raise UnwantedError("object is cut by a border of its image")
    return instance
