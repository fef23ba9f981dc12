"""Run lengths brought to another size: the nearest pixels of the mask, at the price of a box."""

from __future__ import annotations

import cv2
import numpy as np
import pytest

from cocosynth.check.fix.rescale import scaled_mask
from cocosynth.coco import masks, rle
from cocosynth.core.values import Size


@pytest.mark.parametrize("new", [(30, 40), (60, 80), (7, 5), (91, 203), (1, 1)])
@pytest.mark.parametrize("seed", range(6))
def test_a_scaled_mask_has_the_nearest_pixels(seed: int, new: Size) -> None:
    rng, old = np.random.default_rng(seed), (60, 80)
    mask = np.zeros(old, np.bool_)
    top, left = rng.integers(0, (50, 70))
    height, width = rng.integers(1, 12, 2) if seed else (60, 80)
    mask[top : top + height, left : left + width] = (
        rng.random((60, 80))[: 60 - top, : 80 - left][:height, :width] < 0.7
    )
    written = {"size": list(old), "counts": rle.encode(mask)}
    whole = cv2.resize(mask.view(np.uint8), new[::-1], interpolation=cv2.INTER_NEAREST)
    assert np.array_equal(masks.decode(scaled_mask(written, old, new), new), whole.view(np.bool_))
