"""What the clients of a COCO file insist on, each rule on a dataset really built."""

import json

import pytest
from PIL import Image
from pycocotools.coco import COCO
from pycocotools.cocoeval import COCOeval
from small_builds import annotations_of, built, scenes_of, write_annotated, write_backgrounds

from cocosynth.core.resources import resource


@pytest.fixture(scope="module", params=["rle", "polygon"])
def dataset(request, tmp_path_factory):
    folder = tmp_path_factory.mktemp("dataset")
    write_annotated(folder / "annotated", [(10, 20, 60, 40)], count=6)
    write_backgrounds(folder / "backgrounds")
    (folder / "backgrounds/credits.csv").write_text(
        "file_name,license,license_url,attribution,url\n"
        "0.png,Attribution License,http://creativecommons.org/licenses/by/2.0/,Zoë,http://x.org/0\n"
        "1.png,Public domain,,,\n"
    )
    out, _ = built(
        folder,
        splits={"train": 12, "val": 6, "empty": 0},
        objects_per_image=[0, 5],
        export={"segmentation": request.param, "image_format": "jpg"},
        info={"description": "Café", "date_created": "2024/05/01", "year": 2024},
        backgrounds=[
            {
                "coco": "annotated/instances.json",
                "images": "annotated/images",
                "annotations": "keep",
            },
            {"folder": "backgrounds"},
        ],
    )
    return out


def test_all_tables_are_there(dataset):
    for split in ("train", "val", "empty"):
        content = annotations_of(dataset, split)
        assert list(content) == ["info", "images", "annotations", "categories", "licenses"]


def test_ids_are_unique_integers_from_one_without_gaps(dataset):
    for table in ("images", "annotations"):
        ids = [record["id"] for record in annotations_of(dataset)[table]]
        assert ids == list(range(1, len(ids) + 1))


def test_image_records_are_complete_and_true(dataset):
    content = annotations_of(dataset)
    licenses = {record["id"] for record in content["licenses"]}
    for record in content["images"]:
        with Image.open(dataset / "train" / record["file_name"]) as image:
            assert image.size == (record["width"], record["height"])
            assert not image.getexif()
            assert image.mode == "RGB"
        assert record["license"] in licenses
        assert record["date_captured"] == "2024/05/01"
        assert "/" not in record["file_name"]


def test_annotations_have_every_field_clients_ask_for(dataset):
    for annotation in annotations_of(dataset)["annotations"]:
        assert {"bbox", "area", "iscrowd", "segmentation", "category_id"} <= set(annotation)
        assert annotation["area"] > 0
        assert all(type(number) is int for number in (*annotation["bbox"], annotation["area"]))
        assert not {"label", "mask", "index", "ignore"} & set(annotation)


def test_one_encoding_fills_the_file(dataset):
    kinds = {type(a["segmentation"]) for a in annotations_of(dataset)["annotations"]}
    assert len(kinds) == 1
    for annotation in annotations_of(dataset)["annotations"]:
        segmentation = annotation["segmentation"]
        if isinstance(segmentation, dict):
            assert segmentation["size"] == [120, 160]
            assert segmentation["counts"].isascii()
        else:
            assert all(len(ring) >= 6 and len(ring) % 2 == 0 for ring in segmentation)


def test_files_are_ascii(dataset):
    for path in (*dataset.rglob("*.json"), *dataset.rglob("*.jsonl")):
        assert path.name == "manifest.json" or path.read_bytes().isascii()
    assert annotations_of(dataset)["info"]["description"] == "Café"


def test_categories_are_sorted_by_id_and_named_once_in_every_split(dataset):
    tables = [annotations_of(dataset, split)["categories"] for split in ("train", "val", "empty")]
    assert tables[0] == tables[1] == tables[2]
    ids = [category["id"] for category in tables[0]]
    assert ids == sorted(set(ids))
    assert len({category["name"] for category in tables[0]}) == len(ids)
    assert all(category["supercategory"] for category in tables[0])


def test_nothing_is_invented(dataset):
    info = annotations_of(dataset)["info"]
    assert info["year"] == 2024
    assert info["contributor"] == ""
    assert "No known" not in json.dumps(annotations_of(dataset)["licenses"])


def test_no_output_names_a_place_on_this_machine(dataset):
    for path in dataset.rglob("*"):
        if path.is_file() and path.suffix not in (".jpg", ".png"):
            assert str(dataset.parent).encode() not in path.read_bytes()


def test_every_annotation_can_be_traced(dataset):
    for split in ("train", "val"):
        content = annotations_of(dataset, split)
        traced = []
        for scene, image in zip(scenes_of(dataset, split), content["images"], strict=True):
            assert scene["file_name"] == image["file_name"]
            for entry in (*scene["background_annotations"], *scene["placements"]):
                traced.append(entry["annotation_id"])
            for placement in scene["placements"]:
                assert placement["dataset"] == "cutouts"
                assert len(placement["matrix"]) == 3
        assert traced == [annotation["id"] for annotation in content["annotations"]]


def test_each_image_names_its_sources_with_their_licences(dataset):
    manifest = json.loads((dataset / "manifest.json").read_bytes())
    credited = {
        (p["dataset"], p["file_name"]): (p["license"]["name"], p["attribution"])
        for p in manifest["photographs"]
    }
    seen = set()
    for split in ("train", "val"):
        content = annotations_of(dataset, split)
        names = {record["id"]: record["name"] for record in content["licenses"]}
        for image in content["images"]:
            for source in image["sources"]:
                key = (source["dataset"], source["file_name"])
                seen.add(key)
                assert credited[key] == (names[source["license"]], source.get("attribution", ""))
            parts = {names[source["license"]] for source in image["sources"]}
            own = names[image["license"]]
            assert {own} == parts or own == f"Composite of: {'; '.join(sorted(parts))}"
    assert seen == set(credited)


def test_sources_feed_one_split_only(dataset):
    manifest = json.loads((dataset / "manifest.json").read_bytes())
    assert manifest["sources_shared_between_splits"] is False
    assert all(len(photo["images"]) == 1 for photo in manifest["photographs"])


def test_shared_sources_are_recorded(tmp_path):
    out, _ = built(tmp_path, share_sources=True, splits={"train": 20, "val": 20})
    manifest = json.loads((out / "manifest.json").read_bytes())
    assert manifest["sources_shared_between_splits"] is True
    assert any(len(photo["images"]) == 2 for photo in manifest["photographs"])


def test_contiguous_category_ids(tmp_path):
    write_annotated(tmp_path / "annotated", [(10, 20, 60, 40)], count=4)
    source = {"coco": "annotated/instances.json", "images": "annotated/images"}
    for kind, expected in (("keep", [7, 8, 9]), ("contiguous", [1, 2, 3])):
        out, _ = built(
            tmp_path,
            out=kind,
            foregrounds=[source, {"folder": "cutouts"}],
            export={"category_ids": kind},
            splits={"train": 2},
        )
        assert [c["id"] for c in annotations_of(out)["categories"]] == expected


def test_ground_truth_scores_one_against_itself(dataset, capsys):
    coco = COCO(str(dataset / "annotations/instances_train.json"))
    found = [
        {k: a[k] for k in ("image_id", "category_id", "bbox", "segmentation")} | {"score": 1.0}
        for a in coco.dataset["annotations"]
    ]
    if isinstance(found[0]["segmentation"], list):
        for result in found:
            size = coco.imgs[result["image_id"]]
            result["segmentation"] = coco.annToRLE(result | {"image_id": size["id"]})
    for kind in ("bbox", "segm"):
        evaluation = COCOeval(coco, coco.loadRes([dict(result) for result in found]), kind)
        evaluation.evaluate()
        evaluation.accumulate()
        evaluation.summarize()
        assert evaluation.stats[0] == pytest.approx(1)


def test_faster_coco_eval_reads_it(dataset):
    faster = pytest.importorskip("faster_coco_eval")
    coco = faster.COCO(str(dataset / "annotations/instances_train.json"))
    content = annotations_of(dataset)
    assert len(coco.anns) == len(content["annotations"])
    for annotation in content["annotations"]:
        assert coco.annToMask(coco.anns[annotation["id"]]).sum() == annotation["area"]


def test_the_schema_shipped_accepts_what_is_built(dataset):
    import jsonschema

    schema = json.loads(resource("schemas/coco.schema.json").read_text())
    for path in (dataset / "annotations").glob("*.json"):
        jsonschema.validate(json.loads(path.read_bytes()), schema)


def test_the_validator_finds_nothing_at_all(dataset, here):
    for split in ("train", "val"):
        file = dataset / f"annotations/instances_{split}.json"
        done = here("validate", "--json", "--images", dataset / split, file)
        assert done.returncode == 0, done.stdout
        assert json.loads(done.stdout)["errors"] == 0
