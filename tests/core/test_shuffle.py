"""Orders of chance that are looked up place by place, and whole numbers in exact proportions."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from cocosynth.core.apportion import Proportions, apportioned, leveled
from cocosynth.core.shuffle import Shuffle


@pytest.mark.parametrize("count", [1, 2, 5, 4096, 4097, 10_000])
def test_every_number_comes_once(count):
    shuffle = Shuffle(count, 7, "train")
    assert sorted(shuffle[place] for place in range(count)) == list(range(count))


def test_keys_give_other_orders_and_large_ones_look_like_chance():
    first, second = (Shuffle(50_000, 7, name) for name in ("a", "b"))
    ones = np.array([first[place] for place in range(20_000)])
    others = np.array([second[place] for place in range(20_000)])
    assert (ones == others).mean() < 0.001
    assert abs(np.corrcoef(ones, np.arange(len(ones)))[0, 1]) < 0.03
    assert abs(np.corrcoef(ones[1:], ones[:-1])[0, 1]) < 0.03


@given(
    parts=st.lists(st.integers(0, 40), min_size=1, max_size=9),
    start=st.floats(0, 1),
    cut=st.floats(0, 1),
)
def test_proportions_hold_at_every_beginning_and_exactly_at_the_end(parts, start, cut):
    total = sum(parts)
    proportions = Proportions.counted(parts, start)
    assert proportions.first(total) == parts
    count = int(cut * total)
    found, following = proportions.first(count), proportions.first(count + 1)
    assert sum(found) == count
    assert all(abs(n - count * p / max(1, total)) < 4 for n, p in zip(found, parts, strict=True))
    if count < total:  # one thing falls to one part, and none is taken from another
        more = [after - before for before, after in zip(found, following, strict=True)]
        assert sorted(more) == [0] * (len(parts) - 1) + [1]


def test_proportions_of_weights_go_on_for_ever():
    proportions = Proportions.of([1, 2, 0, 1e-3], 0.3)
    before = [0] * 4
    for count in (1, 256, 10_000, 10**9):
        found = proportions.first(count)
        exact = [count * weight / 3.001 for weight in (1, 2, 0, 1e-3)]
        assert all(abs(n - e) < 6 for n, e in zip(found, exact, strict=True))
        assert sum(found) == count
        assert all(n >= b for n, b in zip(found, before, strict=True))
        before = found


@given(
    total=st.integers(0, 10_000),
    weights=st.lists(st.floats(0, 1e6), min_size=1, max_size=9),
    start=st.floats(0, 1),
)
def test_parts_add_up_and_are_off_by_less_than_one(total, weights, start):
    parts, whole = apportioned(total, weights, start), sum(weights)
    assert sum(parts) == (total if whole else 0)
    assert all(
        abs(n - total * w / whole) < 1.001 for n, w in zip(parts, weights, strict=True) if whole
    )


@given(
    total=st.integers(0, 500),
    parts=st.lists(st.tuples(st.integers(0, 9), st.integers(0, 99)), min_size=1, max_size=6),
)
def test_levels_fill_up_what_is_lowest(total, parts):
    weights, filled = zip(*parts, strict=True)
    more = leveled(total, weights, filled)
    assert sum(more) == (total if any(weights) else 0)
    assert all(n >= 0 and (w or not n) for n, w in zip(more, weights, strict=True))
    levels = [(n + f) / w for n, f, w in zip(more, filled, weights, strict=True) if n and w]
    if levels:
        least = min((n + f + 1.001) / w for n, f, w in zip(more, filled, weights, strict=True) if w)
        assert all(
            (n + f - 1.001) / w <= least
            for n, f, w in zip(more, filled, weights, strict=True)
            if n and w
        )
