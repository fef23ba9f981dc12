"""Which categories a dataset has: those that are used, or all, alike in all of its splits."""

import json

import pytest
from ruamel.yaml import YAML
from small_builds import annotations_of, built, tree, write_annotated, write_cutouts

from cocosynth import Compositor
from cocosynth.check.validate import validate
from cocosynth.core.executors import Processes
from cocosynth.core.values import Category
from cocosynth.datasets.snippets import SNIPPETS, read_built
from cocosynth.export.categories import written_categories
from cocosynth.export.options import Export

VIEWS = {"coco": "views/instances.json", "images": "views/images"}
SPLITS = {"train": 6, "val": 3, "empty": 0}


def write_views(folder, others=80, shown=("thing 40",), category="disk", count=6):
    """Write backgrounds that show a rectangle each: of one category, then the next, in turn."""
    write_annotated(folder / "views", [(10, 20, 60, 40)], count=count, category=category)
    path = folder / "views" / "instances.json"
    content = json.loads(path.read_text())
    things = [{"id": 100 + n, "name": f"thing {n}", "supercategory": "t"} for n in range(others)]
    content["categories"] = [*content["categories"], *things]
    ids = {c["name"]: c["id"] for c in content["categories"]}
    for number, annotation in enumerate(content["annotations"]):
        annotation["category_id"] = ids[shown[number % len(shown)]]
    path.write_text(json.dumps(content))


def names_of(out, split):
    return [category["name"] for category in annotations_of(out, split)["categories"]]


def made(folder, out="out", backgrounds=None, categories=None, **changes):
    export = {"image_format": "png", "formats": ["coco", "yolo"]} | changes.pop("export", {})
    export |= {"categories": categories} if categories else {}
    view = backgrounds or VIEWS | {"annotations": "keep"}
    return built(folder, out, backgrounds=[view], splits=SPLITS, export=export, **changes)


def test_only_what_is_pasted_or_present_is_written(tmp_path):
    write_views(tmp_path)
    out, _ = made(tmp_path, objects_per_image=[1, 1])
    for split in SPLITS:
        assert sorted(names_of(out, split)) == ["bar", "disk", "ring", "thing 40"]
    data = YAML(typ="safe", pure=True).load((out / "data.yaml").read_text())
    assert list(data["names"].values()) == names_of(out, "train")
    for name in ("mmdet", "torchvision", "ultralytics", "detectron2"):
        assert "thing 40" in SNIPPETS[name](read_built(out))
        assert "thing 41" not in SNIPPETS[name](read_built(out))


def test_all_writes_what_the_sources_name(tmp_path):
    write_views(tmp_path)
    out, _ = made(tmp_path, categories="all", objects_per_image=[1, 1])
    for split in SPLITS:
        assert len(names_of(out, split)) == 83


@pytest.mark.parametrize("category_ids", ["keep", "contiguous"])
def test_ids_and_classes_fit_whatever_is_not_written(tmp_path, category_ids):
    write_views(tmp_path, shown=("thing 40", "disk", "thing 7"))
    export = {"category_ids": category_ids}
    used, _ = made(tmp_path, "used", export=export)
    whole, _ = made(tmp_path, "whole", categories="all", export=export)
    for split in ("train", "val"):
        files = [annotations_of(out, split) for out in (used, whole)]
        ids = [{c["id"]: c["name"] for c in file["categories"]} for file in files]
        named = [
            [(names[a["category_id"]], a["area"], a["bbox"]) for a in file["annotations"]]
            for file, names in zip(files, ids, strict=True)
        ]
        assert named[0] == named[1]
        if category_ids == "contiguous":
            assert list(ids[0]) == list(range(1, 1 + len(ids[0])))
        else:
            assert ids[0].items() <= ids[1].items()
        classes = list(ids[0].values())
        for image in files[0]["images"]:
            labels = (used / split / image["file_name"]).with_suffix(".txt").read_text()
            drawn = [classes[int(line.split()[0])] for line in labels.splitlines()]
            here = [a for a in files[0]["annotations"] if a["image_id"] == image["id"]]
            assert drawn == [ids[0][a["category_id"]] for a in here]
        assert not validate(used / "annotations" / f"instances_{split}.json").errors


def test_categories_are_the_same_in_all_splits_though_one_alone_shows_it(tmp_path):
    shown = ("thing 1", "thing 2", "thing 3", "thing 4", "thing 5", "thing 6")
    write_views(tmp_path, shown=shown)
    out, _ = made(tmp_path)
    present = {
        split: {a["category_id"] for a in annotations_of(out, split)["annotations"]}
        for split in ("train", "val")
    }
    assert present["train"] != present["val"]
    tables = [annotations_of(out, split)["categories"] for split in SPLITS]
    assert tables[0] == tables[1] == tables[2]
    assert {c["id"] for c in tables[0]} >= present["train"] | present["val"]


def test_how_many_images_there_are_does_not_matter(tmp_path):
    write_views(tmp_path, shown=("thing 1", "thing 2", "thing 3", "thing 4", "thing 5", "thing 6"))
    view = VIEWS | {"annotations": "keep"}
    out, _ = built(tmp_path, backgrounds=[view], splits={"train": 1})
    shown = [f"thing {number}" for number in range(1, 7)]
    assert sorted(names_of(out, "train")) == ["bar", "disk", "ring", *shown]
    composed = Compositor(str(out / "config.yaml"), folder=tmp_path)
    written = [category.name for category in composed.context.categories]
    assert written == names_of(out, "train")


def test_the_workers_do_not_matter(tmp_path):
    write_views(tmp_path, shown=("thing 40", "thing 7"))
    one, _ = made(tmp_path, "one", export={"category_ids": "contiguous"})
    two, _ = made(tmp_path, "two", export={"category_ids": "contiguous"}, executor=Processes(2))
    assert tree(one) == tree(two)


OWN = """
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar

from cocosynth.export import ExportContext, Sample


@dataclass(frozen=True)
class Names:
    context: ExportContext
    products: ClassVar[tuple[str, ...]] = ("names.txt",)

    def write(self, sample: Sample) -> list[int]:
        return [a.category_id for a in sample.annotations]

    def finish(self, split, parts):
        names = {c.id: c.name for c in self.context.categories}
        with Path(self.context.folder, "names.txt").open("a") as stream:
            for each in parts:
                found = [names[self.context.category_id(n)] for n in each.part]
                stream.write(f"{split} {each.image_id} {found}\\n")
"""


def test_an_exporter_of_the_users_own_names_the_same_categories(tmp_path, monkeypatch):
    write_views(tmp_path, shown=("thing 40", "disk", "thing 7"))
    (tmp_path / "own_names.py").write_text(OWN)
    monkeypatch.syspath_prepend(tmp_path)
    export = {"category_ids": "contiguous", "formats": ["coco", "own_names:Names"]}
    out, _ = made(tmp_path, export=export)
    expected = []
    for split in ("train", "val"):
        content = annotations_of(out, split)
        names = {c["id"]: c["name"] for c in content["categories"]}
        for image in content["images"]:
            here = [a for a in content["annotations"] if a["image_id"] == image["id"]]
            expected.append(f"{split} {image['id']} {[names[a['category_id']] for a in here]}")
    assert (out / "names.txt").read_text().splitlines() == expected


def test_a_category_of_weight_0_is_not_written_unless_it_is_present(tmp_path):
    out, _ = built(tmp_path, category_weights={"disk": 0})
    assert sorted(names_of(out, "train")) == ["bar", "ring"]


@pytest.mark.parametrize("mode", [{"annotations": "keep", "categories": ["disk"]},
                                  {"annotations": "avoid"}])  # fmt: skip
def test_backgrounds_that_show_what_is_not_written_are_reported(tmp_path, mode):
    write_views(tmp_path, shown=("thing 40", "thing 7", "thing 40"))
    out, summary = made(tmp_path, backgrounds=VIEWS | mode)
    text = (
        "views/instances.json: 6 backgrounds show categories that are not written: "
        "thing 40 (4), thing 7 (2)"
    )
    assert [str(note) for note in summary.notes] == [text]
    manifest = json.loads((out / "manifest.json").read_bytes())
    assert [note["text"] for note in manifest["notes"]] == [text.split(": ", 1)[1]]
    assert sorted(names_of(out, "train")) == ["bar", "disk", "ring"]


def test_where_nothing_is_used_all_are_written(tmp_path):
    write_cutouts(tmp_path / "cutouts")
    out, _ = built(tmp_path, objects_per_image=[0, 0])
    assert sorted(names_of(out, "train")) == ["bar", "disk", "ring"]
    assert written_categories([Category(3, "x", "y")], set(), Export())[1] == {3: 3}
