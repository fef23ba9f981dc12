"""The instances available for pasting: cut out once, laid out on disk, read by every worker."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from cocosynth import files, images, masks
from cocosynth.blend import BlendMode
from cocosynth.coco import segmentation_of
from cocosynth.errors import UnusableError
from cocosynth.extract import alpha_of_cutout, cut_out
from cocosynth.sources import Catalogue, Cut
from cocosynth.structures import Borders, Image, Instance, Photo, Rgba

PHOTOS_A_PART = 32
"""Source photos whose instances share one file of the bank."""

ENTRY = np.dtype(
    [
        ("part", "i4"),
        ("offset", "i8"),
        ("height", "i4"),
        ("width", "i4"),
        ("category_id", "i8"),
        ("photo", "i4"),
        ("annotation_id", "i8"),  # -1 for cut-outs, which have none
        ("borders", "?", (4,)),
        ("home", "f8", (2,)),  # centre in the source image, as fractions of its size
    ]
)

Skipped = Counter[tuple[str, str]]


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
    _parts: dict[int, np.memmap[Any, Any]] = field(default_factory=dict, repr=False)

    def __getstate__(self) -> dict[str, Any]:
        return {"entries": self.entries, "folder": self.folder, "_parts": {}}

    def rgba(self, number: int) -> Rgba:
        """Return the pixels of an instance, ready for blending; read-only."""
        entry = self.entries[number]
        part = int(entry["part"])
        if part not in self._parts:
            self._parts[part] = np.memmap(_part(self.folder, part), dtype=np.uint8, mode="r")
        start, height, width = int(entry["offset"]), int(entry["height"]), int(entry["width"])
        stop = start + height * width * 4
        return np.asarray(self._parts[part][start:stop]).reshape(height, width, 4)

    def borders(self, number: int) -> Borders:
        return Borders(*map(bool, self.entries["borders"][number]))

    def home(self, number: int) -> tuple[float, float]:
        row, col = self.entries["home"][number]
        return float(row), float(col)

    @classmethod
    def gathered(cls, skipped: Skipped, results: Iterable[CutBatch], folder: Path) -> Bank:
        """Put the answers for all batches together, in their order; count what was left out."""
        tables = [np.zeros(0, dtype=ENTRY)]
        for result in results:
            tables.append(result.entries)
            skipped.update(result.skipped)
        return cls(np.concatenate(tables), folder)


def _part(folder: Path, number: int) -> Path:
    return folder / f"{number:06d}.rgba"


Batch = tuple[int, tuple[tuple[int, Photo, list[Cut]], ...]]


@dataclass(frozen=True, eq=False)
class CutBatch:
    """What became of a batch: how many photos were looked at, and the entries they gave."""

    photos: int
    entries: NDArray[Any]
    skipped: Skipped


def batches(catalogue: Catalogue) -> list[Batch]:
    """Cut the work of building a bank into pieces, in the order of the photos."""
    photos = sorted(catalogue.cuts)
    return [
        (
            number,
            tuple(
                (photo, catalogue.photos[photo], catalogue.cuts[photo])
                for photo in photos[start : start + PHOTOS_A_PART]
            ),
        )
        for number, start in enumerate(range(0, len(photos), PHOTOS_A_PART))
    ]


@dataclass(frozen=True)
class Cutter:
    """Cuts the instances of a batch of photos into one file of the bank."""

    folder: Path
    blend: BlendMode
    category_ids: Mapping[str, int]

    def __call__(self, batch: Batch) -> CutBatch:
        number, photos = batch
        rows: list[Any] = []
        skipped: Skipped = Counter()
        with files.atomic(_part(self.folder, number)) as stream:
            for photo_number, photo, cuts in photos:
                for instance in _instances(photo, cuts, skipped):
                    rgba = self.blend.prepare(instance.rgba)
                    rows.append(self._row(instance, photo, (number, stream.tell(), photo_number)))
                    stream.write(rgba.tobytes())
        return CutBatch(len(photos), np.array(rows, dtype=ENTRY), skipped)

    def _row(self, instance: Instance, photo: Photo, address: tuple[int, int, int]) -> Any:
        part, offset, photo_number = address
        box, (height, width) = instance.box, photo.size
        home = (box.top + box.bottom) / (2 * height), (box.left + box.right) / (2 * width)
        category_id = self.category_ids[instance.category]
        annotation_id = -1 if instance.annotation_id is None else instance.annotation_id
        return (
            *(part, offset, *box.size, category_id, photo_number, annotation_id),
            *(tuple(instance.borders), home),
        )


def _instances(photo: Photo, cuts: list[Cut], skipped: Skipped) -> Iterable[Instance]:
    """Yield what can be cut out of one photo, and count what cannot."""
    try:
        if cuts[0].annotation is None:
            pixels = images.read_rgba(photo.path)
        else:
            pixels = images.read_image(photo.path, upright=photo.upright)
    except UnusableError as error:
        skipped[photo.source, f"instance whose {error}"] += len(cuts)
        return
    for cut in cuts:
        try:
            yield _cut(pixels, cut)
        except UnusableError as error:
            skipped[photo.source, f"instance whose {error}"] += 1


def _cut(pixels: Image | Rgba, cut: Cut) -> Instance:
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
        raise UnusableError("area lies outside of area_range")
    if cut.skip_truncated and any(instance.borders):
        raise UnusableError("object is cut by a border of its image")
    return instance
