"""Values that travel with an object: checked where they are read, right where they are shown."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocosynth.coco.fields import FIELDS, read_fields, shown_fields
from cocosynth.coco.fields.keypoints import swapped
from cocosynth.coco.records import CARRIED, AnnotationRecord
from cocosynth.core.errors import UnusableError
from cocosynth.core.geometry import quantized, translation
from cocosynth.core.values import Category

FACE = Category(1, "face", "body", ("nose", "left_eye", "right_eye"), ((1, 2), (1, 3)))
VALUE = [10, 20, 2, 30, 5, 2, 4, 6, 1]
SIZE = (50, 60)
STILL = quantized(np.eye(3))


def shown(value=VALUE, matrix=STILL, hidden=lambda row, col: False, category=FACE):
    keys = shown_fields(
        {"keypoints": value}, category=category, matrix=matrix, size=SIZE, hidden=hidden
    )
    return keys.get("keypoints"), keys.get("num_keypoints")


def test_every_key_that_is_carried_has_its_meaning():
    assert set(CARRIED) == set(FIELDS)


def test_what_does_not_move_stays_as_it_is():
    assert shown() == (VALUE, 3)


def test_whole_pixels_stay_whole_and_go_where_the_pixels_go():
    assert shown(matrix=quantized(translation(7, -3)))[0] == [17, 17, 2, 37, 2, 2, 11, 3, 1]


def test_a_mirror_swaps_left_and_right_and_keeps_pixel_places():
    """Column x of an image 60 wide is column 59 - x of its mirror image."""
    mirror = quantized(np.array([[-1.0, 0, 60], [0, 1, 0], [0, 0, 1]]))
    assert shown(matrix=mirror)[0] == [49, 20, 2, 55, 6, 1, 29, 5, 2]


def test_a_turn_swaps_nothing():
    turn = quantized(np.array([[0.0, 1, 0], [-1, 0, 40], [0, 0, 1]]))
    assert shown(matrix=turn)[0] == [20, 29, 2, 5, 9, 2, 6, 35, 1]


def test_what_something_covers_is_labelled_but_not_visible():
    value, count = shown(hidden=lambda row, col: (row, col) == (20, 10))
    assert value == [10, 20, 1, *VALUE[3:]]
    assert count == 3


def test_what_leaves_the_canvas_is_not_labelled():
    value, count = shown(matrix=quantized(translation(-11, 0)))
    assert value[:3] == [0, 0, 0]
    assert value[6:] == [0, 0, 0]
    assert count == 1


def test_a_category_without_names_for_them_gets_none():
    assert shown(category=Category(1, "face", "body")) == (None, None)


@given(st.lists(st.floats(-50, 110), min_size=6, max_size=6), st.integers(0, 2**32 - 1))
def test_numbers_add_up_whatever_the_matrix(places, seed):
    rng = np.random.default_rng(seed)
    matrix = quantized(np.eye(3) + rng.uniform(-1, 1, (3, 3)) * [[1, 1, 40], [1, 1, 40], [0] * 3])
    value = [n for i in range(0, 6, 2) for n in (*places[i : i + 2], 2)]
    found, count = shown(value, matrix)
    assert count == sum(v > 0 for v in found[2::3])
    for x, y, visibility in zip(found[::3], found[1::3], found[2::3], strict=True):
        inside = -0.5 <= x < SIZE[1] - 0.49 and -0.5 <= y < SIZE[0] - 0.49
        assert inside if visibility else (x, y) == (0, 0)


def test_sides_are_known_at_either_end_of_a_name():
    assert swapped(["left_eye", "eye_right", "eye_left", "right_eye", "left_ear"]) == [
        3,
        2,
        1,
        0,
        4,
    ]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"[1, 2]", "keypoints are not x, y, visibility"),
        (b"5", "keypoints are not x, y, visibility"),
        (b'[1, 2, "2"]', "keypoints hold what is not a number"),
        (b"[1, 2, true]", "keypoints hold what is not a number"),
        (b"[1, 2, 3]", "keypoints have a visibility other than"),
    ],
)
def test_a_malformed_value_is_refused_with_its_reason(text, reason):
    with pytest.raises(UnusableError, match=reason):
        read_fields(AnnotationRecord(1, 1, 1, keypoints=text))


def test_nothing_is_carried_where_nothing_is_labelled():
    assert read_fields(AnnotationRecord(1, 1, 1, keypoints=b"[0, 0, 0]")) == {}
    assert read_fields(AnnotationRecord(1, 1, 1)) == {}
    assert read_fields(None) == {}
