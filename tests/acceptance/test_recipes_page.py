"""Every recipe builds as it stands, with fewer images, beside the folders that it names."""

import re
import shutil
from pathlib import Path

import msgspec
import pytest

from cocosynth import build, load_config

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs/recipes.md").read_text()
RECIPES = [
    pytest.param(text, id=heading)
    for heading, text in re.findall(r"^## (.*?)\n.*?```yaml\n(.*?)```", PAGE, re.M | re.S)
]


@pytest.fixture(scope="module")
def place(tmp_path_factory):
    folder = tmp_path_factory.mktemp("recipes") / "project"
    shutil.copytree(ROOT / "sample_data", folder / "sample")  # as `init` writes it
    return folder


def test_there_is_a_recipe_under_every_heading():
    assert len(RECIPES) == len(re.findall(r"^## ", PAGE, re.MULTILINE)) == 7


@pytest.mark.slow
@pytest.mark.parametrize("text", RECIPES)
def test_a_recipe_builds(place, tmp_path, text):
    (place / "recipe.yaml").write_text(text)
    config = load_config(place / "recipe.yaml")
    few = dict.fromkeys(config.splits, 2)
    small = msgspec.structs.replace(config, splits=few, share_sources=True)
    summary = build(small, tmp_path / "out", folder=place)
    assert all(count >= 2 for count in summary.images.values())
    assert sum(summary.instances["train"].values()) >= 2
