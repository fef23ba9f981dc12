"""Images are made in the order that reads each background once; the dataset does not show it."""

from collections import Counter

import numpy as np
import pytest
from small_builds import setup_of, write_backgrounds, write_cutouts

from cocosynth.core import images
from cocosynth.core.skipped import Skipped
from cocosynth.pipeline.compose import Composer
from cocosynth.pipeline.shards import IMAGES_A_SHARD, shards_of
from cocosynth.scenes.background import plan_background


@pytest.fixture
def setup(tmp_path):
    write_cutouts(tmp_path / "cutouts")
    write_backgrounds(tmp_path / "backgrounds")
    return setup_of(tmp_path, tmp_path / "work", splits={"train": 45})


def test_every_image_is_in_one_shard_and_those_on_one_background_follow_each_other(setup):
    shards = list(shards_of(setup.inputs, "train"))
    order = [index for shard in shards for index in shard.indices]
    assert sorted(order) == list(range(45))
    assert max(len(shard.indices) for shard in shards) == IMAGES_A_SHARD
    positions = [plan_background(setup.inputs, "train", index)[0] for index in order]
    changes = np.count_nonzero(np.diff(positions))
    assert changes == len(set(positions)) - 1
    assert changes < 40  # else this tests nothing


def test_each_background_is_read_once(setup, monkeypatch):
    read = Counter()
    decode = images.read_image

    def counted(path, **options):
        read[path] += 1
        return decode(path, **options)

    monkeypatch.setattr(images, "read_image", counted)
    compose = Composer(setup)
    for shard in shards_of(setup.inputs, "train"):
        for index in shard.indices:
            compose("train", index, Skipped())
    assert set(read.values()) == {1}


def test_a_background_is_as_clean_the_second_time(setup):
    shard = next(iter(shards_of(setup.inputs, "train")))
    compose = Composer(setup)
    for index in shard.indices:
        kept = compose("train", index, Skipped()).composite
        fresh = Composer(setup)("train", index, Skipped()).composite
        assert (kept.image == fresh.image).all()
