"""Files that are no COCO dataset are refused by name, with what to do, by every command."""

import bz2
import gzip
import io
import json
import lzma
import zipfile

import numpy as np
import pytest
from PIL import Image

COCO = json.dumps({"images": [], "annotations": [], "categories": []})


def _zipped():
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        archive.writestr("instances.json", COCO)
    return stream.getvalue()


def _picture(kind):
    stream = io.BytesIO()
    Image.new("RGB", (4, 4)).save(stream, kind)
    return stream.getvalue()


def _array():
    stream = io.BytesIO()
    np.save(stream, np.zeros(3))
    return stream.getvalue()


def _dataset(**annotation):
    record = {"id": 1, "image_id": 1, **annotation}
    return {"images": [{"id": 1}], "annotations": [record], "categories": []}


BYTES = {
    "gzip": (gzip.compress(COCO.encode()), "gzip"),
    "bzip2": (bz2.compress(COCO.encode()), "bzip2"),
    "xz": (lzma.compress(COCO.encode()), "xz"),
    "zip": (_zipped(), "zip archive"),
    "utf-16": (COCO.encode("utf-16"), "UTF-16"),
    "utf-16-le": (COCO.encode("utf-16-le"), "UTF-16"),
    "utf-16-be": (COCO.encode("utf-16-be"), "UTF-16"),
    "web page": (b"<!DOCTYPE html><html></html>", "web page"),
    "xml": (b"<annotation><object/></annotation>", "Pascal VOC"),
    "git lfs": (b"version https://git-lfs.github.com/spec/v1\noid sha256:0\n", "git lfs pull"),
    "png": (_picture("PNG"), "picture"),
    "jpeg": (_picture("JPEG"), "picture"),
    "numpy": (_array(), "NumPy"),
    "pickle": (b"\x80\x04K\x01.", "pickle"),
    "nan": (COCO.replace("[]", "[NaN]", 1).encode(), "NaN"),
    "json lines": (b'{"id": 1}\n{"id": 2}\n', "JSON Lines"),
}
JSON = {
    "panoptic": (_dataset(segments_info=[], file_name="a.png"), "panoptic"),
    "captions": (_dataset(caption="A dog."), "captions"),
    "results": ([{"image_id": 1, "category_id": 1, "bbox": [0, 0, 1, 1], "score": 0.5}], "results"),
    "annotations": ([{"image_id": 1, "category_id": 1}], "list of annotations"),
    "list": ([1, 2], "it is a list"),
    "via": ({"_via_img_metadata": {}, "_via_settings": {}}, "VIA"),
    "via regions": ({"a.jpg1": {"filename": "a.jpg", "regions": []}}, "VIA"),
    "labelme": ({"version": "5", "shapes": [], "imagePath": "a.jpg"}, "labelme2coco"),
    "geojson": ({"type": "FeatureCollection", "features": []}, "GeoJSON"),
    "datumaro": ({"info": {}, "categories": {}, "items": []}, "Datumaro"),
    "supervisely": ({"objects": [], "size": {}}, "Supervisely"),
    "label studio": ([{"data": {}, "annotations": []}], "Label Studio"),
    "createml": ([{"image": "a.jpg", "annotations": []}], "CreateML"),
    "manifest": ({"generator": "cocosynth", "photographs": []}, "manifest"),
}
KINDS = BYTES | {name: (json.dumps(value).encode(), word) for name, (value, word) in JSON.items()}


@pytest.mark.parametrize(
    "command", ["validate", *(pytest.param(c, marks=pytest.mark.slow) for c in ("stats", "split"))]
)
@pytest.mark.parametrize("kind", KINDS)
def test_a_file_of_another_kind_is_named(kind, command, tmp_path, here):
    content, word = KINDS[kind]
    path = tmp_path / "a.json"
    path.write_bytes(content)
    parts = ("--parts", "train=0.5,val=0.5", "--out", str(tmp_path / "out"))
    done = here(command, str(path), *(parts if command == "split" else ()))
    assert (done.returncode, done.stdout) == (2, "")
    [line] = [line for line in done.stderr.splitlines() if line.startswith("cocosynth: error")]
    assert str(path) in line
    assert word in line
