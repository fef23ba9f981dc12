"""What a notebook shows of a sample: its image, every annotation outlined and named."""

from __future__ import annotations

import cv2
import numpy as np
from PIL import Image as pillow
from PIL import ImageDraw, ImageFont

from cocosynth.core import images
from cocosynth.core.sample import Sample
from cocosynth.core.values import Annotation, Image

_COLORS = (  # after Okabe and Ito, who chose them for people who do not see all colours
    (240, 228, 66),
    (86, 180, 233),
    (230, 159, 0),
    (0, 214, 160),
    (235, 140, 195),
    (255, 105, 85),
)
_DARK = (16, 16, 16)
_SIDE = 960  # pixels of the longer side of what is shown


def outlined_png(sample: Sample) -> bytes:
    """Draw a sample as a PNG file of a size that fits a page."""
    return images.encode_image(outlined(sample), "png", quality=0)


def outlined(sample: Sample, *, side: int = _SIDE) -> Image:
    """Draw the annotations of a sample over its image: bright lines on dark ones, and names.

    Parameters
    ----------
    sample : Sample
    side : int
        How long the longer side may be.

    Returns
    -------
    ndarray of uint8, shape (h, w, 3)
        A new one.
    """
    height, width = sample.image.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    drawn = cv2.resize(sample.image, size, interpolation=cv2.INTER_AREA).astype(np.uint8)
    ids = sorted(sample.categories)
    colors = {number: _COLORS[place % len(_COLORS)] for place, number in enumerate(ids)}
    for annotation in sample.annotations:
        _outline(drawn, annotation, colors.get(annotation.category_id, _COLORS[0]), scale)
    picture = pillow.fromarray(drawn)
    draw, font = ImageDraw.Draw(picture), ImageFont.load_default(12)
    for annotation in sample.annotations:
        number = annotation.category_id
        named = sample.categories.get(number)
        name = named.name if named else f"category {number}"
        place = (annotation.box.left * scale + 3, max(1.0, annotation.box.top * scale - 15))
        draw.rectangle(draw.textbbox(place, name, font=font), fill=_DARK)
        draw.text(place, name, fill=colors.get(number, _COLORS[0]), font=font)
    return np.asarray(picture)


def _outline(image: Image, annotation: Annotation, color: tuple[int, ...], scale: float) -> None:
    mask = np.pad(annotation.mask.astype(np.uint8), 1)
    rings, _ = cv2.findContours(mask, cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    corner = np.array([annotation.box.left - 1, annotation.box.top - 1])
    lines = [np.rint((ring + corner + 0.5) * scale - 0.5).astype(np.int32) for ring in rings]
    for tone, thickness in ((_DARK, 3), (color, 1)):
        cv2.polylines(image, lines, True, tone, thickness, cv2.LINE_AA)
