"""Masks by their runs, against the masks themselves."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from cocosynth.coco.runs import areas, pixels_within, spans_of, tight_boxes

MASKS = st.lists(
    arrays.arrays(np.bool_, st.tuples(st.integers(1, 9), st.integers(1, 9))), max_size=6
)


def _runs(mask):
    """Return run lengths column by column, zeros first, one after the other."""
    runs, value = [0], False
    for pixel in mask.T.ravel():
        if pixel != value:
            runs.append(0)
            value = pixel
        runs[-1] += 1
    return runs


def _spans(masks):
    runs = [_runs(mask) for mask in masks]
    starts = np.cumsum([0, *map(len, runs)])[:-1]
    heights = np.array([len(mask) for mask in masks], dtype=np.int64)
    return spans_of(np.array([n for each in runs for n in each], dtype=np.int64), starts, heights)


@given(masks=MASKS)
def test_areas_are_those_of_the_masks(masks):
    assert areas(_spans(masks)).tolist() == [int(mask.sum()) for mask in masks]


@given(masks=MASKS)
def test_boxes_are_tight_around_the_masks(masks):
    for mask, box in zip(masks, tight_boxes(_spans(masks)), strict=True):
        rows, columns = np.nonzero(mask)
        if len(rows):
            right, bottom = columns.max() + 1, rows.max() + 1
            assert box.tolist() == [columns.min(), rows.min(), right, bottom]
        else:
            assert np.isnan(box).all()


@given(masks=MASKS, data=st.data())
def test_the_pixels_in_a_box_are_counted(masks, data):
    boxes = []
    for height, width in (mask.shape for mask in masks):
        left, right = sorted(data.draw(st.tuples(st.integers(0, width), st.integers(0, width))))
        top, bottom = sorted(data.draw(st.tuples(st.integers(0, height), st.integers(0, height))))
        boxes.append((left, top, right, bottom))
    found = pixels_within(_spans(masks), np.array(boxes, dtype=np.float64).reshape(-1, 4))
    assert found.tolist() == [
        int(mask[top:bottom, left:right].sum())
        for mask, (left, top, right, bottom) in zip(masks, boxes, strict=True)
    ]
