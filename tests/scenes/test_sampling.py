"""Samplers choose by their own numbers only, among what a split has."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocosynth.scenes.sampling import SAMPLERS
from cocosynth.scenes.sampling.one_photo import OnePhoto
from cocosynth.scenes.sampling.weights import Weights

INSTANCES = {"dog": np.arange(3), "cat": np.array([7]), "cow": np.arange(10, 15)}
PHOTOS = np.array([5, 5, 6, -1, -1, -1, -1, 6, -1, -1, 5, 5, 8, 8, 8])  # 5 shows two dogs, two cows


def sampler(name, objects=(0, 6), **weights):
    return SAMPLERS[name].of(INSTANCES, objects_per_image=objects, weights=weights, photos=PHOTOS)


@pytest.mark.parametrize("name", sorted(SAMPLERS))
@given(seed=st.integers(0, 2**32 - 1), index=st.integers(0, 10**6))
def test_the_same_numbers_give_the_same_choice(name, seed, index):
    made = sampler(name)
    first, second = (made.sample(np.random.default_rng(seed), index) for _ in range(2))
    assert first == second
    assert len(first) <= 6
    known = {int(number) for numbers in INSTANCES.values() for number in numbers}
    assert all(number in known for attempts in first for number in attempts)


def drawn(made):
    rng = np.random.default_rng(0)
    firsts = [attempts[0] for i in range(2000) for attempts in made.sample(rng, i)]
    return Counter(next(c for c, n in INSTANCES.items() if first in n) for first in firsts)


def test_weights_are_kept():
    counts = drawn(sampler("weights", (1, 3), dog=3, cat=1, cow=0))
    assert counts["cow"] == 0
    assert counts["dog"] / counts["cat"] == pytest.approx(3, rel=0.1)


def test_a_category_without_a_weight_has_one_of_1():
    counts = drawn(sampler("weights", (1, 3), dog=2))
    assert counts["dog"] / counts["cow"] == pytest.approx(2, rel=0.1)


def test_nothing_to_paste_is_no_error_where_nothing_is_wanted():
    for sampling in (Weights, OnePhoto):
        made = sampling.of({}, objects_per_image=(0, 0), weights={}, photos=PHOTOS)
        assert list(made.sample(np.random.default_rng(0), 0)) == []


@given(seed=st.integers(0, 2**32 - 1), low=st.integers(0, 5), more=st.integers(0, 5))
def test_one_photo_gives_some_of_its_objects_and_none_twice(seed, low, more):
    chosen = sampler("one_photo", (low, low + more)).sample(np.random.default_rng(seed), 0)
    numbers = [number for [number] in chosen]
    assert len({PHOTOS[number] for number in numbers}) <= 1
    assert len(set(numbers)) == len(numbers) <= low + more
    if numbers:
        known = sum((PHOTOS[one] == PHOTOS[numbers[0]]).sum() for one in INSTANCES.values())
        assert len(numbers) >= min(low, known)


def test_one_photo_takes_every_photograph_and_every_subset():
    made, rng = sampler("one_photo", (1, 9)), np.random.default_rng(0)
    draws = [made.sample(rng, i) for i in range(3000)]
    photos = Counter(int(PHOTOS[drawn[0][0]]) for drawn in draws)
    assert set(photos) == {5, 6, 8}
    assert max(photos.values()) < 1.2 * min(photos.values())
    subsets = {frozenset(n for [n] in drawn) for drawn in draws if PHOTOS[drawn[0][0]] == 5}
    assert len(subsets) == 2**4 - 1


def test_one_photo_keeps_weights():
    assert drawn(sampler("one_photo", (1, 9), cow=0))["cow"] == 0
    counts = drawn(sampler("one_photo", (1, 1), dog=3, cat=0))  # photograph 5: 3 to 1
    assert counts["dog"] > counts["cow"]
    only = sampler("one_photo", (1, 1), dog=1e6, cow=1e-3)
    chosen = [made[0][0] for made in (only.sample(np.random.default_rng(i), 0) for i in range(99))]
    assert not any(PHOTOS[n] == 5 and n >= 10 for n in chosen)
