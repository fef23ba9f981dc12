"""A matte in closed form: slow, for long hair and fur; needs the extra `matting`."""

from __future__ import annotations

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from cocosynth.core.errors import UnusableError
from cocosynth.core.optional import optional, version_of
from cocosynth.core.values import Alpha, Image, Mask
from cocosynth.foregrounds.matting.colors import object_colors
from cocosynth.foregrounds.matting.trimap import BACKGROUND, OBJECT, UNKNOWN
from cocosynth.sources.catalogue import Catalogue

PACKAGE = "pymatting"

_LARGEST = 1_000_000  # pixels: what is larger is looked at in a smaller size, to need no GBs


def packages_of(catalogue: Catalogue) -> dict[str, dict[str, str]]:
    """Return the version of the package that mattes of some instances depend on, if any do.

    Raises
    ------
    CocosynthError
        If it is needed and not installed.
    """
    if "closed_form" not in catalogue.cuts.mattes:
        return {}
    return {"packages": {PACKAGE: version_of(PACKAGE, extra="matting")}}


def closed_form(
    image: Image, mask: Mask, trimap: Alpha, band: int
) -> tuple[Alpha, NDArray[np.uint8]]:
    """Return the alpha and the colours of an object.

    Raises
    ------
    CocosynthError
        If pymatting is not installed.
    UnusableError
        If it finds no solution.

    Notes
    -----
    A. Levin, D. Lischinski and Y. Weiss, "A Closed-Form Solution to Natural Image Matting" (2008),
    and multi-level foreground estimation (T. Germer et al., 2020), as pymatting has them. Of more
    than a million pixels the alpha is found in a smaller size.
    """
    matting = optional(PACKAGE, extra="matting")
    scale = math.sqrt(_LARGEST / trimap.size)
    known = np.where(trimap == UNKNOWN, 0.5, trimap / 255)
    small = image.astype(np.float64) / 255
    if scale < 1:
        small = cv2.resize(small, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
        known = cv2.resize(known, small.shape[1::-1], interpolation=cv2.INTER_NEAREST)
    try:
        found = matting.estimate_alpha_cf(small, known).clip(0, 1)
    except ValueError:
        raise UnusableError("matte in closed form cannot be found: use matte: guided") from None
    if scale < 1:
        found = cv2.resize(found, trimap.shape[::-1], interpolation=cv2.INTER_LINEAR)
    alpha = _eight_bits(found)
    alpha[trimap == OBJECT], alpha[trimap == BACKGROUND] = 255, 0
    if scale < 1:
        return alpha, object_colors(image, alpha, trimap == OBJECT, band=band)
    return alpha, _eight_bits(matting.estimate_foreground_ml(small, found))


def _eight_bits(values: NDArray[np.float64]) -> NDArray[np.uint8]:
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)
