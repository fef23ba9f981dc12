"""A large photograph is decoded smaller, and everything stays where it was."""

import cv2
import numpy as np
import pytest
from PIL import Image as pillow

from cocosynth.core.errors import UnusableError
from cocosynth.core.images import read_image, read_reduced, read_small
from cocosynth.core.reduction import REDUCTIONS


def picture(size):
    """A smooth picture with another value in every corner."""
    rows, cols = np.indices(size)
    return np.stack([255 * rows / size[0], 255 * cols / size[1], 0 * rows + 90], -1).astype(
        np.uint8
    )


def written(path, pixels, **options):
    pillow.fromarray(pixels).save(path, quality=95, **options)
    return path


def rgb(path, **options):
    """What `read_reduced` gives, in the order of channels in which pictures are looked at."""
    bgr, done = read_reduced(path, **options)
    return bgr[..., ::-1], done


def shrunk(pixels, times):
    """The mean of each square; those at the lower and right edge may be cut."""
    size = [-(-length // times) for length in pixels.shape[:2]]
    padding = [(0, n * times - length) for n, length in zip(size, pixels.shape[:2], strict=True)]
    full = np.pad(pixels.astype(float), (*padding, (0, 0)), mode="edge")
    return full.reshape(size[0], times, size[1], times, 3).mean((1, 3))


@pytest.mark.parametrize("times", REDUCTIONS)
@pytest.mark.parametrize("size", [(480, 640), (301, 203)])
def test_each_pixel_is_the_mean_of_its_square(tmp_path, times, size):
    path = written(tmp_path / "a.jpg", picture(size))
    pixels, done = rgb(path, upright=True, reduction=times)
    assert done == times
    assert np.abs(pixels - shrunk(read_image(path, upright=True), times)).max() < 4


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_photograph_is_turned_the_same_way(tmp_path, orientation):
    exif = pillow.Exif()
    exif[0x0112] = orientation
    path = written(tmp_path / "a.jpg", picture((160, 240)), exif=exif)
    for upright in (True, False):
        pixels, done = rgb(path, upright=upright, reduction=8)
        assert done == 8
        assert np.abs(pixels - shrunk(read_image(path, upright=upright), 8)).max() < 6


def test_a_turned_photograph_whose_squares_would_be_cut_on_the_wrong_side_comes_in_full(tmp_path):
    exif = pillow.Exif()
    exif[0x0112] = 3
    path = written(tmp_path / "a.jpg", picture((161, 243)), exif=exif)
    pixels, done = rgb(path, upright=True, reduction=8)
    assert done == 1
    np.testing.assert_array_equal(pixels, read_image(path, upright=True))
    assert read_reduced(path, upright=False, reduction=8)[1] == 8


def test_other_files_come_in_full(tmp_path):
    path = tmp_path / "a.png"
    cv2.imwrite(str(path), picture((64, 64)))
    pixels, done = rgb(path, upright=True, reduction=4)
    assert (pixels.shape, done) == ((64, 64, 3), 1)


def test_a_truncated_file_is_refused(tmp_path):
    path = written(tmp_path / "a.jpg", picture((480, 640)))
    path.write_bytes(path.read_bytes()[:4000])
    with pytest.raises(UnusableError, match="truncated"):
        read_reduced(path, upright=True, reduction=8)


@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.parametrize(("size", "decoded"), [((480, 640), 2), ((481, 641), 2), ((300, 400), 1)])
def test_a_thumbnail_is_made_of_a_picture_that_is_no_smaller(tmp_path, size, decoded, orientation):
    exif = pillow.Exif()
    exif[0x0112] = orientation
    path = written(tmp_path / "a.jpg", picture(size), exif=exif)
    for upright in (True, False):
        full = read_image(path, upright=upright)
        bgr, known = read_small(path, 320, upright=upright, content=path.read_bytes())
        assert known == full.shape[:2]
        assert max(bgr.shape) >= 320 or decoded == 1
        if not (upright and size[0] % 2):  # that might be cut on the wrong side
            assert np.abs(bgr[..., ::-1] - shrunk(full, decoded)).max() < 6
