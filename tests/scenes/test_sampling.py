"""Samplers choose by their own numbers only, among what a split has."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocosynth.scenes.sampling import SAMPLERS
from cocosynth.scenes.sampling.weights import Weights

INSTANCES = {"dog": np.arange(3), "cat": np.array([7]), "cow": np.arange(10, 15)}


def sampler(name, objects=(0, 6), **weights):
    return SAMPLERS[name].of(INSTANCES, objects_per_image=objects, weights=weights)


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
    made = Weights.of({}, objects_per_image=(0, 0), weights={})
    assert made.sample(np.random.default_rng(0), 0) == []
