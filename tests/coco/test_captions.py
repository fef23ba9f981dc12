"""Captions among annotations are no objects: they are counted, and the others are read."""

import json

import pytest

from cocosynth.coco.records import read_dataset
from cocosynth.core.errors import CocosynthError

OBJECT = {"id": 2, "image_id": 1, "category_id": 1, "bbox": [0, 0, 2, 2]}


def read(path, annotations, **more):
    image = {"id": 1, "file_name": "1.jpg", "width": 9, "height": 9}
    content = {"images": [image], "annotations": annotations}
    path.write_text(json.dumps(content | {"categories": [{"id": 1, "name": "dog"}]} | more))
    return read_dataset(str(path))


def test_sentences_beside_objects_are_counted(tmp_path):
    caption = {"id": 7, "image_id": 1, "caption": "a dog"}
    dataset = read(tmp_path / "a.json", [caption, OBJECT, OBJECT | {"id": 3, "caption": "it"}])
    assert [annotation.id for annotation in dataset.annotations] == [2, 3]
    assert dataset.captions == 2


def test_without_sentences_nothing_is_counted(tmp_path):
    assert read(tmp_path / "a.json", [OBJECT]).captions == 0


def test_what_is_wrong_is_named_by_its_place_in_the_file(tmp_path):
    caption = {"id": 7, "image_id": 1, "caption": "a dog"}
    with pytest.raises(CocosynthError, match=r"\$\.annotations\[2\]\.id"):
        read(tmp_path / "a.json", [caption, OBJECT, OBJECT | {"id": "x"}])


def test_a_file_of_captions_alone_is_still_refused(tmp_path):
    path = tmp_path / "captions.json"
    path.write_text(
        json.dumps({"images": [], "annotations": [{"id": 1, "image_id": 1, "caption": "a dog"}]})
    )
    with pytest.raises(CocosynthError, match="captions file"):
        read_dataset(str(path))
