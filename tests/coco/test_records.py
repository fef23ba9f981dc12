"""COCO files become records; what is none is one clear line."""

import json
import re

import pytest

from cocosynth.coco.records import licenses_of, read_dataset, segmentation_of
from cocosynth.core.errors import CocosynthError
from cocosynth.core.values import License

IMAGE = {"id": 1, "file_name": "a.jpg", "width": 4, "height": 3}
ANNOTATION = {"id": 5, "image_id": 1, "category_id": 2, "segmentation": [[0, 0, 1, 0, 1, 1]]}
CATEGORY = {"id": 2, "name": "dog"}


@pytest.fixture
def read(tmp_path):
    def read(content=None, **tables):
        path = tmp_path / "instances.json"
        tables = {"images": [IMAGE], "annotations": [ANNOTATION], "categories": [CATEGORY]} | tables
        tables = {key: table for key, table in tables.items() if table is not None}
        path.write_bytes(json.dumps(tables).encode() if content is None else content)
        return read_dataset(str(path))

    return read


def test_records_keep_their_ids_and_sizes(read):
    dataset = read()
    assert (dataset.images[0].id, dataset.images[0].height, dataset.images[0].width) == (1, 3, 4)
    assert dataset.annotations[0].image_id == 1
    assert dataset.categories[0].name == "dog"


@pytest.mark.parametrize(
    "segmentation", [[[0, 0, 1.5, 0, 1, 1]], {"size": [3, 4], "counts": "12"}, [], None]
)
def test_a_segmentation_comes_back_as_it_was(read, segmentation):
    dataset = read(annotations=[ANNOTATION | {"segmentation": segmentation}])
    assert segmentation_of(dataset.annotations[0]) == segmentation


def test_an_annotation_may_lack_its_segmentation(read):
    boxed = {key: value for key, value in ANNOTATION.items() if key != "segmentation"}
    assert segmentation_of(read(annotations=[boxed]).annotations[0]) is None


def test_keys_that_are_not_needed_may_hold_anything(read):
    image = IMAGE | {"date_captured": 0, "license": None, "labels": [1, {"x": None}]}
    dataset = read(images=[image], annotations=[ANNOTATION | {"bbox": "?"}], info=None, extra=[1])
    assert dataset.images[0].license is None


def test_licences_that_other_tools_leave_empty_are_read(read):
    dataset = read(licenses=[{"id": 0, "name": None, "url": None}, {"id": 1}])
    assert licenses_of(dataset) == {0: License("", ""), 1: License("", "")}


def test_a_file_may_start_with_a_byte_order_mark(read):
    content = {"images": [IMAGE], "annotations": [], "categories": []}
    assert read(b"\xef\xbb\xbf" + json.dumps(content).encode()).images[0].file_name == "a.jpg"


@pytest.mark.parametrize(
    ("content", "why"),
    [
        (b"", "the file is empty; give a COCO file"),
        (b"<html></html>", "it is a web page, not JSON; download the file itself"),
        (b"[]", "it is a list; give a JSON object with images"),
        (b"{}", "the key 'images' is missing; `python -m cocosynth validate"),
        (b"\xff\xfe{\0}\0", "it is text in UTF-16, not UTF-8; save it as UTF-8"),
        (b'{"images": "\xff", "annotations": [], "categories": []}', "byte 0xff at position 12"),
        (b"[" * 100_000, "it is a list"),
        (b'{"images": [], "annotations": [], "categories": []', "it is truncated; write it again"),
    ],
)
def test_what_is_no_coco_file_is_one_line_with_a_way_out(read, content, why):
    with pytest.raises(CocosynthError, match=re.escape(why)) as caught:
        read(content)
    assert re.search(r"/instances\.json: ", str(caught.value))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("table", "record", "place"),
    [
        ("images", {key: IMAGE[key] for key in ("id", "width", "height")}, "$.images[0]"),
        ("images", IMAGE | {"id": "1"}, "$.images[0].id"),
        ("images", IMAGE | {"width": 4.5}, "$.images[0].width"),
        ("images", IMAGE | {"file_name": None}, "$.images[0].file_name"),
        ("annotations", ANNOTATION | {"image_id": None}, "$.annotations[0].image_id"),
        ("categories", {"id": 2}, "$.categories[0]"),
        ("categories", "dog", "$.categories[0]"),
    ],
)
def test_a_wrong_record_is_named_by_its_place(read, table, record, place):
    with pytest.raises(CocosynthError, match=re.escape(f"instances file: {place}: ")):
        read(**{table: [record]})


@pytest.mark.parametrize(
    ("table", "record", "kind"),
    [
        ("images", IMAGE, "image"),
        ("annotations", ANNOTATION, "annotation"),
        ("categories", CATEGORY, "category"),
        ("licenses", {"id": 9}, "license"),
    ],
)
def test_two_records_of_one_id_are_refused(read, table, record, kind):
    with pytest.raises(CocosynthError, match=f"two {kind} records have the id {record['id']}"):
        read(**{table: [record, record]})


def test_numbers_as_numpy_writes_them_are_integers(read):
    image = IMAGE | {"id": 1.0, "width": 4.0, "license": 3.0}
    annotation = ANNOTATION | {"id": 5.0, "image_id": 1e0, "category_id": 2.0, "iscrowd": 0.0}
    dataset = read(images=[image], annotations=[annotation], categories=[CATEGORY | {"id": 2.0}])
    assert (dataset.images[0].id, dataset.images[0].width, dataset.images[0].license) == (1, 4, 3)
    assert all(type(n) is int for n in (dataset.images[0].id, dataset.annotations[0].iscrowd))
    assert segmentation_of(dataset.annotations[0]) == ANNOTATION["segmentation"]


def test_values_that_mean_nothing_are_read_as_none(read):
    image = IMAGE | {"coco_url": 0, "flickr_url": None, "attribution": ["x"]}
    dataset = read(images=[image], categories=[CATEGORY | {"supercategory": 7}], licenses=None)
    assert dataset.images[0].coco_url is dataset.images[0].attribution is None
    assert dataset.categories[0].supercategory is None
    assert read(licenses=[{"id": 1, "name": 3, "url": {}}]).licenses[0].name is None


def test_an_image_of_lvis_is_named_by_its_address(read):
    image = {key: value for key, value in IMAGE.items() if key != "file_name"}
    url = "http://images.cocodataset.org/train2017/000000000009.jpg"
    dataset = read(images=[image | {"coco_url": url, "neg_category_ids": [2]}])
    assert dataset.images[0].file_name == "train2017/000000000009.jpg"


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(CocosynthError, match="none.json: does not exist"):
        read_dataset(str(tmp_path / "none.json"))


@pytest.mark.parametrize("name", ["instances", "person_keypoints"])
@pytest.mark.parametrize("split", ["train", "val"])
def test_real_files_are_read_whole(real_coco, name, split):
    path = real_coco / "annotations" / f"{name}_{split}2017.json"
    dataset, content = read_dataset(str(path)), json.loads(path.read_bytes())
    for table in ("images", "annotations", "categories", "licenses"):
        found = [record.id for record in getattr(dataset, table)]
        assert found == [record["id"] for record in content[table]]
