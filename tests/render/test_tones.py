"""Tones: what planning draws is plain, what rendering applies is decided by it alone."""

import json

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_builds import annotations_of, built, scenes_of
from strategies import images

from cocosynth.render.tones import TONES
from cocosynth.render.tones.brightness import Brightness

names = pytest.mark.parametrize("name", sorted(TONES))
seeds = st.integers(0, 2**32 - 1)


@names
@given(seed=seeds)
def test_the_same_numbers_give_the_same_plain_values(name, seed):
    first, second = (TONES[name]().sample(np.random.default_rng(seed)) for _ in range(2))
    assert first == second
    assert json.loads(json.dumps(dict(first or {}), allow_nan=False)) == dict(first or {})


@names
@given(seed=seeds, image=images())
def test_values_alone_decide_what_comes_out_and_the_image_stays(name, seed, image):
    values = TONES[name]().sample(np.random.default_rng(seed))
    if values is None:
        return
    before = image.copy()
    image.flags.writeable = False
    changed = TONES[name]().apply(image, values)
    assert changed.shape == image.shape
    assert changed.dtype == np.uint8
    assert not np.shares_memory(changed, image)
    np.testing.assert_array_equal(image, before)
    again = TONES[name]().apply(image, json.loads(json.dumps(dict(values))))
    np.testing.assert_array_equal(changed, again)


@names
def test_probability_zero_never_changes_anything_and_shifts_no_number(name):
    never, always = np.random.default_rng(1), np.random.default_rng(1)
    assert TONES[name](p=0).sample(never) is None
    TONES[name](p=1).sample(always)
    assert never.random() == always.random()


def test_brightness_multiplies_and_stops_at_white():
    image = np.array([[[10, 100, 200]]], np.uint8)
    assert Brightness().apply(image, {"factor": 1.5}).tolist() == [[[15, 150, 255]]]
    assert Brightness().apply(image, {"factor": 0}).tolist() == [[[0, 0, 0]]]


@pytest.mark.parametrize("wrong", [{"factor_range": (2, 1)}, {"factor_range": (-1, 1)}, {"p": 2}])
def test_parameters_out_of_range_are_refused(wrong):
    with pytest.raises(ValueError, match="must"):
        Brightness(**wrong)


DARK = {"brightness": {"factor_range": [0.2, 0.4]}}


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
