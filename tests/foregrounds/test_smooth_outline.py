"""An enlarged mask has no stairs, and stays where it was."""

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import masks

from cocosynth.core.geometry import at_origin, quantized
from cocosynth.core.values import Box
from cocosynth.foregrounds.octagon import octagon_of
from cocosynth.foregrounds.smooth_outline import smooth_outline
from cocosynth.foregrounds.warp import warp
from cocosynth.foregrounds.warped import Warper


def alpha_of(mask):
    return np.where(mask, np.uint8(255), np.uint8(0))


def enlarged(alpha, scale):
    size = tuple(round(scale * side) for side in alpha.shape)
    matrix = ((scale, 0.0, 0.0), (0.0, scale, 0.0), (0.0, 0.0, 1.0))
    return warp(alpha, matrix, Box(0, 0, *size)) >= 128


def roughness(mask, distance, scale):
    """Return how far the outline strays from where it should be, in pixels of the source."""
    edge = (mask ^ cv2.erode(mask.view(np.uint8), np.ones((3, 3), np.uint8)).view(bool))[8:-8, 8:-8]
    return np.abs(distance[8:-8, 8:-8][edge]).std() / scale


def shapes(scale):
    """Yield masks, and the signed distance from their true outline once they are enlarged."""
    for name, distance in {
        "disk": lambda r, c: np.hypot(r - 40, c - 40) - 30,
        "slope": lambda r, c: (3 * (r - 40) - (c - 40)) / np.sqrt(10),
    }.items():
        rows, cols = np.indices((80, 80)) + 0.5
        large = (np.indices((80 * scale, 80 * scale)) + 0.5) / scale
        yield name, distance(rows, cols) < 0, distance(*large) * scale


@pytest.mark.parametrize("scale", [2, 4])
def test_stairs_are_gone(scale):
    for name, mask, distance in shapes(scale):
        alpha = alpha_of(mask)
        before = roughness(enlarged(alpha, scale), distance, scale)
        after = roughness(enlarged(smooth_outline(alpha, scale), scale), distance, scale)
        assert after < 0.85 * before, name


@pytest.mark.parametrize("scale", [1.3, 2, 5])
def test_the_mask_stays_where_it_was(scale):
    rows, cols = np.indices((80, 80)) + 0.5
    alpha = alpha_of(np.hypot(rows - 40, cols - 40) < 30)
    before, after = enlarged(alpha, scale), enlarged(smooth_outline(alpha, scale), scale)
    assert (before ^ after).sum() < 0.02 * before.sum()
    assert after.sum() == pytest.approx(before.sum(), rel=0.01)


@pytest.mark.parametrize("width", [1, 2, 3])
def test_thin_parts_are_kept(width):
    alpha = np.zeros((40, 40), np.uint8)
    alpha[5:20, 5:20] = 255
    alpha[10 : 10 + width, 20:36] = 255
    large = enlarged(smooth_outline(alpha, 2), 2)
    assert large[20 : 20 + 2 * width, 42:70].mean() > 0.9


@pytest.mark.parametrize("scale", [0.3, 1, 1.2])
def test_what_is_not_enlarged_is_not_touched(scale):
    alpha = np.random.default_rng(0).integers(0, 256, (20, 20), dtype=np.uint8)
    assert smooth_outline(alpha, scale) is alpha


@given(masks(st.just((14, 14))), st.floats(1.3, 6))
def test_the_octagon_of_an_instance_holds_it_when_it_is_smooth(mask, scale):
    """Its region, which planning knows the object by, has all pixels of it."""
    if not mask.any():
        return
    rgba = np.zeros((18, 18, 4), np.uint8)
    rgba[2:-2, 2:-2, 3] = alpha_of(mask)
    octagon = octagon_of(rgba[..., 3] >= 128)
    local, region = at_origin(octagon, quantized(np.diag([scale, scale, 1.0])))
    warper = Warper(lambda number, blend: rgba, lambda number: octagon)
    wide = Box(region.top - 9, region.left - 9, region.bottom + 9, region.right + 9)
    found = warper.warp(0, local, wide, "").mask
    assert not (found.sum() - found[9:-9, 9:-9].sum())
