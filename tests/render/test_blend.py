import cv2
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from cocosynth.core.errors import CannotBlendError
from cocosynth.core.values import ALPHA_THRESHOLD
from cocosynth.render.blend import BLEND_MODES
from cocosynth.render.blend.membrane import neighbors, solve
from cocosynth.render.blend.mix import mix

modes = pytest.mark.parametrize("name", sorted(BLEND_MODES))
BETWEEN = ("feather", "gaussian", "paste")  # each of their pixels lies between two colours


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
    try:
        mode(part, foreground)
    except CannotBlendError:
        assert (part == background).all()
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


@given(patch=patches())
def test_mixing_into_bgr_is_mixing_into_rgb(patch):
    background, foreground = patch
    weight = np.ascontiguousarray(foreground[..., 3])
    expected = background.copy()
    mix(expected, foreground, weight)
    canvas = np.pad(background[..., ::-1], ((1, 2), (3, 1), (0, 0)))
    part = canvas[1:-2, 3:-1]
    mix(part, foreground, weight, bgr=True)
    assert (part[..., ::-1] == expected).all()
    part[:] = 0
    assert not canvas.any()  # nothing around it has changed


@pytest.mark.parametrize("name", ["feather", "paste"])
@given(patch=patches())
def test_what_a_mode_weighs_is_what_it_mixes(name, patch):
    background, foreground = patch
    mode, expected = BLEND_MODES[name](), background.copy()
    mode(expected, foreground)
    weight = mode.weigh(np.ascontiguousarray(foreground[..., 3]))
    assert not weight[foreground[..., 3] < ALPHA_THRESHOLD].any()
    mixed = background.copy()
    mix(mixed, foreground, weight)
    assert (mixed == expected).all()


@pytest.mark.parametrize("name", BETWEEN)
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


def textured(size=64, seed=0):
    rng = np.random.default_rng(seed)
    smooth = cv2.GaussianBlur(rng.normal(0, 1, (size, size, 3)), (0, 0), 4)
    return np.clip(120 + 300 * smooth, 20, 235).astype(np.uint8)


def cut(colors, mask):
    return np.ascontiguousarray(np.dstack([colors, np.where(mask, 255, 0).astype(np.uint8)]))


def test_poisson_of_a_picture_onto_itself_or_a_brighter_self_is_seamless():
    picture, mask = textured(), disk(64, 25)
    steepest = max(np.abs(np.diff(picture.astype(int), axis=axis)).max() for axis in (0, 1))
    for shift in (0, 15):
        background = picture + np.uint8(shift)
        mixed = blended(BLEND_MODES["poisson"](), background, cut(picture, mask))
        assert np.abs(mixed.astype(int) - background).max() <= steepest


def test_poisson_has_the_colours_of_the_background_at_the_outline():
    background, mask = textured(seed=1), disk(64, 25)
    flat = np.full((64, 64, 3), 200, np.uint8)
    mixed = blended(BLEND_MODES["poisson"](), background, cut(flat, mask)).astype(int)
    ring = disk(64, 25) & ~disk(64, 23)
    nearby = cv2.blur(background, (5, 5)).astype(int)
    assert np.abs(mixed - nearby)[ring].mean() < 6
    assert np.abs(mixed[32, 32] - background[~mask].mean(axis=0)).max() < 40


@pytest.mark.parametrize("corner", [(slice(32), slice(32)), (slice(None), slice(40))])
def test_poisson_is_free_at_the_border_of_the_canvas(corner):
    """What the canvas cuts off changes nothing by its border: a flat object stays flat there."""
    mask = disk(64, 28)[corner]
    background = np.full((*mask.shape, 3), 90, np.uint8)
    foreground = np.full((*mask.shape, 3), 200, np.uint8)
    mixed = blended(BLEND_MODES["poisson"](), background, cut(foreground, mask))
    assert np.abs(mixed.astype(int) - 90).max() <= 1


def poisson_matrix(inside):
    """Return the matrix of Poisson's equation as a loop would write it."""
    places = [tuple(place) for place in np.argwhere(inside)]
    numbers = {place: number for number, place in enumerate(places)}
    matrix = np.zeros((len(places),) * 2)
    for (row, col), number in numbers.items():
        for near in ((row - 1, col), (row + 1, col), (row, col - 1), (row, col + 1)):
            if 0 <= near[0] < inside.shape[0] and 0 <= near[1] < inside.shape[1]:
                matrix[number, number] += 1
                if near in numbers:
                    matrix[number, numbers[near]] -= 1
    return matrix


@given(arrays(np.bool_, st.tuples(st.integers(1, 14), st.integers(1, 14))), st.integers(0, 99))
def test_the_solver_agrees_with_a_direct_one(inside, seed):
    if not inside.any() or inside.all():
        return
    right = np.random.default_rng(seed).uniform(-200, 200, (*inside.shape, 3)).astype(np.float32)
    found = solve(inside, right * inside[..., None])
    exact = np.linalg.solve(poisson_matrix(inside), right[inside].astype(float))
    assert np.abs(found[inside] - exact).max() < 1
    assert not found[~inside].any()


def test_the_solver_takes_large_masks_of_any_shape():
    rng = np.random.default_rng(3)
    noise = cv2.GaussianBlur(rng.normal(size=(331, 517)), (0, 0), 9)
    for inside in (noise > 0, noise > -0.05, np.indices(noise.shape).sum(axis=0) > 0):
        right = rng.uniform(-30, 30, (*noise.shape, 3)).astype(np.float32) * inside[..., None]
        values = solve(inside, right)
        count = neighbors(np.ones_like(values))
        rest = (right - count * values + neighbors(values)) * inside[..., None]
        assert np.abs(rest).max() < 2


def test_mixed_lets_the_texture_of_the_background_through_a_flat_object():
    background, mask = textured(seed=1), disk(64, 25)
    flat = np.full((64, 64, 3), 200, np.uint8)
    mixed = blended(BLEND_MODES["poisson"](mode="mixed"), background, cut(flat, mask))
    assert np.abs(mixed.astype(int) - background).max() <= 1


def test_monochrome_takes_no_colour_of_the_object():
    mask, grey = disk(64, 25), np.full((64, 64, 3), 120, np.uint8)
    normal, monochrome = (
        blended(BLEND_MODES["poisson"](mode=mode), grey, cut(textured(), mask)).astype(int)
        for mode in ("normal", "monochrome")
    )
    assert np.ptp(monochrome, axis=2).max() <= 1
    assert np.ptp(normal, axis=2).max() > 20
    assert monochrome[mask].std() > 3


def test_an_object_without_background_beside_it_has_no_poisson_blend():
    rgba = np.full((9, 9, 4), 255, np.uint8)
    with pytest.raises(CannotBlendError, match="no pixel of the background"):
        BLEND_MODES["poisson"]()(np.zeros((9, 9, 3), np.uint8), rgba)


def test_laplacian_mixes_broad_colours_widely_and_fine_ones_sharply():
    mask = np.zeros((80, 80), bool)
    mask[:, 40:] = True
    rows = np.indices((80, 80))[0]
    stripes = np.repeat(np.where(rows % 2, 220, 180)[..., None], 3, axis=2).astype(np.uint8)
    mode = BLEND_MODES["laplacian"](levels=3)
    mixed = blended(mode, np.full((80, 80, 3), 60, np.uint8), cut(stripes, mask)).astype(float)
    broad, fine = mixed.mean(axis=(0, 2)), np.abs(np.diff(mixed, axis=0)).mean(axis=(0, 2))
    assert np.count_nonzero((broad > 72) & (broad < 188)) >= 8
    assert np.count_nonzero((fine > 4) & (fine < 36)) <= 2
    assert broad[70] == pytest.approx(200, abs=1)
    assert broad[10] == pytest.approx(60, abs=1)


def test_motion_smears_along_its_line_only():
    mask = np.zeros((61, 61), bool)
    mask[20:41, 20:41] = True
    mode = BLEND_MODES["motion"]().drawn({"length": 10, "angle": 0})
    mixed = white_on_black(mode, mask)
    np.testing.assert_array_equal(mixed[:20], 0)
    across = mixed[30, 10:30].astype(int)
    assert (np.diff(across) >= 0).all()
    assert np.count_nonzero((across > 5) & (across < 250)) in (9, 10, 11)
    assert 107 < mixed[30, 20] < 147


def test_motion_draws_within_its_ranges():
    mode = BLEND_MODES["motion"](length_range=(3, 4), angle_range=(10, 20))
    drawn = [mode.sample(np.random.default_rng(seed)) for seed in range(50)]
    assert all(3 <= values["length"] <= 4 and 10 <= values["angle"] <= 20 for values in drawn)
    assert len({values["angle"] for values in drawn}) == 50
    assert max(mode.drawn(values).reach for values in drawn) <= mode.reach


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("poisson", {"rim": 101}),
        ("laplacian", {"levels": 0}),
        ("laplacian", {"levels": 8}),
        ("laplacian", {"rim": -1}),
        ("motion", {"length_range": (0, 101)}),
        ("motion", {"angle_range": (0, 361)}),
        ("motion", {"rim": 101}),
    ],
)
def test_what_lies_beyond_its_documented_range_is_refused(name, wrong):
    with pytest.raises(ValueError, match="must lie in"):
        BLEND_MODES[name](**wrong)


@pytest.mark.parametrize(("radius", "most"), [(1, 0.6), (2, 0.72), (4, 0.5), (6, 0.6)])
@pytest.mark.parametrize("run", [4, 5])
def test_feather_takes_the_stairs_out_of_a_slanted_outline(radius, most, run):
    rows, cols = np.indices((60, 120))
    mask = rows >= 20 + cols // run

    def stairs(weights):
        """How far the edge lies beside a straight line, as a standard deviation in pixels."""
        shown = weights[:, 15:105].sum(axis=0) / 255
        at = np.arange(len(shown))
        return np.std(shown - np.polyval(np.polyfit(at, shown, 1), at))

    soft = white_on_black(BLEND_MODES["feather"](radius=radius), mask).astype(int)
    assert stairs(soft) < most * stairs(255 * mask.astype(int))
    assert (soft[~mask] == 0).all()
    assert (soft[mask] > 0).all()


def test_a_feather_gains_weight_evenly():
    mask = np.zeros((60, 80), bool)
    mask[20:, :] = True
    for radius, wanted in ((2, (64, 191, 255)), (4, (32, 96, 159, 223, 255))):
        weights = white_on_black(BLEND_MODES["feather"](radius=radius), mask)[20:, 40].astype(int)
        assert np.abs(weights[: len(wanted)] - wanted).max() <= 2


def test_parts_thinner_than_a_wide_feather_are_seen():
    mask = np.zeros((40, 60), bool)
    mask[10:14, 10:50] = True
    mixed = white_on_black(BLEND_MODES["feather"](radius=6), mask)
    assert mixed[11:13, 12:48].min() > 50


def test_feather_leaves_the_weights_of_thin_parts_alone():
    for width in (1, 2):
        mask = np.zeros((21, 21), bool)
        mask[10 : 10 + width, 3:18] = True
        assert set(white_on_black(BLEND_MODES["feather"](), mask)[mask]) == {85}
