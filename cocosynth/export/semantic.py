"""Semantic masks: an 8-bit PNG with a palette for each image, the pixel is the class."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, ClassVar, Literal

import msgspec
import numpy as np
from msgspec import Meta
from numpy.typing import NDArray

from cocosynth.core import files
from cocosynth.core.errors import CocosynthError
from cocosynth.core.sample import Sample
from cocosynth.core.skipped import SkippedRow
from cocosynth.core.values import Size
from cocosynth.export.context import NO_MASK, ExportContext, Numbered
from cocosynth.export.panoptic import png_name
from cocosynth.export.stacked import stacked

FOLDER = "semantic"
CLASSES = "classes.json"

VOID = 255
"""The class of pixels that nothing is known of."""

_CROWD = "crowd annotation, whose pixels are void in semantic masks"
_BACKGROUND = "background"


class SemanticImage(msgspec.Struct, frozen=True):
    """The mask of an image, as far as it is known before the classes are.

    Attributes
    ----------
    category_ids : list of int
        What the values 0, 1, ... of `pixels` are, in this image.
    pixels : bytes
        Of 16 bits, compressed; the two largest values are what nobody owns, and void.
    """

    file_name: str
    size: Size
    category_ids: list[int]
    pixels: bytes
    skipped: dict[str, int]


_NOBODY, _VOID = 65534, 65535

_PIECE = 500  # masks that a worker writes in one go: some seconds


@dataclass(frozen=True)
class SemanticExporter:
    """Semantic masks: classes are the categories in the order of the COCO file, from 0.

    Parameters
    ----------
    background : str
        What pixels are that no object owns: `void` (255), or `class`, a class `background` with the
        index 0, so that the first category has the index 1.
    """

    context: ExportContext
    background: Annotated[Literal["void", "class"], Meta(description="of pixels nobody owns")] = (
        "void"
    )

    products: ClassVar[tuple[str, ...]] = (f"{FOLDER}/",)

    def __post_init__(self) -> None:
        if len(self.context.categories) > VOID - self._first:
            raise CocosynthError(
                f"export.formats: semantic: there are {len(self.context.categories)} categories; "
                f"an 8-bit mask holds {VOID - self._first} beside void: choose fewer by "
                "`categories` of the sources"
            )

    @property
    def _first(self) -> int:
        """The class of the first category."""
        return int(self.background == "class")

    def _folder(self, split: str) -> Path:
        return self.context.folder / FOLDER / split

    def write(self, sample: Sample) -> SemanticImage:
        files.make_folder((self._folder(sample.scene.split) / sample.file_name).parent)
        annotations = sample.annotations
        owners = stacked(annotations, sample.scene.size)
        ids = sorted({a.category_id for a in annotations if a.masked and not a.crowd})
        numbers = {category_id: number for number, category_id in enumerate(ids)}
        values = np.full(len(annotations) + 1, _NOBODY, dtype=np.uint16)
        for position, annotation in enumerate(annotations, start=1):
            values[position] = _VOID if annotation.crowd else numbers.get(annotation.category_id, 0)
        return SemanticImage(
            sample.file_name,
            sample.scene.size,
            ids,
            zlib.compress(values[owners].tobytes(), 1),
            {
                _CROWD: sum(annotation.crowd for annotation in annotations),
                NO_MASK: sum(not (a.masked or a.crowd) for a in annotations),
            },
        )

    @property
    def images_a_piece(self) -> int:
        return _PIECE

    def write_piece(
        self, split: str, number: int, parts: Iterable[Numbered[SemanticImage]]
    ) -> list[SkippedRow]:
        """Write the masks of some images; each has a file of its own."""
        return self.finish(split, parts)

    def finish(self, split: str, parts: Iterable[Numbered[SemanticImage]]) -> list[SkippedRow]:
        """Write the masks of a split: only now it is known which classes there are."""
        context, skipped = self.context, {_CROWD: 0, NO_MASK: 0}
        folder = files.make_folder(self._folder(split))
        classes = {c.id: n for n, c in enumerate(context.categories, start=self._first)}
        palette = _palette()
        for part in (each.part for each in parts):
            values = np.full(_VOID + 1, VOID, dtype=np.uint8)
            values[_NOBODY] = 0 if self._first else VOID
            for number, category_id in enumerate(part.category_ids):
                values[number] = classes[context.category_id(category_id)]
            pixels = np.frombuffer(zlib.decompress(part.pixels), np.uint16).reshape(part.size)
            files.write_atomic(
                folder / png_name(part.file_name), palette_png(values[pixels], palette)
            )
            for reason, count in part.skipped.items():
                skipped[reason] += count
        return [SkippedRow("images", reason, count) for reason, count in skipped.items() if count]

    def close(self) -> None:
        """Write what the values of the masks mean."""
        categories = self.context.categories
        names = [_BACKGROUND] * self._first + [category.name for category in categories]
        colours = _palette()[: len(names)].tolist()
        content = {
            "classes": names,
            "category_ids": [None] * self._first + [category.id for category in categories],
            "palette": colours,
            "ignore_index": VOID,
        }
        text = msgspec.json.format(msgspec.json.encode(content), indent=1) + b"\n"
        files.write_atomic(self.context.folder / FOLDER / CLASSES, text)


def _palette() -> NDArray[np.uint8]:
    """Return the colours of Pascal VOC for 256 values; void is nearly white, as there."""
    values = np.arange(256, dtype=np.int64)
    colours = np.zeros((256, 3), dtype=np.int64)
    for bit in range(8):
        for channel in range(3):
            colours[:, channel] |= (values >> (3 * bit + channel) & 1) << (7 - bit)
    return colours.astype(np.uint8)


def palette_png(values: NDArray[np.uint8], palette: NDArray[np.uint8]) -> bytes:
    """Write 8-bit values as a PNG with a palette; OpenCV writes none, Pillow takes five times."""
    height, width = values.shape
    rows = np.empty((height, width + 1), dtype=np.uint8)
    rows[:, 0] = 2  # each row as its difference from the one above
    rows[0, 1:] = values[0]
    np.subtract(values[1:], values[:-1], out=rows[1:, 1:])
    header = struct.pack(">IIBBBBB", width, height, 8, 3, 0, 0, 0)
    return b"".join(
        (
            b"\x89PNG\r\n\x1a\n",
            _chunk(b"IHDR", header),
            _chunk(b"PLTE", palette.tobytes()),
            _chunk(b"IDAT", zlib.compress(rows.tobytes(), 6)),
            _chunk(b"IEND", b""),
        )
    )


def _chunk(name: bytes, content: bytes) -> bytes:
    return (
        struct.pack(">I", len(content))
        + name
        + content
        + struct.pack(">I", zlib.crc32(name + content))
    )
