"""Pixels to image files: the same pixels at any level of PNG, and files of other sizes."""

from __future__ import annotations

from pathlib import Path

import cv2
import numpy as np
import pytest

from cocosynth.core.images import encode_bgr, encode_image, read_image
from cocosynth.core.values import Image


def _photograph() -> Image:
    rng = np.random.default_rng(0)
    rough = rng.integers(0, 256, (12, 16, 3), dtype=np.uint8)
    return np.asarray(cv2.resize(rough, (160, 120), interpolation=cv2.INTER_CUBIC), dtype=np.uint8)


@pytest.mark.parametrize("level", range(10))
def test_no_level_of_png_changes_a_pixel(tmp_path: Path, level: int) -> None:
    image = _photograph()
    path = tmp_path / "a.png"
    path.write_bytes(encode_image(image, "png", quality=95, compression=level))
    assert np.array_equal(read_image(path, upright=False), image)


def test_higher_levels_give_smaller_files() -> None:
    image = _photograph()
    sizes = [len(encode_image(image, "png", quality=95, compression=n)) for n in (0, 1, 9)]
    assert sizes == sorted(sizes, reverse=True)
    assert len(set(sizes)) == 3


def test_the_default_is_level_1() -> None:
    image = _photograph()
    by_default = encode_image(image, "png", quality=95)
    assert encode_image(image, "png", quality=95, compression=1) == by_default


@pytest.mark.parametrize("suffix", ["jpg", "png"])
def test_what_is_kept_in_the_order_of_files_is_written_as_its_rgb_is(suffix):
    image = np.random.default_rng(0).integers(0, 256, (40, 50, 3), dtype=np.uint8)
    bgr = np.ascontiguousarray(image[..., ::-1])
    as_rgb = encode_image(image, suffix, quality=90)
    assert encode_bgr(bgr, suffix, quality=90) == as_rgb
