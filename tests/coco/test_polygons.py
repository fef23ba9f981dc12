"""Polygons rasterise back to the mask they came from, bit for bit."""

from itertools import islice

import numpy as np
import pytest
from hypothesis import example, given
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO
from strategies import masks, readonly, regions

from cocosynth.coco.polygons import polygons_of

HOLES_IN_HOLES = np.zeros((15, 15), dtype=bool)
for _ring in range(0, 8, 2):
    HOLES_IN_HOLES[_ring : 15 - _ring, _ring : 15 - _ring] = True
    HOLES_IN_HOLES[_ring + 1 : 14 - _ring, _ring + 1 : 14 - _ring] = False
CHESS = np.indices((9, 9)).sum(axis=0) % 2 == 0
TOUCHING_HOLES = np.ones((8, 8), dtype=bool)
TOUCHING_HOLES[[2, 3, 4, 4], [2, 3, 2, 4]] = False
for _mask in (HOLES_IN_HOLES, CHESS, TOUCHING_HOLES):
    readonly(_mask)


def drawn(polygons, size):
    """Rasterise polygons as pycocotools does for every reader of COCO files."""
    if not polygons:
        return np.zeros(size, dtype=bool)
    return coco_mask.decode(coco_mask.merge(coco_mask.frPyObjects(polygons, *size))).astype(bool)


@given(masks())
@example(HOLES_IN_HOLES)
@example(~HOLES_IN_HOLES)
@example(CHESS)
@example(~CHESS)
@example(TOUCHING_HOLES)
@example(np.zeros((3, 4), dtype=bool))
@example(np.ones((3, 4), dtype=bool))
def test_polygons_give_the_mask_back_bit_for_bit(mask):
    np.testing.assert_array_equal(drawn(polygons_of(mask), mask.shape), mask)


@pytest.mark.parametrize("density", [0.05, 0.3, 0.5, 0.6, 0.8, 0.97])
def test_large_noise_comes_back_bit_for_bit(density):
    mask = np.random.default_rng(0).random((90, 110)) < density
    np.testing.assert_array_equal(drawn(polygons_of(readonly(mask)), mask.shape), mask)


@given(regions())
def test_a_region_lands_at_its_origin(region):
    mask, (row, col), size = region
    whole = np.zeros(size, dtype=bool)
    whole[row : row + mask.shape[0], col : col + mask.shape[1]] = mask
    np.testing.assert_array_equal(drawn(polygons_of(mask, origin=(row, col)), size), whole)


@given(masks())
@example(HOLES_IN_HOLES)
def test_every_ring_is_a_flat_list_of_whole_numbers_and_at_least_three_points(mask):
    for ring in polygons_of(mask):
        assert len(ring) >= 6
        assert len(ring) % 2 == 0
        assert all(type(number) is int for number in ring)


def test_an_empty_mask_has_no_polygon():
    assert polygons_of(np.zeros((4, 4), dtype=bool)) == []


def test_parts_that_touch_at_a_corner_only_are_polygons_of_their_own():
    assert len(polygons_of(np.eye(3, dtype=bool))) == 3


def test_a_hole_adds_no_polygon():
    ring = np.ones((5, 5), dtype=bool)
    ring[2, 2] = False
    assert len(polygons_of(ring)) == 1


@pytest.mark.parametrize("split", ["train", "val"])
def test_real_masks_come_back_bit_for_bit(real_coco, split):
    coco = COCO(str(real_coco / "annotations" / f"instances_{split}2017.json"))
    some = islice(coco.anns.values(), 0, None, max(1, len(coco.anns) // 100))
    crowds = (annotation for annotation in coco.anns.values() if annotation["iscrowd"])
    for annotation in (*some, *crowds):
        mask = coco.annToMask(annotation).astype(bool)
        assert np.array_equal(drawn(polygons_of(mask), mask.shape), mask), annotation["id"]
