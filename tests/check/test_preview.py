"""The contact sheet shows the first images of any COCO dataset, and holds one of them at a time."""

import json
import tracemalloc

import cv2
import numpy as np
import pytest
from small_builds import ready

from cocosynth.check.preview import _grid, contact_sheet
from cocosynth.coco.layout import Layout
from cocosynth.coco.masks import decode_in_box
from cocosynth.core.errors import CocosynthError
from cocosynth.core.images import read_image
from cocosynth.core.values import Box


def sheet_of(folder):
    return contact_sheet([(folder / "instances.json", folder / "images")])


def test_it_is_made_of_the_files_of_a_build_alone(tmp_path):
    out, _ = ready(tmp_path)
    layout = Layout(out)
    again = contact_sheet(
        [(path, layout.images(s)) for s, path in layout.annotation_files().items()]
    )
    assert np.array_equal(again, read_image(layout.preview, upright=False))


def test_it_shows_the_dataset_of_another_program(small_coco):
    plain = sheet_of(small_coco("plain"))
    drawn = sheet_of(small_coco("drawn", annotations=[{"box": (5.5, 5.25, 10.5, 12.75)}]))
    assert plain.shape == drawn.shape
    assert (plain != drawn).any(axis=2).mean() > 0.02


@pytest.mark.parametrize(
    "annotation",
    [
        {"segmentation": None},
        {"segmentation": []},
        {"segmentation": {"size": [3, 3], "counts": "x"}},
        {"bbox": None},
        {"bbox": [-1e300, -5, 1e300, 1e300]},
        {"category_id": 9},
        {"iscrowd": 1},
    ],
    ids=str,
)
def test_what_an_annotation_lacks_is_not_drawn(small_coco, annotation):
    assert sheet_of(small_coco(annotations=[annotation])).any()


def test_an_image_that_cannot_be_read_is_one_line(small_coco):
    folder = small_coco(images=[{"id": 1, "file": False}])
    with pytest.raises(CocosynthError, match=r"images/1.png: image file is missing$"):
        sheet_of(folder)
    folder = small_coco("climbs", images=[{"id": 1, "file": False, "file_name": "../x.png"}])
    with pytest.raises(CocosynthError, match=r"instances.json: image 1: file_name leaves the im"):
        sheet_of(folder)


def test_no_more_than_one_image_and_one_mask_are_in_memory(tmp_path):
    size = (1000, 1400)
    (tmp_path / "images").mkdir()
    images, annotations = [], []
    for number in range(1, 13):
        cv2.imwrite(
            str(tmp_path / f"images/{number}.png"), np.full((*size, 3), 9 * number, np.uint8)
        )
        images.append({"id": number, "file_name": f"{number}.png", "width": 1400, "height": 1000})
        for row in range(0, 900, 100):
            ring = [10, row, 900, row, 900, row + 90, 10, row + 90]
            annotations.append(
                {"id": len(annotations) + 1, "image_id": number, "category_id": 1}
                | {"segmentation": [ring], "bbox": [10, row, 890, 90]}
            )
    content = {"images": images, "annotations": annotations}
    content["categories"] = [{"id": 1, "name": "bar"}]
    (tmp_path / "instances.json").write_text(json.dumps(content))
    sheet_of(tmp_path)  # what is loaded once
    tracemalloc.start()
    sheet = sheet_of(tmp_path)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    image = size[0] * size[1] * 3
    assert peak < sheet.nbytes + 4 * image


def test_a_small_object_in_a_large_image_costs_what_it_covers():
    """12 megapixels, of which it covers 100 columns."""
    segmentation = [[2000, 1500, 2100, 1500, 2100, 1600, 2000, 1600]]
    tracemalloc.start()
    mask, box = decode_in_box(segmentation, (3000, 4000))
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert (box, mask.all()) == (Box(1500, 2000, 1600, 2100), True)
    assert peak < 3000 * 4000 / 10


@pytest.mark.parametrize("size", [(480, 640), (640, 480), (1000, 1000), (100, 3000), (3000, 100)])
def test_a_sheet_holds_as_many_as_can_be_read_of_any_shape(size):
    grid = _grid(size)
    rows = grid.pictures / grid.columns
    assert 120 <= min(grid.cell) <= max(grid.cell) <= 640
    assert grid.columns * grid.cell[1] <= 1320
    assert rows * grid.cell[0] <= 1320
    assert grid.pictures >= 10
