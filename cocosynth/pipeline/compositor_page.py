"""What a notebook shows of a compositor: its first images and what there is of them."""

from __future__ import annotations

from base64 import b64encode
from html import escape
from itertools import islice
from typing import TYPE_CHECKING

from cocosynth.core import images
from cocosynth.core.inline import outlined

if TYPE_CHECKING:
    from cocosynth.pipeline.dataset import Compositor

_SHOWN = 4
_SIDE = 320  # pixels
_QUALITY = 90


def page_of(compositor: Compositor) -> str:
    """Return a piece of HTML: the first images, outlined, and the splits and categories.

    Parameters
    ----------
    compositor : Compositor
    """
    pictures = []
    for sample in islice(compositor, _SHOWN):
        name = escape(f"{sample.scene.split}/{sample.file_name}")
        file = images.encode_image(outlined(sample, side=_SIDE), "jpg", quality=_QUALITY)
        source = f"data:image/jpeg;base64,{b64encode(file).decode()}"
        pictures.append(f'<img src="{source}" alt="{name}" title="{name}">')
    splits = ", ".join(f"{name}: {count:,} images" for name, count in compositor.splits.items())
    names = ", ".join(category.name for category in compositor.categories)
    lines = [splits, f"categories: {names}"]
    skipped = sum(row.count for row in compositor.skipped.rows())
    if skipped:
        lines.append(f"skipped: {skipped:,} (see `compositor.skipped.rows()`)")
    said = "".join(f"<div>{escape(line)}</div>" for line in lines)
    return f"<div>{''.join(pictures)}{said}</div>"
