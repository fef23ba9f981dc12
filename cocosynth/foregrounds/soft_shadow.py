"""The soft shadow that an object throws on the plain background it stands on."""

from __future__ import annotations

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.core.values import Mask
from cocosynth.foregrounds.regions import CROSS, disk, outline_pixels, reached, shrunken, step_of

Lab = NDArray[np.float32]  # (h, w, 3) CIELAB

_TINT = 7.0  # how far from the background's own hue a shadow may be
_DARKEST = 0.45  # of the background's lightness; what is darker is no soft shadow
_SMOOTH = 1.2  # pixels over which slopes are measured, so that noise has none
_SLOPE = 3.5  # units of lightness a pixel: the edges of objects are steeper
_EDGE = 0.29  # the slope of an edge where it is steepest, as a share of its height
_STEP = 4.0  # units of lightness that the search goes down at a time
_NECK = 2  # pixels; what hangs on the shadow by less than twice that is another thing
_NEAR = 4  # pixels from the shadow to the outline it lies at
_OWN = 0.6  # the share of that outline that is a shadow's own
_BOTH = 0.3  # the share from which a shadow is part of what was found, and an object as well
_SPECK = 20  # pixels; smaller parts are not judged


class Shadow(NamedTuple):
    """What was found.

    Attributes
    ----------
    mask : ndarray of bool, shape (h, w)
        Pixels of the shadow.
    doubtful : ndarray of bool, shape (h, w)
        Pixels that may be shadow or object.
    both : ndarray of bool, shape (h, w)
        Those of them that hold a shadow and an object of its tone.
    """

    mask: Mask
    doubtful: Mask
    both: Mask


def find_shadow(lab: Lab, plain: Lab, background: Mask, *, threshold: float) -> Shadow:
    """Find the shadow around an object.

    A shadow has the hue of the background, is darker, and begins so softly that it can be entered
    from the background without crossing an edge. Going in, it gets darker only. And because it
    begins softly everywhere, the outline of all that differs from the background is, where a
    shadow lies, the shadow's own: a part of a grey object that is entered through a gap in its
    edge lies behind an outline of its own, and is left to the object.

    Parameters
    ----------
    lab : ndarray of float32, shape (h, w, 3)
        The picture in CIELAB.
    plain : ndarray, shape (3,)
        The colour of the background.
    background : ndarray of bool, shape (h, w)
        Where the background has been found already.
    threshold : float
        How far a pixel's colour may be from that of the shadow around it.
    """
    step = step_of(background)
    if step == 1:
        return _find(lab, plain, background, threshold)
    small = shrunken(background.astype(np.float32), step) >= 0.5
    found = _find(shrunken(lab, step), plain, small, threshold)
    mask, doubtful, both = (_enlarged(part, background) for part in found)
    between = _widened(mask, step) & _widened(background, step)
    mask |= between & ~background & _is_darker_background(lab, plain)
    return Shadow(mask, doubtful, both)


def _enlarged(small: Mask, background: Mask) -> Mask:
    size = background.shape[::-1]
    large = cv2.resize(small.view(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    return large.view(bool) & ~background


def _widened(mask: Mask, radius: int) -> Mask:
    return cv2.dilate(mask.view(np.uint8), disk(radius)).view(bool)


def _find(lab: Lab, plain: Lab, background: Mask, threshold: float) -> Shadow:
    like = _is_darker_background(lab, plain)
    lightness = cv2.GaussianBlur(lab[..., 0], (0, 0), _SMOOTH)
    is_soft = _slope(lightness) <= min(_SLOPE, _EDGE * threshold)
    candidates = like & is_soft & ~background
    found = _downhill(background, candidates, lightness)
    found &= reached(background, found & _opened(found | background))
    shadow = _judged(found & ~background, background)
    if shadow.mask.any():
        whole = _to_its_edge(lab, shadow.mask, background, like, threshold)
        shadow = shadow._replace(mask=whole)
    return shadow


def _is_darker_background(lab: Lab, plain: Lab) -> Mask:
    """Say where a pixel has the background's hue, and is not lighter.

    Less light scales (L + 16, a, b) by one number: so CIELAB is made of cube roots.
    """
    black = np.array((16, 0, 0), dtype=np.float32)
    white = plain.astype(np.float32) + black
    share = (lab + black) @ white / float(white @ white)
    tint = np.linalg.norm(lab + black - share[..., None] * white, axis=2)
    return (cv2.blur(tint, (3, 3)) <= _TINT) & (share >= _DARKEST) & (share <= 1.02)


def _slope(lightness: NDArray[np.float32]) -> NDArray[np.float32]:
    across = cv2.Sobel(lightness, -1, 1, 0, ksize=3, scale=1 / 8)
    down = cv2.Sobel(lightness, -1, 0, 1, ksize=3, scale=1 / 8)
    return cv2.dilate(np.hypot(across, down), CROSS)  # beside an edge as on it


def _downhill(background: Mask, candidates: Mask, lightness: NDArray[np.float32]) -> Mask:
    """Return the candidates that can be reached from the background by going darker only."""
    found = background
    if not candidates.any():
        return found
    level, lowest = float(lightness[background].mean()), float(lightness[candidates].min())
    while level > lowest - _STEP:
        band = (lightness >= level - _STEP) & (lightness <= level + _STEP)
        found = reached(found, candidates & band)
        level -= _STEP
    return found


def _opened(mask: Mask) -> Mask:
    pad = _NECK + 1
    framed = np.pad(mask, pad, constant_values=True).view(np.uint8)
    opened = cv2.morphologyEx(framed, cv2.MORPH_OPEN, disk(_NECK))
    return opened[pad:-pad, pad:-pad].astype(bool)


def _judged(found: Mask, background: Mask) -> Shadow:
    """Part what was found into shadow and what may as well be object."""
    outline = outline_pixels(~background)
    count, labels, stats, _ = cv2.connectedComponentsWithStats(found.view(np.uint8))
    near = np.ones((2 * _NEAR + 1, 2 * _NEAR + 1), np.uint8)
    is_shadow, is_both = np.zeros(count, dtype=bool), np.zeros(count, dtype=bool)
    for number in range(1, count):
        left, top, width, height, area = stats[number]
        rows = slice(max(top - _NEAR, 0), top + height + _NEAR)
        cols = slice(max(left - _NEAR, 0), left + width + _NEAR)
        part = labels[rows, cols] == number
        beside = outline[rows, cols] & cv2.dilate(part.view(np.uint8), near).view(bool)
        own, there = int(np.count_nonzero(beside & part)), int(np.count_nonzero(beside))
        is_shadow[number] = area < _SPECK or own >= _OWN * max(there, 1)
        is_both[number] = not is_shadow[number] and own >= _BOTH * there
    return Shadow(is_shadow[labels], found & ~is_shadow[labels], is_both[labels])


def _to_its_edge(lab: Lab, found: Mask, background: Mask, like: Mask, threshold: float) -> Mask:
    """Let a shadow go on, for a few pixels, to where its colour ends: at the object."""
    known = (found | background).astype(np.float32)
    weight = cv2.GaussianBlur(known, (0, 0), _NEAR)
    around = cv2.GaussianBlur(lab * known[..., None], (0, 0), _NEAR)
    around /= np.maximum(weight, 1e-6)[..., None]
    close = (weight > 1e-3) & (np.linalg.norm(lab - around, axis=2) <= threshold)
    within = like & close & _widened(found, _NEAR)
    return reached(found | background, within) & ~background
