"""Harmonisations: an object moves towards its surroundings, and by nothing else."""

import json

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_builds import annotations_of, built, scenes_of, tree
from strategies import images, masks, readonly

from cocosynth.core.executors import Processes, Serial
from cocosynth.core.geometry import quantized, translation
from cocosynth.core.values import Background, Box, Placement, Scene, Step
from cocosynth.foregrounds.octagon import octagon_of
from cocosynth.foregrounds.warped import WarpedInstance, Warper
from cocosynth.pipeline.replay import replay
from cocosynth.render.blend import BLEND_MODES
from cocosynth.render.harmonize import HARMONIZERS
from cocosynth.render.harmonize.focus import blur_of
from cocosynth.render.harmonize.grain import noise_of
from cocosynth.render.harmonize.grayscale import has_no_color
from cocosynth.render.harmonize.surroundings import Surroundings, surroundings_of
from cocosynth.render.render import Techniques, render
from cocosynth.render.toned import harmonized

names = pytest.mark.parametrize("name", sorted(HARMONIZERS))
seeds = st.integers(0, 2**32 - 1)
ALL = np.ones((60, 80), bool)


def picture(level=120, contrast=30, seed=0, size=(60, 80)):
    """Return smooth shapes of many colours, with sharp edges and without noise."""
    rng = np.random.default_rng(seed)
    coarse = rng.normal(level, contrast, (size[0] // 10, size[1] // 10, 3))
    large = np.kron(coarse, np.ones((10, 10, 1)))
    return readonly(np.clip(large, 5, 250).astype(np.uint8))


def around(image):
    return Surroundings(image, image)


def applied(name, colors, surroundings, mask=ALL, **values):
    made = HARMONIZERS[name](strength_range=(1, 1))
    drawn = dict(made.sample(np.random.default_rng(0))) | values
    return made.apply(colors, mask, around(surroundings), drawn)


@names
@given(seed=seeds)
def test_the_same_numbers_give_the_same_plain_values(name, seed):
    first, second = (HARMONIZERS[name]().sample(np.random.default_rng(seed)) for _ in range(2))
    assert first == second
    assert json.loads(json.dumps(dict(first), allow_nan=False)) == dict(first)


@names
def test_probability_zero_never_changes_anything_and_shifts_no_number(name):
    never, always = np.random.default_rng(1), np.random.default_rng(1)
    assert HARMONIZERS[name](p=0).sample(never) is None
    assert HARMONIZERS[name](p=1).sample(always) is not None
    assert never.random() == always.random()


@names
def test_a_strength_or_a_probability_beyond_what_is_documented_is_refused(name):
    wrong = [{"p": value} for value in (-0.1, 1.1, float("nan"))]
    wrong += [{"strength_range": pair} for pair in ((-0.1, 1), (0, 1.1), (1, 0))]
    made = HARMONIZERS[name]
    wrong += [{"max_sigma": value} for value in (-1, 101) if hasattr(made, "max_sigma")]
    for parameters in wrong:
        with pytest.raises(ValueError, match="must"):
            made(**parameters)


@names
@given(image=images(), mask=masks(), near=images(), seed=seeds)
def test_a_harmonisation_is_pure_and_takes_any_size(name, image, mask, near, seed):
    size = tuple(map(min, image.shape, mask.shape))
    image, mask = (readonly(np.ascontiguousarray(a[: size[0], : size[1]])) for a in (image, mask))
    made = HARMONIZERS[name]()
    values = json.loads(json.dumps(dict(made.sample(np.random.default_rng(seed)))))
    first, second = (made.apply(image, mask, around(near), values) for _ in range(2))
    assert (first.shape, first.dtype) == (image.shape, np.uint8)
    assert not np.shares_memory(first, image)
    np.testing.assert_array_equal(first, second)


@names
@given(image=images(st.just((20, 20))), near=images(st.just((20, 20))))
def test_strength_zero_changes_nothing(name, image, near):
    mask = np.ones((20, 20), bool)
    np.testing.assert_array_equal(applied(name, image, near, mask, strength=0), image)


@names
@given(mask=masks((24, 30)), seed=seeds)
def test_nothing_outside_of_the_mask_decides_a_colour_inside(name, mask, seed):
    made, rng = HARMONIZERS[name](), np.random.default_rng(seed)
    step = Step(name, dict(made.sample(rng)))
    inside, near = (rng.integers(0, 256, (*mask.shape, 3), dtype=np.uint8) for _ in range(2))
    found = []
    for outside in (0, 255):
        rgba = np.full((*mask.shape, 4), outside, np.uint8)
        rgba[mask, :3], rgba[..., 3] = inside[mask], np.where(mask, 255, 0)
        warped = WarpedInstance(readonly(rgba), mask, int(mask.sum()))
        changed = harmonized(warped, [step], {name: made}, around(near))
        np.testing.assert_array_equal(changed.rgba[..., 3], rgba[..., 3])
        found.append(changed.rgba[mask])
    np.testing.assert_array_equal(*found)


def test_the_noise_of_an_object_is_measured_inside_of_it():
    mask = np.zeros((40, 40), bool)
    mask[8:30, 10:34] = True
    noise = np.random.default_rng(4).normal(128, 6, (40, 40, 1)).clip(0, 255).astype(np.uint8)
    found = {
        noise_of(np.where(mask[..., None], noise, outside).repeat(3, 2).astype(np.uint8), mask)
        for outside in (0, 128, 255)
    }
    assert len(found) == 1
    assert 4 < found.pop() < 8


@pytest.mark.parametrize("name", ["color_transfer", "grayscale", "histogram"])
def test_the_soft_rim_of_a_matte_changes_as_the_object_does(name):
    """No rim of the old colours is left around it."""
    mask = np.zeros((60, 80), bool)
    mask[20:40, 20:60] = True
    rgba = np.zeros((60, 80, 4), np.uint8)
    rgba[18:42, 18:62] = 200, 90, 40, 60  # fainter than the mask
    rgba[mask] = 200, 90, 40, 255
    warped = WarpedInstance(readonly(rgba), mask, int(mask.sum()), matted=True)
    grey = readonly(picture()[..., :1].repeat(3, axis=2))
    changed = harmonized(
        warped, [Step(name, {"strength": 1})], {name: HARMONIZERS[name]()}, around(grey)
    )
    np.testing.assert_array_equal(changed.rgba[..., 3], rgba[..., 3])
    assert (changed.rgba[30, 40, :3] != rgba[30, 40, :3]).any()
    np.testing.assert_array_equal(changed.rgba[19, 19, :3], changed.rgba[30, 40, :3])


def lab(image):
    return cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB).reshape(-1, 3)


@pytest.mark.parametrize("strength", [0.5, 1])
def test_color_transfer_moves_mean_and_deviation_in_cielab_by_its_strength(strength):
    own, near = picture(90, 24), picture(150, 18, seed=1)
    changed = applied("color_transfer", own, near, strength=strength)
    means, deviations = ([f(lab(i)) for i in (own, near, changed)] for f in (mean_of, spread_of))
    for before, wanted, after in (means, deviations):
        np.testing.assert_allclose(after, before + strength * (wanted - before), atol=0.8)


def mean_of(colors):
    return colors.mean(axis=0)


def spread_of(colors):
    return colors.std(axis=0)


def test_color_transfer_never_takes_more_than_half_of_the_contrast():
    own = picture(120, 30)
    changed = applied("color_transfer", own, np.full((40, 40, 3), 200, np.uint8))
    np.testing.assert_allclose(spread_of(lab(changed)), spread_of(lab(own)) / 2, rtol=0.1)


def test_histogram_at_full_strength_gives_the_histogram_of_the_surroundings():
    own, near = picture(90, 24), picture(150, 18, seed=1)
    changed = applied("histogram", own, near)
    for share in (0.1, 0.5, 0.9):
        wanted, got = (np.quantile(image, share, axis=(0, 1)) for image in (near, changed))
        np.testing.assert_allclose(got, wanted, atol=8)


def gray(image):
    return np.repeat(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)[..., None], 3, axis=2)


def test_grayscale_follows_the_photograph():
    own, near = picture(), picture(seed=1)
    np.testing.assert_array_equal(applied("grayscale", own, near), own)
    assert np.ptp(applied("grayscale", own, gray(near)), axis=2).max() == 0
    half = applied("grayscale", own, gray(near), strength=0.5)
    assert np.ptp(half.astype(int), axis=2).mean() == pytest.approx(
        np.ptp(own.astype(int), axis=2).mean() / 2, rel=0.05
    )


def test_a_grey_place_in_a_colour_photograph_is_no_reason_for_grey():
    own, frame = picture(), picture(seed=1)
    here = Surroundings(gray(frame), frame)
    values = {"strength": 1}
    changed = HARMONIZERS["grayscale"]().apply(own, ALL, here, values)
    np.testing.assert_array_equal(changed, own)


def test_a_white_frame_says_nothing_about_colour():
    assert not has_no_color(np.full((60, 80, 3), 255, np.uint8))
    assert not has_no_color(np.zeros((60, 80, 3), np.uint8))


@pytest.mark.parametrize("sigma", [1, 2, 4])
def test_blur_is_measured_in_pixels(sigma):
    soft = cv2.GaussianBlur(picture(size=(200, 200)), (0, 0), sigma)
    assert blur_of(soft) == pytest.approx(sigma, rel=0.25)


@pytest.mark.parametrize("sigma", [1.5, 3])
def test_focus_blurs_a_sharp_object_as_much_as_its_surroundings_are(sigma):
    size = (200, 200)
    near = cv2.GaussianBlur(picture(size=size, seed=1), (0, 0), sigma)
    changed = applied("focus", picture(size=size), near, np.ones(size, bool))
    assert blur_of(changed) == pytest.approx(blur_of(near), rel=0.15)


def test_focus_leaves_what_is_as_soft_or_where_nothing_can_be_measured():
    sharp, soft = picture(), cv2.GaussianBlur(picture(), (0, 0), 3)
    flat = np.full((60, 80, 3), 90, np.uint8)
    for own, near in ((soft, sharp), (sharp, flat), (flat, soft)):
        np.testing.assert_array_equal(applied("focus", own, near), own)


def test_focus_never_blurs_more_than_its_limit():
    size = (200, 200)
    near = cv2.GaussianBlur(picture(size=size, seed=1), (0, 0), 6)
    changed = applied("focus", picture(size=size), near, np.ones(size, bool), max_sigma=1)
    assert blur_of(changed) == pytest.approx(1, rel=0.3)


def grainy(image, sigma, seed=0):
    noise = np.random.default_rng(seed).normal(0, sigma, image.shape[:2])[..., None]
    return np.clip(np.rint(image + noise), 0, 255).astype(np.uint8)


@pytest.mark.parametrize("sigma", [2, 6, 12])
def test_noise_is_measured_in_grey_levels(sigma):
    assert noise_of(grainy(picture(size=(200, 200)), sigma)) == pytest.approx(sigma, rel=0.1)


@pytest.mark.parametrize("sigma", [3, 10])
def test_grain_makes_an_object_as_noisy_as_its_surroundings(sigma):
    size = (200, 200)
    near = grainy(picture(size=size, seed=1), sigma)
    own = grainy(picture(size=size), 1, seed=5)
    changed = applied("grain", own, near, np.ones(size, bool), color=0.0, seed=7)
    assert noise_of(changed) == pytest.approx(noise_of(near), rel=0.1)
    assert np.abs(changed.astype(float).mean() - own.mean()) < 0.3


def test_grain_leaves_what_is_as_noisy():
    own = grainy(picture(), 8)
    np.testing.assert_array_equal(applied("grain", own, picture(seed=1)), own)


def test_surroundings_are_near_and_inside_of_the_canvas():
    frame = readonly(np.resize(np.arange(251, dtype=np.uint8), (200, 300, 3)))
    mask = np.zeros((50, 60), bool)
    mask[10:50, 10:30] = True  # 40 x 20 pixels: half of the longer side is 20
    near = surroundings_of(frame, mask, Box(100, 90, 150, 150)).image
    np.testing.assert_array_equal(near, frame[90:170, 80:140])
    at_corner = surroundings_of(frame, mask, Box(-20, -5, 30, 55)).image
    np.testing.assert_array_equal(at_corner, frame[:50, :45])


EVERY = [{name: {"strength_range": [0.5, 1]}} for name in ("grayscale", "color_transfer")]
EVERY += ["histogram", "focus", "grain"]


def test_harmonisations_change_colours_no_label_and_stand_in_the_scene(tmp_path):
    plain, _ = built(tmp_path, out="plain")
    changed, _ = built(tmp_path, out="changed", harmonize=EVERY)
    assert annotations_of(plain)["annotations"] == annotations_of(changed)["annotations"]
    assert tree(plain / "train") != tree(changed / "train")
    for before, scene in zip(scenes_of(plain), scenes_of(changed), strict=True):
        steps = [placement.pop("harmonize") for placement in scene["placements"]]
        assert scene == before
        for drawn in steps:
            assert [step["name"] for step in drawn] == [
                *("grayscale", "color_transfer", "histogram", "focus", "grain")
            ]
    assert len({json.dumps(s) for s in steps}) == len(steps)


def test_replay_and_workers_give_the_same_bytes(tmp_path):
    one, _ = built(tmp_path, out="one", harmonize=EVERY, executor=Serial())
    two, _ = built(tmp_path, out="two", harmonize=EVERY, executor=Processes(2))
    assert tree(one) == tree(two)
    for scene in scenes_of(one):
        name, content = replay(one, tmp_path, split="train", image_id=scene["image_id"])
        assert content == (one / "train" / name).read_bytes()


def test_what_was_pasted_before_is_no_surroundings():
    """The same object once more at the same place changes nothing."""
    rgba = np.zeros((30, 30, 4), np.uint8)
    rgba[5:25, 5:25] = (200, 30, 30, 255)
    octagon = octagon_of(rgba[..., 3] > 0)
    step = Step("color_transfer", {"strength": 1})
    once = Placement(0, quantized(translation(20, 12)), "x", (), (step,))
    harmonizers = {"color_transfer": HARMONIZERS["color_transfer"]()}
    techniques = Techniques({"x": BLEND_MODES["paste"]()}, {}, harmonizers)
    shown = []
    for placements in ((once,), (once, once)):
        scene = Scene("train", 0, (60, 80), Background(0, Box(0, 0, 60, 80)), placements)
        warper = Warper(lambda number, blend: rgba, lambda number: octagon)
        shown.append(render(scene, picture(), warper=warper, techniques=techniques))
    np.testing.assert_array_equal(*shown)
    assert (shown[0] != picture()).any()
