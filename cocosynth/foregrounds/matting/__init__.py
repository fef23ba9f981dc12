"""Mattes: how much of each pixel at the rim of an object is the object; one file each.

A matte makes hair, fur and blurred edges soft, and moves an outline that was drawn a few pixels off
to where the colours change. What it decides is the alpha of an instance; a pixel belongs to the
object where that is at least 128, as everywhere.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from cocosynth.core.values import Alpha, Image, Mask
from cocosynth.foregrounds.matting.closed_form import closed_form
from cocosynth.foregrounds.matting.guided import guided

Colors = NDArray[np.uint8]  # (h, w, 3), those of the object alone where it is mixed
Matte = Callable[[Image, Mask, Alpha, int], tuple[Alpha, Colors]]
"""From a picture, a mask, its trimap (0 background, 255 object, 128 unknown) and the width of the
unknown band in pixels to the alpha and the colours of the object."""

MATTES: dict[str, Matte] = {"closed_form": closed_form, "guided": guided}
