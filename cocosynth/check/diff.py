"""What changed between two datasets that show the same scenes: pixels and labels."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

import msgspec
import numpy as np

from cocosynth.check.preview import MarkedRecord, opened
from cocosynth.check.show import Chosen, Wanted, beside, chosen_images, overlay
from cocosynth.coco.layout import Layout, annotation_name, plain_name
from cocosynth.core.errors import CocosynthError
from cocosynth.core.values import Image

_BRIGHTER = 4  # times the difference, as it is drawn


@dataclass(frozen=True)
class Changed:
    """What differs in an image.

    Attributes
    ----------
    split, file_name : str
    pixels : float
        The fraction that differs; 1 where the sizes do.
    largest : int
        Of all differences, in grey levels.
    removed, added : int
        Annotations that only the first, or only the second has.
    """

    split: str
    file_name: str
    pixels: float
    largest: int
    removed: int
    added: int

    @property
    def differs(self) -> bool:
        return bool(self.pixels or self.removed or self.added)

    @property
    def amount(self) -> tuple[int, float]:
        """How much there is to see; the most first."""
        return self.removed + self.added, self.pixels


@dataclass(frozen=True)
class Pair:
    """An image in both datasets."""

    split: str
    before: Chosen
    after: Chosen


def pairs(first: Path, second: Path) -> tuple[list[Pair], list[str], list[str]]:
    """Match the images of two datasets by split and file name, whatever their subfolders.

    Returns
    -------
    list of Pair
    list of str
        Images that only the first has.
    list of str
        Those that only the second has.

    Raises
    ------
    CocosynthError
        If one is no dataset, or they have no image in common.
    """
    before, after = _images(first), _images(second)
    both = [Pair(key[0], before[key], after[key]) for key in before if key in after]
    if not both:
        raise CocosynthError(f"{first} and {second}: have no image of one split and name in common")
    only = [
        ["/".join(key) for key in these if key not in those]
        for these, those in ((before, after), (after, before))
    ]
    return both, only[0], only[1]


def _images(folder: Path) -> Mapping[tuple[str, str], Chosen]:
    layout = Layout(folder)
    files = layout.annotation_files()
    if not files:
        raise CocosynthError(f"{folder}: holds no {annotation_name('<split>')}; name a dataset")
    return {
        (split, plain_name(chosen.record.file_name)): chosen
        for split, file in files.items()
        for chosen in chosen_images(file, layout.images(split), Wanted(count=2**62))
    }


def changed(pair: Pair) -> Changed:
    """Compare an image and its labels."""
    pixels, largest = _pixels(opened(pair.before.path), opened(pair.after.path))
    before, after = _labels(pair.before), _labels(pair.after)
    removed, added = (before - after).total(), (after - before).total()
    return Changed(pair.split, pair.before.record.file_name, pixels, largest, removed, added)


def _pixels(before: Image, after: Image) -> tuple[float, int]:
    if before.shape != after.shape:
        return 1.0, 255
    apart = _apart(before, after)
    return float(np.count_nonzero(apart) / apart.size), int(apart.max(initial=0))


def _apart(before: Image, after: Image) -> Image:
    """Return the largest difference of the three channels of each pixel."""
    apart: Image = (np.maximum(before, after) - np.minimum(before, after)).max(axis=2)
    return apart


def _labels(chosen: Chosen) -> Counter[tuple[object, ...]]:
    return Counter(_label(annotation, chosen) for annotation in chosen.annotations)


def _label(annotation: MarkedRecord, chosen: Chosen) -> tuple[object, ...]:
    category = chosen.categories.get(annotation.category_id)
    name = category.name if category else annotation.category_id
    shapes = (_compact(raw) for raw in (annotation.segmentation, annotation.keypoints))
    return name, annotation.bbox, annotation.iscrowd, *shapes


def _compact(raw: msgspec.Raw) -> bytes:
    """Return JSON as it is written without spaces."""
    return msgspec.json.encode(msgspec.json.decode(raw))


def drawn(pair: Pair) -> Image:
    """Draw both images with their labels, and what differs in their pixels, four times as bright.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
    """
    before, after = opened(pair.before.path), opened(pair.after.path)
    shown = [overlay(pair.before), overlay(pair.after)]
    if before.shape == after.shape:
        apart = np.minimum(_apart(before, after).astype(np.uint16) * _BRIGHTER, 255)
        shown.append(np.repeat(apart.astype(np.uint8)[..., None], 3, axis=2))
    return beside(list(_of_one_height(shown)))


def _of_one_height(parts: list[Image]) -> Iterator[Image]:
    height = max(part.shape[0] for part in parts)
    for part in parts:
        yield np.pad(part, ((0, height - part.shape[0]), (0, 0), (0, 0)))
