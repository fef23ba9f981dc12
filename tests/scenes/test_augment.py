import numpy as np
import pytest

from cocosynth.core.geometry import at_origin, corners, quantized, region_of, translation
from cocosynth.core.values import ALPHA_THRESHOLD
from cocosynth.foregrounds.warp import warp
from cocosynth.scenes.augment import AUGMENTATIONS
from cocosynth.scenes.augment.flip import Flip
from cocosynth.scenes.augment.rotate import Rotate
from cocosynth.scenes.augment.scale import Scale
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
            assert (matrix[2] == (0, 0, 1)).all()
            assert abs(np.linalg.det(matrix)) > 0


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


def test_a_flip_mirrors_the_pixels_exactly():
    pixels = np.arange(12, dtype=np.uint8).reshape(3, 4)
    centred = quantized(sample(Flip(p=1)) @ translation(-2, -1.5))
    flipped = warp(pixels, *at_origin(corners((3, 4)), centred))
    assert (flipped == pixels[:, ::-1]).all()


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


@pytest.mark.parametrize(
    ("name", "parameters", "message"),
    [
        ("flip", {"p": 1.5}, "p must lie in [0, 1], got 1.5"),
        ("rotate", {"angle_range": (10, -10)}, "angle_range must go from low to high"),
        ("rotate", {"angle_range": (0, float("nan"))}, "angle_range must be finite"),
        ("scale", {"factor_range": (0, 1)}, "factor_range must lie in"),
        ("scale", {"factor_range": (1, 1), "canvas_range": (1, 1)}, "not both"),
        ("translate", {"x_range": (-2, 0)}, "x_range must lie in [-1, 1]"),
    ],
)
def test_a_parameter_out_of_range_is_refused(name, parameters, message):
    with pytest.raises(ValueError, match=message.replace("[", r"\[").replace("]", r"\]")):
        AUGMENTATIONS[name](**parameters)
