"""No object becomes larger than its photograph allows, and what is cut down is counted."""

import numpy as np
import pytest
from small_builds import built, scenes_of

from cocosynth.core.geometry import corners, quantized, scale_at, translation
from cocosynth.scenes.upscale import enlargement, shrunk

SIZE = (30, 40)


def turned(angle, factor, x=0, y=0):
    c, s = factor * np.cos(angle), factor * np.sin(angle)
    return np.array([[c, -s, x], [s, c, y], [0, 0, 1]])


@pytest.mark.parametrize("angle", [0, 0.3, 2])
@pytest.mark.parametrize("mirror", [1, -1])
def test_what_enlarges_too_much_is_cut_down_to_the_most(angle, mirror):
    change = turned(angle, 3, x=12, y=-7) @ np.diag([mirror, 1, 1])
    found = enlargement(corners(SIZE), quantized(change))
    assert found == pytest.approx(3)
    smaller = shrunk(change, found, 2)
    np.testing.assert_allclose(smaller[:2, :2], change[:2, :2] * 2 / 3)
    np.testing.assert_allclose(smaller[:2, 2], [12, -7])


def test_what_enlarges_no_more_stays_as_it_is():
    for factor in (0.3, 1, 2):
        change = turned(0.7, factor)
        assert shrunk(change, enlargement(corners(SIZE), quantized(change)), 2) is None


def test_a_perspective_is_judged_where_it_enlarges_most():
    change = turned(0, 1.5, x=3) @ np.array([[1, 0, 0], [0, 1, 0], [0.01, 0, 1.0]])
    place = translation(-20, -15)
    found = enlargement(corners(SIZE), quantized(change @ place))
    assert found > 1.8
    smaller = shrunk(change, found, 1.5)
    assert enlargement(corners(SIZE), quantized(smaller @ place)) == pytest.approx(1.5, rel=1e-3)
    np.testing.assert_allclose(smaller[:2, 2] / smaller[2, 2], change[:2, 2] / change[2, 2])


REASON = ("images", "enlargement of an object beyond limits.max_upscale: cut down to it")


def scales(out):
    return [
        scale_at((0, 0), tuple(map(tuple, part["matrix"])))
        for scene in scenes_of(out)
        for part in scene["placements"]
    ]


def test_a_build_caps_and_counts(tmp_path):
    """By default at 2; what is drawn below it comes out as drawn."""
    wide = {"augment": [{"scale": {"factor_range": [1.5, 2.5]}}], "splits": {"train": 12}}
    wide["canvas"] = {"width": 400, "height": 400}
    free, summary = built(tmp_path, "free", **wide, limits={"max_upscale": 1000})
    assert not summary.skipped[REASON]
    drawn = scales(free)
    assert max(drawn) > 2.2
    capped, summary = built(tmp_path, "capped", **wide)
    found = scales(capped)
    assert max(found) == pytest.approx(2, abs=1e-4)
    at_most = [scale for scale in found if scale > 1.9999]
    assert summary.skipped[REASON] == len(at_most) > 3
    assert set(np.round(drawn, 4)) >= {round(scale, 4) for scale in found if scale < 1.9999}


def test_a_build_that_enlarges_nothing_is_the_same_with_and_without(tmp_path):
    small = {"augment": [{"scale": {"factor_range": [0.5, 1.2]}}]}
    first, _ = built(tmp_path, "a", **small)
    other, _ = built(tmp_path, "b", **small, limits={"max_upscale": 1.2})
    for path in sorted((first / "train").iterdir()):
        assert path.read_bytes() == (other / "train" / path.name).read_bytes()
