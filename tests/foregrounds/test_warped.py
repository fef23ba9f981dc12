"""What is rendered is what was planned, pixel for pixel, however much of it was kept."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_builds import built, tree

from cocosynth.core.geometry import at_origin, quantized, shifted
from cocosynth.core.values import Placement
from cocosynth.foregrounds.octagon import octagon_of
from cocosynth.foregrounds.warped import Planned, Warper

SQUARE = np.zeros((24, 30, 4), np.uint8)
SQUARE[3:-3, 3:-3] = (200, 90, 10, 255)
OCTAGON = octagon_of(SQUARE[..., 3] == 255)


@pytest.mark.parametrize("room", [0, 1 << 20])
@given(seed=st.integers(0, 2**32 - 1))
def test_a_kept_foreground_comes_back_though_its_pixels_were_let_go(room, seed):
    """Also to another warper, which knows the placement alone, and under a perspective."""
    rng = np.random.default_rng(seed)
    matrix = np.eye(3) + rng.uniform(-0.3, 0.3, (3, 3)) * [[1, 1, 0], [1, 1, 0], [0.01, 0.01, 0]]
    local, region = at_origin(OCTAGON, quantized(matrix))
    row, col = (int(number) for number in rng.integers(-40, 600, 2))
    warper = Warper(lambda number, blend: SQUARE, lambda number: OCTAGON)
    warper._room = room
    planned = warper.warp(0, local, region, "paste")
    place = region.moved(row, col)
    placement = Placement(0, shifted(local, col, row), "paste")
    warper.keep(Planned(0, local, region, place, "paste"), planned)
    again, where = warper.of(0, placement)
    assert where == place
    np.testing.assert_array_equal(again.rgba, planned.rgba)
    other, there = Warper(lambda number, blend: SQUARE, lambda number: OCTAGON).of(0, placement)
    assert there == place
    np.testing.assert_array_equal(other.rgba, planned.rgba)
    assert (again is planned) == bool(room)


def test_a_build_that_keeps_nothing_gives_the_same_bytes(tmp_path, monkeypatch):
    kept, _ = built(tmp_path, out="kept")
    monkeypatch.setattr("cocosynth.foregrounds.warped.KEPT_BYTES", 0)
    again, _ = built(tmp_path, out="again")
    assert tree(kept) == tree(again)
