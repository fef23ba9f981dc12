"""A mask follows its picture into the canvas: exactly half a pixel covered is covered."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from cocosynth.core.values import Box
from cocosynth.labels.resize import resized

SIDES = st.integers(1, 12)


@st.composite
def cases(draw):
    """A box of mask in a picture, and a canvas."""
    size, canvas = draw(st.tuples(SIDES, SIDES)), draw(st.tuples(SIDES, SIDES))
    top, left = draw(st.integers(0, size[0] - 1)), draw(st.integers(0, size[1] - 1))
    box = Box(
        *(top, left), draw(st.integers(top + 1, size[0])), draw(st.integers(left + 1, size[1]))
    )
    rng = np.random.default_rng(draw(st.integers(0, 2**32)))
    return rng.random(box.size) < draw(st.floats(0, 1)), box, size, canvas


def whole(mask, box, size):
    frame = np.zeros(size, dtype=bool)
    frame[box.slices] = mask
    return frame


def share(frame, canvas):
    """Count for each canvas pixel the mask's part of it, on a grid that both sizes divide."""
    fine = np.kron(frame, np.ones(canvas, dtype=int))
    rows, cols = frame.shape
    return fine.reshape(canvas[0], rows, canvas[1], cols).sum(axis=(1, 3)), rows * cols


def interpolated(frame, canvas):
    """Interpolate linearly at the centre of each canvas pixel, in whole numbers."""
    units = [2 * new for new in canvas]
    values = np.zeros(canvas, dtype=int)
    for row, col in np.ndindex(*canvas):
        place = [
            min(max((2 * at + 1) * old - new, 0), 2 * new * (old - 1))
            for at, old, new in zip((row, col), frame.shape, canvas, strict=True)
        ]
        for corner in np.ndindex(2, 2):
            at = [p // u + step for p, u, step in zip(place, units, corner, strict=True)]
            weights = [
                p % u if step else u - p % u
                for p, u, step in zip(place, units, corner, strict=True)
            ]
            if weights[0] and weights[1]:
                values[row, col] += weights[0] * weights[1] * frame[at[0], at[1]]
    return values, units[0] * units[1]


@given(cases())
def test_a_mask_is_resized_as_by_a_slow_and_obvious_way(case):
    mask, box, size, canvas = case
    frame = whole(mask, box, size)
    enlarges = canvas[0] >= size[0] and canvas[1] >= size[1]
    shares, full = (interpolated if enlarges else share)(frame, canvas)
    expected = 2 * shares >= full
    if not expected.any() and shares.any():
        expected.flat[shares.argmax()] = True
    found, where = resized(mask, box, size, canvas)
    assert found.shape == where.size
    assert where == where.clipped(canvas)
    np.testing.assert_array_equal(whole(found, where, canvas), expected)


@given(cases())
def test_a_mask_that_has_a_pixel_keeps_one(case):
    mask, box, size, canvas = case
    shrinks = canvas[0] <= size[0] and canvas[1] <= size[1]
    if mask.any() and shrinks:
        assert resized(mask, box, size, canvas)[0].any()


def test_sums_that_need_more_than_32_bits_are_right():
    mask = np.ones((1, 60_000), dtype=bool)
    found, where = resized(mask, Box(0, 0, 1, 60_000), (1_000, 60_000), (999, 50_000))
    assert found.all()
    assert where == (0, 0, 1, 50_000)
