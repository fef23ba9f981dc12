"""The label image against painting by hand: who is on top, what is visible, what is refused."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from strategies import masks

from cocosynth.coco.masks import box_of
from cocosynth.core.values import Box, Layer
from cocosynth.labels.background_layers import BackgroundLayers
from cocosynth.labels.label_image import LabelImage, Limits

OPEN = Limits(max_truncation=1, max_overlap=1, min_visibility=0, min_area=0)


def empty(size):
    return BackgroundLayers(np.zeros(size, np.uint16), ())


@st.composite
def pastes(draw):
    """Draw a canvas, as narrow as one pixel too, and masks with their places, also half outside."""
    height, width = draw(st.integers(1, 16)), draw(st.integers(1, 16))
    some = masks(st.tuples(st.integers(1, 12), st.integers(1, 12))).filter(np.any)
    place = st.tuples(some, st.integers(-8, height), st.integers(-8, width))
    return (height, width), draw(st.lists(place, max_size=6))


def painted(canvas, mask, row, col, number):
    """Return the canvas with a mask painted into it, pixel by pixel."""
    result = canvas.copy()
    for y, x in np.argwhere(mask):
        if 0 <= row + y < canvas.shape[0] and 0 <= col + x < canvas.shape[1]:
            result[row + y, col + x] = number
    return result


@given(pastes())
def test_labels_are_what_painting_one_after_the_other_gives(drawn):
    size, placed = drawn
    label_image, expected = LabelImage(empty(size), OPEN), np.zeros(size, int)
    for mask, row, col in placed:
        place = Box(row, col, row + mask.shape[0], col + mask.shape[1])
        assert label_image.paste(mask, int(mask.sum()), place, category_id=1)
        expected = painted(expected, mask, row, col, len(label_image.layers))
        np.testing.assert_array_equal(label_image.labels, expected)


@given(pastes())
def test_the_box_of_a_layer_is_tight_whether_or_not_that_of_the_mask_is_known(drawn):
    size, placed = drawn
    known, unknown = LabelImage(empty(size), OPEN), LabelImage(empty(size), OPEN)
    for mask, row, col in placed:
        place = Box(row, col, row + mask.shape[0], col + mask.shape[1])
        area = int(mask.sum())
        known.paste(mask, area, place, category_id=1, tight=box_of(mask))
        unknown.paste(mask, area, place, category_id=1)
        box = box_of(painted(np.zeros(size, int), mask, row, col, 1) > 0)
        assert box in (None, known.layers[-1].box)
    assert [layer.box for layer in known.layers] == [layer.box for layer in unknown.layers]


@given(pastes(), st.floats(0, 1), st.floats(0, 1), st.integers(0, 9))
def test_no_paste_breaks_a_limit_and_a_refused_one_changes_nothing(drawn, seen, overlap, area):
    size, placed = drawn
    limits = Limits(max_truncation=0.5, max_overlap=overlap, min_visibility=seen, min_area=area)
    label_image, full = LabelImage(empty(size), limits), {}
    for mask, row, col in placed:
        before, place = (
            label_image.labels.copy(),
            Box(row, col, row + mask.shape[0], col + mask.shape[1]),
        )
        number = len(label_image.layers) + 1
        after = painted(before, mask, row, col, number)
        done = label_image.paste(mask, int(mask.sum()), place, category_id=1)
        np.testing.assert_array_equal(label_image.labels, after if done else before)
        if done:
            full[number] = int(mask.sum())
            assert (after == number).sum() >= max(area, 0.5 * full[number])
            for other, whole in full.items():
                left = (after == other).sum()
                assert left >= max(area, seen * whole)
                lost = (before == other).sum() - left
                if other != number:
                    assert lost <= overlap * min((before == other).sum(), (after == number).sum())


@given(pastes(), st.lists(st.integers(0, 3), min_size=6, max_size=6))
def test_objects_of_any_depth_lie_as_if_they_had_been_painted_in_order(drawn, depths):
    size, placed = drawn
    label_image = LabelImage(empty(size), OPEN)
    for (mask, row, col), depth in zip(placed, depths, strict=False):
        place = Box(row, col, row + mask.shape[0], col + mask.shape[1])
        assert label_image.paste(mask, int(mask.sum()), place, category_id=1, depth=depth)
    order = label_image.z_order()
    assert order == sorted(range(len(placed)), key=lambda number: (depths[number], number))
    label_image.reorder(order)
    expected = np.zeros(size, int)
    for number, old in enumerate(order, start=1):
        expected = painted(expected, *placed[old], number)
        assert label_image.layers[number - 1].placement == number - 1
        assert label_image.layers[number - 1].full_area == placed[old][0].sum()
    np.testing.assert_array_equal(label_image.labels, expected)


@given(
    pastes(),
    st.lists(st.integers(0, 3), min_size=6, max_size=6),
    *(st.floats(0, 1), st.floats(0, 1), st.integers(0, 9)),
)
def test_no_paste_behind_others_breaks_a_limit(drawn, depths, seen, overlap, area):
    size, placed = drawn
    limits = Limits(max_truncation=0.5, max_overlap=overlap, min_visibility=seen, min_area=area)
    label_image, full = LabelImage(empty(size), limits), {}
    for (mask, row, col), depth in zip(placed, depths, strict=False):
        before = label_image.labels.copy()
        place = Box(row, col, row + mask.shape[0], col + mask.shape[1])
        number = len(label_image.layers) + 1
        done = label_image.paste(mask, int(mask.sum()), place, category_id=1, depth=depth)
        after = label_image.labels
        if not done:
            np.testing.assert_array_equal(after, before)
            continue
        alone = painted(np.zeros(size, int), mask, row, col, 1) == 1
        assert alone.sum() >= 0.5 * mask.sum()
        full[number] = int(mask.sum()), depth
        for other, (whole, other_depth) in full.items():
            left, was = (after == other).sum(), (before == other).sum()
            assert left >= max(area, seen * whole)
            if other != number and other_depth > depth:
                assert left == was
                assert (alone & (before == other)).sum() <= overlap * min(was, alone.sum())
            elif other != number:
                assert was - left <= overlap * min(was, (after == number).sum())


def test_a_layer_of_the_background_may_vanish_but_not_nearly():
    labels = np.zeros((10, 10), np.uint16)
    labels[2:6, 2:6] = 1
    layer = Layer(category_id=1, full_area=16, box=Box(2, 2, 6, 6), annotation_id=5)
    limits = Limits(max_truncation=0, max_overlap=1, min_visibility=0.5, min_area=4)
    whole, most = np.ones((4, 4), bool), np.ones((4, 3), bool)
    for mask, expected in ((most, False), (whole, True)):
        label_image = LabelImage(BackgroundLayers(labels.copy(), (layer,)), limits)
        place = Box(2, 2, 2 + mask.shape[0], 2 + mask.shape[1])
        assert label_image.paste(mask, mask.size, place, category_id=1) is expected
