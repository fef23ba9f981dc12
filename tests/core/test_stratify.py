"""Every group of photographs feeds one split, and all splits get what they need."""

import os
import subprocess
import sys
from collections import Counter

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from strategies import labelled_groups

from cocosynth.core.stratify import assign

SHARES = {"train": 160, "val": 40}
shares = st.dictionaries(
    st.sampled_from(["train", "val", "test"]), st.integers(0, 500), min_size=1
).filter(lambda shares: any(shares.values()))


def given_by(groups, shares=SHARES, seed=0):
    return assign(groups, shares, np.random.default_rng(seed))


@given(labelled_groups(), shares)
def test_every_group_is_given_once_to_a_split_that_wants_images(groups, shares):
    assigned = given_by(groups, shares)
    assert assigned.keys() == groups.keys()
    assert all(shares[split] > 0 for split in assigned.values())


@given(labelled_groups(), shares)
def test_neither_groups_nor_shares_are_changed(groups, shares):
    before = dict(groups), dict(shares)
    given_by(groups, shares)
    assert (groups, shares) == before


@given(labelled_groups(), shares, st.integers(0, 9))
def test_the_same_seed_gives_the_same_splits(groups, shares, seed):
    assert given_by(groups, shares, seed) == given_by(groups, shares, seed)


def test_another_seed_gives_other_splits():
    groups = dict.fromkeys(range(40), frozenset(["dog"]))
    assert given_by(groups, seed=0) != given_by(groups, seed=1)


def test_another_process_gives_the_same_splits():
    code = (
        "import numpy as np; from cocosynth.core.stratify import assign;"
        "groups = {n: frozenset('abcdefg'[n % 5 : n % 5 + 1 + n % 3]) for n in range(60)};"
        "print(assign(groups, {'train': 3, 'val': 1}, np.random.default_rng(0)))"
    )
    told = [
        subprocess.run(
            [sys.executable, "-c", code],
            env=os.environ | {"PYTHONHASHSEED": number},
            capture_output=True,
            text=True,
            check=True,
        ).stdout
        for number in ("1", "2")
    ]
    assert told[0] == told[1]


@given(st.lists(st.integers(2, 9), min_size=1, max_size=4), st.integers(1, 1000))
def test_a_label_with_as_many_groups_as_splits_reaches_all(counts, train):
    groups = {
        (label, number): frozenset([label])
        for label, count in enumerate(counts)
        for number in range(count)
    }
    assigned = given_by(groups, {"train": train, "val": 1})
    reached = {(group[0], split) for group, split in assigned.items()}
    assert len(reached) == 2 * len(counts)


def test_shares_are_respected():
    groups = dict.fromkeys(range(500), frozenset(["dog"]))
    assert Counter(given_by(groups).values()) == {"train": 400, "val": 100}


def test_every_label_is_spread_by_the_shares():
    rng = np.random.default_rng(0)
    labels = ["person", "dog", "car", "background"]
    groups = {
        number: frozenset(rng.choice(labels, rng.integers(1, 4), p=[0.5, 0.1, 0.1, 0.3]).tolist())
        for number in range(1000)
    }
    assigned = given_by(groups)
    for label in labels:
        with_it = [assigned[number] for number in groups if label in groups[number]]
        assert with_it.count("val") / len(with_it) == pytest.approx(0.2, abs=0.02)


def test_a_split_that_wants_no_image_gets_nothing():
    groups = dict.fromkeys(range(9), frozenset(["dog"]))
    assert set(given_by(groups, {"train": 1, "val": 0}).values()) == {"train"}


def test_one_group_goes_to_the_larger_split():
    assert given_by({"only": frozenset(["dog"])}) == {"only": "train"}


def test_no_group_is_no_error():
    assert given_by({}) == {}
