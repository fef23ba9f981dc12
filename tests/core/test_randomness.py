"""A stream of random numbers hangs on its key alone."""

import os
import subprocess
import sys

import numpy as np
import pytest

from cocosynth.core.randomness import rng_for

KEYS = [
    (0,),
    (1,),
    (0, 0),
    (0, 1),
    (1, 0),
    (0, "train", 1),
    (1, "train", 0),
    (0, "train", 0),
    (0, "val", 0),
    (0, "train", 0, "placement"),
    (0, "train", 0, "augment", "flip 0"),
    (0, "train", 0, "augment", "flip 1"),
    (2**32, "train", 0),
    (2**64 + 1, "train", 0),
]


def draws(*key):
    return tuple(rng_for(*key).integers(0, 2**63, 4).tolist())


def test_every_key_has_a_stream_of_its_own():
    assert len({draws(*key) for key in KEYS}) == len(KEYS)


@pytest.mark.parametrize("key", KEYS)
def test_the_same_key_gives_the_same_stream(key):
    assert draws(*key) == draws(*key)


def test_an_integer_of_numpy_is_the_integer_it_is():
    assert draws(np.int64(3), "train", np.int32(5)) == draws(3, "train", 5)


def test_a_stream_does_not_hang_on_what_was_drawn_before():
    before = draws(3, "train", 5)
    rng_for(3, "train", 4).random(1000)
    assert draws(3, "train", 5) == before


def test_neighbouring_seeds_and_images_share_no_stream():
    grid = {draws(seed, "train", index) for seed in range(30) for index in range(30)}
    assert len(grid) == 900


def test_another_process_draws_the_same():
    code = "from cocosynth.core.randomness import rng_for; print(rng_for(7, 'val', 3).random())"
    environment = os.environ | {"PYTHONHASHSEED": "123"}
    told = subprocess.run(
        [sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True
    )
    assert float(told.stdout) == rng_for(7, "val", 3).random()


def test_a_negative_seed_is_refused():
    with pytest.raises(ValueError, match="non-negative"):
        rng_for(-1, "train")
