"""The sample data is what its README says: exact, credited and small."""

import csv
import json

import numpy as np
import pytest
from pycocotools import mask as coco_mask
from pycocotools.coco import COCO

from cocosynth.coco.masks import box_of, decode
from cocosynth.coco.records import read_dataset, segmentation_of
from cocosynth.config.file import load_config
from cocosynth.core import image_header, images, resources
from cocosynth.core.image_folder import image_folder
from cocosynth.sources.survey import survey

SAMPLE = resources.resource("sample_data")
INSTANCES = SAMPLE / "photos" / "annotations" / "instances.json"
PICTURES = [SAMPLE / name for name in image_folder(SAMPLE).images]


@pytest.fixture(scope="module")
def sample():
    return COCO(str(INSTANCES))


def test_pycocotools_loads_every_annotation(sample):
    assert len(sample.imgs) == 4
    assert len(sample.anns) == 8


def test_area_and_bbox_are_those_of_the_masks(sample):
    for annotation in sample.anns.values():
        mask = sample.annToMask(annotation).astype(bool)
        top, left, bottom, right = box_of(mask)
        assert annotation["area"] == mask.sum(), annotation["id"]
        assert annotation["bbox"] == [left, top, right - left, bottom - top], annotation["id"]


def test_images_are_of_the_size_that_is_recorded(sample):
    for record in sample.imgs.values():
        header = image_header.image_header(SAMPLE / "photos" / "images" / record["file_name"])
        assert header.size == (record["height"], record["width"])


def test_our_reader_agrees_with_pycocotools(sample):
    dataset = read_dataset(str(INSTANCES))
    sizes = {image.id: (image.height, image.width) for image in dataset.images}
    for annotation in dataset.annotations:
        mask = decode(segmentation_of(annotation), sizes[annotation.image_id])
        assert np.array_equal(mask, sample.annToMask(sample.anns[annotation.id]).astype(bool))


def test_an_instance_has_several_polygons(sample):
    parts = [a["segmentation"] for a in sample.anns.values() if isinstance(a["segmentation"], list)]
    assert any(len(polygons) > 1 for polygons in parts)


def test_a_compressed_rle_has_a_hole(sample):
    from skimage import measure

    packed = [
        annotation["segmentation"]
        for annotation in sample.anns.values()
        if isinstance(annotation["segmentation"], dict)
        and isinstance(annotation["segmentation"]["counts"], str)
    ]
    holes = [
        measure.label(np.pad(coco_mask.decode(rle) == 0, 1, constant_values=True)).max() - 1
        for rle in packed
    ]
    assert max(holes) >= 1


def test_a_crowd_is_an_uncompressed_rle(sample):
    (crowd,) = [annotation for annotation in sample.anns.values() if annotation["iscrowd"]]
    assert isinstance(crowd["segmentation"]["counts"], list)


def test_every_image_names_a_licence_that_is_there(sample):
    known = {license["id"] for license in sample.dataset["licenses"]}
    assert {record["license"] for record in sample.imgs.values()} <= known


def test_the_readme_names_every_picture():
    readme = (SAMPLE / "README.md").read_text(encoding="utf-8")
    for path in PICTURES:
        assert f"`{path.relative_to(SAMPLE).as_posix()}`" in readme or (
            f"`{path.relative_to(SAMPLE / 'cutouts').as_posix()}`" in readme
        )


@pytest.mark.parametrize("folder", ["backgrounds", "cutouts"])
def test_every_picture_of_a_folder_has_its_credits(folder):
    with (SAMPLE / folder / "credits.csv").open(encoding="utf-8", newline="") as table:
        credits = {row["file_name"]: row for row in csv.DictReader(table)}
    pictures = [name for name in image_folder(SAMPLE / folder).images if "_mask" not in name]
    assert sorted(credits) == sorted(pictures)
    for row in credits.values():
        assert all(row[key] for key in ("license", "license_url", "attribution", "url"))


def test_every_picture_decodes():
    for path in PICTURES:
        assert images.read_rgba(path).shape[2] == 4


def test_no_picture_brings_metadata_along():
    for path in PICTURES:
        assert b"Exif\0\0" not in path.read_bytes()


def test_everything_together_is_small():
    assert sum(path.stat().st_size for path in SAMPLE.rglob("*") if path.is_file()) < 4_000_000


def test_the_sample_configuration_uses_everything_but_the_crowd():
    catalogue = survey(load_config(SAMPLE / "cocosynth.yaml"), SAMPLE)
    reason = "crowd annotations are never cut out"
    assert {why: count for (_, why), count in catalogue.skipped.items()} == {reason: 1}
    assert len(catalogue.backgrounds) == 6


def test_the_annotations_are_the_json_that_other_readers_take():
    text = INSTANCES.read_text(encoding="ascii")
    assert json.loads(text)["info"]
