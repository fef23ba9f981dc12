"""Pasted outlines are told from real ones on photographs that were not learnt from."""

import importlib.util
import json

import cv2
import numpy as np
import pytest
from small_builds import built, write_annotated, write_cutouts

from cocosynth.check.shortcut.measure import Shortcut, _advice, measure, sheet
from cocosynth.check.shortcut.patches import Patch, balanced, patches_of
from cocosynth.core.errors import CocosynthError

NO_TORCH = importlib.util.find_spec("torch") is None


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """Build images that keep a real object, and get pasted ones of other colours."""
    folder = tmp_path_factory.mktemp("shortcut")
    write_cutouts(folder / "cutouts", names=["disk"], copies=9)
    write_annotated(folder / "annotated", [[12, 30, 40, 50]], count=9)
    out, _ = built(
        folder,
        splits={"train": 150},
        augment=[{"scale": {"factor_range": [1.2, 1.5]}}],
        backgrounds=[
            {
                "coco": "annotated/instances.json",
                "images": "annotated/images",
                "annotations": "keep",
            }
        ],
        objects_per_image=[1, 2],
    )
    return out


def patch(*, pasted, category=1):
    pixels = np.full((32, 32, 3), 90 if pasted else 160, np.uint8)
    return Patch(pixels, category, pasted, "a/1.jpg", "a/2.jpg")


def test_patches_know_what_was_pasted_and_where_it_comes_from(dataset):
    patches = patches_of(dataset)
    pasted = [one for one in patches if one.pasted]
    real = [one for one in patches if not one.pasted]
    assert pasted
    assert real
    assert all(one.source != one.background for one in pasted)
    assert all(one.source == one.background for one in real)
    red = [one.pixels[..., 0].max() > 200 for one in pasted]  # the disks are
    assert all(red)


def test_a_dataset_without_scenes_is_refused(tmp_path):
    with pytest.raises(CocosynthError, match="holds no scenes/<split>.jsonl"):
        patches_of(tmp_path)


def test_a_dataset_without_real_objects_is_refused(tmp_path):
    write_cutouts(tmp_path / "cutouts")
    out, _ = built(tmp_path, splits={"train": 4})
    with pytest.raises(CocosynthError, match="annotations: keep"):
        patches_of(out)


def test_a_damaged_image_is_named(tmp_path, dataset):
    import shutil

    copy = tmp_path / "copy"
    shutil.copytree(dataset, copy)
    first = next((copy / "train").iterdir())
    first.write_bytes(b"no image")
    with pytest.raises(CocosynthError, match=first.name):
        patches_of(copy)


def test_as_many_are_pasted_as_real_of_each_category():
    patches = [patch(pasted=kind, category=c) for c in (1, 2) for kind in (True, True, False)]
    kept = list(balanced(patches, 0))
    assert sorted((one.category_id, one.pasted) for one in kept) == [
        (1, False),
        (1, True),
        (2, False),
        (2, True),
    ]


def test_the_advice_follows_from_the_configuration():
    good = {
        "blend": {"feather": {"radius": 2}},
        "foregrounds": [{"matte": "guided", "whole": 0.8}],
        "harmonize": [{"grayscale": {"p": 1}}],
        "limits": {"max_upscale": 1.25},
    }
    assert _advice(good) == []
    said = _advice(good | {"blend": "paste", "foregrounds": [{"coco": "a"}]})
    assert [line.split(":")[0] for line in said] == ["`blend", "no `matte`", "no `whole`"]


def test_the_sheet_frames_pasted_in_red_and_real_in_green():
    judged = [(patch(pasted=True), 2.0), (patch(pasted=False), 1.0)]
    drawn = sheet(Shortcut(0.9, 0.8, 1.0, judged, 2, ()))
    assert tuple(drawn[0, 0]) == (200, 30, 30)
    assert tuple(drawn[50, 50]) == (90, 90, 90)
    assert tuple(drawn[2 * drawn.shape[0] // 3, 0]) == (20, 140, 60)


@pytest.mark.slow
@pytest.mark.skipif(NO_TORCH, reason="torch is not installed")
def test_what_differs_in_colour_is_told_apart_on_other_photographs(dataset):
    found = measure(dataset, steps=40)
    assert found.auc > 0.9
    assert found.low <= found.auc <= found.high + 1e-9
    assert found.judged[0][0].pasted


def test_a_small_dataset_is_refused(tmp_path):
    write_cutouts(tmp_path / "cutouts", names=["disk"])
    write_annotated(tmp_path / "annotated", [[12, 30, 40, 50]], count=4)
    keep = {"coco": "annotated/instances.json", "images": "annotated/images"}
    out, _ = built(tmp_path, splits={"train": 3}, backgrounds=[keep | {"annotations": "keep"}])
    with pytest.raises(CocosynthError, match="too few outlines"):
        measure(out)


@pytest.mark.slow
@pytest.mark.skipif(NO_TORCH, reason="torch is not installed")
def test_the_command_writes_picture_and_figures(dataset, tmp_path, capsys):
    from cocosynth.cli.shortcut import shortcut_command

    shortcut_command(dataset, tmp_path / "out", as_json=True, overwrite=False)
    figures = json.loads((tmp_path / "out/shortcut.json").read_text())
    assert json.loads(capsys.readouterr().out) == figures
    assert set(figures) == {"auc", "low", "high", "patches", "photographs", "advice"}
    assert cv2.imread(str(tmp_path / "out/shortcut.png")) is not None
    with pytest.raises(CocosynthError, match="--overwrite"):
        shortcut_command(dataset, tmp_path / "out", as_json=True, overwrite=False)
