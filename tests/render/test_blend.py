import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cocosynth.core.values import ALPHA_THRESHOLD
from cocosynth.render.blend import BLEND_MODES
from cocosynth.render.blend.mix import mix

modes = pytest.mark.parametrize("name", sorted(BLEND_MODES))


@st.composite
def patches(draw):
    height, width = draw(st.integers(1, 24)), draw(st.integers(1, 24))
    seed = draw(st.integers(0, 2**32 - 1))
    rng = np.random.default_rng(seed)
    background = rng.integers(0, 256, (height, width, 3), dtype=np.uint8)
    foreground = rng.integers(0, 256, (height, width, 4), dtype=np.uint8)
    foreground[..., 3] = draw(arrays(np.uint8, (height, width)))
    for array in (background, foreground):
        array.flags.writeable = False
    return background, foreground


def blended(mode, background, foreground):
    """Blend within a larger canvas, as rendering does; return the part that was blended into."""
    height, width = background.shape[:2]
    canvas = np.full((height + 2, width + 3, 3), 77, dtype=np.uint8)
    part = canvas[1:-1, 1:-2]
    part[:] = background
    mode(part, foreground)
    untouched = np.ones(canvas.shape[:2], bool)
    untouched[1:-1, 1:-2] = False
    assert (canvas[untouched] == 77).all()
    return part


@modes
@given(patch=patches())
def test_a_blend_changes_nothing_beyond_its_reach(name, patch):
    background, foreground = patch
    mode = BLEND_MODES[name]()
    mixed = blended(mode, *patch)
    mask = (foreground[..., 3] >= ALPHA_THRESHOLD).view(np.uint8)
    square = np.ones((2 * mode.reach + 1, 2 * mode.reach + 1), np.uint8)
    beyond = cv2.dilate(mask, square) == 0
    assert (mixed[beyond] == background[beyond]).all()


@modes
@given(patch=patches())
def test_a_blend_stays_between_its_two_colours(name, patch):
    background, foreground = patch[0], patch[1][..., :3]
    mixed = blended(BLEND_MODES[name](), *patch)
    low, high = np.minimum(background, foreground), np.maximum(background, foreground)
    assert ((low <= mixed) & (mixed <= high)).all()


@modes
@given(patch=patches())
def test_preparing_an_instance_leaves_its_alpha_and_the_original_alone(name, patch):
    _, rgba = patch
    prepared = BLEND_MODES[name]().prepare(rgba)
    assert (prepared[..., 3] == rgba[..., 3]).all()


@given(patch=patches())
def test_mix_is_the_rounded_weighted_mean(patch):
    background, foreground = patch
    weight = np.ascontiguousarray(foreground[..., 3])
    share = weight[..., None].astype(np.float64) / 255
    expected = np.floor(share * foreground[..., :3] + (1 - share) * background + 0.5 + 1e-9)
    mixed = blended(lambda canvas, rgba: mix(canvas, rgba, weight), *patch)
    assert (mixed == expected).all()


@given(patch=patches())
def test_paste_takes_the_pixels_of_the_object_as_they_are(patch):
    _, foreground = patch
    mixed = blended(BLEND_MODES["paste"](), *patch)
    inside = foreground[..., 3] >= ALPHA_THRESHOLD
    assert (mixed[inside] == foreground[..., :3][inside]).all()


def white_on_black(mode, mask):
    """Blend a white object of a given shape into black; return the grey levels."""
    foreground = np.full((*mask.shape, 4), 255, np.uint8)
    foreground[..., 3] = np.where(mask, 255, 0)
    return blended(mode, np.zeros((*mask.shape, 3), np.uint8), foreground)[..., 0]


def disk(size, radius):
    rows, cols = np.indices((size, size)) - (size - 1) / 2
    return np.hypot(rows, cols) <= radius


def test_feather_fades_inwards_and_keeps_the_middle():
    mask = disk(61, 20)
    mixed = white_on_black(BLEND_MODES["feather"](radius=4), mask)
    profile = mixed[30, 30:51].astype(int)  # from the centre to the last pixel of the object
    assert profile[0] == 255
    assert (np.diff(profile) <= 0).all()
    assert 0 < profile[-1] < 255
    assert (mixed[~mask] == 0).all()


def test_the_wider_a_feather_the_less_of_a_step_is_left_at_the_outline():
    mask = disk(121, 50)
    steps = [white_on_black(BLEND_MODES["feather"](radius=r), mask)[60, 109] for r in (1, 4, 20)]
    assert steps[0] > steps[1] > steps[2]
    assert steps[2] < 30


def test_gaussian_fades_on_both_sides_of_the_outline():
    mask = disk(61, 20)
    profile = white_on_black(BLEND_MODES["gaussian"](sigma=2), mask)[30, 30:61].astype(int)
    assert (np.diff(profile) <= 0).all()
    assert profile[15] > 240  # well inside
    assert 90 < profile[20] < 165  # at the outline
    assert 0 < profile[23] < 60  # outside of it
    assert profile[26] == 0


@pytest.mark.parametrize("hard", [("feather", {"radius": 0}), ("gaussian", {"sigma": 0})])
@pytest.mark.parametrize("edge", [255, 180, 100])
def test_a_sweep_begins_with_a_hard_edge(hard, edge):
    """At 0 the pixels are those of `paste`, where the alpha is soft, too."""
    name, parameters = hard
    mask = disk(61, 20)
    foreground = np.full((61, 61, 4), 255, np.uint8)
    foreground[..., 3] = np.where(disk(61, 18), 255, np.where(mask, edge, 0))
    canvas = np.zeros((61, 61, 3), np.uint8)
    mode = BLEND_MODES[name](**parameters, rim=0)
    assert mode.reach == 0
    wanted = np.where(foreground[..., 3] >= 128, 255, 0)
    assert (blended(mode, canvas, foreground)[..., 0] == wanted).all()
    assert (blended(BLEND_MODES["paste"](), canvas, foreground)[..., 0] == wanted).all()


def test_feather_never_lets_a_thin_part_vanish():
    mask = np.zeros((21, 21), bool)
    mask[10] = True
    assert (white_on_black(BLEND_MODES["feather"](), mask)[10] > 80).all()


def test_what_the_canvas_cuts_off_does_not_fade_there():
    mask = np.zeros((21, 21), bool)
    mask[:11, 5:16] = True
    profile = white_on_black(BLEND_MODES["feather"](radius=3), mask)[:, 10].astype(int)
    assert (profile[:8] == 255).all()
    assert (np.diff(profile[7:11]) < 0).all()


def test_feather_takes_the_old_background_out_of_the_rim():
    mask = disk(61, 20)
    rgba = np.zeros((61, 61, 4), np.uint8)
    rgba[..., 1] = 255  # the old background is green
    rgba[disk(61, 18.5)] = (200, 0, 0, 0)  # the outline was drawn a bit outside of the red object
    rgba[..., 3] = np.where(mask, 255, 0)
    grey = np.full((61, 61, 3), 90, np.uint8)
    feather, paste = BLEND_MODES["feather"](), BLEND_MODES["paste"]()
    clean = blended(feather, grey, feather.prepare(rgba))
    raw = blended(paste, grey, paste.prepare(rgba))
    assert clean[..., 1].max() <= 90
    assert raw[..., 1].max() == 255


@modes
def test_a_resampled_instance_has_no_colour_of_its_old_background_around_it(name):
    """Away from the rim that feather cleans, too: what is transparent must not shine through."""
    mask = disk(61, 20)
    rgba = np.zeros((61, 61, 4), np.uint8)
    rgba[..., 1] = 255
    rgba[mask] = (200, 0, 0, 255)
    prepared = BLEND_MODES[name]().prepare(rgba)
    small = cv2.resize(prepared, (23, 23), interpolation=cv2.INTER_AREA)
    assert small[..., 1].max() == 0
