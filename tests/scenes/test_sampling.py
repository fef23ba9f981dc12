"""Samplers choose by their own numbers only, and all scenes add up to what is asked."""

from collections import Counter

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from cocosynth.scenes.sampling import sampler_of
from cocosynth.scenes.sampling.asked import Goals, Stock, asked_of
from cocosynth.scenes.sampling.counts import quotas
from cocosynth.scenes.sampling.decks import sized_decks, sorted_by_reach
from cocosynth.scenes.sampling.options import Balance, Objects, Occlusions, Sizes

INSTANCES = {"dog": np.arange(3), "cat": np.array([7]), "cow": np.arange(10, 15)}
PHOTOS = np.array([5, 5, 6, -1, -1, -1, -1, 6, -1, -1, 5, 5, 8, 8, 8])  # 5 shows two dogs, two cows
NONE = np.zeros(0)


def dealt(scenes=100, objects=(0, 6), *, seed=3, reach=NONE, instances=INSTANCES, **changes):
    """Return the sampler of a split, and what it is asked for."""
    counted, copies = changes.pop("counted", {}), changes.pop("copies", None)
    goals = Goals(
        **{
            "objects": objects,
            "empty": None,
            "sampling": "weights",
            "weights": {},
            "balance": None,
            "sizes": None,
            "occlusion": None,
        }
        | changes
    )
    kept = {name: n for name, n in instances.items() if goals.weights.get(name, 1) > 0}
    stock, key = Stock(kept, PHOTOS, reach, 1.0, copies), (seed, "train")
    asked = asked_of(goals, stock, key=key, scenes=scenes, wanted=list(kept), counted=counted)
    return sampler_of(key, goals, stock, asked)


def drawn(sampler, asked, seed=0):
    """Return what each scene wants."""
    return [sampler.sample(np.random.default_rng([seed, i]), i) for i in range(asked.scenes)]


def firsts(scenes):
    return [wanted.instances[0] for scene in scenes for wanted in scene]


def by_category(numbers):
    return Counter(next(c for c, n in INSTANCES.items() if number in n) for number in numbers)


GOALS = [
    {},
    {"sampling": "one_photo"},
    {"empty": 0.3},
    {"objects": Objects(poisson=3, max=12)},
    {"objects": Objects(like="source")},
    {"balance": Balance(min_instances=20), "occlusion": Occlusions(none=0.5, heavy=0.5)},
]


@pytest.mark.parametrize("goals", GOALS, ids=str)
@settings(max_examples=5)
@given(seed=st.integers(0, 2**32 - 1))
def test_a_scene_alone_is_what_it_is_among_all(goals, seed):
    sampler, asked = dealt(300, seed=seed, **goals)
    alone, _ = dealt(300, seed=seed, **goals)
    for index in (299, 0, 257):
        rngs = [np.random.default_rng(seed) for _ in range(2)]
        assert sampler.sample(rngs[0], index) == alone.sample(rngs[1], index)
    known = {int(number) for numbers in INSTANCES.values() for number in numbers}
    chosen = sampler.sample(np.random.default_rng(seed), 7)
    assert all(number in known for wanted in chosen for number in wanted.instances)


@pytest.mark.parametrize("scenes", [40, 300])
@settings(max_examples=8)
@given(seed=st.integers(0, 2**32 - 1))
def test_instances_are_dealt_like_cards(scenes, seed):
    numbers = firsts(drawn(*dealt(scenes, seed=seed)))
    for cards in INSTANCES.values():
        mine = [number for number in numbers if number in cards]
        for start in range(0, len(mine) - len(cards), len(cards)):
            assert len(set(mine[start : start + len(cards)])) == len(cards)


def test_some_cards_are_in_the_deck_more_often():
    copies = np.ones(15, dtype=np.int64)
    copies[[1, 12]] = 3, 4
    uses = Counter(firsts(drawn(*dealt(80, 3, copies=copies))))
    assert [uses[number] for number in INSTANCES["dog"]] == [16, 48, 16]
    assert [uses[number] for number in INSTANCES["cow"]] == [10, 10, 40, 10, 10]


def test_weights_are_kept():
    counts = by_category(firsts(drawn(*dealt(512, (1, 3), weights={"dog": 3, "cow": 0}))))
    assert counts["cow"] == 0
    assert counts["dog"] / counts["cat"] == pytest.approx(3, rel=0.05)


def test_more_images_leave_the_first_ones_as_they_were():
    assert drawn(*dealt(50)) == drawn(*dealt(600))[:50]


def test_nothing_to_paste_is_no_error_where_nothing_is_wanted():
    for sampling in ("weights", "one_photo"):
        sampler, _ = dealt(3, (0, 0), instances={}, sampling=sampling)
        assert list(sampler.sample(np.random.default_rng(0), 0)) == []


@pytest.mark.parametrize("scenes", [300, 1, 257])
@pytest.mark.parametrize("objects", [(0, 6), (1, 4), 3, Objects(poisson=3, max=12)])
def test_empty_images_are_exact_and_the_others_have_objects(scenes, objects):
    scenes_wanted = drawn(*dealt(scenes, objects, empty=0.2))
    assert sum(not wanted for wanted in scenes_wanted) == round(0.2 * scenes)


def test_the_distribution_of_objects_is_met_exactly():
    counts = Counter(map(len, drawn(*dealt(1000, Objects(poisson=3, max=12)))))
    asked = quotas(Objects(poisson=3, max=12), None, 1000, ())
    assert [counts[number] for number in range(13)] == asked
    assert asked[:4] == [50, 149, 224, 224]  # 1000 * exp(-3) * 3**n / n!
    assert set(map(len, drawn(*dealt(9, 3)))) == {3}


def test_as_many_objects_as_the_source_shows():
    counts = Counter(map(len, drawn(*dealt(300, Objects(like="source")))))
    assert counts == {4: 100, 2: 100, 3: 100}  # photographs 5, 6 and 8


def test_every_category_gets_its_least_and_the_rest_goes_by_weights():
    balance = Balance(min_instances={"cat": 250}, weights={"dog": 1, "cow": 1, "cat": 0.01})
    sampler, asked = dealt(100, 6, balance=balance, weights=balance.weights)
    assert by_category(firsts(drawn(sampler, asked))) == {"cat": 250, "dog": 175, "cow": 175}
    assert not asked.short


def test_what_cannot_be_is_known_beforehand_with_the_way_out():
    balance = Balance(min_instances={"cat": 90, "fox": 3, "dog": 20})
    sampler, asked = dealt(50, 2, balance=balance)
    no_fox, too_many = asked.short
    assert "train has no instance to paste of fox" in no_fox
    assert "to have 110 objects, but its 50 images get 100: set splits.train to 55 or" in too_many
    assert by_category(firsts(drawn(sampler, asked))) == {"cat": 82, "dog": 18}
    assert dealt(55, 2, balance=Balance(min_instances={"cat": 90, "dog": 20}))[1].short == ()


def test_like_the_source_and_repeat_factors():
    like = by_category(firsts(drawn(*dealt(90, 1, balance=Balance(like="source")))))
    assert like == {"dog": 30, "cat": 10, "cow": 50}
    # in 2, 1 and 2 of 3 photographs: max(1, sqrt(t / f)) is 1.118, 1.581 and 1.118 for t = 5/6
    repeated = by_category(firsts(drawn(*dealt(1000, 1, balance=Balance(repeat_factor=5 / 6)))))
    exact = np.array([3 * 1.11803, 1.58114, 5 * 1.11803])
    assert [repeated[n] for n in INSTANCES] == pytest.approx(1000 * exact / exact.sum(), abs=1)


def test_only_what_is_underrepresented_is_pasted_in_as_few_images_as_that_takes():
    balance = Balance(min_instances=100, counting="real.json", only_underrepresented=True)
    counted = {"dog": 40, "cat": 100, "cow": 500}
    sampler, asked = dealt(10**6, (1, 3), balance=balance, counted=counted)
    assert asked.scenes == 30
    assert by_category(firsts(drawn(sampler, asked))) == {"dog": 60}


REACH = np.full(15, 2e5)
REACH[[0, 10, 11]] = 3000.0  # medium at the most
REACH[7] = 500.0  # small only


def test_sizes_are_exact_where_instances_can_have_them():
    sizes = Sizes(small=0.4, medium=0.3, large=0.3)
    sampler, asked = dealt(100, 6, reach=REACH, sizes=sizes)
    chosen = [wanted for scene in drawn(sampler, asked) for wanted in scene]
    assert Counter(wanted.size for wanted in chosen) == {"small": 240, "medium": 180, "large": 180}
    assert by_category(firsts([chosen])) == {"dog": 200, "cat": 200, "cow": 200}
    least = {"small": 0, "medium": 1100, "large": 10000}
    assert all(REACH[n] >= least[w.size] for w in chosen for n in w.instances)
    assert not asked.short
    uses = Counter(firsts([chosen]))
    cows = [uses[number] for number in INSTANCES["cow"]]
    assert max(cows) - min(cows) <= 1


def test_a_size_that_no_instance_reaches_is_known_beforehand():
    few = {"cat": INSTANCES["cat"]}
    sampler, asked = dealt(10, 1, reach=REACH, instances=few, sizes=Sizes(large=1))
    assert asked.short[0].startswith("sizes: 10 of the 10 large objects of train cannot be: too")
    assert {w.size for scene in drawn(sampler, asked) for w in scene} == {"small"}
    medium = {"cow": np.array([10, 11])}
    sizes = Sizes(small=0.5, large=0.5)
    sampler, asked = dealt(10, 2, reach=REACH, instances=medium, sizes=sizes)
    assert asked.short[0].startswith("sizes: 10 of the 10 large objects of train cannot be: too")
    found = Counter(w.size for scene in drawn(sampler, asked) for w in scene)
    assert found == {"medium": 10, "small": 10}, "the next smaller size"


@given(
    counts=st.lists(st.integers(0, 50), min_size=3, max_size=3),
    shares=st.lists(st.floats(0, 1), min_size=3, max_size=3),
)
def test_sizes_add_up_to_what_each_category_gets(counts, shares):
    total = sum(counts)
    large, medium = int(total * shares[0] / 2), int(total * shares[1] / 2)
    wanted = {"small": total - large - medium, "medium": medium, "large": large}
    groups = sorted_by_reach(INSTANCES, REACH, 1)
    named = dict(zip(INSTANCES, counts, strict=True))
    decks, cells, parts, short = sized_decks(groups, named, wanted, [0.1, 0.5, 0.9])
    given_out, sizes = Counter(), Counter()
    for cell, part in zip(cells, parts, strict=True):
        given_out[decks[cell.deck].name.split()[0]] += part
        sizes[cell.size] += part
    assert given_out == Counter(named)
    if not short:
        assert sizes == Counter(wanted)


@given(seed=st.integers(0, 2**32 - 1), low=st.integers(0, 5), more=st.integers(0, 5))
def test_one_photo_gives_some_of_its_objects_and_none_twice(seed, low, more):
    sampler, _ = dealt(9, (low, low + more), sampling="one_photo")
    chosen = sampler.sample(np.random.default_rng(seed), seed % 9)
    numbers = [number for wanted in chosen for number in wanted.instances]
    assert len({PHOTOS[number] for number in numbers}) <= 1
    assert len(set(numbers)) == len(numbers) <= low + more
    if numbers:
        known = sum((PHOTOS[one] == PHOTOS[numbers[0]]).sum() for one in INSTANCES.values())
        assert len(numbers) >= min(low, known)


def test_one_photo_takes_every_photograph_as_often_and_every_subset():
    draws = drawn(*dealt(3000, (1, 9), sampling="one_photo"))
    photos = Counter(int(PHOTOS[scene[0].instances[0]]) for scene in draws)
    assert photos == {5: 1000, 6: 1000, 8: 1000}
    subsets = {frozenset(firsts([s])) for s in draws if PHOTOS[s[0].instances[0]] == 5}
    assert len(subsets) == 2**4 - 1


def test_one_photo_keeps_weights():
    assert (
        by_category(firsts(drawn(*dealt(500, (1, 9), sampling="one_photo", weights={"cow": 0}))))[
            "cow"
        ]
        == 0
    )
    weights = {"dog": 1e6, "cow": 1e-3}
    chosen = firsts(drawn(*dealt(99, (1, 1), sampling="one_photo", weights=weights)))
    assert not any(PHOTOS[number] == 5 and number >= 10 for number in chosen)


def test_what_nothing_can_cover_is_not_asked_to_be_hidden():
    occlusion = Occlusions(none=0.5, partial=0.25, heavy=0.25)
    sampler, asked = dealt(100, (0, 6), occlusion=occlusion)
    scenes = drawn(sampler, asked)
    counts = Counter(wanted.occlusion for scene in scenes for wanted in scene)
    assert counts == {"none": 150, "partial": 75, "heavy": 75} or sum(counts.values()) != 300
    assert all(scene[-1].occlusion == "none" for scene in scenes if scene)
