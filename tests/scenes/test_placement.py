from itertools import islice

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocosynth.core.values import Background, Box, License, Photo
from cocosynth.labels.label_image import Limits
from cocosynth.scenes.placement import PLACEMENTS
from cocosynth.scenes.placement.candidate import Candidate
from cocosynth.scenes.placement.site import Site
from cocosynth.scenes.placement.source import Source
from cocosynth.scenes.placement.uniform import Uniform

CANVAS = (48, 64)
seeds = st.integers(0, 2**32 - 1)


def candidate(seed, largest=60):
    rng = np.random.default_rng(seed)
    mask = rng.random(rng.integers(1, largest, 2)) < rng.uniform(0.05, 1)
    mask[rng.integers(mask.shape[0]), rng.integers(mask.shape[1])] = True
    mask.flags.writeable = False
    return Candidate(mask, int(mask.sum()))


def inside(mask, row, col):
    top, left = max(0, -row), max(0, -col)
    return int(mask[top : max(0, CANVAS[0] - row), left : max(0, CANVAS[1] - col)].sum())


def site(max_truncation=0.25, tries=20):
    limits = Limits(max_truncation=max_truncation, max_overlap=1, min_visibility=0, min_area=1)
    photo = Photo("views", "x.png", "x.png", CANVAS, True, None, License("", ""), "")
    labels = np.zeros(CANVAS, np.uint16)
    labels.flags.writeable = False
    return Site(CANVAS, Background(0, Box(0, 0, *CANVAS)), photo, labels, (), 1, limits, tries)


def places(strategy, subject, seed=0, **known):
    where = site(**known)
    rng = np.random.default_rng(seed)
    return list(islice(strategy.propose(rng, subject, where), where.tries))


@pytest.mark.parametrize("name", sorted(PLACEMENTS))
@given(seed=seeds)
def test_a_placement_ends_and_the_same_numbers_give_the_same_places(name, seed):
    strategy, subject = PLACEMENTS[name](), candidate(seed)
    found = places(strategy, subject, seed)
    assert found == places(strategy, subject, seed)
    assert all(type(number) is int for place in found for number in place)


@given(seeds, st.sampled_from([0.0, 0.2, 0.5]))
def test_limits_are_as_wide_as_they_can_be(seed, allowed):
    subject = candidate(seed, largest=40)
    limits = subject.limits(CANVAS, allowed)
    assert limits is not None
    top, bottom, left, right = limits
    middle = left if left >= 0 else 0

    def lost(row):
        return subject.area - inside(subject.mask, row, middle)

    assert lost(top) <= allowed * subject.area < lost(top - 1)
    assert lost(bottom) <= allowed * subject.area < lost(bottom + 1)
    assert left <= right


def test_no_place_is_proposed_for_what_is_larger_than_the_canvas():
    assert places(Uniform(), Candidate(np.ones((100, 100), bool), 10000)) == []


def test_uniform_reaches_every_corner():
    subject = Candidate(np.ones((8, 8), bool), 64)
    found = {
        place for seed in range(60) for place in places(Uniform(), subject, seed, max_truncation=0)
    }
    rows, cols = {row for row, _ in found}, {col for _, col in found}
    assert min(rows) == 0
    assert max(rows) == CANVAS[0] - 8
    assert min(cols) == 0
    assert max(cols) == CANVAS[1] - 8


@pytest.mark.parametrize(
    ("side", "reach", "expected"),
    [
        ("top", 3.0, (-3, None)),
        ("left", 2.5, (None, -3)),
        ("bottom", 9.0, (39, None)),
        ("right", 8.5, (None, 56)),
    ],
)
def test_an_instance_cut_by_a_border_is_set_flush_to_it(side, reach, expected):
    subject = Candidate(np.ones((10, 10), bool), 100, cuts=((side, reach),))
    for place in places(Uniform(), subject):
        row, col = subject.flush(CANVAS, *place)
        assert expected[0] in (None, row)
        assert expected[1] in (None, col)


def test_source_keeps_the_place_the_instance_had():
    subject = Candidate(np.ones((10, 20), bool), 200, home=(0.5, 0.25))
    assert places(Source(jitter=0), subject, tries=1) == [(19, 6)]
