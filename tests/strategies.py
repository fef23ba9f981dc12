"""Hypothesis strategies: masks, images, segmentations, photographs and their labels."""

import importlib.util

import numpy as np
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from cocosynth.config.kinds import KINDS


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


LOOKS = {"blend", "variants", "harmonize", "shadow", "finish"}
"""The keys of the configuration whose techniques change colours, and no label."""


def techniques(kind):
    """Draw the value of a key that names techniques: any of its table, some with parameters."""
    names = [name for name in sorted(kind.table) if name not in NEEDED or is_installed(name)]
    one = st.sampled_from([NEEDED.get(name, name) for name in names])
    if kind.choose:
        weights = st.dictionaries(st.sampled_from(names), st.just(1), min_size=1)
        return one | weights.map(lambda drawn: {"choose": drawn})
    return st.lists(one, max_size=3, unique_by=repr) if kind.many else one


NEEDED = {"albumentations": {"albumentations": {"transform": "RandomFog"}}}


def is_installed(package):
    return importlib.util.find_spec(package) is not None


@st.composite
def configurations(draw):
    """Draw all that decides shapes, and all that decides looks, by what the tables hold today.

    Returns the keys that decide where things are, and those that only colour them; a technique that
    is new in a table, or a table that is new in the configuration, is drawn as well.
    """
    kinds = {kind.key: kind for kind in KINDS if not kind.given}
    drawn = {key: draw(techniques(kind)) for key, kind in kinds.items()}
    is_tone = {name: hasattr(made, "apply") for name, made in kinds["augment"].table.items()}
    steps = drawn.pop("augment")
    shapes = {key: value for key, value in drawn.items() if key not in LOOKS}
    shapes["augment"] = [
        s for s in steps if not is_tone[s if isinstance(s, str) else next(iter(s))]
    ]
    looks = {key: value for key, value in drawn.items() if key in LOOKS} | {"augment": steps}
    del looks[draw(st.sampled_from(["blend", "variants"]))]
    return shapes | draw(_numbers()), looks


def _numbers():
    """Draw the keys that name no technique."""
    limits = {
        "min_visibility": st.sampled_from([0, 0.3, 0.8]),
        "min_area": st.sampled_from([0, 64]),
        "max_overlap": st.sampled_from([0, 0.5, 1]),
        "max_truncation": st.sampled_from([0, 0.25, 1]),
        "max_upscale": st.sampled_from([1, 2, 4]),
    }
    fits = st.sampled_from(["cover", "crop", "stretch"])
    canvas = fits.map(lambda fit: {"width": 96, "height": 80, "fit": fit}) | st.just("background")
    distractors = st.fixed_dictionaries(
        {"per_image": st.sampled_from([[0, 2], [1, 3]]), "label": st.booleans()}
    )
    return st.fixed_dictionaries(
        {
            "seed": st.integers(0, 2**32),
            "canvas": canvas,
            "limits": st.fixed_dictionaries(limits),
            "objects_per_image": st.sampled_from([[0, 2], [1, 4], [3, 6]]),
            "sampling": st.sampled_from(["weights", "one_photo"]),
            "order": st.sampled_from(["random", "lower_in_front"]),
            "flush": st.booleans(),
            "distractors": st.none() | distractors,
        }
    )
