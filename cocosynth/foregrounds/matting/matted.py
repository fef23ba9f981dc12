"""From an instance with a mask to one with a matte."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import cv2
import numpy as np

from cocosynth.core.errors import UnusableError
from cocosynth.core.values import ALPHA_THRESHOLD, Alpha, Box, Image, Instance, Mask
from cocosynth.foregrounds.cut_out import cut_out
from cocosynth.foregrounds.edge_colors import spread_colors
from cocosynth.foregrounds.matting import MATTES
from cocosynth.foregrounds.matting.trimap import BACKGROUND, OBJECT, band_of, trimap_of
from cocosynth.foregrounds.wholeness import Region

_AROUND = 3  # times the unknown band: how much of the background around it is looked at
_NOTHING, _ALL = 8, 247  # alphas below are none of the object, those above all of it


def matted(instance: Instance, image: Image, others: Sequence[Region], method: str) -> Instance:
    """Return an instance whose rim is as soft as its photograph shows it.

    Parameters
    ----------
    instance : Instance
        As its mask cuts it out.
    image : ndarray of uint8, shape (h, w, 3)
        Its photograph.
    others : sequence of Region
        All other annotated objects, which are background.
    method : str
        A key of `MATTES`.

    Returns
    -------
    Instance
        The same one where nothing around it is known to be background.

    Raises
    ------
    UnusableError
        If nothing is left of the object.
    """
    own = Region(instance.box, instance.rgba[..., 3] >= ALPHA_THRESHOLD)
    band = band_of(own.mask)
    reach = _AROUND * band
    box = Box(
        *(own.box.top - reach, own.box.left - reach),
        *(own.box.bottom + reach, own.box.right + reach),
    ).clipped((image.shape[0], image.shape[1]))
    seen, mask = np.ascontiguousarray(image[box.slices]), own.within(box)
    trimap = trimap_of(mask, _union(others, box), band=band)
    if not (trimap == BACKGROUND).any():
        return instance
    alpha, colors = MATTES[method](seen, mask, trimap, band)
    alpha = _cleaned(alpha, trimap)
    if not (alpha >= ALPHA_THRESHOLD).any():
        raise UnusableError("matte leaves nothing of the object")
    rgba = spread_colors(np.dstack((colors, alpha)), alpha > 0)
    cut = cut_out(
        *(rgba[..., :3], alpha),
        category=instance.category,
        annotation_id=instance.annotation_id,
        soft=True,
    )
    return replace(
        instance,
        rgba=cut.rgba,
        box=cut.box.moved(box.top, box.left),
        area=cut.area,
        octagon=cut.octagon,
        matted=True,
    )


def _union(others: Sequence[Region], box: Box) -> Mask:
    found = np.zeros(box.size, dtype=np.bool_)
    for other in others:
        if other.meets(box):
            found |= other.within(box)
    return found


def _cleaned(alpha: Alpha, trimap: Alpha) -> Alpha:
    """Take away what hangs together with nothing that is surely object, and the faintest."""
    alpha = np.where(alpha < _NOTHING, 0, np.where(alpha > _ALL, 255, alpha)).astype(np.uint8)
    _, labels = cv2.connectedComponents((alpha > 0).view(np.uint8), connectivity=8)
    kept = np.zeros(int(labels.max()) + 1, dtype=np.bool_)
    kept[labels[trimap == OBJECT]] = True
    kept[0] = False
    return alpha * kept[labels]
