"""A sample in a notebook: its image, every annotation outlined and named."""

import cv2
import numpy as np
import pytest
from small_builds import built

from cocosynth import Compositor
from cocosynth.core.inline import outlined


@pytest.fixture(scope="module")
def compositor(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    built(folder, splits={"train": 3, "val": 1})
    return Compositor(folder / "cocosynth.yaml")


def test_a_sample_shows_itself_as_a_png_file_of_its_size(compositor):
    pixels = cv2.imdecode(np.frombuffer(compositor[0]._repr_png_(), np.uint8), 1)
    assert pixels.shape == compositor[0].image.shape


def test_outlines_are_drawn_around_what_can_be_seen_and_nowhere_else(compositor):
    for sample in compositor:
        before = sample.image.copy()
        drawn = outlined(sample)
        np.testing.assert_array_equal(sample.image, before)
        changed = (drawn != sample.image).any(axis=2)
        near = np.zeros(changed.shape, np.uint8)
        for one in sample.annotations:
            mask = np.zeros(changed.shape, np.uint8)
            mask[one.box.slices] = one.mask
            edge = cv2.morphologyEx(mask, cv2.MORPH_GRADIENT, np.ones((3, 3), np.uint8))
            assert changed[edge > 0].mean() > 0.5
            near |= cv2.dilate(edge, np.ones((7, 7), np.uint8))
            top, left = max(0, one.box.top - 18), max(0, one.box.left)
            near[top : top + 24, left : left + 60] = 1  # its name
        assert not changed[near == 0].any()


def test_a_large_image_is_shown_smaller(compositor):
    assert outlined(compositor[0], side=80).shape == (60, 80, 3)


def test_a_sample_knows_the_names_of_its_categories(compositor):
    sample = compositor[0]
    names = {sample.categories[one.category_id].name for one in sample.annotations}
    assert names <= {"disk", "ring", "bar"}
