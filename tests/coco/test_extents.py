"""Extents and areas of polygons, against shapely."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import LinearRing, MultiPoint, Polygon

from cocosynth.coco.extents import measure

TRIANGLES = st.lists(
    st.lists(st.tuples(*[st.integers(-20, 99)] * 6).map(list), min_size=1, max_size=3),
    min_size=1,
    max_size=5,
)


@given(objects=TRIANGLES)
def test_extents_and_areas_are_those_of_shapely(objects):
    found = measure(objects)
    for polygons, extent, area in zip(objects, found.extents, found.areas, strict=True):
        points = [(p[i], p[i + 1]) for p in polygons for i in (0, 2, 4)]
        assert extent.tolist() == list(MultiPoint(points).bounds)
        assert area == pytest.approx(sum(Polygon(np.reshape(p, (3, 2))).area for p in polygons))
    assert found.parts.sum() == pytest.approx(found.areas.sum())


def test_an_outline_is_as_long_as_its_longer_steps():
    square = [0, 0, 10, 0, 10, 10, 0, 10]
    assert measure([[square], [square, square]]).lengths.tolist() == [40, 80]
    assert LinearRing(np.reshape(square, (4, 2))).length == 40


def test_integers_that_no_float_holds_are_far_outside():
    assert measure([[[10**400, 0, 1, 1, 2, 0]]]).extents[0, 2] > 1e299


def test_nothing_measures_nothing():
    assert measure([]).areas.shape == (0,)
