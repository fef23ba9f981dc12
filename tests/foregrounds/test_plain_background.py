"""What stands on a plain background is cut out without its shadow, and with its thin parts."""

import cv2
import numpy as np
import pytest
from strategies import readonly

from cocosynth.coco.masks import box_of
from cocosynth.core.errors import UnusableError
from cocosynth.foregrounds.cut_out import alpha_of_cutout
from cocosynth.foregrounds.plain_background import object_on_plain

SIZE = 220
ROWS, COLS = np.indices((SIZE, SIZE)) - (SIZE - 1) / 2
SHAPES = {
    "disk": np.hypot(ROWS, COLS) <= 55,
    "box": (abs(ROWS) <= 45) & (abs(COLS) <= 55),
    "cross": (np.minimum(abs(ROWS), abs(COLS)) <= 18) & (np.maximum(abs(ROWS), abs(COLS)) <= 60),
}
PAINTS = {
    "red": ("disk", (190, 45, 40)),
    "blue": ("box", (40, 80, 160)),
    "dark grey": ("cross", (60, 60, 60)),
    "grey": ("disk", (95, 95, 95)),
    "green": ("cross", (40, 130, 60)),
}


def light(levels):
    share = np.asarray(levels, dtype=np.float64) / 255
    return np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)


def levels(light):
    share = np.where(light <= 0.0031308, 12.92 * light, 1.055 * light ** (1 / 2.4) - 0.055)
    return np.clip(np.rint(255 * share), 0, 255).astype(np.uint8)


def photographed(
    mask, paint, *, plain=(255, 255, 255), taken=0.0, softness=10.0, quality=92, texture=12.0
):
    """Return a picture of an object with a shadow: `taken` is the share of light it takes."""
    rng = np.random.default_rng(0)
    marks = cv2.GaussianBlur(rng.normal(0, 1, mask.shape), (0, 0), 3) * 3 * texture
    body = light(np.clip(np.array(paint) + marks[..., None], 0, 255))
    share = cv2.GaussianBlur(mask.astype(np.float64), (0, 0), 0.7)[..., None]
    fallen = np.roll(mask.astype(np.float64), (14, 18), (0, 1))
    shade = 1 - taken * cv2.GaussianBlur(fallen, (0, 0), softness)[..., None]
    picture = levels(share * body + (1 - share) * shade * light(plain))
    picture = np.clip(picture + rng.normal(0, 1.5, picture.shape), 0, 255).astype(np.uint8)
    encoded = cv2.imencode(".jpg", picture, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
    return readonly(cv2.imdecode(encoded, cv2.IMREAD_COLOR))


def overlap(found, truth):
    return (found & truth).sum() / (found | truth).sum()


@pytest.mark.parametrize("paint", PAINTS)
@pytest.mark.parametrize("taken", [0.15, 0.3, 0.5, 0.7])
@pytest.mark.parametrize("softness", [6, 12, 25])
def test_a_soft_shadow_is_no_part_of_the_object(paint, taken, softness):
    shape, colour = PAINTS[paint]
    truth = SHAPES[shape]
    picture = photographed(truth, colour[::-1], taken=taken, softness=softness)
    mask, certain = object_on_plain(picture, threshold=12)
    assert overlap(mask, truth) > 0.9
    assert mask.sum() < 1.03 * truth.sum()
    assert certain


@pytest.mark.parametrize("plain", [(200, 200, 200), (220, 160, 120), (90, 190, 60)])
def test_a_shadow_on_a_background_of_another_colour_is_no_part_of_the_object(plain):
    truth = SHAPES["box"]
    picture = photographed(truth, (30, 40, 190), plain=plain, taken=0.5, softness=8)
    mask, certain = object_on_plain(picture, threshold=12)
    assert overlap(mask, truth) > 0.93
    assert certain


@pytest.mark.parametrize("quality", [60, 75, 95])
@pytest.mark.parametrize("paint", PAINTS)
def test_without_a_shadow_nothing_of_the_object_is_lost(paint, quality):
    shape, colour = PAINTS[paint]
    truth = SHAPES[shape]
    picture = photographed(truth, colour[::-1], quality=quality)
    mask, certain = object_on_plain(picture, threshold=12)
    assert overlap(mask, truth) > 0.93
    assert certain


def test_an_object_that_has_the_tone_of_its_shadow_is_refused():
    picture = photographed(SHAPES["disk"], (150, 150, 150), taken=0.7, softness=5, texture=0)
    with pytest.raises(UnusableError, match="object does not differ from its shadow"):
        object_on_plain(picture, threshold=12)


def test_a_border_that_can_hardly_be_seen_is_uncertain():
    picture = photographed(SHAPES["disk"], (222, 224, 225), texture=0)
    assert not object_on_plain(picture, threshold=8).certain


def test_an_object_that_has_the_tone_of_its_shadow_in_part_is_uncertain():
    picture = photographed(SHAPES["box"], (60, 60, 60), taken=0.7, softness=5, texture=0).copy()
    picture[SHAPES["box"] & (COLS > 0)] = 148  # as where the shadow is darkest
    assert not object_on_plain(readonly(picture), threshold=12).certain


def test_a_large_picture_is_cut_out_like_a_small_one():
    truth = cv2.resize(SHAPES["cross"].view(np.uint8), None, fx=7, fy=7) > 0
    picture = photographed(truth, (60, 60, 60), taken=0.5, softness=70, texture=3)
    mask, certain = object_on_plain(picture, threshold=12)
    assert overlap(mask, truth) > 0.95
    assert certain


# Thin parts


def drawn(width, colour=(120, 60, 40)):
    """Return a line of a width, its ends in whole pixels, and which pixels it covers."""
    picture = np.full((120, 220, 3), 255, dtype=np.uint8)
    picture[50 : 50 + width, 20:200] = colour
    return readonly(picture), (picture != 255).any(axis=2)


@pytest.mark.parametrize("width", [1, 2, 3, 4, 5, 6])
def test_a_thin_line_is_kept_whole(width):
    picture, truth = drawn(width)
    np.testing.assert_array_equal(object_on_plain(picture, threshold=12).mask, truth)


def test_a_thick_bar_loses_its_outermost_pixels():
    picture, truth = drawn(20)
    mask = object_on_plain(picture, threshold=12).mask
    assert box_of(mask) == (51, 21, 69, 199)


@pytest.mark.parametrize("width", [2, 3, 4])
def test_a_stalk_stays_with_what_it_carries(width):
    picture, _ = drawn(width)
    picture = picture.copy()
    cv2.circle(picture, (200, 51), 15, (120, 60, 40), -1)
    mask = object_on_plain(readonly(picture), threshold=12).mask
    assert cv2.connectedComponents(mask.view(np.uint8))[0] == 2
    assert mask[50 : 50 + width, 20:180].all()


@pytest.mark.parametrize("width", [2, 3, 4])
def test_a_thin_line_with_soft_edges_keeps_its_width(width):
    large = np.zeros((960, 1760), np.uint8)
    cv2.line(large, (160, 160), (1600, 800), 255, 8 * width)
    share = cv2.resize(large, (220, 120), interpolation=cv2.INTER_AREA)[..., None] / 255
    picture = levels(share * light((120, 60, 40)) + (1 - share) * light((255, 255, 255)))
    mask = object_on_plain(readonly(picture), threshold=12).mask
    assert overlap(mask, share[..., 0] >= 0.5) > 0.8


# Pictures that are masks


@pytest.mark.parametrize("quality", [None, 90])
def test_a_picture_that_is_a_mask_is_never_an_object(quality):
    mask = SHAPES["disk"].astype(np.uint8) * 255
    if quality:
        encoded = cv2.imencode(".jpg", mask, [cv2.IMWRITE_JPEG_QUALITY, quality])[1]
        mask = cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE)
    rgba = readonly(np.dstack((mask, mask, mask, np.full_like(mask, 255))))
    with pytest.raises(UnusableError, match="two colours only, as a mask has"):
        alpha_of_cutout(rgba, None, threshold=12)


@pytest.mark.parametrize("colours", [((0, 0, 0), (128, 0, 0)), ((255, 255, 255), (40, 80, 160))])
def test_a_picture_of_two_flat_colours_is_never_an_object(colours):
    rgba = np.full((SIZE, SIZE, 4), 255, dtype=np.uint8)
    rgba[..., :3] = np.where(SHAPES["disk"][..., None], colours[1], colours[0])
    with pytest.raises(UnusableError, match="two colours only, as a mask has"):
        alpha_of_cutout(readonly(rgba), None, threshold=12)


def test_a_mask_of_black_and_one_dark_colour_is_a_mask():
    mask = np.zeros((SIZE, SIZE, 4), dtype=np.uint8)
    mask[SHAPES["disk"], 2] = 64
    mask[..., 3] = 255
    picture = readonly(np.full((SIZE, SIZE, 4), 255, dtype=np.uint8))
    alpha = alpha_of_cutout(picture, readonly(mask), threshold=12).alpha
    np.testing.assert_array_equal(alpha, SHAPES["disk"] * np.uint8(255))
