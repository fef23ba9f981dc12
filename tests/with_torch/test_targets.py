"""Targets need no library: labels for mmdet are those of the file that a build writes."""

import numpy as np
import pytest
from small_builds import annotations_of, built, write_annotated

from cocosynth import Compositor
from cocosynth.core.errors import CocosynthError
from cocosynth.torch.targets import Labels, coco_target, mmdet_results

KEPT = {"coco": "annotated/instances.json", "images": "annotated/images", "annotations": "keep"}


@pytest.fixture(scope="module", params=["rle", "polygon"])
def project(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    write_annotated(folder / "annotated", [[10, 10, 40, 30]], category="box", count=3)
    export = {"image_format": "png", "segmentation": request.param, "category_ids": "contiguous"}
    built(folder, backgrounds=[KEPT, {"folder": "backgrounds"}], export=export)
    compositor = Compositor(folder / "cocosynth.yaml")
    return folder, compositor, Labels.of(compositor.context, None)


def test_results_for_mmdet_are_what_its_reader_makes_of_the_file(project):
    folder, compositor, labels = project
    content = annotations_of(folder / "out")
    order = [category["id"] for category in content["categories"]]
    assert labels.names == tuple(category["name"] for category in content["categories"])
    for index, sample in enumerate(compositor):
        results = mmdet_results(sample, index + 1, labels)
        found = [one for one in content["annotations"] if one["image_id"] == index + 1]
        assert [one["mask"] for one in results["instances"]] == [
            one["segmentation"] for one in found
        ]
        for mine, record in zip(results["instances"], found, strict=True):
            x, y, width, height = record["bbox"]
            assert mine["bbox"] == [x, y, x + width, y + height]
            assert mine["bbox_label"] == order.index(record["category_id"])
            assert mine["ignore_flag"] == record["iscrowd"]
        np.testing.assert_array_equal(results["img"][..., ::-1], sample.image)
        assert results["img_shape"] == results["ori_shape"] == sample.labels.shape


def test_records_have_every_key_of_the_file(project):
    folder, compositor, labels = project
    mine = coco_target(compositor[0], 1, labels)["annotations"]
    assert set(mine[0]) == set(annotations_of(folder / "out")["annotations"][0])


def test_a_category_that_is_missing_among_the_classes_is_named(project):
    _, compositor, _ = project
    with pytest.raises(CocosynthError, match="the category 'bar' of the configuration is missing"):
        Labels.of(compositor.context, ["disk", "ring", "box"])
