"""The objects of a photograph are flipped, zoomed and moved together."""

import json

import cv2
import numpy as np
import pytest
from small_builds import scenes_of, tree, write_backgrounds, write_config

from cocosynth.config.file import load_config
from cocosynth.core.executors import Processes
from cocosynth.pipeline.build import build
from cocosynth.pipeline.dataset import Compositor
from cocosynth.pipeline.replay import replay

SIZE = (120, 160)
BOXES = [(10, 20, 30, 40), (70, 60, 40, 20), (120, 10, 30, 90)]  # x, y, width, height
COLOURS = [(250, 0, 0), (0, 250, 0), (0, 0, 250)]


def write_photos(folder, count=3):
    """Write photographs of three objects whose right halves are darker."""
    (folder / "images").mkdir(parents=True)
    annotations = []
    for image_id in range(1, count + 1):
        pixels = np.full((*SIZE, 3), 90 + image_id, np.uint8)
        for (x, y, w, h), colour in zip(BOXES, COLOURS, strict=True):
            pixels[y : y + h, x : x + w] = np.array(colour) // 2
            pixels[y : y + h, x : x + w // 2] = colour
            outline = [x, y, x + w, y, x + w, y + h, x, y + h]
            number = len(annotations) + 1
            annotations.append(
                {"id": number, "image_id": image_id, "category_id": (number - 1) % 3 + 1}
                | {"bbox": [x, y, w, h], "area": w * h, "iscrowd": 0, "segmentation": [outline]}
            )
        cv2.imwrite(str(folder / f"images/{image_id}.png"), pixels[..., ::-1])
    names = ("red", "green", "blue")
    dataset = {
        "images": [
            {"id": i, "file_name": f"{i}.png", "width": SIZE[1], "height": SIZE[0]}
            for i in range(1, count + 1)
        ],
        "annotations": annotations,
        "categories": [{"id": i, "name": name} for i, name in enumerate(names, start=1)],
    }
    (folder / "instances.json").write_text(json.dumps(dataset))


def config_of(folder, **changes):
    if not (folder / "photos").exists():
        write_photos(folder / "photos")
        write_backgrounds(folder / "backgrounds")
    settings = {
        "splits": {"train": 12},
        "foregrounds": [{"coco": "photos/instances.json", "images": "photos/images"}],
        "sampling": "one_photo",
        "objects_per_image": [1, 9],
        "augment": [],
        "placement": {"large_scale_jitter": {"zoom_range": [0.5, 1.5]}},
        "flush": False,
        "limits": {"max_truncation": 0.99, "max_overlap": 1, "min_visibility": 0.01},
        "blend": "paste",
    }
    return load_config(write_config(folder, **(settings | changes)))


def test_objects_of_an_image_share_one_photograph_one_flip_and_one_zoom(tmp_path):
    """The matrix from the photograph to the canvas is the same, but for whole pixels."""
    compositor = Compositor(config_of(tmp_path), folder=tmp_path)
    together, flips, zooms = 0, set(), []
    for sample in compositor:
        assert len({origin.photo for origin in sample.origins}) <= 1
        matrices = [np.array(origin.matrix) for origin in sample.origins]
        for matrix in matrices:
            np.testing.assert_allclose(matrix, matrices[0], atol=1.5)  # rounded to whole pixels
            np.testing.assert_allclose(matrix[:2, :2], matrices[0][:2, :2], rtol=0.06, atol=0.02)
            flips.add(matrix[0, 0] < 0)
            zooms.append(abs(matrix[0, 0]))
        together += len(matrices) > 1
    assert together >= 3
    assert flips == {True, False}
    assert 0.45 < min(zooms) < 0.8
    assert 1.2 < max(zooms) < 1.6


def test_what_is_pasted_shows_what_the_matrix_says(tmp_path):
    compositor = Compositor(config_of(tmp_path, objects_per_image=[1, 1]), folder=tmp_path)
    seen = set()
    for sample in compositor:
        for origin in sample.origins:
            own = sample.composite.labels == 1
            cols = np.nonzero(own)[1]
            x, y, w, h = BOXES[(origin.annotation_id - 1) % 3]
            ends = [(np.array(origin.matrix) @ (at, y + h / 2, 1))[:1].item() for at in (x, x + w)]
            left, right = max(0, min(ends)), min(SIZE[1], max(ends))
            assert cols.min() == pytest.approx(left, abs=2)
            assert cols.max() + 1 == pytest.approx(right, abs=2)
            mirrored = ends[0] > ends[1]
            bright = sample.image[..., (origin.annotation_id - 1) % 3] > 190
            if left > 0 and right < SIZE[1]:
                side = np.nonzero(own & bright)[1].mean() > cols.mean()
                assert side == mirrored
                seen.add(mirrored)
    assert seen == {True, False}


def test_the_photograph_moves_over_the_whole_canvas(tmp_path):
    """A photograph as large as the canvas stays; a smaller one is anywhere in it."""
    settled = {"placement": {"large_scale_jitter": {"zoom_range": [1, 1], "p": 0}}}
    for sample in Compositor(config_of(tmp_path, **settled), folder=tmp_path):
        for origin in sample.origins:
            np.testing.assert_allclose(origin.matrix, np.eye(3), atol=1)
    small = {"placement": {"large_scale_jitter": {"zoom_range": [0.5, 0.5], "p": 0}}}
    moves = [
        np.array(sample.origins[0].matrix)[:2, 2]
        for sample in Compositor(config_of(tmp_path, **small), folder=tmp_path)
        if sample.origins
    ]
    assert np.min(moves) >= -1
    across, down = np.max(moves, axis=0)
    assert 40 < across <= 81
    assert 30 < down <= 61


def test_the_same_bytes_in_any_number_of_processes_and_again(tmp_path):
    config = config_of(tmp_path)
    build(config, tmp_path / "one", folder=tmp_path)
    build(config, tmp_path / "two", folder=tmp_path, executor=Processes(2))
    assert tree(tmp_path / "one") == tree(tmp_path / "two")
    for line in scenes_of(tmp_path / "one"):
        name, content = replay(tmp_path / "one", tmp_path, split="train", image_id=line["image_id"])
        assert (tmp_path / "one/train" / name).read_bytes() == content
