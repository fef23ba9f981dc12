"""Many segmentations measured at once, against each of them alone."""

import json

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocosynth.coco.many_masks import measured, surely_some
from cocosynth.coco.masks import box_and_area
from cocosynth.coco.rle import encode
from cocosynth.core.errors import UnusableError


def drawn(seed):
    """Draw segmentations of all kinds, and the sizes of their images."""
    rng = np.random.default_rng(seed)
    return [_drawn(rng, tuple(map(int, rng.integers(1, 70, 2)))) for _ in range(30)]


def _drawn(rng, size):
    if rng.random() < 0.25:
        mask = rng.random(size) < rng.choice([0, 0.02, 0.5, 1])
        return {"size": list(size), "counts": encode(mask)}, size
    return [_polygon(rng).ravel().tolist() for _ in range(rng.integers(1, 5))], size


def _polygon(rng):
    shape = rng.integers(3, 9), 2
    kinds = [
        lambda: rng.uniform(-20, 80, shape),
        lambda: rng.uniform(-20, 80, shape).round(1),
        lambda: rng.integers(-3, 75, shape).astype(float),
        lambda: rng.integers(0, 20, shape) / 2,  # on the fine grid of pycocotools
        lambda: (rng.uniform(0, 1, shape) * rng.choice([1, 60], 2) + 20).round(2),
        lambda: np.tile(rng.uniform(0, 60, shape), (2, 1)),  # walked twice: nothing is inside
    ]
    return kinds[rng.integers(len(kinds))]()


def _together(found):
    texts = [msgspec.Raw(json.dumps(segmentation).encode()) for segmentation, _ in found]
    return texts, np.array([size for _, size in found])


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_boxes_and_areas_are_those_of_each_alone(seed):
    found = drawn(seed)
    many = measured(*_together(found))
    assert many.known.all()
    for number, (segmentation, size) in enumerate(found):
        alone = box_and_area(segmentation, size)
        area = int(many.areas[number])
        assert (tuple(many.boxes[number]), area) == alone if alone else area == 0


@settings(max_examples=20, deadline=None)
@given(seed=st.integers(0, 10**6))
def test_what_surely_has_pixels_has_some(seed):
    found = drawn(seed)
    for is_sure, (segmentation, size) in zip(surely_some(*_together(found)), found, strict=True):
        assert not is_sure or box_and_area(segmentation, size)


@pytest.mark.parametrize("at", [(0, 0), (37, 5), (-6, 40)])
def test_an_object_of_a_few_pixels_is_surely_there(at):
    x, y = at
    hull = [x, y, x + 12, y, x + 12, y + 8, x, y + 8]
    assert surely_some(*_together([([hull], (64, 64))])) == (x + 12 > 0)


UNUSABLE = [
    None, [], {}, 7, [[]], [[1, 2, 3, 4]], [[1, 1, 9, 1, 9, 9, 1]], [[1, 1, 9, 1, 9, "9"]],
    [[1, 1, 9, 1, 9, 9], 5], [[1, 1, 9e9, 1, 9, 9e9]], {"size": [9, 9], "counts": "x y"},
    {"size": [8, 9], "counts": "Q21"}, {"size": [9, 9], "counts": ""}, {"size": [9, 9]},
]  # fmt: skip


def test_what_cannot_be_used_is_left_to_be_named():
    good = [[1, 1, 8, 1, 8, 8, 1, 8]], (9, 9)
    texts, sizes = _together([good, *((one, (9, 9)) for one in UNUSABLE), good])
    texts.append(msgspec.Raw(b"[[1, 1, 8, 1, 8, 8}"))
    sizes = np.concatenate((sizes, [[9, 9]]))
    known = [True, *(False for _ in UNUSABLE), True, False]
    assert measured(texts, sizes).known.tolist() == known
    assert surely_some(texts, sizes).tolist() == known
    for one in UNUSABLE:
        with pytest.raises(UnusableError):
            box_and_area(one, (9, 9))


def test_nothing_is_nothing():
    none = np.zeros((0, 2), dtype=np.int64)
    assert measured([], none).boxes.shape == (0, 4)
    assert surely_some([], none).shape == (0,)
