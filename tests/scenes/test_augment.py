import dataclasses

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_builds import annotations_of, built, scenes_of
from strategies import masks

from cocosynth.coco.masks import decode
from cocosynth.config.docstrings import parameters_of
from cocosynth.core.geometry import (
    at_origin,
    corners,
    is_in_front,
    moved,
    quantized,
    region_of,
    shifted,
    translation,
)
from cocosynth.core.values import ALPHA_THRESHOLD
from cocosynth.foregrounds.octagon import octagon_of
from cocosynth.foregrounds.warp import warp
from cocosynth.scenes.augment import AUGMENTATIONS
from cocosynth.scenes.augment.flip import Flip
from cocosynth.scenes.augment.perspective import Perspective
from cocosynth.scenes.augment.quarter_turn import QuarterTurn
from cocosynth.scenes.augment.rotate import Rotate
from cocosynth.scenes.augment.scale import Scale
from cocosynth.scenes.augment.shear import Shear
from cocosynth.scenes.augment.translate import Translate

names = pytest.mark.parametrize("name", sorted(AUGMENTATIONS))
SIZE, CANVAS = (40, 60), (480, 640)


def sample(augmentation, seed=0):
    return augmentation.sample(np.random.default_rng(seed), size=SIZE, canvas=CANVAS)


@names
def test_the_same_numbers_give_the_same_transform(name):
    first, second = (sample(AUGMENTATIONS[name](), seed=5) for _ in range(2))
    assert (first is None and second is None) or (first == second).all()


@names
def test_a_transform_is_a_homography_or_nothing(name):
    for seed in range(50):
        matrix = sample(AUGMENTATIONS[name](), seed)
        if matrix is not None:
            assert matrix.shape == (3, 3)
            assert matrix.dtype == np.float64
            assert (matrix[2] == (0, 0, 1)).all() or name == "perspective"
            assert abs(np.linalg.det(matrix)) > 0


def ranges_of(name):
    return [p.name for p in parameters_of(AUGMENTATIONS[name]) if p.name.endswith("_range")]


@names
def test_a_range_or_a_probability_that_makes_no_sense_is_refused(name):
    wrong = [{"p": value} for value in (-0.1, 1.1, float("nan"))]
    for key in ranges_of(name):
        wrong += [{key: pair} for pair in ((0.2, 0.1), (0.1, float("nan")), (-1e9, 0), (0.1, 1e9))]
    for parameters in wrong:
        with pytest.raises(ValueError, match="must"):
            AUGMENTATIONS[name](**parameters)


@names
def test_probability_zero_never_changes_anything(name):
    assert all(sample(AUGMENTATIONS[name](p=0), seed) is None for seed in range(30))


@names
def test_whether_it_happens_does_not_shift_the_numbers_drawn_later(name):
    never, always = np.random.default_rng(1), np.random.default_rng(1)
    AUGMENTATIONS[name](p=0).sample(never, size=SIZE, canvas=CANVAS)
    AUGMENTATIONS[name](p=1).sample(always, size=SIZE, canvas=CANVAS)
    assert never.random() == always.random()


@names
def test_mask_and_image_move_together(name):
    """A two-coloured picture whose alpha is one of the colours: after any transform it still is."""
    alpha = np.zeros((44, 64), np.uint8)
    alpha[8:30, 12:40] = 255
    rgba = np.dstack((alpha, alpha, alpha, alpha))
    for seed in range(5):
        matrix = sample(AUGMENTATIONS[name](p=1), seed)
        centred = quantized(matrix @ translation(-32, -22))
        warped = warp(rgba, centred, region_of(corners(rgba.shape[:2]), centred))
        mask = warped[..., 3] >= ALPHA_THRESHOLD
        assert mask.any()
        assert ((warped[..., 0] >= ALPHA_THRESHOLD) == mask).all()


pictures = st.builds(
    lambda seed, height, width: np.random.default_rng(seed).integers(
        0, 256, (height, width, 4), dtype=np.uint8
    ),
    *(st.integers(0, 2**32 - 1), st.integers(1, 60), st.integers(1, 60)),
)


def transformed(pixels, change):
    """Warp a whole picture as planning does, its centre at the origin of the transform."""
    height, width = pixels.shape[:2]
    centred = quantized(change @ translation(-width / 2, -height / 2))
    return warp(pixels, *at_origin(corners((height, width)), centred))


@given(pictures)
def test_a_flip_mirrors_the_pixels_exactly(pixels):
    across, down = sample(Flip(p=1)), sample(Flip(direction="vertical", p=1))
    np.testing.assert_array_equal(transformed(pixels, across), pixels[:, ::-1])
    np.testing.assert_array_equal(transformed(pixels, down), pixels[::-1])
    np.testing.assert_array_equal(transformed(pixels, down @ across), pixels[::-1, ::-1])


@given(pictures, st.sampled_from([1, 2, 3]))
def test_quarter_turns_move_the_pixels_exactly_counter_clockwise(pixels, turns):
    turn = sample(QuarterTurn(turns=(turns,), p=1))
    np.testing.assert_array_equal(transformed(pixels, turn), np.rot90(pixels, turns))


def test_the_four_directions_are_equally_likely():
    drawn = [sample(QuarterTurn(), seed) for seed in range(400)]
    counts = [sum(matrix is None for matrix in drawn)]
    for turns in (1, 2, 3):
        expected = sample(QuarterTurn(turns=(turns,), p=1))
        counts.append(sum(m is not None and bool((m == expected).all()) for m in drawn))
    assert sum(counts) == 400
    assert min(counts) > 70


def test_both_flips_have_a_chance_of_their_own(tmp_path):
    steps = [{"flip": {}}, {"flip": {"direction": "vertical"}}]
    out, _ = built(tmp_path, splits={"train": 40}, augment=steps)
    parts = [part["matrix"] for scene in scenes_of(out) for part in scene["placements"]]
    assert {(m[0][0], m[1][1]) for m in parts} == {(1, 1), (1, -1), (-1, 1), (-1, -1)}


def test_a_positive_angle_turns_counter_clockwise_as_seen():
    matrix = sample(Rotate(angle_range=(90, 90)))
    x, y, _ = matrix @ (1, 0, 1)  # a point to the right of the centre
    assert (round(x), round(y)) == (0, -1)  # is above it afterwards: rows count downwards


def test_scale_relative_to_the_canvas_just_fits_at_one():
    factor = sample(Scale(canvas_range=(1, 1)))[0, 0]
    height, width = SIZE[0] * factor, SIZE[1] * factor
    assert max(height / CANVAS[0], width / CANVAS[1]) == pytest.approx(1)


def test_scale_relative_to_the_source_stays_in_its_range():
    factors = [sample(Scale(factor_range=(0.5, 2)), seed)[0, 0] for seed in range(100)]
    assert min(factors) >= 0.5
    assert max(factors) <= 2
    assert np.ptp(factors) > 1


def test_translate_moves_by_whole_pixels_within_its_range():
    moves = [sample(Translate(x_range=(0, 0.5), y_range=(0, 0)), s)[:2, 2] for s in range(50)]
    assert all(x == round(x) and 0 <= x <= 320 and y == 0 for x, y in moves)


def test_shear_leans_to_the_right_and_rises_to_the_right():
    leaning = sample(Shear(x_range=(45, 45)))
    assert np.allclose(leaning @ (0, -10, 1), (10, -10, 1))  # a point above the centre
    assert np.allclose(leaning @ (10, 0, 1), (10, 0, 1))
    rising = sample(Shear(x_range=(0, 0), y_range=(45, 45)))
    assert np.allclose(rising @ (10, 0, 1), (10, -10, 1))
    assert np.allclose(rising @ (0, 10, 1), (0, 10, 1))


def test_shear_keeps_the_area():
    made = Shear(x_range=(-45, 45), y_range=(-45, 45))
    assert all(np.linalg.det(sample(made, seed)) == pytest.approx(1) for seed in range(30))


def test_perspective_brings_an_edge_as_much_nearer_as_it_says():
    height, width = SIZE
    matrix = quantized(sample(Perspective(x_range=(0.2, 0.2), y_range=(0, 0))))
    for side, enlarged in ((1, 1 / 0.8), (-1, 1 / 1.2)):
        x = side * width / 2
        ends = [moved((x, y), matrix) for y in (-height / 2, height / 2)]
        assert ends[1][1] - ends[0][1] == pytest.approx(height * enlarged, rel=1e-4)
    assert moved((0, 0), matrix) == (0, 0)
    below = quantized(sample(Perspective(x_range=(0, 0), y_range=(0.2, 0.2))))
    assert moved((10, height / 2), below)[0] == pytest.approx(10 / 0.8, rel=1e-4)


@given(masks((7, 9)) | masks((90, 2)) | masks((1, 1)), st.sampled_from([-0.3, 0.3]))
def test_no_perspective_turns_an_object_inside_out(mask, steep):
    mask = np.pad(mask if mask.any() else ~mask, 2)
    height, width = mask.shape
    made = Perspective(x_range=(steep, steep), y_range=(-steep, -steep))
    size = (height - 4, width - 4)
    matrix = made.sample(np.random.default_rng(0), size=size, canvas=CANVAS)
    assert is_in_front(octagon_of(mask), quantized(matrix @ translation(-width / 2, -height / 2)))


def test_perspective_is_the_same_wherever_it_stands_among_the_steps(tmp_path):
    steps = [{"scale": {"factor_range": [0.4, 2]}}, {"rotate": {}}, {"perspective": {}}]
    first, _ = built(tmp_path, out="first", augment=steps)
    last, _ = built(tmp_path, out="last", augment=[*steps[2:], *steps[:2]])
    placements = [
        [part["matrix"] for scene in scenes_of(out) for part in scene["placements"]]
        for out in (first, last)
    ]
    assert np.allclose(*placements, atol=1e-5)


@dataclasses.dataclass(frozen=True)
class InsideOut:
    """A class of the user's own that now and then puts the horizon through the object."""

    def sample(self, rng, *, size, canvas):
        steep = np.array([[1, 0, 0], [0, 1, 0], [0.1, 0, 1.0]])
        return steep if rng.random() < 0.5 else None


def test_what_would_be_turned_inside_out_is_not_pasted(tmp_path):
    out, _ = built(tmp_path, splits={"train": 20}, augment=[f"{__name__}:InsideOut"])
    pasted = [part["matrix"] for scene in scenes_of(out) for part in scene["placements"]]
    assert len(pasted) > 20
    assert all(matrix[2] == [0, 0, 1] for matrix in pasted)


EVERY = [{name: {} if name == "translate" else {"p": 1}} for name in sorted(AUGMENTATIONS)]


def test_labels_are_the_warped_alpha_under_all_steps_together(tmp_path):
    out, _ = built(
        tmp_path,
        splits={"train": 30},
        blend="paste",
        objects_per_image=[1, 1],
        augment=[*EVERY, {"shear": {"x_range": [-45, 45], "y_range": [-45, 45]}}],
    )
    names_of = {image["id"]: image["file_name"] for image in annotations_of(out)["images"]}
    found = annotations_of(out)["annotations"]
    assert len(found) > 20
    for annotation in found:
        picture = cv2.imread(str(out / "train" / names_of[annotation["image_id"]])).astype(int)
        colourful = np.ptp(picture, axis=2) > 100  # backgrounds are grey, objects are not
        np.testing.assert_array_equal(
            decode(annotation["segmentation"], colourful.shape), colourful
        )


@given(st.integers(0, 2**32 - 1))
def test_a_perspective_gives_the_same_pixels_wherever_it_puts_them(seed):
    rng = np.random.default_rng(seed)
    pixels = rng.integers(0, 256, (30, 44, 4), dtype=np.uint8)
    change = np.linalg.multi_dot(
        [sample(AUGMENTATIONS[name](p=1), seed) for name in ("rotate", "scale", "perspective")]
    )
    octagon = corners((30, 44))
    local, region = at_origin(octagon, quantized(change @ translation(-22, -15)))
    assert region[:2] == (0, 0)
    col, row = (int(number) for number in rng.integers(-3000, 3000, 2))
    there = shifted(local, col, row)
    assert quantized(np.array(there)) == there
    assert region_of(octagon, there) == region.moved(row, col)
    here = warp(pixels, local, region)
    np.testing.assert_array_equal(warp(pixels, there, region.moved(row, col)), here)


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("flip", {"p": 1.5}, "p must lie in [0, 1], got 1.5"),
        ("rotate", {"angle_range": (10, -10)}, "angle_range must go from low to high"),
        ("rotate", {"angle_range": (0, float("nan"))}, "angle_range must be finite"),
        ("scale", {"factor_range": (0, 1)}, "factor_range must lie in"),
        ("scale", {"factor_range": (1, 1), "canvas_range": (1, 1)}, "not both"),
        ("translate", {"x_range": (-2, 0)}, "x_range must lie in [-1, 1]"),
        ("shear", {"x_range": (-50, 0)}, "x_range must lie in [-45, 45]"),
        ("perspective", {"y_range": (0, 0.4)}, "y_range must lie in [-0.3, 0.3]"),
        ("quarter_turn", {"turns": ()}, "turns must be some of 1, 2 and 3, got []"),
        ("quarter_turn", {"turns": (0, 1)}, "turns must be some of 1, 2 and 3, got [0, 1]"),
    ],
)
def test_a_parameter_out_of_range_is_refused(name, parameters, message):
    with pytest.raises(ValueError, match=message.replace("[", r"\[").replace("]", r"\]")):
        AUGMENTATIONS[name](**parameters)
