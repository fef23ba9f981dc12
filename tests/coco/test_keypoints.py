"""Keypoints: checked where they are read, right where they are shown."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocosynth.coco.keypoints import (
    labelled,
    read_keypoints,
    shown_keypoints,
    swapped,
    within_photo,
)
from cocosynth.coco.records import AnnotationRecord
from cocosynth.core.errors import UnusableError
from cocosynth.core.geometry import mirrors, moved, quantized, rebased, translation
from cocosynth.core.values import Box, Category, Keypoint

FACE = Category(1, "face", "body", ("nose", "left_eye", "right_eye"), ((1, 2), (1, 3)))
POINTS = (Keypoint(10, 20, 2), Keypoint(30, 5, 2), Keypoint(4, 6, 1))
SIZE = (50, 60)
CANVAS = Box(0, 0, *SIZE)
STILL = quantized(np.eye(3))
NOWHERE = (0, 0, 0)


def shown(points=POINTS, matrix=STILL, hidden=lambda row, col: False, category=FACE, within=CANVAS):
    return shown_keypoints(points, category=category, matrix=matrix, within=within, hidden=hidden)


def test_what_does_not_move_stays_as_it_is():
    assert shown() == POINTS


def test_whole_pixels_stay_whole_and_go_where_the_pixels_go():
    assert shown(matrix=quantized(translation(7, -3))) == ((17, 17, 2), (37, 2, 2), (11, 3, 1))


def test_a_mirror_swaps_left_and_right_and_keeps_pixel_places():
    """Column x of an image 60 wide is column 59 - x of its mirror image."""
    mirror = quantized(np.array([[-1.0, 0, 60], [0, 1, 0], [0, 0, 1]]))
    assert shown(matrix=mirror) == ((49, 20, 2), (55, 6, 1), (29, 5, 2))


def test_upside_down_is_a_mirror_as_well_and_both_at_once_are_a_turn():
    upside_down = quantized(np.array([[1.0, 0, 0], [0, -1, 50], [0, 0, 1]]))
    assert shown(matrix=upside_down) == ((10, 29, 2), (4, 43, 1), (30, 44, 2))
    both = quantized(np.array([[-1.0, 0, 60], [0, -1, 50], [0, 0, 1]]))
    assert shown(matrix=both) == ((49, 29, 2), (29, 44, 2), (55, 43, 1))


def test_a_turn_swaps_nothing():
    turn = quantized(np.array([[0.0, 1, 0], [-1, 0, 40], [0, 0, 1]]))
    assert shown(matrix=turn) == ((20, 29, 2), (5, 9, 2), (6, 35, 1))


def test_a_mirror_in_perspective_is_seen_wherever_points_are_counted_from():
    """Counted from a far corner of its photo, the horizon may lie between that and the object."""
    tilted = quantized(np.array([[-1.0, 0, 60], [0, 1, 0], [0.01, 0, 1]]))
    far = rebased(tilted, -150, 0)
    assert far[2][2] < 0
    assert mirrors(tilted)
    assert mirrors(far)
    here = shown(matrix=tilted)
    moved_points = tuple(Keypoint(p.x + 150, p.y, p.visibility) for p in POINTS)
    assert shown(moved_points, matrix=far) == here


def test_what_lies_behind_the_horizon_is_not_in_the_image():
    tilted = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.05, 0.0, -1.0))
    assert moved((10.5, 20.5), tilted)[0] < 0 < moved((30.5, 5.5), tilted)[0]
    assert shown(matrix=tilted)[0] == NOWHERE
    upon_it = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (1 / 10.5, 0.0, -1.0))
    assert shown(matrix=upon_it)[0] == NOWHERE


def test_what_something_covers_is_labelled_but_not_visible():
    found = shown(hidden=lambda row, col: (row, col) == (20, 10))
    assert found == ((10, 20, 1), *POINTS[1:])
    assert labelled(found) == 3


def test_what_leaves_the_canvas_is_not_labelled():
    found = shown(matrix=quantized(translation(-11, 0)))
    assert found == (NOWHERE, (19, 5, 2), NOWHERE)
    assert labelled(found) == 1


def test_what_leaves_the_part_that_shows_its_picture_is_not_labelled():
    assert shown(within=Box(10, 0, 50, 60)) == (POINTS[0], NOWHERE, NOWHERE)


def test_a_point_on_the_border_stays_inside_of_the_image():
    assert shown(matrix=quantized(translation(-10.4, -20.2)))[0] == (0, 0, 2)


def test_what_a_photo_does_not_show_is_not_labelled():
    assert within_photo(POINTS, (10, 60)) == (NOWHERE, *POINTS[1:])
    assert within_photo(POINTS, (2, 2)) == ()


def test_a_category_without_names_for_them_gets_none():
    assert shown(category=Category(1, "face", "body")) == ()


def test_an_object_without_keypoints_has_every_one_of_its_category_unlabelled():
    assert shown((), matrix=None) == (NOWHERE,) * 3


@given(st.lists(st.floats(-50, 110), min_size=6, max_size=6), st.integers(0, 2**32 - 1))
def test_every_labelled_point_lies_where_the_matrix_says(places, seed):
    rng = np.random.default_rng(seed)
    scales = [[1, 1, 40], [1, 1, 40], [1e-3, 1e-3, 0]]
    matrix = quantized(np.eye(3) + rng.uniform(-1, 1, (3, 3)) * scales)
    points = tuple(Keypoint(*places[i : i + 2], 2) for i in range(0, 6, 2))
    found = shown((*points[:2], points[2]), matrix)
    back = [0, 2, 1] if mirrors(matrix) else [0, 1, 2]
    for place, (x, y, visibility) in enumerate(found):
        source = np.array([points[back[place]].x + 0.5, points[back[place]].y + 0.5, 1])
        across, down, nearness = np.array(matrix) @ source
        inside = nearness > 0 and 0 <= down < 50 * nearness and 0 <= across < 60 * nearness
        assert (visibility > 0) == inside
        if inside:
            assert abs(x - max(across / nearness - 0.5, 0)) < 0.006
            assert abs(y - max(down / nearness - 0.5, 0)) < 0.006
        else:
            assert (x, y) == (0, 0)


def test_sides_are_known_at_either_end_of_a_name():
    names = ["left_eye", "eye_right", "eye_left", "right_eye", "left_ear"]
    assert swapped(names) == [3, 2, 1, 0, 4]


def test_a_list_of_pairs_takes_the_place_of_what_names_tell():
    names = ("near", "far", "left_eye", "right_eye")
    assert swapped(names, [("near", "far")]) == [1, 0, 2, 3]
    assert swapped(names, []) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (b"[1, 2]", "keypoints are not x, y, visibility"),
        (b"5", "keypoints are not x, y, visibility"),
        (b"{", "keypoints cannot be read"),
        (b'[1, 2, "2"]', "keypoints hold what is not a number"),
        (b"[1, NaN, 2]", "keypoints cannot be read"),
        (b"[1, 1e99, 2]", "keypoints hold what is not a number"),
        (b"[1, 1" + b"0" * 400 + b", 2]", "keypoints (hold|cannot)"),
        (b"[1, 2, true]", "keypoints hold what is not a number"),
        (b"[1, 2, 3]", "keypoints have a visibility other than"),
    ],
)
def test_a_malformed_value_is_refused_with_its_reason(text, reason):
    with pytest.raises(UnusableError, match=reason):
        read_keypoints(AnnotationRecord(1, 1, 1, keypoints=text))


def test_nothing_is_read_where_nothing_is_labelled():
    assert read_keypoints(AnnotationRecord(1, 1, 1, keypoints=b"[0, 0, 0]")) == ()
    assert read_keypoints(AnnotationRecord(1, 1, 1)) == ()
    assert read_keypoints(None) == ()
