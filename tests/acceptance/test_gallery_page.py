"""The pictures of the gallery can be drawn again, and its page shows all of them."""

import re
import sys
from pathlib import Path

import cv2
import pytest

from benchmarks import gallery
from cocosynth.config.file import load_config
from cocosynth.render.blend import BLEND_MODES
from cocosynth.render.harmonize import HARMONIZERS
from cocosynth.render.shadow import SHADOWS
from cocosynth.render.tones import TONES

ROOT = Path(gallery.__file__).parents[1]
CONFIG = ROOT / "sample_data/cocosynth.yaml"
SHOWN = sorted(re.findall(r"\]\(gallery/(\w+)\.jpg\)", (ROOT / "docs/gallery.md").read_text()))


@pytest.mark.slow
def test_the_pictures_of_the_page_are_drawn(tmp_path, monkeypatch):
    monkeypatch.setattr(sys, "argv", ["gallery", str(CONFIG), str(tmp_path), "--index", "11"])
    gallery.main()
    assert sorted(path.stem for path in tmp_path.iterdir()) == SHOWN
    for name in set(SHOWN) - {"mattes"}:  # closed_form is shown where pymatting is installed
        drawn, saved = (
            cv2.imread(str(folder / f"{name}.jpg")) for folder in (tmp_path, ROOT / "docs/gallery")
        )
        assert drawn.shape == saved.shape, "run `make gallery`"


@pytest.mark.slow
@pytest.mark.parametrize(
    ("of", "names"),
    [
        (gallery.blends, BLEND_MODES),
        (gallery.harmonized, HARMONIZERS),
        (gallery.shadowed, SHADOWS),
        (gallery.toned, TONES),
    ],
)
def test_every_technique_is_shown(of, names):
    config = load_config(CONFIG)
    scene = gallery.Scene(config, CONFIG.parent, 11)
    shown = {re.split(r"[ ,]", title)[0] for title, _ in of(scene)}
    assert shown - {"none"} == set(names) - {"albumentations"}


def test_the_pictures_are_modest():
    assert sum(path.stat().st_size for path in (ROOT / "docs/gallery").iterdir()) < 1_500_000


@pytest.mark.parametrize("target", ["gallery", "look", "placements"])
def test_the_targets_that_pages_name_exist(target):
    assert re.search(rf"^{target}:", (ROOT / "Makefile").read_text(), re.M)
