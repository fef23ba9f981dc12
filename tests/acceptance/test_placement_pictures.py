"""The pictures of the page about placements can be drawn again."""

import sys

import cv2
import pytest

from benchmarks import placements


@pytest.mark.slow
def test_a_picture_shows_every_placement_and_what_is_learnt(tmp_path, monkeypatch):
    out = tmp_path / "placements.jpg"
    arguments = ["placements", "sample_data/cocosynth.yaml", str(out), "--scenes", "2"]
    monkeypatch.setattr(sys, "argv", arguments)
    monkeypatch.chdir(placements.__file__.rpartition("/benchmarks/")[0])
    placements.main()
    drawn, saved = (cv2.imread(str(path)) for path in (out, "docs/placements.jpg"))
    assert drawn.shape == saved.shape, "run `make placements`"
