"""Hypothesis strategies: masks, images, segmentations, photographs and their labels."""

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp


def readonly(array):
    """Return the array, refusing changes from now on."""
    array.setflags(write=False)
    return array


def sizes(longest=14):
    return st.tuples(st.integers(1, longest), st.integers(1, longest))


SIZES = sizes()


def masks(size=SIZES):
    """Draw masks: small ones pixel by pixel, and noise of every density."""
    if isinstance(size, tuple):
        size = st.just(size)
    drawn = size.flatmap(lambda shape: hnp.arrays(np.bool_, shape))
    return (drawn | _noise(size)).map(readonly)


@st.composite
def _noise(draw, size):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return rng.random(draw(size)) < draw(st.floats(0, 1))


@st.composite
def images(draw, size=SIZES):
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    return readonly(rng.integers(0, 256, (*draw(size), 3), dtype=np.uint8))


@st.composite
def regions(draw):
    """Draw a mask, the (row, col) of its first pixel in an image, and the image's size."""
    mask = draw(masks())
    above, below = draw(st.integers(0, 5)), draw(st.integers(0, 5))
    left, right = draw(st.integers(0, 5)), draw(st.integers(0, 5))
    size = (above + mask.shape[0] + below, left + mask.shape[1] + right)
    return mask, (above, left), size


def polygons():
    """Draw COCO polygons of several parts, crossing themselves and leaving a 40 x 30 image."""
    coordinate = st.floats(-30, 70, width=32) | st.integers(-30, 70)
    points = st.lists(st.tuples(coordinate, coordinate), min_size=3, max_size=8)
    flat = points.map(lambda pairs: [number for pair in pairs for number in pair])
    return st.lists(flat, min_size=1, max_size=4)


@st.composite
def runs(draw):
    """Draw the uncompressed counts of an RLE, empty runs among them, and the size they fill."""
    height, width = draw(sizes())
    cuts = draw(st.lists(st.integers(0, height * width), max_size=12))
    edges = [0, *sorted(cuts), height * width]
    return np.diff(edges).tolist(), (height, width)


def labelled_groups():
    """Draw groups of photographs with the labels that each brings."""
    labels = st.frozensets(st.sampled_from("abcde"), min_size=1)
    return st.dictionaries(st.integers(0, 60), labels, min_size=1, max_size=40)
