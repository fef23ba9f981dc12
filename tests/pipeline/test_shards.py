"""Images are made in the order that reads each background once; the dataset does not show it."""

from collections import Counter

import numpy as np
import pytest
from small_builds import setup_of, write_backgrounds, write_cutouts

from cocosynth.core import images
from cocosynth.core.skipped import Skipped
from cocosynth.pipeline.compose import Composer
from cocosynth.pipeline.shards import IMAGES_A_SHARD, ShardMaker, shards_of
from cocosynth.scenes.background import dealt, first_choice, plan_background


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


def test_images_made_together_are_those_made_alone(setup):
    shard = next(iter(shards_of(setup.inputs, "train")))
    together = Composer(setup).together("train", shard.indices, Skipped())
    for index, sample in zip(shard.indices, together, strict=True):
        alone = Composer(setup)("train", index, Skipped())
        assert (sample.composite.bgr == alone.composite.bgr).all()
        assert (sample.labels == alone.labels).all()
        assert (sample.file_name, sample.scene) == (alone.file_name, alone.scene)


@pytest.mark.parametrize(("canvas", "count"), [((64, 48), 8), ((1280, 480), 4), ((4000, 3000), 1)])
def test_as_many_images_are_made_together_as_fit_into_a_few_pixels(tmp_path, setup, canvas, count):
    width, height = canvas
    options = {"canvas": {"width": width, "height": height}, "splits": {"train": 45}}
    setup = setup_of(tmp_path, tmp_path / "large", **options)
    maker = ShardMaker(Composer(setup), (), None, tmp_path)
    shard = next(iter(shards_of(setup.inputs, "train")))
    groups = list(maker.groups(shard))
    assert [index for group in groups for index in group] == list(shard.indices)
    assert max(map(len, groups)) == count


def test_the_first_choice_of_a_background_is_the_one_dealt(setup):
    shown = dealt(setup.inputs, "train").tolist()
    assert [first_choice(setup.inputs, "train", index) for index in range(45)] == shown
