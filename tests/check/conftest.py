"""A small dataset that is in order, and the images it names."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

VALID = Path(__file__).parents[1] / "schemas" / "valid"


@pytest.fixture
def dataset():
    return json.loads((VALID / "polygons.json").read_text())


@pytest.fixture
def folder(tmp_path):
    """The images of the dataset."""
    root = tmp_path / "images"
    root.mkdir()
    noise = np.random.default_rng(0).integers(0, 255, (2, 30, 40, 3), dtype=np.uint8)
    for number, pixels in enumerate(noise, start=1):
        Image.fromarray(pixels).save(root / f"{number:04d}.png")
    return root
