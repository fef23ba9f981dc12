"""What is blurred is less sharp, whatever its colours, size and surroundings."""

import cv2
import numpy as np
import pytest

from cocosynth.core import resources
from cocosynth.core.images import read_image
from cocosynth.foregrounds.sharpness import sharpness

PHOTO = resources.resource("sample_data") / "backgrounds/citadel.jpg"


def instance(image, mask=None):
    alpha = np.full(image.shape[:2], 255, np.uint8) if mask is None else mask
    return np.dstack([image, alpha])


@pytest.fixture(scope="module")
def photograph():
    return read_image(PHOTO, upright=True)[:300, :300]


def blurred(image, sigma):
    return cv2.GaussianBlur(image, (0, 0), sigma)


def test_the_more_blurred_the_less_sharp(photograph):
    found = [sharpness(instance(photograph))]
    found += [sharpness(instance(blurred(photograph, sigma))) for sigma in (1, 2, 4, 8)]
    assert found == sorted(found, reverse=True)
    assert found[0] > 0.65 > 0.5 > found[2]
    assert all(0 <= value <= 1 for value in found)


def test_motion_in_one_direction_is_enough(photograph):
    moved = cv2.blur(photograph, (15, 1))
    assert sharpness(instance(moved)) < sharpness(instance(photograph)) - 0.2
    turned = np.ascontiguousarray(moved.transpose(1, 0, 2))
    assert sharpness(instance(turned)) == pytest.approx(sharpness(instance(moved)), abs=0.02)


def test_contrast_and_light_hardly_count(photograph):
    dark = np.rint(photograph * 0.5 + 20).astype(np.uint8)
    before, after = sharpness(instance(photograph)), sharpness(instance(dark))
    assert after == pytest.approx(before, abs=0.03)


def test_what_lies_outside_of_the_mask_does_not_count(photograph):
    mask = np.zeros(photograph.shape[:2], np.uint8)
    cv2.circle(mask, (150, 150), 90, 255, -1)
    soft, other = blurred(photograph, 3), blurred(photograph, 3)
    other[mask == 0] = np.random.default_rng(0).integers(0, 256, (int((mask == 0).sum()), 3))
    assert sharpness(instance(other, mask)) == sharpness(instance(soft, mask))


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (9, 1), (5, 5)])
def test_what_has_no_differences_passes_for_sharp(size):
    assert sharpness(instance(np.full((*size, 3), 90, np.uint8))) == 1
