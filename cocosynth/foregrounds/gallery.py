"""Sheets that show what was cut out, for a person to look at and to choose from."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as pillow
from PIL import ImageDraw, ImageFont

from cocosynth.core import files, images
from cocosynth.core.errors import one_line
from cocosynth.core.values import Category, Image, Photo, Rgba
from cocosynth.foregrounds.bank import Bank
from cocosynth.foregrounds.cut_out import MARGIN

COLUMNS, ROWS = 8, 6
SHOWN = COLUMNS * ROWS * 10
"""Instances of a category and a source that are shown; more are shown spread evenly."""

TABLE = "instances.csv"
_CELL = 140  # pixels of a side
_LINE = 14
_GAP = 6
_SQUARE = 8  # of the checkerboard
_LARGEST = 2  # times its size that a small instance is shown
_BACK, _TEXT = (40, 40, 40), (235, 235, 235)


@dataclass(frozen=True)
class Shown:
    """An instance on a sheet: its number in the bank, and what `exclude` calls it."""

    number: int
    called: str


@dataclass(frozen=True)
class Sheet:
    """A sheet to be drawn."""

    name: str
    title: str
    shown: tuple[Shown, ...]


def sheets_of(
    bank: Bank, categories: Sequence[Category], photos: Sequence[Photo], *, most: int = SHOWN
) -> Iterator[Sheet]:
    """Share the instances of a bank out to sheets, by category and source, the least whole first.

    Parameters
    ----------
    bank : Bank
    categories : sequence of Category
    photos : sequence of Photo
    most : int
        Instances of a category and a source that are shown.
    """
    sources = np.array([photo.source for photo in photos])[bank.entries["photo"]]
    for position, category in enumerate(categories, start=1):
        mine = bank.entries["category_id"] == category.id
        here = np.flatnonzero(mine & (bank.entries["pixels"] > 0))
        page = 0
        for source in dict.fromkeys(sources[here].tolist()):
            numbers = here[sources[here] == source]
            numbers = numbers[np.argsort(bank.entries["whole"][numbers], kind="stable")]
            shown = _spread(numbers.tolist(), most)
            for start in range(0, len(shown), COLUMNS * ROWS):
                page += 1
                part = shown[start : start + COLUMNS * ROWS]
                count = f"{start + 1} to {start + len(part)} of {len(numbers)}"
                count += "" if len(shown) == len(numbers) else f", {len(shown)} of them shown"
                yield Sheet(
                    f"{position:03d}-{_plain(category.name)}-{page:03d}.png",
                    f"{category.name}: {count}, the least whole first    {source}",
                    tuple(Shown(n, _called(bank, photos, n)) for n in part),
                )


def _spread(numbers: list[int], most: int) -> list[int]:
    if len(numbers) <= most:
        return numbers
    return [numbers[n * len(numbers) // most] for n in range(most)]


def _plain(name: str) -> str:
    """Return a name in letters that every file system takes."""
    return re.sub(r"[^A-Za-z0-9]+", "_", name)[:40].strip("_") or "category"


def _called(bank: Bank, photos: Sequence[Photo], number: int) -> str:
    """Return what `exclude` calls an instance: its annotation, or its picture."""
    entry = bank.entry(number)
    return photos[entry.photo].file_name if entry.annotation_id < 0 else str(entry.annotation_id)


def table_of(bank: Bank, categories: Sequence[Category], photos: Sequence[Photo]) -> bytes:
    """Return a table of all instances, in CSV, in the order of the bank."""
    names = {category.id: category.name for category in categories}
    text = io.StringIO()
    table = csv.writer(text, lineterminator="\n")
    table.writerow(("id", "category", "source", "file_name", "width", "height", "whole", "sharp"))
    for number in np.flatnonzero(bank.entries["pixels"]).tolist():
        entry, photo = bank.entry(number), photos[int(bank.entries["photo"][number])]
        height, width = (side - 2 * MARGIN for side in entry.size)
        figures = (f"{entry.whole:.3f}", f"{entry.sharpness:.3f}")
        called = (_called(bank, photos, number), names[entry.category_id], photo.source)
        table.writerow((*called, photo.file_name, width, height, *figures))
    return text.getvalue().encode()


@dataclass(frozen=True)
class SheetWriter:
    """Draws sheets and writes them into a folder."""

    bank: Bank
    folder: Path

    @property
    def folders(self) -> tuple[Path, ...]:
        return (self.folder,)

    def __call__(self, sheet: Sheet) -> int:
        """Write a sheet; return how many instances it shows."""
        content = images.encode_image(draw(sheet, self.bank), "png", quality=0)
        files.write_atomic(self.folder / sheet.name, content)
        return len(sheet.shown)


def draw(sheet: Sheet, bank: Bank) -> Image:
    """Draw a sheet: each instance on a checkerboard, with its number, size, wholeness, sharpness.

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
    """
    rows = -(-len(sheet.shown) // COLUMNS)
    pitch = (_CELL + 3 * _LINE + _GAP, _CELL + _GAP)
    height, width = _LINE + 2 * _GAP + rows * pitch[0], _GAP + COLUMNS * pitch[1]
    page = np.full((height, width, 3), _BACK, dtype=np.uint8)
    texts = [((_GAP, _GAP // 2), one_line(sheet.title))]
    for position, shown in enumerate(sheet.shown):
        row, col = divmod(position, COLUMNS)
        top, left = _LINE + 2 * _GAP + row * pitch[0], _GAP + col * pitch[1]
        page[top : top + _CELL, left : left + _CELL] = on_checkerboard(bank.rgba(shown.number))
        lines = _caption(shown, bank)
        texts += [((left, top + _CELL + n * _LINE), line) for n, line in enumerate(lines)]
    return _written(page, texts)


def _caption(shown: Shown, bank: Bank) -> tuple[str, str, str]:
    entry = bank.entry(shown.number)
    height, width = (side - 2 * MARGIN for side in entry.size)
    called = one_line(shown.called)
    called = called if len(called) <= 22 else f"...{called[-19:]}"
    return called, f"{width} x {height}", f"whole {entry.whole:.2f}  sharp {entry.sharpness:.2f}"


def on_checkerboard(rgba: Rgba) -> Image:
    """Fit an instance into a cell, on a checkerboard that shows where it is transparent."""
    scale = min(_CELL / rgba.shape[0], _CELL / rgba.shape[1], _LARGEST)
    size = tuple(max(1, round(side * scale)) for side in (rgba.shape[1], rgba.shape[0]))
    alpha = cv2.extractChannel(rgba, 3)
    weighted = np.array(rgba)
    for channel in range(3):
        part = cv2.multiply(cv2.extractChannel(rgba, channel), alpha, scale=1 / 255)
        cv2.insertChannel(part, weighted, channel)
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    small = cv2.resize(weighted, size, interpolation=method).astype(np.uint16)
    cell = _checkerboard()
    top, left = (_CELL - small.shape[0]) // 2, (_CELL - small.shape[1]) // 2
    there = cell[top : top + small.shape[0], left : left + small.shape[1]]
    behind = there.astype(np.uint16) * (255 - small[..., 3:])
    there[:] = np.minimum(small[..., :3] + (behind + 127) // 255, 255)
    return cell


def _checkerboard() -> Image:
    rows, cols = np.indices((_CELL, _CELL)) // _SQUARE
    light = np.where((rows + cols) % 2, np.uint8(205), np.uint8(160))
    return np.repeat(light[..., None], 3, axis=2)


def _written(page: Image, texts: Sequence[tuple[tuple[int, int], str]]) -> Image:
    picture = pillow.fromarray(page)
    pen, font = ImageDraw.Draw(picture), ImageFont.load_default(11)
    for place, text in texts:
        pen.text(place, text, fill=_TEXT, font=font)
    return np.asarray(picture)
