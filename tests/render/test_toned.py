"""Tones on a foreground: what lies outside of the object does not colour it."""

from dataclasses import dataclass, field

import numpy as np
import pytest
from every_tone import tone
from hypothesis import given
from hypothesis import strategies as st
from strategies import masks, readonly

from cocosynth.core.errors import TechniqueError
from cocosynth.core.values import Step
from cocosynth.foregrounds.warped import WarpedInstance
from cocosynth.render.toned import toned
from cocosynth.render.tones import TONES

names = pytest.mark.parametrize("name", sorted(TONES))
seeds = st.integers(0, 2**32 - 1)
RED = (200, 30, 60)


def disk(size=41, radius=14):
    rows, cols = np.indices((size, size)) - size // 2
    return np.hypot(rows, cols) <= radius


def warped(mask, colors):
    """Return a warped instance with an alpha that is soft around its mask."""
    rgba = np.zeros((*mask.shape, 4), np.uint8)
    rgba[..., :3] = colors
    rgba[..., 3] = np.where(mask, 200, 90)
    return WarpedInstance(readonly(rgba), mask, int(mask.sum()))


@names
@given(mask=masks(), seed=seeds)
def test_nothing_outside_of_the_mask_decides_a_colour_inside(name, mask, seed):
    made, rng = tone(name, p=1), np.random.default_rng(seed)
    step = Step(name, dict(made.sample(rng)))
    inside = rng.integers(0, 256, (*mask.shape, 3))
    outsides = (np.zeros_like(inside), rng.integers(0, 256, inside.shape))
    first, second = (
        toned(warped(mask, np.where(mask[..., None], inside, outside)), [step], {name: made}).rgba
        for outside in outsides
    )
    np.testing.assert_array_equal(first[mask], second[mask])


@names
def test_alpha_mask_and_area_stay(name):
    made, before = tone(name, p=1), warped(disk(), RED)
    step = Step(name, dict(made.sample(np.random.default_rng(0))))
    after = toned(before, [step], {name: made})
    np.testing.assert_array_equal(after.rgba[..., 3], before.rgba[..., 3])
    assert after.mask is before.mask
    assert after.area == before.area


STRONG = [
    Step("blur", {"sigma": 10}),
    Step("motion_blur", {"length": 30, "angle": 20}),
    Step("sharpen", {"amount": 5, "sigma": 4}),
    Step("contrast", {"factor": 1.5}),
    Step("jpeg", {"quality": 90}),
]


@pytest.mark.parametrize("first", STRONG, ids=lambda step: step.name)
@pytest.mark.parametrize("second", STRONG, ids=lambda step: step.name)
def test_an_object_of_one_colour_on_black_keeps_it_up_to_its_rim(first, second):
    mask = disk()
    before = warped(mask, np.where(mask[..., None], RED, 0))
    kinds = {step.name: tone(step.name) for step in (first, second)}
    after = toned(before, [first, second], kinds).rgba[mask][:, :3].astype(int)
    allowed = 2 if "contrast" not in kinds else 80  # it moves all of it, the same everywhere
    assert np.abs(after - RED).max() <= allowed
    assert np.ptp(after, axis=0).max() <= 4


@dataclass(frozen=True)
class Watch:
    """Keep what it is given."""

    looks_at: str
    seen: list = field(default_factory=list)

    def apply(self, image, values):
        self.seen.append(image.copy())
        return image.copy()


def test_a_tone_is_given_what_it_says_that_it_looks_at():
    mask = disk()
    before = warped(mask, np.where(mask[..., None], RED, 7))
    kinds = {sight: Watch(sight) for sight in ("pixel", "neighbours", "all")}
    for sight, watch in kinds.items():
        toned(before, [Step(sight, {})], {sight: watch})
    np.testing.assert_array_equal(kinds["pixel"].seen[0], before.rgba[..., :3])
    assert (kinds["neighbours"].seen[0] == RED).all()
    assert kinds["all"].seen[0].tolist() == [[list(RED)]] * before.area


def test_a_tone_that_does_not_say_it_is_given_the_pixels_as_they_are():
    @dataclass(frozen=True)
    class Plain:
        def apply(self, image, values):
            return 255 - image

    before = warped(disk(), RED)
    after = toned(before, [Step("plain", {})], {"plain": Plain()})
    np.testing.assert_array_equal(after.rgba[..., :3], 255 - before.rgba[..., :3])


def test_a_tone_that_looks_at_something_else_is_one_line():
    with pytest.raises(TechniqueError, match="mine: looks_at must be one of pixel, neighbours, al"):
        toned(warped(disk(), RED), [Step("mine", {})], {"mine": Watch("moon")})


def test_an_object_without_a_pixel_is_left_alone():
    nothing = warped(np.zeros((5, 6), bool), RED)
    for sight in ("neighbours", "all"):
        after = toned(nothing, [Step("x", {})], {"x": Watch(sight)})
        np.testing.assert_array_equal(after.rgba, nothing.rgba)
