"""Rendering keeps every mode within its reach, and hands it the colours of the object's edge."""

from dataclasses import dataclass

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocosynth.core.geometry import quantized, translation
from cocosynth.core.values import Background, Box, Placement, Scene
from cocosynth.foregrounds.octagon import octagon_of
from cocosynth.foregrounds.warped import Warper
from cocosynth.render.blend import BLEND_MODES
from cocosynth.render.render import Techniques, render

SIZE = (40, 50)
GREY, RED = (90, 90, 90), (200, 30, 30)


@dataclass(frozen=True)
class Flood:
    """Paint all that there is to paint on."""

    reach: int = 4

    def prepare(self, rgba):
        return rgba

    def __call__(self, canvas, foreground):
        canvas[:] = foreground[..., :3]


def instance(radius=8):
    side = 2 * radius + 5
    rows, cols = np.indices((side, side)) - side // 2
    rgba = np.zeros((side, side, 4), np.uint8)
    rgba[np.hypot(rows, cols) <= radius] = (*RED, 255)
    rgba.flags.writeable = False
    return rgba


def rendered(mode, row, col, rgba=None, *, matted=False):
    rgba = instance() if rgba is None else rgba
    octagon = octagon_of(rgba[..., 3] > (0 if matted else 127))
    matrix = quantized(translation(col, row))
    photo = np.full((*SIZE, 3), GREY, np.uint8)
    photo.flags.writeable = False
    scene = Scene("train", 0, SIZE, Background(0, Box(0, 0, *SIZE)), (Placement(0, matrix, "x"),))
    warper = Warper(lambda number, blend: rgba, lambda number: octagon, lambda number: matted)
    bgr = render(scene, photo, warper=warper, techniques=Techniques({"x": mode}, {}))
    return bgr[..., ::-1]


def covered(row, col, reach):
    mask = np.zeros((3 * SIZE[0], 3 * SIZE[1]), np.uint8)
    shape = instance()[..., 3] > 127
    top, left = row + SIZE[0], col + SIZE[1]
    mask[top : top + shape.shape[0], left : left + shape.shape[1]] = shape
    square = np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)
    return cv2.dilate(mask, square)[SIZE[0] : 2 * SIZE[0], SIZE[1] : 2 * SIZE[1]] > 0


@pytest.mark.parametrize("name", sorted(BLEND_MODES))
@pytest.mark.parametrize(("row", "col"), [(10, 12), (-6, 40)])
def test_a_matte_is_mixed_in_by_its_alpha_where_a_mode_keeps_it(name, row, col):
    """What is fainter than the mask as well; other modes draw their own edge."""
    rgba = np.array(instance())
    rgba[..., 3] = cv2.GaussianBlur(rgba[..., 3], (0, 0), 1)
    rgba[..., :3] = RED
    mode = BLEND_MODES[name]()
    image = rendered(mode, row, col, rgba, matted=True)
    plain = rendered(mode, row, col, rgba)
    if not getattr(mode, "keeps_matte", False):
        # a pyramid begins where the pixels that were warped begin, and a matte has more of them
        allowed = 8 if name == "laplacian" else 0
        assert np.abs(image.astype(int) - plain).max() <= allowed
        return
    alpha = np.zeros((3 * SIZE[0], 3 * SIZE[1]))
    top, left = row + SIZE[0], col + SIZE[1]
    alpha[top : top + rgba.shape[0], left : left + rgba.shape[1]] = rgba[..., 3] / 255
    share = alpha[SIZE[0] : 2 * SIZE[0], SIZE[1] : 2 * SIZE[1], None]
    wanted = np.array(RED) * share + np.array(GREY) * (1 - share)
    assert np.abs(image - wanted).max() <= 1
    assert (image != plain).any()


places = st.tuples(st.integers(-15, SIZE[0] - 5), st.integers(-15, SIZE[1] - 5))


@given(places, st.integers(0, 6))
def test_a_mode_that_paints_everything_changes_what_it_may_reach_and_no_more(place, reach):
    image = rendered(Flood(reach), *place)
    changed = (image != GREY).any(axis=2)
    assert not (changed & ~covered(*place, reach)).any()
    assert changed[covered(*place, 0)].all()


@pytest.mark.parametrize("reach", [1, 4])
def test_the_padding_around_an_object_has_the_colours_of_its_edge(reach):
    image = rendered(Flood(reach), 10, 12)
    inside = covered(10, 12, reach)
    assert (image[inside] == RED).all()
    assert (image[~inside] == GREY).all()


@pytest.mark.parametrize("name", sorted(BLEND_MODES))
@given(places)
def test_every_mode_keeps_within_its_reach(name, place):
    mode = BLEND_MODES[name]()
    rgba = mode.prepare(instance())
    changed = (rendered(mode, *place, rgba) != GREY).any(axis=2)
    assert not (changed & ~covered(*place, mode.reach)).any()
