"""Code that trains on any COCO file, and validates on a dataset that is named for it."""

import json
import os
import runpy
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from small_builds import built, ready
from test_snippets import assigned, classes_in

from cocosynth.core.errors import CocosynthError
from cocosynth.datasets.merge.merge import merge
from cocosynth.datasets.snippets import ALIASES, SNIPPETS, read_built, with_held_out


def write_coco(folder, names, ids, *, name="labels.json", images="pictures"):
    """Write two images, each with a square of every category, into folders of no known layout."""
    (folder / images / "deep").mkdir(parents=True)
    files = ["1.png", "deep/2.png"]
    for number, file in enumerate(files):
        pixels = np.full((16, 16, 3), 10 * number + len(str(folder)), np.uint8)
        Image.fromarray(pixels).save(folder / images / file)
    annotations = [
        {
            "id": 100 * image_id + category_id,
            "image_id": image_id,
            "category_id": category_id,
            "bbox": [2, 2, 8, 8],
            "area": 64,
            "iscrowd": 0,
            "segmentation": [[2, 2, 10, 2, 10, 10, 2, 10]],
        }
        for image_id in (1, 2)
        for category_id in ids
    ]
    content = {
        "images": [
            {"id": n, "file_name": file, "width": 16, "height": 16}
            for n, file in enumerate(files, start=1)
        ],
        "annotations": annotations,
        "categories": [{"id": i, "name": n} for i, n in zip(ids, names, strict=True)],
    }
    (folder / name).write_text(json.dumps(content))
    return folder / name


def places_of(client, code):
    """Return where each split lies, as the code has it: annotation file and image folder."""
    root = assigned(code, "data_root" if client == "mmdet" else "ROOT")
    return {
        split: tuple(os.path.join(root, path) for path in place)
        for split, place in assigned(code, "FILES").items()
    }


def ultralytics_of(code, folder):
    """Run what is printed for ultralytics as far as its labels, with nothing to train.

    That needs no more of ultralytics, and of the YAML that comes with it, than this.
    """
    stand_ins = {
        "ultralytics": "class YOLO: pass\n",
        "yaml": "import json\ndef safe_dump(value, sort_keys): return json.dumps(value)\n",
    }
    for name, text in stand_ins.items():
        (folder / f"{name}.py").write_text(text)
    (folder / "train.py").write_text(code)
    sys.path.insert(0, str(folder))
    try:
        return runpy.run_path(str(folder / "train.py"), run_name="snippet")
    finally:
        sys.path.remove(str(folder))
        for name in stand_ins:
            sys.modules.pop(name, None)


@pytest.mark.parametrize("client", SNIPPETS)
def test_a_file_of_any_layout_is_trained_on(client, tmp_path):
    path = write_coco(tmp_path / "real", ("zebra", "ant"), (3, 90))
    code = SNIPPETS[client](read_built(path, images=tmp_path / "real/pictures"))
    compile(code, client, "exec")
    assert classes_in(client, code) == ["zebra", "ant"]
    if client == "mmdet":
        loaded = runpy.run_path(str(write_text(tmp_path / "config.py", code)))
        data = loaded["train_dataloader"]["dataset"]
        assert Path(data["data_root"], data["ann_file"]) == path
        assert Path(data["data_root"], data["data_prefix"]["img"]) == tmp_path / "real/pictures"
        assert loaded["val_dataloader"] is None
    elif client != "ultralytics":
        (place,) = places_of(client, code).values()
        assert [Path(p) for p in place] == [path, tmp_path / "real/pictures"]


def write_text(path, text):
    path.write_text(text)
    return path


@pytest.mark.parametrize("client", SNIPPETS)
def test_a_merged_file_is_trained_on_and_a_real_one_validated_on(client, tmp_path):
    one = write_coco(tmp_path / "one", ("zebra", "ant"), (3, 90))
    two = write_coco(tmp_path / "second", ("zebra", "ant"), (3, 90))
    folders = [path.parent / "pictures" for path in (one, two)]
    merged = merge([one, two], tmp_path / "all.json", images=folders)
    real = write_coco(tmp_path / "reality", ("zebra", "ant"), (3, 90))
    dataset = read_built(tmp_path / "all.json", images=merged.root)
    assert dataset.images == {"train": 4}
    dataset = with_held_out(dataset, real, images=real.parent / "pictures")
    assert (dataset.train, dataset.val, dataset.test) == ("train", "held_out", None)
    code = SNIPPETS[client](dataset)
    compile(code, client, "exec")
    if client == "mmdet":
        loaded = runpy.run_path(str(write_text(tmp_path / "config.py", code)))
        data = loaded["val_dataloader"]["dataset"]
        assert data["ann_file"] == loaded["val_evaluator"]["ann_file"] == str(real)
        assert data["data_prefix"]["img"] == f"{real.parent}/pictures/"
    elif client == "ultralytics":
        assert assigned(code, "SPLITS") == {"train": "train", "val": "held_out"}
    else:
        expected = (str(real), str(real.parent / "pictures"))
        assert places_of(client, code)["held_out"] == expected


def test_labels_for_ultralytics_are_made_of_any_files(tmp_path):
    train = write_coco(tmp_path / "train", ("zebra", "ant"), (3, 90))
    real = write_coco(tmp_path / "real", ("dog", "zebra", "cat", "ant"), (1, 3, 17, 90))
    dataset = read_built(train, images=train.parent / "pictures")
    dataset = with_held_out(dataset, real, images=real.parent / "pictures")
    assert dataset.others == ("dog", "cat")
    data = ultralytics_of(SNIPPETS["ultralytics"](dataset), tmp_path)["convert"]()
    assert data == tmp_path / "train/labels-yolo/data.yaml"
    for split in ("train", "held_out"):
        for name in ("1", "deep/2"):
            lines = (data.parent / "labels" / split / f"{name}.txt").read_text().splitlines()
            assert [line.split()[0] for line in lines] == ["0", "1"]
            copy = data.parent / "images" / split / f"{name}.png"
            source = {"train": train, "held_out": real}[split].parent / "pictures" / f"{name}.png"
            assert copy.read_bytes() == source.read_bytes()
    assert json.loads(data.read_text()) == {
        "path": str(data.parent),
        "train": "images/train",
        "val": "images/held_out",
        "names": {"0": "zebra", "1": "ant"},
    }


def test_the_images_are_found_beside_a_file(tmp_path):
    path = write_coco(tmp_path / "valid", ("ant",), (1,), name="_annotations.json", images=".")
    assert read_built(path).root == (tmp_path / "valid").as_posix()
    other = write_coco(tmp_path / "other", ("ant",), (1,))
    with pytest.raises(CocosynthError, match=r"labels\.json: where are its images\?.*--images"):
        read_built(other)
    with pytest.raises(CocosynthError, match="nowhere: no such image folder"):
        read_built(other, images=tmp_path / "nowhere")


def test_a_file_of_coco_itself_is_trained_on(real_coco):
    train, val = (
        real_coco / "annotations" / f"instances_{split}2017.json" for split in ("train", "val")
    )
    dataset = with_held_out(read_built(train), val)
    assert len(dataset.classes) == 80
    assert dataset.places["held_out"].images == (real_coco / "val2017").resolve().as_posix()
    for client in SNIPPETS:
        compile(SNIPPETS[client](dataset), client, "exec")


def test_a_split_of_its_own_gives_way_to_the_one_held_out(tmp_path):
    out, _ = built(tmp_path, splits={"train": 3, "val": 2, "test": 2})
    ids = read_built(out).category_ids
    real = write_coco(tmp_path / "real", read_built(out).classes, ids)
    dataset = with_held_out(read_built(out), real, images=real.parent / "pictures")
    assert (dataset.train, dataset.val, dataset.test) == ("train", "held_out", "test")
    assert "def convert" in SNIPPETS["ultralytics"](dataset)


@pytest.mark.parametrize(
    ("names", "ids", "words"),
    [
        (("ant",), (90,), "has no category 'zebra' with the id 3"),
        (("zebra", "ant"), (3, 4), "has no category 'ant' with the id 90"),
        (("ant", "zebra"), (90, 3), "its categories have another order"),
    ],
)
def test_a_file_that_numbers_its_classes_differently_is_refused(tmp_path, names, ids, words):
    dataset = read_built(
        write_coco(tmp_path / "train", ("zebra", "ant"), (3, 90)),
        images=tmp_path / "train/pictures",
    )
    real = write_coco(tmp_path / "real", names, ids)
    with pytest.raises(CocosynthError, match=words):
        with_held_out(dataset, real, images=real.parent / "pictures")


def test_detectron2_cannot_skip_other_categories(tmp_path):
    train = write_coco(tmp_path / "train", ("ant",), (1,))
    real = write_coco(tmp_path / "real", ("ant", "bee"), (1, 2))
    dataset = with_held_out(
        read_built(train, images=train.parent / "pictures"), real, images=real.parent / "pictures"
    )
    with pytest.raises(CocosynthError, match="has others, first 'bee'"):
        SNIPPETS["detectron2"](dataset)


@pytest.mark.parametrize("formats", [["coco"], ["coco", "yolo"]])
def test_no_split_to_validate_on_is_said(tmp_path, here, formats):
    out, _ = ready(tmp_path, splits={"train": 3}, export={"formats": formats})
    done = here("snippet", "ultralytics", out)
    assert done.returncode == 0
    assert done.stderr == (
        "note: there is no split to validate on; name a dataset for that by --held-out\n"
    )
    assert "# There is no split to validate on, and ultralytics wants one" in done.stdout
    both, _ = ready(tmp_path, "both", splits={"train": 3, "val": 2}, export={"formats": formats})
    done = here("snippet", "ultralytics", both)
    assert done.stderr == ""
    assert "There is no split" not in done.stdout


def test_yolo_is_another_name_of_ultralytics(tmp_path, here):
    out, _ = ready(tmp_path)
    first, second = (here("snippet", name, out) for name in ("yolo", "ultralytics"))
    assert first.returncode == 0
    assert first.stdout == second.stdout != ""
    assert ALIASES == {"yolo": "ultralytics"}


def test_the_command_takes_files_and_says_what_is_skipped(tmp_path, here):
    write_coco(tmp_path / "train", ("zebra",), (3,))
    write_coco(tmp_path / "real", ("dog", "zebra"), (1, 3))
    options = ("--images", "train/pictures", "--held-out", "real/labels.json",
               "--held-out-images", "real/pictures")  # fmt: skip
    command = [sys.executable, "-m", "cocosynth", "snippet", "torchvision", "train/labels.json"]
    done = subprocess.run(
        [*command, *options], cwd=tmp_path, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == "note: real/labels.json has other categories, which are skipped: dog\n"
    assert "evaluate(model, 'held_out', device=device)" in done.stdout
    done = here("snippet", "torchvision", "train/labels.json", "--held-out-images", "real")
    assert done.returncode == 2
    assert "--held-out-images needs --held-out" in done.stderr
