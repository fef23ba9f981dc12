"""Shadows: dark, soft, below their object, and in no label."""

import json

import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from small_builds import annotations_of, built, scenes_of, tree
from strategies import masks, readonly

from cocosynth.core.executors import Processes, Serial
from cocosynth.core.geometry import quantized, translation
from cocosynth.core.values import Background, Box, Placement, Scene, Step
from cocosynth.foregrounds.octagon import octagon_of
from cocosynth.foregrounds.warped import Warper
from cocosynth.pipeline.replay import replay
from cocosynth.render.blend import BLEND_MODES
from cocosynth.render.render import Techniques, render
from cocosynth.render.shadow import SHADOWS
from cocosynth.render.shadow.shade import Shade, darken, softened

names = pytest.mark.parametrize("name", sorted(SHADOWS))
seeds = st.integers(0, 2**32 - 1)
RANGES = {
    "contact": {"strength_range": (0, 1)},
    "drop": {
        "strength_range": (0, 1),
        "x_range": (-1, 1),
        "y_range": (-1, 1),
        "blur_range": (0, 0.5),
    },
}


@names
@given(seed=seeds)
def test_the_same_numbers_give_the_same_plain_values(name, seed):
    first, second = (SHADOWS[name]().sample(np.random.default_rng(seed)) for _ in range(2))
    assert first == second
    assert json.loads(json.dumps(dict(first), allow_nan=False)) == dict(first)


@names
def test_probability_zero_never_casts_a_shadow_and_shifts_no_number(name):
    never, always = np.random.default_rng(1), np.random.default_rng(1)
    assert SHADOWS[name](p=0).sample(never) is None
    assert SHADOWS[name](p=1).sample(always) is not None
    assert never.random() == always.random()


@names
def test_what_lies_beyond_its_documented_range_is_refused(name):
    wrong = [{"p": 1.1}, {"p": float("nan")}]
    for key, (low, high) in RANGES[name].items():
        wrong += [{key: (low - 0.1, high)}, {key: (low, high + 0.1)}, {key: (high, low)}]
    if name == "contact":
        wrong += [{"size": 1.1}, {"foot": -0.1}]
    for parameters in wrong:
        with pytest.raises(ValueError, match="must"):
            SHADOWS[name](**parameters)


@names
@given(mask=masks(), seed=seeds)
def test_a_shadow_is_pure_and_no_darker_than_its_strength(name, mask, seed):
    made = SHADOWS[name](**RANGES[name])
    values = made.sample(np.random.default_rng(seed))
    first, second = (made.cast(mask, values) for _ in range(2))
    np.testing.assert_array_equal(first.darkness, second.darkness)
    assert first.darkness.max(initial=0) <= round(255 * values["strength"])


@names
def test_strength_zero_and_an_empty_mask_cast_nothing(name):
    made = SHADOWS[name](strength_range=(0, 0))
    values = made.sample(np.random.default_rng(0))
    assert not made.cast(np.ones((9, 9), bool), values).darkness.any()
    dark = SHADOWS[name]().sample(np.random.default_rng(0))
    assert not made.cast(np.zeros((9, 9), bool), dark).darkness.any()


def laid(shade, size=(100, 100), at=(30, 40)):
    """Return how dark each pixel of a canvas becomes, the mask lying at a row and a column."""
    white = np.full((*size, 3), 255, np.uint8)
    darken(white, shade, Box(*at, *at))
    return 255 - white[..., 0].astype(int)


def test_contact_is_darkest_at_the_feet_and_gone_above_them():
    table = np.zeros((40, 30), bool)
    table[:8], table[:, :4], table[:, -4:] = True, True, True
    dark = laid(SHADOWS["contact"]().cast(table, {"strength": 0.6, "size": 0.05, "foot": 0.1}))
    below = dark[70]  # the first row under the feet
    assert below[42] == pytest.approx(0.6 * 255, abs=45)
    assert below[67] == pytest.approx(below[42], abs=3)
    assert below[55] == 0  # between the legs
    assert (np.diff(dark[70:90, 42]) <= 0).all()
    assert not dark[:55].any()
    assert not dark[80:].any()


def test_a_part_far_above_the_ground_has_no_contact():
    step = np.zeros((40, 30), bool)
    step[:40, :10], step[:20, 10:] = True, True
    dark = laid(SHADOWS["contact"]().cast(step, {"strength": 0.6, "size": 0.05, "foot": 0.1}))
    assert dark[71, 45] > 40
    assert not dark[:, 60:].any()


def test_drop_has_the_shape_of_the_object_at_its_offset():
    disk = cv2.circle(np.zeros((41, 41), np.uint8), (20, 20), 20, 1, -1).view(bool)
    values = {"strength": 0.4, "x": 0.2, "y": -0.1, "blur": 0}
    dark = laid(SHADOWS["drop"]().cast(disk, values))
    expected = np.zeros((100, 100), bool)
    expected[26:67, 48:89] = disk
    np.testing.assert_array_equal(dark > 50, expected)
    assert set(np.unique(dark)) == {0, 102}


@pytest.mark.parametrize("sigma", [0.5, 3, 8, 20, 60])
def test_a_soft_edge_has_its_sigma_however_it_is_computed(sigma):
    shade = softened(np.full((301, 301), 200, np.uint8), sigma, 0, 0)
    middle = shade.darkness[shade.darkness.shape[0] // 2 - 2].astype(float)
    edge = np.arange(len(middle))[: -shade.col + 150] + shade.col  # in pixels from the outline
    slope = np.diff(middle[: -shade.col + 150])
    place = (edge[1:] * slope).sum() / slope.sum()
    width = np.sqrt(((edge[1:] - place) ** 2 * slope).sum() / slope.sum())
    assert place == pytest.approx(0, abs=0.6 if sigma < 30 else 4)
    assert width == pytest.approx(sigma, rel=0.1, abs=0.2)


@given(st.integers(-60, 60), st.integers(-60, 60))
def test_a_shadow_falls_inside_of_the_canvas_only(row, col):
    image = np.full((30, 40, 3), 200, np.uint8)
    darken(image, Shade(np.full((20, 25), 255, np.uint8), row, col), Box(5, 5, 9, 9))
    expected = np.full((30, 40), 200)
    place = Box(row + 5, col + 5, row + 25, col + 30).clipped((30, 40))
    expected[place.slices] = 0
    np.testing.assert_array_equal(image[..., 0], expected)


def test_a_shadow_falls_on_what_lies_behind_and_never_on_what_lies_in_front():
    rgba = np.zeros((30, 30, 4), np.uint8)
    rgba[5:25, 5:25] = (200, 100, 50, 255)
    octagon = octagon_of(rgba[..., 3] > 0)
    step = Step("drop", {"strength": 0.5, "x": 0.3, "y": 0.3, "blur": 0.05})
    behind, front = (
        Placement(0, quantized(translation(x, x)), "x", (), (), (step,)) for x in (20, 30)
    )
    techniques = Techniques({"x": BLEND_MODES["paste"]()}, {}, {}, {"drop": SHADOWS["drop"]()})
    photo = readonly(np.full((80, 80, 3), 200, np.uint8))
    scene = Scene("train", 0, (80, 80), Background(0, Box(0, 0, 80, 80)), (behind, front))
    warper = Warper(lambda number, blend: rgba, lambda number: octagon)
    image = render(scene, photo, warper=warper, techniques=techniques)[..., ::-1]
    assert (image[35:55, 35:55] == (200, 100, 50)).all()  # the one in front
    assert (image[27:34, 27:34] == (200, 100, 50)).all()  # the one behind, out of its reach
    assert (image[57:59, 45:55, 0] < 120).all()  # the ground


def test_an_object_that_takes_on_the_light_around_it_does_not_take_on_its_own_shadow():
    rgba = np.zeros((30, 30, 4), np.uint8)
    rgba[5:25, 5:25] = (200, 100, 50, 255)
    octagon = octagon_of(rgba[..., 3] > 0)
    step = Step("drop", {"strength": 0.9, "x": 0, "y": 0.1, "blur": 0.2})
    techniques = Techniques({"x": BLEND_MODES["poisson"]()}, {}, {}, {"drop": SHADOWS["drop"]()})
    shown = []
    for shadow in ((), (step,)):
        placement = Placement(0, quantized(translation(20, 20)), "x", (), (), shadow)
        scene = Scene("train", 0, (80, 80), Background(0, Box(0, 0, 80, 80)), (placement,))
        warper = Warper(lambda number, blend: rgba, lambda number: octagon)
        photo = readonly(np.full((80, 80, 3), 200, np.uint8))
        bgr = render(scene, photo, warper=warper, techniques=techniques)
        shown.append(bgr[..., ::-1])
    bare, dark = shown
    np.testing.assert_array_equal(bare[25:45, 25:45], dark[25:45, 25:45])
    assert (dark[46:48, 30:40] < 150).all()


def test_shadows_change_colours_no_label_and_stand_in_the_scene(tmp_path):
    shadow = [{"contact": {"p": 0.7}}, "drop"]
    plain, _ = built(tmp_path, out="plain", blend="paste")
    dark, _ = built(tmp_path, out="dark", blend="paste", shadow=shadow)
    assert annotations_of(plain)["annotations"] == annotations_of(dark)["annotations"]
    changed, names = 0, set()
    for before, scene in zip(scenes_of(plain), scenes_of(dark), strict=True):
        steps = [placement.pop("shadow") for placement in scene["placements"]]
        assert scene == before
        assert all(drawn == steps[0] for drawn in steps)  # one light for all objects
        names |= {tuple(step["name"] for step in steps[0])}
        first, second = (
            cv2.imread(str(out / "train" / scene["file_name"])).astype(int) for out in (plain, dark)
        )
        assert (second <= first).all()
        changed += (second < first).any()
    assert names == {("contact", "drop"), ("drop",)}
    assert changed == 6


def test_one_shadow_needs_no_list(tmp_path):
    one, _ = built(tmp_path, out="one", shadow={"drop": {"blur_range": [0, 0]}})
    two, _ = built(tmp_path, out="two", shadow=[{"drop": {"blur_range": [0, 0]}}])
    assert tree(one / "train") == tree(two / "train")


def test_replay_and_workers_give_the_same_bytes(tmp_path):
    one, _ = built(tmp_path, out="one", shadow=["contact", "drop"], executor=Serial())
    two, _ = built(tmp_path, out="two", shadow=["contact", "drop"], executor=Processes(2))
    assert tree(one) == tree(two)
    for scene in scenes_of(one):
        name, content = replay(one, tmp_path, split="train", image_id=scene["image_id"])
        assert content == (one / "train" / name).read_bytes()
