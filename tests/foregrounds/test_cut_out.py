"""Objects are cut out of their photographs with their own pixels, and no others."""

from pathlib import Path

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import images, masks, readonly, sizes

from cocosynth.coco.masks import box_of
from cocosynth.core import images as image_files
from cocosynth.core.errors import UnusableError
from cocosynth.core.values import Borders, Box
from cocosynth.foregrounds.cut_instance import cut_instance
from cocosynth.foregrounds.cut_out import MARGIN, alpha_of_cutout, cut_out
from cocosynth.foregrounds.edge_colors import spread_colors, without_halo, without_rim
from cocosynth.foregrounds.plain_background import object_on_plain
from cocosynth.sources.catalogue import Cut

# Eileen Collins, cut out and put on white: NASA, public domain, https://flic.kr/p/r9qvLn
ASTRONAUT = Path(__file__).parent / "astronaut_on_white.jpg"


@st.composite
def photographs(draw):
    """Draw an image and an alpha channel of every softness, with at least one mask pixel."""
    size = draw(sizes(20))
    image = draw(images(st.just(size)))
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    alpha = rng.integers(0, 256, size, dtype=np.uint8)
    alpha[~draw(masks(size))] = 0
    alpha[rng.integers(size[0]), rng.integers(size[1])] = 255
    return image, readonly(alpha)


def cut(image, alpha):
    return cut_out(image, alpha, category="dog")


def square(top, left, bottom, right, size=(20, 30)):
    alpha = np.zeros(size, dtype=np.uint8)
    alpha[top:bottom, left:right] = 255
    return readonly(alpha)


GREY = readonly(np.full((20, 30, 3), 90, dtype=np.uint8))


@given(photographs())
def test_an_instance_holds_the_pixels_of_its_box(photograph):
    image, alpha = photograph
    instance = cut(image, alpha)
    box = instance.box.clipped(alpha.shape)
    inner = box.moved(-instance.box.top, -instance.box.left)
    np.testing.assert_array_equal(instance.rgba[inner.slices][..., :3], image[box.slices])


@given(photographs())
def test_every_mask_pixel_is_in_the_instance_and_no_other(photograph):
    image, alpha = photograph
    instance = cut(image, alpha)
    whole = np.zeros((alpha.shape[0] + 2 * MARGIN, alpha.shape[1] + 2 * MARGIN), dtype=bool)
    whole[instance.box.moved(MARGIN, MARGIN).slices] = instance.rgba[..., 3] >= 128
    np.testing.assert_array_equal(whole[MARGIN:-MARGIN, MARGIN:-MARGIN], alpha >= 128)


@given(photographs())
def test_the_box_is_the_masks_and_a_margin(photograph):
    image, alpha = photograph
    top, left, bottom, right = box_of(alpha >= 128)
    wanted = Box(top - MARGIN, left - MARGIN, bottom + MARGIN, right + MARGIN)
    assert cut(image, alpha).box == wanted


@given(photographs())
def test_the_area_is_the_number_of_mask_pixels(photograph):
    image, alpha = photograph
    assert cut(image, alpha).area == (alpha >= 128).sum()


@given(photographs())
def test_the_outermost_ring_is_transparent(photograph):
    alpha = cut(*photograph).rgba[..., 3]
    assert not alpha[[0, -1]].any()
    assert not alpha[:, [0, -1]].any()


def test_soft_alpha_near_the_object_is_kept():
    alpha = square(5, 5, 9, 9).copy()
    alpha[4, 5:9] = 60
    assert (cut(GREY, alpha).rgba[MARGIN - 1, MARGIN:-MARGIN, 3] == 60).all()


@pytest.mark.parametrize(
    ("box", "borders"),
    [
        ((5, 5, 9, 9), Borders()),
        ((0, 5, 9, 9), Borders(top=True)),
        ((5, 0, 9, 9), Borders(left=True)),
        ((5, 5, 20, 9), Borders(bottom=True)),
        ((5, 5, 9, 30), Borders(right=True)),
        ((1, 5, 9, 9), Borders(top=True)),
        ((5, 1, 9, 9), Borders(left=True)),
        ((5, 5, 19, 9), Borders(bottom=True)),
        ((5, 5, 9, 29), Borders(right=True)),
        ((2, 2, 18, 28), Borders()),
        ((0, 0, 20, 30), Borders(top=True, left=True, bottom=True, right=True)),
    ],
)
def test_borders_within_a_pixel_of_the_object_cut_it(box, borders):
    assert cut(GREY, square(*box)).borders == borders


@pytest.mark.parametrize(
    ("side", "gap", "is_cut"),
    [(640, 3, True), (640, 4, False), (500, 2, True), (500, 3, False), (200, 2, False)],
)
def test_an_outline_that_a_person_drew_is_cut_where_it_ends_pixels_short(side, gap, is_cut):
    size = (side // 2, side)
    image = np.full((*size, 3), 90, dtype=np.uint8)
    for box, borders in (
        ((gap, 60, 80, 90), Borders(top=True)),
        ((60, gap, 80, 90), Borders(left=True)),
        ((60, 60, size[0] - gap, 90), Borders(bottom=True)),
        ((60, 60, 80, size[1] - gap), Borders(right=True)),
    ):
        alpha = square(*box, size)
        drawn = cut_out(image, alpha, category="dog", annotation_id=1)
        assert drawn.borders == (borders if is_cut else Borders())
        assert cut(image, alpha).borders == Borders()


@pytest.mark.parametrize(
    ("box", "borders"),
    [
        ((0, 0, 40, 60), Borders()),
        ((0, 1, 38, 58), Borders()),  # a soft edge, of which the mask is a part
        ((4, 4, 36, 56), Borders()),
        ((0, 5, 40, 60), Borders(top=True, bottom=True, right=True)),
        ((20, 10, 40, 50), Borders(bottom=True)),
    ],
)
def test_a_picture_trimmed_to_its_object_does_not_cut_it(box, borders):
    rgba = np.full((40, 60, 4), 90, dtype=np.uint8)
    rgba[..., 3] = square(*box, size=(40, 60))
    rgba[20, 30, 3] = 0  # a hole: alpha that says something
    instance = cut_instance(readonly(rgba), Cut("dog"))
    assert instance.borders == borders
    assert (instance.whole == 1) == (not any(borders))


def test_an_instance_tells_its_category_and_annotation():
    instance = cut_out(GREY, square(5, 5, 9, 9), category="cat", annotation_id=7)
    assert (instance.category, instance.annotation_id) == ("cat", 7)


@pytest.mark.parametrize("alpha", [0, 127])
def test_an_empty_mask_is_refused(alpha):
    with pytest.raises(UnusableError, match="mask has no pixel"):
        cut(GREY, np.full((20, 30), alpha, dtype=np.uint8))


# Pictures the user made


def alpha_of(picture, mask=None):
    return alpha_of_cutout(picture, mask, threshold=12).alpha


def opaque(image):
    return readonly(np.dstack((image, np.full(image.shape[:2], 255, dtype=np.uint8))))


def mask_file(grey, alpha=255):
    return readonly(np.dstack((grey, grey, grey, np.full_like(grey, alpha))))


def test_the_alpha_channel_is_the_object():
    alpha = square(5, 5, 9, 9)
    found = alpha_of(readonly(np.dstack((GREY, alpha))))
    np.testing.assert_array_equal(found, alpha)


def test_white_in_the_mask_file_is_the_object():
    alpha = square(5, 5, 9, 9)
    found = alpha_of(opaque(GREY), mask_file(alpha))
    np.testing.assert_array_equal(found, alpha)


def test_a_mask_file_goes_before_the_alpha_channel():
    picture = readonly(np.dstack((GREY, square(0, 0, 20, 15))))
    alpha = square(5, 5, 9, 9)
    np.testing.assert_array_equal(alpha_of(picture, mask_file(alpha)), alpha)


def test_a_mask_file_may_hold_zeros_and_ones():
    alpha = square(5, 5, 9, 9)
    found = alpha_of(opaque(GREY), mask_file(alpha // 255))
    np.testing.assert_array_equal(found, alpha)


def test_a_soft_mask_file_stays_soft():
    soft = readonly(np.tile(np.arange(30, dtype=np.uint8) * 8, (20, 1)))
    found = alpha_of(opaque(GREY), mask_file(soft))
    np.testing.assert_array_equal(found, soft)


def test_a_coloured_mask_file_counts_its_brightest_channel():
    mask = np.zeros((20, 30, 4), dtype=np.uint8)
    mask[..., 3] = 255
    mask[5:9, 5:9, 0] = 200
    found = alpha_of(opaque(GREY), readonly(mask))
    np.testing.assert_array_equal(found, mask[..., 0])


def test_transparent_pixels_of_a_mask_file_are_not_the_object():
    found = alpha_of(opaque(GREY), mask_file(np.full((20, 30), 255, np.uint8), alpha=0))
    assert not found.any()


def test_a_mask_file_of_another_size_is_refused():
    with pytest.raises(UnusableError, match="not of the picture's size"):
        alpha_of(opaque(GREY), mask_file(square(1, 1, 5, 5, (30, 20))))


# Plain backgrounds


def found_on_plain(image, threshold=12):
    return object_on_plain(image, threshold=threshold).mask


def on_plain(background=(255, 255, 255), body=(40, 80, 160)):
    """Return a picture of an object with a spot and a speck of the background's colour in it."""
    image = np.full((60, 80, 3), background, dtype=np.uint8)
    image[15:45, 20:60] = body
    image[25:31, 30:36] = background
    return image


def test_the_object_is_what_differs_from_the_background():
    mask = found_on_plain(readonly(on_plain()))
    assert box_of(mask) == (16, 21, 44, 59)  # a ring of mixed pixels is given to the background


@pytest.mark.parametrize("background", [(255, 255, 255), (0, 0, 0), (0, 200, 0), (128, 128, 128)])
def test_a_spot_of_the_backgrounds_colour_inside_the_object_is_object(background):
    mask = found_on_plain(readonly(on_plain(background)))
    assert mask[17:43, 22:58].all()


def test_a_bay_that_the_background_reaches_is_background():
    image = on_plain()
    image[28, 36:80] = 255
    assert not found_on_plain(readonly(image))[25:31, 30:36].any()


def test_colours_within_the_threshold_are_background():
    image = on_plain()
    image[5:12, 5:70] = 240  # a soft shadow, 5 units from white
    assert box_of(found_on_plain(image)) == (16, 21, 44, 59)
    assert box_of(found_on_plain(image, threshold=3)).top < 12


def test_dust_is_not_the_object():
    image = on_plain()
    image[3, 3] = 0
    assert box_of(found_on_plain(image)) == (16, 21, 44, 59)


def test_two_objects_are_kept():
    image = on_plain()
    image[50:58, 5:75] = 0
    assert found_on_plain(image)[52:56, 8:70].all()


def test_an_object_may_touch_the_border():
    image = on_plain()
    image[40:60, 30:50] = 0
    assert found_on_plain(image)[59, 32:48].all()


def test_a_background_that_is_not_plain_is_refused():
    image = np.random.default_rng(0).integers(0, 256, (40, 40, 3), dtype=np.uint8)
    with pytest.raises(UnusableError, match="background is not plain"):
        found_on_plain(readonly(image))


def test_a_picture_of_background_alone_is_refused():
    with pytest.raises(UnusableError, match="object does not stand out"):
        found_on_plain(GREY)


@pytest.mark.parametrize("size", [(1, 1), (1, 9), (2, 2)])
def test_a_tiny_picture_is_refused_in_peace(size):
    with pytest.raises(UnusableError):
        found_on_plain(np.full((*size, 3), 9, dtype=np.uint8))


@pytest.fixture(scope="module")
def astronaut():
    rgba = readonly(image_files.read_rgba(ASTRONAUT))
    return rgba, alpha_of(rgba) > 0


def test_the_white_parts_of_a_suit_on_white_stay_object(astronaut):
    rgba, mask = astronaut
    white = (rgba[..., :3] > 243).all(axis=2)
    assert (white & mask).sum() > 100


def test_the_object_on_white_has_no_hole(astronaut):
    from skimage import measure

    _, mask = astronaut
    outside = measure.label(np.pad(~mask, 1, constant_values=True), connectivity=1)
    assert outside.max() == 1


def test_the_white_around_the_object_is_background(astronaut):
    _, mask = astronaut
    assert not mask[:5, :5].any()
    assert 0.2 < mask.mean() < 0.8


# Colours of the rim


@given(photographs(), st.data())
def test_known_colours_stay(photograph, data):
    rgba = readonly(np.dstack(photograph))
    known = data.draw(masks(rgba.shape[:2]))
    spread = spread_colors(rgba, known)
    np.testing.assert_array_equal(spread[known], rgba[known])
    np.testing.assert_array_equal(spread[..., 3], rgba[..., 3])


@given(masks().filter(np.any))
def test_unknown_colours_are_those_of_a_nearest_known_pixel(known):
    rows, cols = np.indices(known.shape)
    zeros = np.zeros_like(rows)
    address = readonly(np.dstack((rows, cols, zeros, zeros)).astype(np.uint8))
    spread = spread_colors(address, known).astype(int)
    assert known[spread[..., 0], spread[..., 1]].all()
    chosen = np.hypot(spread[..., 0] - rows, spread[..., 1] - cols)
    every = np.argwhere(known)
    nearest = np.hypot(every[:, 0, None, None] - rows, every[:, 1, None, None] - cols).min(axis=0)
    assert (chosen <= 1.1 * nearest + 1e-9).all()


def test_where_nothing_is_known_the_image_is_copied():
    rgba = readonly(np.full((20, 30, 4), 90, dtype=np.uint8))
    spread = spread_colors(rgba, np.zeros((20, 30), dtype=bool))
    np.testing.assert_array_equal(spread, rgba)
    assert not np.shares_memory(spread, rgba)


def ball(rim):
    """Return a red square in a blue picture, its outermost pixels blue as well."""
    rgba = np.zeros((40, 40, 4), dtype=np.uint8)
    rgba[..., 2] = 255
    rgba[5 + rim : 35 - rim, 5 + rim : 35 - rim, :3] = 255, 0, 0
    rgba[5:35, 5:35, 3] = 255
    return readonly(rgba)


def test_transparent_pixels_take_the_colours_of_the_object():
    assert (without_halo(ball(0))[..., :3] == (255, 0, 0)).all()


def test_the_rim_takes_the_colours_found_farther_inside():
    assert (without_rim(ball(2), width=2)[..., :3] == (255, 0, 0)).all()


def test_without_width_the_object_keeps_its_rim():
    rgba = ball(2)
    cleaned = without_rim(rgba, width=0)
    mask = rgba[..., 3] == 255
    np.testing.assert_array_equal(cleaned[mask], rgba[mask])


def test_a_part_too_thin_for_an_inside_keeps_its_colours():
    rgba = ball(0).copy()
    rgba[:, 20:] = 0
    rgba[19:21, 20:40] = 0, 255, 0, 255
    cleaned = without_rim(rgba, width=2)
    assert (cleaned[19:21, 30:40, :3] == (0, 255, 0)).all()


@given(photographs())
def test_alpha_stays_whatever_becomes_of_colours(photograph):
    rgba = readonly(np.dstack(photograph))
    for cleaned in (without_halo(rgba), without_rim(rgba, width=2)):
        np.testing.assert_array_equal(cleaned[..., 3], rgba[..., 3])


def test_the_colours_of_a_cleaned_rim_do_not_run_out_in_streaks():
    """Each pixel of the rim takes the mean of several inside, not the one that is nearest."""
    rng = np.random.default_rng(0)
    mask = np.zeros((80, 80), bool)
    mask[10:70, 10:70] = True
    grain = rng.integers(60, 200, (80, 80, 1), dtype=np.uint8).repeat(3, axis=2)
    rgba = np.dstack([grain, np.where(mask, 255, 0).astype(np.uint8)])
    rgba[~mask, 1] = 255
    cleaned = without_rim(rgba, width=2).astype(int)
    nearest = spread_colors(rgba, cv2.erode(mask.view(np.uint8), np.ones((5, 5))) > 0).astype(int)
    assert (cleaned[12:68, 12:68] == rgba[12:68, 12:68]).all()
    rim, streaks = cleaned[10, 15:65, 0], nearest[10, 15:65, 0]
    assert np.abs(np.diff(rim)).mean() < 0.5 * np.abs(np.diff(streaks)).mean()
    assert rim.mean() == pytest.approx(streaks.mean(), abs=5)
    assert (cleaned[..., 1] == cleaned[..., 0]).all()  # nothing of the green around it
    assert (cleaned[..., 3] == rgba[..., 3]).all()


@pytest.mark.parametrize("box", [(0, 0, 4, 9), (5, 7, 6, 8), (20, 3, 30, 31), (2, 33, 29, 40)])
def test_an_alpha_of_a_part_cuts_out_the_same(box):
    top, left, bottom, right = box
    rng = np.random.default_rng(0)
    image = rng.integers(0, 255, (30, 40, 3), dtype=np.uint8)
    alpha = np.zeros((30, 40), dtype=np.uint8)
    alpha[top:bottom, left:right] = 255 * (rng.random((bottom - top, right - left)) < 0.8)
    alpha[top, left] = alpha[bottom - 1, right - 1] = 255
    whole = cut_out(image, alpha, category="dog")
    part = alpha[top:bottom, left:right]
    found = cut_out(image, part, category="dog", origin=(top, left))
    assert np.array_equal(found.rgba, whole.rgba)
    assert (found.box, found.area, found.borders) == (whole.box, whole.area, whole.borders)
    assert np.array_equal(found.octagon, whole.octagon)
