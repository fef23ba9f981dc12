"""A compositor in a notebook: its first images, its splits and categories."""

import base64
import re

import cv2
import numpy as np
from small_builds import write_backgrounds, write_config, write_cutouts

from cocosynth import Compositor


def test_a_compositor_shows_its_first_images_and_what_there_is(tmp_path):
    write_cutouts(tmp_path / "cutouts")
    (tmp_path / "cutouts/bar").rename(tmp_path / "cutouts/<b>&")
    write_backgrounds(tmp_path / "backgrounds")
    page = Compositor(write_config(tmp_path, splits={"train": 6, "val": 2}))._repr_html_()
    files = re.findall(r'src="data:image/jpeg;base64,([^"]+)"', page)
    shapes = [
        cv2.imdecode(np.frombuffer(base64.b64decode(file), np.uint8), 1).shape for file in files
    ]
    assert shapes == [(120, 160, 3)] * 4
    assert "train: 6 images, val: 2 images" in page
    assert "categories: &lt;b&gt;&amp;, disk, ring" in page
    assert "skipped" not in page


def test_what_was_skipped_is_counted(tmp_path):
    write_cutouts(tmp_path / "cutouts")
    write_backgrounds(tmp_path / "backgrounds")
    (tmp_path / "backgrounds/9.png").write_bytes(b"no image")
    page = Compositor(write_config(tmp_path))._repr_html_()
    assert "skipped: 1 (see `compositor.skipped.rows()`)" in page


def test_an_epoch_has_other_scenes_and_the_first_those_of_the_build(tmp_path):
    write_cutouts(tmp_path / "cutouts")
    write_backgrounds(tmp_path / "backgrounds")
    compositor = Compositor(write_config(tmp_path))
    scenes = [compositor.scene(index) for index in range(6)]
    assert [compositor.epoch(0).scene(index) for index in range(6)] == scenes
    other = compositor.epoch(3)
    del compositor  # its folder lives as long as one of them does
    later = [other[index].scene for index in range(6)]
    assert all(one not in scenes for one in later)
    assert other.epoch(3)[2].scene == later[2]


def test_an_epoch_deals_other_instances_with_each_sampling(tmp_path):
    write_cutouts(tmp_path / "cutouts")
    write_backgrounds(tmp_path / "backgrounds")
    for sampling in ("weights", "one_photo"):
        config = write_config(tmp_path, sampling=sampling, splits={"train": 12})
        compositor = Compositor(config)
        dealt = [
            [
                {placement.instance for placement in epoch.scene(index).placements}
                for index in range(12)
            ]
            for epoch in (compositor, compositor.epoch(1), compositor.epoch(2))
        ]
        assert dealt[0] != dealt[1] != dealt[2] != dealt[0]
