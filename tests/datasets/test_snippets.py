"""The code that is printed for a dataset: valid, of its classes, splits and encoding."""

import ast
import importlib.util
import json
import subprocess
import sys

import cv2
import numpy as np
import pytest
from small_builds import ready, shape_mask

from cocosynth.coco.records import CategoryRecord
from cocosynth.core.errors import CocosynthError
from cocosynth.datasets.snippets import SNIPPETS, BuiltDataset, read_built
from cocosynth.datasets.snippets.built import Place

ODD = ["it's", 'a "cat"', "back\\slash", "日本語", "{{ fileBasename }}", "$HOME ${train}", "#\n"]


def write_dataset(folder, *, names=("cat",), splits=("train", "val"), segmentation=None, ids=None):
    """Write annotation files of one image and one annotation, and the folders of their images."""
    (folder / "annotations").mkdir(parents=True, exist_ok=True)
    categories = [
        {"id": id_, "name": name}
        for id_, name in zip(ids or range(1, len(names) + 1), names, strict=True)
    ]
    annotation = {"id": 1, "image_id": 1, "category_id": categories[0]["id"]} | {
        "segmentation": segmentation or [[1, 1, 5, 1, 5, 5, 1, 5]]
    }
    content = {
        "images": [{"id": 1, "file_name": "1.png", "width": 8, "height": 8}],
        "annotations": [annotation],
        "categories": categories,
    }
    for split in splits:
        (folder / split).mkdir(exist_ok=True)
        (folder / "annotations" / f"instances_{split}.json").write_text(json.dumps(content))
    return folder


def assigned(code, name):
    """Evaluate the literal that a name is given first in some code."""
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == name:
            return ast.literal_eval(node.value)
    raise AssertionError(f"{name} is not assigned")


def classes_in(client, code):
    names = assigned(code, "classes" if client == "mmdet" else "CLASSES")
    return list(names[1:] if client == "torchvision" else names)


def snippet(client, folder):
    return SNIPPETS[client](read_built(folder))


CODE = [
    'x"; import os; os.system("touch has_run"); "',
    "x'+__import__('os').system('touch has_run')+'",
    "x\nimport os",
    "{__import__('os')}",
    "..",
    "a b",
]


@pytest.mark.parametrize("split", CODE)
@pytest.mark.parametrize("client", SNIPPETS)
def test_a_file_name_cannot_become_code(client, split, tmp_path, here):
    write_dataset(tmp_path / "d", splits=[split])
    done = here("snippet", client, "d")
    assert done.returncode == 2
    assert done.stdout == ""
    assert "cannot be the name of a split" in done.stderr
    assert done.stderr.count("\n") == 1


@pytest.mark.parametrize("split", CODE[:4])
@pytest.mark.parametrize("client", SNIPPETS)
def test_names_of_splits_are_written_as_literals(client, split):
    """Whoever makes the dataset that a snippet is written for."""
    category = CategoryRecord(id=1, name="cat")
    splits = {split: 1, f"{split}2": 1}
    places = {name: Place(f"annotations/instances_{name}.json", name) for name in splits}
    dataset = BuiltDataset("/d", splits, (category,), "rle", places, "/d-yolo")
    tree = ast.parse(SNIPPETS[client](dataset))
    called = [node.func.id for node in ast.walk(tree) if isinstance(node, ast.Call)
              and isinstance(node.func, ast.Name)]  # fmt: skip
    assert "__import__" not in called
    found = [n.value for n in ast.walk(tree) if isinstance(n, ast.Constant)]
    assert any(isinstance(value, str) and split in value for value in found)
    assert "has_run" not in ast.dump(tree).replace("touch has_run", "")


@pytest.mark.parametrize("client", SNIPPETS)
def test_the_command_prints_what_a_program_can_read(client, tmp_path):
    write_dataset(tmp_path, names=ODD)
    command = (sys.executable, "-m", "cocosynth", "snippet", client, str(tmp_path))
    done = subprocess.run(
        command, capture_output=True, check=True, env={"LC_ALL": "C", "PYTHONUTF8": "0"}
    )
    assert done.stdout.decode("ascii") == snippet(client, tmp_path)
    assert done.stderr == b""


@pytest.mark.parametrize("client", SNIPPETS)
def test_odd_names_come_out_as_they_are(client, tmp_path):
    code = snippet(client, write_dataset(tmp_path / "it's {{ odd }} $x é", names=ODD))
    compile(code, client, "exec")
    assert classes_in(client, code) == ODD
    assert "{{" not in code


@pytest.mark.parametrize("client", sorted(set(SNIPPETS) - {"detectron2"}))
def test_classes_stand_in_the_order_of_the_file(client, tmp_path):
    write_dataset(tmp_path, names=("zebra", "ant", "cat"), ids=(90, 3, 7))
    assert classes_in(client, snippet(client, tmp_path)) == ["zebra", "ant", "cat"]


def test_detectron2_sorts_classes_by_id_and_so_does_its_snippet(tmp_path):
    write_dataset(tmp_path, names=("zebra", "ant", "cat"), ids=(90, 3, 7))
    assert classes_in("detectron2", snippet("detectron2", tmp_path)) == ["ant", "cat", "zebra"]


@pytest.mark.parametrize("client", ["torchvision", "ultralytics"])
@pytest.mark.parametrize("ids", [(90, 3, 7), (5,)])
def test_category_ids_are_told_where_the_client_does_not_read_them(client, ids, tmp_path):
    write_dataset(tmp_path, names=tuple("abc"[: len(ids)]), ids=ids)
    assert assigned(snippet(client, tmp_path), "CATEGORY_IDS") == ids


@pytest.mark.parametrize(("encoding", "mask_format"), [("rle", "bitmask"), ("polygon", "polygon")])
def test_detectron2_is_told_the_format_of_the_masks(encoding, mask_format, tmp_path):
    out, _ = ready(tmp_path, export={"segmentation": encoding})
    assert read_built(out).encoding == encoding
    assert f'cfg.INPUT.MASK_FORMAT = "{mask_format}"' in snippet("detectron2", out)


def test_an_uncompressed_rle_is_one(tmp_path):
    write_dataset(tmp_path, segmentation={"size": [8, 8], "counts": [9, 3, 52]})
    assert read_built(tmp_path).encoding == "rle"


@pytest.mark.parametrize("client", SNIPPETS)
def test_a_dataset_of_one_split_is_not_validated_on_another(client, tmp_path):
    code = snippet(client, write_dataset(tmp_path, splits=("all",)))
    compile(code, client, "exec")
    assert "instances_val" not in code
    if client == "mmdet":
        assert assigned(code, "val_dataloader") is None
        assert assigned(code, "test_evaluator") is None


def test_training_is_on_train_and_validation_on_val(tmp_path):
    dataset = read_built(write_dataset(tmp_path, splits=("extra", "test", "train", "val")))
    assert (dataset.train, dataset.val, dataset.test) == ("train", "val", "test")
    assert "instances_test" in SNIPPETS["mmdet"](dataset)


def test_without_a_val_split_another_one_is_validated_on(tmp_path):
    dataset = read_built(write_dataset(tmp_path, splits=("a", "b", "test")))
    assert (dataset.train, dataset.val, dataset.test) == ("a", "test", None)


def test_a_split_without_images_is_left_out(tmp_path):
    out, _ = ready(tmp_path, splits={"train": 3, "val": 0})
    assert read_built(out).splits == ("train",)


def test_paths_are_absolute(tmp_path, monkeypatch):
    write_dataset(tmp_path / "out")
    monkeypatch.chdir(tmp_path)
    assert assigned(snippet("mmdet", "out"), "data_root") == f"{tmp_path.resolve().as_posix()}/out/"


def refusal(folder):
    with pytest.raises(CocosynthError) as refused:
        read_built(folder)
    return str(refused.value)


def test_what_is_no_dataset_gets_one_line(tmp_path):
    assert "no such folder" in refusal(tmp_path / "nowhere")
    assert "has no annotations/instances_<split>.json" in refusal(tmp_path)


def test_a_dataset_without_its_images_gets_one_line(tmp_path):
    (write_dataset(tmp_path) / "val").rmdir()
    assert "val: no such folder; " in refusal(tmp_path)


def test_splits_that_number_their_classes_differently_get_one_line(tmp_path):
    write_dataset(tmp_path, names=("cat", "dog"), splits=("train",))
    write_dataset(tmp_path, names=("dog", "cat"), splits=("val",))
    assert "its categories are not those of" in refusal(tmp_path)


def test_annotations_without_masks_get_one_line(tmp_path):
    write_dataset(tmp_path)
    path = tmp_path / "annotations/instances_train.json"
    content = json.loads(path.read_text())
    del content["annotations"][0]["segmentation"]
    path.write_text(json.dumps(content))
    assert "annotation 1 has no segmentation" in refusal(tmp_path)
    path.write_text(json.dumps(content | {"annotations": []}))
    (tmp_path / "annotations/instances_val.json").unlink()
    assert "no annotation to train on" in refusal(tmp_path)


def test_an_unknown_client_gets_one_line(tmp_path, here):
    done = here("snippet", "keras", tmp_path)
    assert done.returncode == 2
    assert done.stderr == (
        "cocosynth: error: no snippet for 'keras'; there are mmdet, detectron2, torchvision, "
        "ultralytics, yolo\n"
    )


def yolo_outline(folder):
    """Return the function of the printed script that turns a mask into an outline."""
    code = ast.parse(snippet("ultralytics", folder))
    [found] = [node for node in code.body if getattr(node, "name", "") == "outline"]
    names = {"np": np, "cv2": cv2}
    exec(compile(ast.Module([found], []), "ultralytics", "exec"), names)
    return names["outline"]


@pytest.mark.parametrize("shape", ["disk", "ring", "bar", "pixel", "pair", "holes"])
def test_an_outline_for_yolo_is_drawn_as_the_mask_it_is_of(shape, tmp_path):
    """As ultralytics draws: coordinates are rounded down, borders belong to the shape."""
    mask = np.zeros((60, 70), np.uint8)
    if shape == "pixel":
        mask[59, 69] = 1
    elif shape == "pair":
        mask[3, 4:6] = 1
    elif shape == "holes":
        mask[5:50, 5:60] = 1
        mask[10:20, 10:20] = mask[30:31, 30:40] = mask[40, 8] = 0
    else:
        mask[2:50, 5:53] = shape_mask(shape)
    points = yolo_outline(write_dataset(tmp_path))(mask)
    drawn = cv2.fillPoly(np.zeros_like(mask), [points.astype(np.int32)], 1)
    assert np.array_equal(drawn, mask)
    assert len(points) >= 3


READ_BY_THE_CLIENT = {
    "mmdet": """
from mmdet.registry import DATASETS
from mmdet.utils import register_all_modules
from mmengine.config import Config
register_all_modules()
dataset = DATASETS.build(Config.fromfile("snippet.py").train_dataloader.dataset)
print(dataset[0]["data_samples"].gt_instances)
""",
    "detectron2": """
from detectron2.data import DatasetCatalog
import snippet
print(len(DatasetCatalog.get(snippet.SPLITS["train"])))
""",
    "torchvision": """
import snippet
print(snippet.CocoInstances("train")[0])
""",
    "ultralytics": """
import snippet
print(snippet.convert())
""",
}


@pytest.mark.parametrize("client", SNIPPETS)
def test_a_client_that_is_installed_reads_it(client, tmp_path):
    """More is tried by `make clients`, for each client in an environment of its own."""
    if importlib.util.find_spec(client) is None:
        pytest.skip(f"{client} is not installed")
    out, _ = ready(tmp_path)
    (tmp_path / "snippet.py").write_text(snippet(client, out))
    command = (sys.executable, "-c", READ_BY_THE_CLIENT[client])
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


def test_ultralytics_trains_on_the_labels_that_a_dataset_has(tmp_path):
    out, _ = ready(tmp_path, export={"formats": ["coco", "yolo"]})
    code = snippet("ultralytics", out)
    assert assigned(code, "DATA") == f"{out.resolve().as_posix()}/data.yaml"
    assert "def convert" not in code
    (out / "data.yaml").unlink()
    assert "def convert" in snippet("ultralytics", out)


def test_a_file_of_that_name_that_no_build_wrote_is_not_trained_on(tmp_path):
    out, _ = ready(tmp_path)
    (out / "data.yaml").write_text("mine")
    assert "def convert" in snippet("ultralytics", out)


def test_labels_that_ultralytics_would_not_find_are_made_elsewhere(tmp_path):
    (tmp_path / "images").mkdir()
    out, _ = ready(tmp_path / "images", export={"formats": ["coco", "yolo"]})
    assert "def convert" in snippet("ultralytics", out)
