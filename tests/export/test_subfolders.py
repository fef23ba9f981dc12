"""A split of many images lies in numbered subfolders; all formats and readers follow."""

import json

import msgspec
import pytest
from readers import READERS
from small_builds import annotations_of, built, scenes_of, tree, write_cutouts
from typer.testing import CliRunner

from cocosynth.check.diff import changed, pairs
from cocosynth.check.validate import validate
from cocosynth.cli import app
from cocosynth.config.file import load_config
from cocosynth.core.errors import CocosynthError, StoppedError
from cocosynth.core.executors import Processes
from cocosynth.datasets.merge.merge import merge
from cocosynth.export.options import Export
from cocosynth.pipeline.build import build
from cocosynth.pipeline.dataset import Compositor
from cocosynth.pipeline.replay import replay
from cocosynth.pipeline.shards import Shard

FORMATS = ["coco", "panoptic", "semantic", "voc", "webdataset", "yolo", "yolo_detect"]
SPLITS = {"train": 7, "val": 2}


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    folder = tmp_path_factory.mktemp("project")
    write_cutouts(folder / "cutouts")
    for name, size in (("flat", None), ("sub", 3)):
        export = {"formats": FORMATS, "image_format": "png", "images_per_folder": size}
        built(folder, name, splits=SPLITS, export=export, report=False)
    return folder


def plain(name):
    return name.rpartition("/")[2]


def test_images_lie_in_folders_of_so_many(project):
    names = [image["file_name"] for image in annotations_of(project / "sub")["images"]]
    assert names == [f"{n // 3:05d}/{n + 1:012d}.png" for n in range(7)]
    assert [plain(n) for n in names] == [
        image["file_name"] for image in annotations_of(project / "flat")["images"]
    ]
    assert sorted(p.name for p in (project / "sub/train").iterdir()) == ["00000", "00001", "00002"]
    assert [line["file_name"] for line in scenes_of(project / "sub")] == names


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("split", SPLITS)
def test_each_format_holds_what_the_flat_one_does(project, name, split):
    flat, sub = (READERS[name](project / out, split) for out in ("flat", "sub"))
    assert {plain(key): key for key in sub}.keys() == flat.keys()
    assert all("/" in key for key in sub)
    for key, found in sub.items():
        known = flat[plain(key)]
        assert [row[:2] for row in found] == [row[:2] for row in known]
        assert all((a[2] == b[2]).all() for a, b in zip(found, known, strict=True))


def test_pixels_and_annotations_are_those_of_the_flat_dataset(project):
    flat, sub = tree(project / "flat/train"), tree(project / "sub/train")
    assert {plain(name): content for name, content in sub.items()} == flat
    one, other = (annotations_of(project / out) for out in ("flat", "sub"))
    assert one["annotations"] == other["annotations"]


def test_lists_of_voc_name_files_that_are_there(project):
    voc = project / "sub/VOCdevkit/VOC2012"
    stems = (voc / "ImageSets/Main/train.txt").read_text().splitlines()
    assert stems[3] == "train_00001/000000000004"
    assert all((voc / f"JPEGImages/{stem}.png").is_file() for stem in stems)
    assert all((voc / f"Annotations/{stem}.xml").is_file() for stem in stems)


def test_the_default_is_flat_below_50000_images():
    assert [Export().folder_size(n) for n in (1, 49_999, 50_000, 10**6)] == [0, 0, 10_000, 10_000]
    assert Export(images_per_folder=0).folder_size(10**6) == 0
    assert Export(images_per_folder=500).folder_size(8) == 500


def test_a_limited_build_has_the_names_of_the_whole_one(project):
    path = project / "many.json"
    content = json.loads((project / "cocosynth.yaml").read_text())
    content |= {"splits": {"train": 50_000}, "report": False}
    content["export"] = {"image_format": "png"}
    path.write_text(json.dumps(content))
    build(load_config(path), project / "first", folder=project, limit=2)
    names = [image["file_name"] for image in annotations_of(project / "first")["images"]]
    assert names == ["00000/000000000001.png", "00000/000000000002.png"]
    assert Compositor(load_config(path), folder=project)[20_000].file_name == (
        "00002/000000020001.png"
    )


def test_an_image_in_a_subfolder_is_made_again(project):
    name, content = replay(project / "sub", project, split="train", image_id=5)
    assert name == "00001/000000000005.png"
    assert content == (project / "sub/train" / name).read_bytes()


def test_a_scene_leads_to_no_other_folder(project):
    line, scenes = scenes_of(project / "sub")[0], project / "sub/scenes/val.jsonl"
    before = scenes.read_bytes()
    for name in ("../x.png", "00000/../x.png", "a/x.png", "/00000/x.png", "00000/00000/x.png"):
        scenes.write_text(json.dumps(line | {"file_name": name}))
        with pytest.raises(CocosynthError, match="not a scene"):
            replay(project / "sub", project, split="val", image_id=1)
    scenes.write_bytes(before)


@pytest.mark.slow
def test_workers_and_a_second_build_give_the_same_bytes(project):
    config = load_config(project / "sub/config.yaml", allow_code=False)
    build(config, project / "again", folder=project, executor=Processes(2))
    build(config, project / "again", folder=project, start="overwrite")
    assert tree(project / "again/train") == tree(project / "sub/train")
    assert tree(project / "again/VOCdevkit") == tree(project / "sub/VOCdevkit")


def test_a_build_that_stopped_goes_on_in_its_subfolders(project):
    class Stopping:
        def __call__(self, task, items):
            for number, item in enumerate(items):
                if number == 1 and isinstance(item, Shard):
                    raise StoppedError("stopped for the test")
                yield task(item)

    config = load_config(project / "sub/config.yaml", allow_code=False)
    more = msgspec.structs.replace(config, splits={"train": 10, "val": 2})
    with pytest.raises(StoppedError):
        build(more, project / "stopped", folder=project, executor=Stopping())
    build(more, project / "stopped", folder=project, start="resume")
    build(more, project / "straight", folder=project)
    assert tree(project / "stopped") == tree(project / "straight")
    assert len([*(project / "stopped/train").iterdir()]) == 4


@pytest.mark.slow
def test_all_that_reads_a_dataset_reads_it(project, tmp_path):
    sub, flat = project / "sub", project / "flat"
    for split in SPLITS:
        path = sub / f"annotations/instances_{split}.json"
        report = validate(path, images=sub / split, exact=True)
        assert (report.errors, report.level) == (0, "pixels")
    merged = merge([sub / "annotations/instances_train.json"], tmp_path / "m.json")
    assert not merged.notes
    names = [i["file_name"] for i in json.loads((tmp_path / "m.json").read_bytes())["images"]]
    assert all((merged.root / name).is_file() for name in names)
    both, *others = pairs(sub, flat)
    assert (len(both), others) == (9, [[], []])
    assert not any(changed(pair).differs for pair in both)
    commands = {
        "show": [sub, "--image-id", "5", "-o", tmp_path / "shown"],
        "report": [sub, "-o", tmp_path / "report.html"],
        "convert": [sub, "--to", "yolo,voc", "-o", tmp_path / "converted"],
        "split": [path.with_name("instances_train.json"), "--parts", "a=1", "-o", tmp_path / "s"],
        "snippet": ["torchvision", sub],
    }
    for command, words in commands.items():
        result = CliRunner().invoke(app, [command, *map(str, words)])
        assert result.exit_code == 0, (command, result.output, result.exception)
    assert (tmp_path / "converted/train/00001_000000000005.png").is_file()
    assert (tmp_path / "shown/train_5_000000000005.png").is_file()
