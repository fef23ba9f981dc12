"""Edges that a border of the source cut end up outside of the canvas, however they are turned."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocosynth.core.geometry import at_origin, moved, quantized, translation
from cocosynth.foregrounds.cut_out import MARGIN
from cocosynth.scenes.augment import AUGMENTATIONS
from cocosynth.scenes.cuts import cuts_of
from cocosynth.scenes.placement.candidate import Candidate

SIZE, CANVAS = (40, 60), (480, 640)  # of the object without its margin
HEIGHT, WIDTH = SIZE[0] + 2 * MARGIN, SIZE[1] + 2 * MARGIN
OCTAGON = ((0, 0), (WIDTH, 0), (WIDTH, HEIGHT), (0, HEIGHT))
SIDES = ("top", "left", "bottom", "right")
CORNERS = {  # (x, y) of the ends of each edge
    "top": ((0, 0), (1, 0)),
    "left": ((0, 0), (0, 1)),
    "bottom": ((0, 1), (1, 1)),
    "right": ((1, 0), (1, 1)),
}


def found(cut, matrix):
    """Return the side that a cut edge faces, and how far it reaches there."""
    (one,) = cuts_of((HEIGHT, WIDTH), [side == cut for side in SIDES], matrix)
    return one


def local(change):
    centred = quantized(change @ translation(-WIDTH / 2, -HEIGHT / 2))
    return at_origin(OCTAGON, centred)[0]


def sampled(name, seed=0, **parameters):
    rng = np.random.default_rng(seed)
    return AUGMENTATIONS[name](p=1, **parameters).sample(rng, size=SIZE, canvas=CANVAS)


def ends(cut, matrix):
    """Return where the ends of a cut edge are, as (x, y)."""
    return [moved((MARGIN + SIZE[1] * x, MARGIN + SIZE[0] * y), matrix) for x, y in CORNERS[cut]]


@pytest.mark.parametrize("cut", SIDES)
@given(st.integers(0, 2**32 - 1), st.lists(st.sampled_from(sorted(AUGMENTATIONS)), max_size=4))
def test_no_pixel_of_a_cut_edge_is_inside_of_the_canvas(cut, seed, steps):
    change = np.eye(3)
    for number, name in enumerate(steps):
        step = sampled(name, seed + number)
        change = change @ step if name == "perspective" else step @ change
    matrix = local(change)
    side, reach = found(cut, matrix)
    subject = Candidate(np.ones((1, 1), bool), 1, cuts=((side, reach),))
    row, col = subject.flush(CANVAS, 100, 100)
    xs, ys = zip(*ends(cut, matrix), strict=True)
    outside = {
        "top": row + max(ys) <= 0,
        "left": col + max(xs) <= 0,
        "bottom": row + min(ys) >= CANVAS[0],
        "right": col + min(xs) >= CANVAS[1],
    }
    assert outside[side]


def facing(cut, change):
    return found(cut, local(change))[0]


@pytest.mark.parametrize("number", range(4))
def test_a_cut_edge_turns_with_the_object(number):
    for turns in (1, 2, 3):
        turned = sampled("quarter_turn", turns=(turns,))
        assert facing(SIDES[number], turned) == SIDES[(number + turns) % 4]
        tilted = sampled("rotate", angle_range=(90 * turns + 40,) * 2)
        assert facing(SIDES[number], tilted) == SIDES[(number + turns) % 4]


def test_a_flip_turns_the_edges_that_it_exchanges():
    across, down = sampled("flip"), sampled("flip", direction="vertical")
    assert [facing(cut, across) for cut in SIDES] == ["top", "right", "bottom", "left"]
    assert [facing(cut, down) for cut in SIDES] == ["bottom", "left", "top", "right"]


def test_an_edge_that_a_shear_leaves_level_stays_at_its_side():
    """Though what pointed straight out of it now points sideways."""
    for degrees in (-45, 45):
        leaning = sampled("shear", x_range=(degrees, degrees))
        assert facing("top", leaning) == "top"
        assert facing("bottom", leaning) == "bottom"
        twice = leaning @ leaning  # 63 degrees
        assert facing("top", twice) == "top"


def test_under_a_perspective_an_edge_faces_where_it_lies():
    nearer = sampled("perspective", x_range=(0.3, 0.3), y_range=(-0.3, -0.3))
    assert [facing(cut, nearer) for cut in SIDES] == list(SIDES)
    matrix = local(nearer)
    assert found("right", matrix)[1] == min(x for x, _ in ends("right", matrix))
    assert found("top", matrix)[1] == max(y for _, y in ends("top", matrix))
