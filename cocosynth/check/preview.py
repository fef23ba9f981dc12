"""A contact sheet: what a person looks at before trusting a dataset."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np
from PIL import Image as pillow
from PIL import ImageDraw, ImageFont

from cocosynth.coco.masks import decode
from cocosynth.core import images
from cocosynth.core.values import Box, Image, Mask, Record

PICTURES = 12
COLUMNS = 4
_CELL = (240, 320)  # height and width of one picture on the sheet
_GAP = 6
_GOLDEN = 0.618034  # steps of the hue circle that never come close to each other


@dataclass(frozen=True, eq=False)
class Outline:
    """An annotation to be drawn."""

    name: str
    mask: Mask  # (H, W) of the image
    box: Box
    crowd: bool


def picture_of(
    folder: Path, record: Record, names: Mapping[int, str]
) -> tuple[str, Image, list[Outline]]:
    """Read a written image back from disk, as any client would, with what is annotated in it."""
    image = images.read_image(folder / record.file_name, upright=False)
    outlines = []
    for annotation in record.annotations:
        mask = decode(annotation.segmentation, record.scene.size)
        left, top, width, height = annotation.bbox
        box = Box(top, left, top + height, left + width)
        name = names[annotation.category_id]
        outlines.append(Outline(name, mask, box, bool(annotation.iscrowd)))
    return f"{record.scene.split}/{record.file_name}", image, outlines


def contact_sheet(pictures: Sequence[tuple[str, Image, Sequence[Outline]]]) -> Image:
    """Draw pictures in a grid, their annotations over them.

    Parameters
    ----------
    pictures : sequence of (caption, image, outlines)

    Returns
    -------
    ndarray of uint8, shape (H, W, 3)
    """
    rows = max(1, -(-len(pictures) // COLUMNS))
    columns = min(COLUMNS, max(1, len(pictures)))
    height = rows * (_CELL[0] + _GAP) + _GAP
    width = columns * (_CELL[1] + _GAP) + _GAP
    sheet = np.full((height, width, 3), 32, dtype=np.uint8)
    for position, (caption, image, outlines) in enumerate(pictures):
        row, col = divmod(position, columns)
        top, left = _GAP + row * (_CELL[0] + _GAP), _GAP + col * (_CELL[1] + _GAP)
        cell = _draw(caption, image, outlines)
        top, left = top + (_CELL[0] - cell.shape[0]) // 2, left + (_CELL[1] - cell.shape[1]) // 2
        sheet[top : top + cell.shape[0], left : left + cell.shape[1]] = cell
    return sheet


def _draw(caption: str, image: Image, outlines: Sequence[Outline]) -> Image:
    scale = min(_CELL[0] / image.shape[0], _CELL[1] / image.shape[1])
    width, height = max(1, round(image.shape[1] * scale)), max(1, round(image.shape[0] * scale))
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    cell = np.ascontiguousarray(cv2.resize(image, (width, height), interpolation=method))
    for number, outline in enumerate(outlines):
        color = _color(number)
        small = cv2.resize(
            outline.mask.astype(np.uint8), (width, height), interpolation=cv2.INTER_NEAREST
        )
        edges, _ = cv2.findContours(small, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        tinted = cell[small > 0].astype(np.uint16) * 3 + np.array(color, dtype=np.uint16)
        cell[small > 0] = (tinted // 4).astype(np.uint8)
        cv2.drawContours(cell, edges, -1, color, 1)
        box = [round(side * scale) for side in outline.box]
        cv2.rectangle(cell, (box[1], box[0]), (box[3] - 1, box[2] - 1), color, 1)
    return _label(cell, caption, outlines, scale)


def _label(cell: Image, caption: str, outlines: Sequence[Outline], scale: float) -> Image:
    picture = pillow.fromarray(cell)
    draw = ImageDraw.Draw(picture)
    font = ImageFont.load_default(11)
    for number, outline in enumerate(outlines):
        name = f"{outline.name} (crowd)" if outline.crowd else outline.name
        at = (outline.box.left * scale + 2, max(0.0, outline.box.top * scale - 1))
        draw.rectangle(draw.textbbox(at, name, font=font), fill=_color(number))
        draw.text(at, name, fill=(0, 0, 0), font=font)
    at = (3.0, cell.shape[0] - 14.0)
    draw.rectangle(draw.textbbox(at, caption, font=font), fill=(0, 0, 0))
    draw.text(at, caption, fill=(255, 255, 255), font=font)
    return np.asarray(picture)


def _color(number: int) -> tuple[int, int, int]:
    hue = int((number * _GOLDEN % 1.0) * 179)
    pixel = np.array([[[hue, 190, 255]]], dtype=np.uint8)
    red, green, blue = cv2.cvtColor(pixel, cv2.COLOR_HSV2RGB)[0, 0]
    return int(red), int(green), int(blue)
