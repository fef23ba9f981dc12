"""Tones: what planning draws is plain, what rendering applies is decided by it alone."""

import colorsys
import json
from typing import get_type_hints

import cv2
import numpy as np
import pytest
from every_tone import NEEDED, tone
from hypothesis import given
from hypothesis import strategies as st
from small_builds import annotations_of, built, scenes_of
from strategies import images, readonly

from cocosynth.config.docstrings import parameters_of
from cocosynth.render.tones import TONES

names = pytest.mark.parametrize("name", sorted(TONES))
seeds = st.integers(0, 2**32 - 1)

UNCHANGED = {  # values that change nothing
    "blur": {"sigma": 0},
    "brightness": {"factor": 1},
    "contrast": {"factor": 1},
    "gamma": {"gamma": 1},
    "hue": {"angle": 0},
    "motion_blur": {"length": 0, "angle": 30},
    "noise": {"sigma": 0, "shot": 0, "color": 0.5, "seed": 1},
    "saturation": {"factor": 1},
    "sharpen": {"amount": 0, "sigma": 1},
}


def ranges_of(name):
    """Return the parameters of a tone that are ranges, with the bounds that its docs give."""
    found = {}
    for parameter in parameters_of(TONES[name]):
        if parameter.name.endswith("_range"):
            words = parameter.text.lower().replace(";", "").split()
            at = max(i for i, word in enumerate(words) if word == "from")
            found[parameter.name] = (float(words[at + 1]), float(words[at + 3].rstrip(".")))
    return found


def at_end(name, end):
    """Return a tone whose every range is one of its documented bounds."""
    types = get_type_hints(TONES[name])
    bounds = {
        key: (int(both[end]),) * 2 if types[key] == tuple[int, int] else (both[end],) * 2
        for key, both in ranges_of(name).items()
    }
    return tone(name, **bounds, p=1)


@names
@given(seed=seeds)
def test_the_same_numbers_give_the_same_plain_values(name, seed):
    first, second = (tone(name).sample(np.random.default_rng(seed)) for _ in range(2))
    assert first == second
    assert json.loads(json.dumps(dict(first or {}), allow_nan=False)) == dict(first or {})


@names
@pytest.mark.parametrize("end", [None, 0, 1], ids=["default", "lowest", "highest"])
@given(seed=seeds, image=images())
def test_values_alone_decide_what_comes_out_and_the_image_stays(name, end, seed, image):
    made = tone(name, p=1) if end is None else at_end(name, end)
    values = made.sample(np.random.default_rng(seed))
    before = image.copy()
    changed = made.apply(image, values)
    assert changed.shape == image.shape
    assert changed.dtype == np.uint8
    assert not np.shares_memory(changed, image)
    np.testing.assert_array_equal(image, before)
    again = tone(name, p=0).apply(image, json.loads(json.dumps(dict(values))))
    np.testing.assert_array_equal(changed, again)


@names
@pytest.mark.parametrize("size", [(1, 1), (1, 40), (40, 1), (67, 33)])
def test_a_tone_takes_images_of_any_size(name, size):
    made = tone(name, p=1)
    for level in (0, 128, 255):
        image = readonly(np.full((*size, 3), level, np.uint8))
        changed = made.apply(image, made.sample(np.random.default_rng(0)))
        assert (changed.shape, changed.dtype) == (image.shape, np.uint8), level


@names
def test_probability_zero_never_changes_anything_and_shifts_no_number(name):
    never, always = np.random.default_rng(1), np.random.default_rng(1)
    assert tone(name, p=0).sample(never) is None
    assert tone(name, p=1).sample(always) is not None
    assert never.random() == always.random()


@names
def test_a_range_or_a_probability_beyond_what_is_documented_is_refused(name):
    wrong = [{"p": value} for value in (-0.1, 1.1, float("nan"))]
    for key, (low, high) in ranges_of(name).items():
        pairs = [(low - 1, high), (low, high + 1), (high, low), (low, float("nan"))]
        wrong += [{key: pair} for pair in pairs]
    for parameters in wrong:
        with pytest.raises(ValueError, match="must"):
            tone(name, **parameters)


@pytest.mark.parametrize("name", sorted(UNCHANGED))
@given(image=images())
def test_values_that_stand_for_no_change_change_nothing(name, image):
    np.testing.assert_array_equal(tone(name).apply(image, UNCHANGED[name]), image)


def applied(name, image, **values):
    return tone(name).apply(readonly(np.asarray(image, np.uint8)), values)


def photograph(size=(48, 64)):
    """Return a smooth picture of many colours, far from black and white."""
    rows, cols = np.indices(size)
    channels = (60 + 2 * rows, 60 + 2 * cols, 200 - rows - cols)
    return np.dstack(channels).astype(np.uint8)


def edge(size=41):
    """Return a picture that is dark on the left and bright on the right."""
    picture = np.full((size, size, 3), 40, np.uint8)
    picture[:, size // 2 :] = 200
    return picture


def test_brightness_multiplies_and_stops_at_white():
    assert applied("brightness", [[[10, 100, 200]]], factor=1.5).tolist() == [[[15, 150, 255]]]
    assert applied("brightness", [[[10, 100, 200]]], factor=0).tolist() == [[[0, 0, 0]]]


@pytest.mark.parametrize("factor", [0, 0.5, 1.3])
def test_contrast_keeps_the_mean_and_scales_the_distance_from_it(factor):
    picture = photograph()
    changed = applied("contrast", picture, factor=factor)
    before, after = (cv2.cvtColor(p, cv2.COLOR_RGB2GRAY) for p in (picture, changed))
    assert after.mean() == pytest.approx(before.mean(), abs=1)
    assert after.std() == pytest.approx(before.std() * factor, rel=0.05, abs=0.5)


@pytest.mark.parametrize("factor", [0, 0.5, 1.5])
def test_saturation_scales_the_distance_from_grey_and_keeps_the_brightness(factor):
    picture = photograph()
    changed = applied("saturation", picture, factor=factor)
    colour = np.ptp(picture.astype(float), axis=2).mean()
    assert np.ptp(changed.astype(float), axis=2).mean() == pytest.approx(colour * factor, abs=2)
    grey = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(int)
    assert np.abs(cv2.cvtColor(changed, cv2.COLOR_RGB2GRAY) - grey).max() <= 2


def test_hue_turns_red_into_green_into_blue_and_leaves_grey():
    red, green, blue, grey = [255, 0, 0], [0, 255, 0], [0, 0, 255], [77, 77, 77]
    turned = applied("hue", [[red, green, blue, grey]], angle=120)
    assert turned.tolist() == [[green, blue, red, grey]]
    back = applied("hue", turned, angle=-120)
    assert back.tolist() == [[red, green, blue, grey]]


@pytest.mark.parametrize("angle", [-60, 15, 90])
def test_hue_turns_by_its_angle(angle):
    color = np.array([150, 110, 100])
    turned = applied("hue", [[color]], angle=angle)[0, 0]
    before, after = (colorsys.rgb_to_hsv(*(c / 255))[0] * 360 for c in (color, turned))
    assert (after - before - angle + 180) % 360 - 180 == pytest.approx(0, abs=3)
    assert abs(int(turned.sum()) - int(color.sum())) <= 3


def test_gamma_keeps_black_and_white_and_bends_the_middle():
    ramp = np.repeat(np.arange(256)[None, :, None], 3, axis=2)
    for gamma in (0.5, 2):
        bent = applied("gamma", ramp, gamma=gamma)[0, :, 0]
        np.testing.assert_array_equal(bent, np.rint(255 * (np.arange(256) / 255) ** gamma))


def test_gammas_below_and_above_one_are_equally_likely():
    made = tone("gamma", gamma_range=(0.25, 4))
    drawn = [made.sample(np.random.default_rng(seed))["gamma"] for seed in range(300)]
    assert 120 < sum(gamma < 1 for gamma in drawn) < 180


def test_grayscale_gives_the_grey_that_is_as_bright():
    changed = applied("grayscale", [[[255, 0, 0], [0, 255, 0], [0, 0, 255], [9, 9, 9]]])
    assert changed.tolist() == [[[76] * 3, [150] * 3, [29] * 3, [9] * 3]]


def rise(picture):
    """Return over how many columns the step of `edge` is spread."""
    steps = np.abs(np.diff(picture[:, :, 0].astype(float), axis=1)).mean(axis=0)
    places = np.arange(len(steps))
    middle = (steps * places).sum() / steps.sum()
    return float(np.sqrt((steps * (places - middle) ** 2).sum() / steps.sum()))


@pytest.mark.parametrize("sigma", [1, 2, 4])
def test_a_blur_spreads_an_edge_by_its_sigma(sigma):
    assert rise(applied("blur", edge(), sigma=sigma)) == pytest.approx(sigma, rel=0.1)


def test_what_lies_beyond_the_border_is_as_the_border_is():
    flat = np.full((9, 9, 3), (10, 150, 240))
    for name, values in {
        "blur": {"sigma": 5},
        "motion_blur": {"length": 20, "angle": 45},
        "sharpen": {"amount": 5, "sigma": 3},
    }.items():
        np.testing.assert_array_equal(applied(name, flat, **values), flat)


def test_a_motion_blur_spreads_what_lies_across_it_and_keeps_what_lies_along():
    upright = edge()
    level = upright.transpose(1, 0, 2)
    np.testing.assert_array_equal(applied("motion_blur", upright, length=12, angle=90), upright)
    np.testing.assert_array_equal(applied("motion_blur", level, length=12, angle=0), level)
    spread = applied("motion_blur", upright, length=12, angle=0)
    assert rise(spread) == pytest.approx(12 / np.sqrt(12), rel=0.1)  # of an even distribution


def test_a_motion_blur_at_a_positive_angle_rises_to_the_right():
    dot = np.zeros((41, 41, 3), np.uint8)
    dot[20, 20] = 255
    rows, cols = np.nonzero(applied("motion_blur", dot, length=20, angle=30)[..., 0] > 3)
    assert np.polyfit(cols - 20, 20 - rows, 1)[0] == pytest.approx(np.tan(np.pi / 6), abs=0.05)
    assert np.ptp(cols) == pytest.approx(20 * np.cos(np.pi / 6), abs=2)


GREY = np.full((200, 300, 3), 128, np.uint8)


@pytest.mark.parametrize("color", [0, 0.3, 1])
def test_gaussian_noise_has_its_deviation_and_shares_it_among_channels_as_asked(color):
    noise = applied("noise", GREY, sigma=8, shot=0, color=color, seed=3).astype(float) - 128
    assert abs(noise.mean()) < 0.2
    assert noise.std(axis=(0, 1)) == pytest.approx([8, 8, 8], rel=0.02)
    shared = np.corrcoef(noise[..., 0].ravel(), noise[..., 1].ravel())[0, 1]
    assert shared == pytest.approx(1 - color, abs=0.02)
    assert abs(np.corrcoef(noise[:, :-1, 0].ravel(), noise[:, 1:, 0].ravel())[0, 1]) < 0.02
    assert np.mean(np.abs(noise[..., 0]) > 16) == pytest.approx(0.0397, abs=0.008)  # 2 deviations


@pytest.mark.parametrize("level", [0, 64, 192])
def test_shot_noise_grows_with_the_root_of_the_value(level):
    noisy = applied("noise", GREY * 0 + level, sigma=0, shot=10, color=1, seed=3)
    assert noisy.std() == pytest.approx(10 * np.sqrt(level / 255), rel=0.02)


def test_another_seed_gives_another_noise():
    first, second = (applied("noise", GREY, sigma=8, shot=0, color=1, seed=s) for s in (1, 2))
    assert abs(np.corrcoef(first.ravel(), second.ravel())[0, 1]) < 0.02


def test_the_noise_of_a_seed_is_always_the_same():
    """Written down: the numbers must not depend on the version of NumPy."""
    noisy = applied("noise", GREY[:2, :3], sigma=20, shot=0, color=0.5, seed=2026)
    assert noisy.tolist() == [
        [[171, 158, 150], [110, 115, 95], [120, 130, 148]],
        [[137, 160, 140], [129, 105, 108], [135, 128, 145]],
    ]


def test_jpeg_of_the_best_quality_changes_little_and_a_poor_one_more():
    picture = photograph()
    errors = [
        np.abs(applied("jpeg", picture, quality=quality).astype(int) - picture).mean()
        for quality in (100, 60, 20, 3)
    ]
    assert errors[0] < 1.5
    assert errors == sorted(errors)
    assert errors[3] > 3 * errors[0]


def test_jpeg_keeps_the_channels_apart():
    flat = np.full((16, 16, 3), (200, 40, 90))
    assert np.abs(applied("jpeg", flat, quality=95).astype(int) - flat).max() <= 3


@given(amount=st.floats(0, 10))
def test_sharpen_by_a_blur_of_nothing_keeps_the_image(amount):
    assert tone("sharpen", sigma=0)
    image = np.random.default_rng(0).integers(0, 256, (9, 11, 3), np.uint8)
    assert (applied("sharpen", image, amount=amount, sigma=0) == image).all()


def test_sharpen_steepens_an_edge_and_leaves_what_is_flat():
    soft = applied("blur", edge(), sigma=2)
    sharp = applied("sharpen", soft, amount=1, sigma=1.5)
    assert np.diff(sharp[20, :, 0].astype(int)).max() > np.diff(soft[20, :, 0].astype(int)).max()
    np.testing.assert_array_equal(sharp[:, :8], soft[:, :8])


DARK = {"brightness": {"factor_range": [0.2, 0.4]}}
EVERY = [{name: {}} for name in sorted(TONES) if name not in NEEDED]


def test_tones_change_colours_and_no_label_and_stand_in_the_scene(tmp_path):
    plain, _ = built(tmp_path, out="plain", blend="paste")
    steps = [{"flip": {}}, {"rotate": {}}, {"scale": {"factor_range": [0.5, 1.2]}}, DARK]
    dark, _ = built(tmp_path, out="dark", blend="paste", augment=steps, finish=[DARK])
    assert annotations_of(plain)["annotations"] == annotations_of(dark)["annotations"]
    for scene in scenes_of(dark):
        assert scene["finish"][0]["name"] == "brightness"
        assert all(part["tones"][0]["name"] == "brightness" for part in scene["placements"])
    name = scenes_of(dark)[0]["file_name"]
    before, after = (cv2.imread(str(out / "train" / name)) for out in (plain, dark))
    factor = scenes_of(dark)[0]["finish"][0]["values"]["factor"]
    outside = (before.ptp(axis=2) if hasattr(before, "ptp") else np.ptp(before, axis=2)) <= 100
    expected = np.rint(before[outside] * factor)
    assert np.abs(after[outside] - expected).max() <= 1


@pytest.mark.parametrize("blend", ["paste", "feather", "gaussian"])
def test_all_tones_together_change_no_label(tmp_path, blend):
    shapes = [{"flip": {}}, {"rotate": {}}, {"scale": {"factor_range": [0.5, 1.2]}}]
    plain, _ = built(tmp_path, out="plain", blend=blend)
    all_of_them = {"augment": shapes + EVERY, "finish": EVERY}
    toned, _ = built(tmp_path, out="toned", blend=blend, **all_of_them)
    assert annotations_of(plain)["annotations"] == annotations_of(toned)["annotations"]
