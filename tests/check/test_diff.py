"""Two builds of the same scenes: what changed in pixels, labels and configuration is found."""

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from small_builds import built

from cocosynth.check.diff import changed, drawn, pairs
from cocosynth.coco.layout import Layout
from cocosynth.config.changes import config_changes
from cocosynth.core.errors import CocosynthError
from cocosynth.core.images import encode_image, read_image


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    return built(tmp_path_factory.mktemp("diff"))[0]


def first_image(folder):
    both, *_ = pairs(folder, folder)
    return both[0]


def test_a_dataset_does_not_differ_from_itself(dataset):
    both, first, second = pairs(dataset, dataset)
    assert not any(changed(pair).differs for pair in both)
    assert (first, second) == ([], [])


def test_changes_are_counted(dataset, tmp_path, here):
    other = tmp_path / "other"
    shutil.copytree(dataset, other)
    pair = first_image(other)
    image = np.array(read_image(pair.before.path, upright=False))
    image[0, 0] ^= 8
    Path(pair.before.path).write_bytes(encode_image(image, "png", quality=0))
    file = Layout(other).annotations(pair.split)
    content = json.loads(file.read_text())
    gone = next(a for a in content["annotations"] if a["image_id"] == pair.before.record.id)
    content["annotations"].remove(gone)
    file.write_text(json.dumps(content))
    config = Layout(other).config
    config.write_text(config.read_text().replace("seed: ", "seed: 9"))

    both, *_ = pairs(dataset, other)
    [change] = [found for found in map(changed, both) if found.differs and found.removed]
    assert (change.removed, change.added) == (1, 0)
    assert change.pixels > 0
    assert [key for key, _, _ in config_changes(Layout(dataset).config, config)] == ["seed"]
    height, width = image.shape[:2]
    assert drawn(both[0]).shape == (height, 3 * width + 16, 3)

    same = here("diff", dataset, dataset)
    assert (same.returncode, same.stderr) == (0, "")
    out = tmp_path / "drawn"
    done = here("diff", dataset, other, "-o", out, "--json")
    assert done.returncode == 1
    assert json.loads(done.stdout)["configuration"][0]["key"] == "seed"
    assert len(list(out.iterdir())) == 1


def test_what_is_no_dataset_is_one_line(dataset, tmp_path):
    with pytest.raises(CocosynthError, match="name a dataset"):
        pairs(dataset, tmp_path)
