"""The parts of an annotation file: written beside it, and read as the one file they are of."""

import json
import shutil

import pytest
from pycocotools.coco import COCO
from small_builds import annotations_of, built, write_annotated, write_backgrounds, write_cutouts
from typer.testing import CliRunner

from cocosynth.check.report import open_split
from cocosynth.check.stats import measure, read_columns
from cocosynth.check.validate import validate
from cocosynth.cli import app
from cocosynth.coco.document import Document
from cocosynth.coco.layout import Layout, annotation_files, images_beside, scenes_beside, split_of
from cocosynth.coco.part_names import joined, parts_of
from cocosynth.coco.records import read_dataset
from cocosynth.core.errors import CocosynthError
from cocosynth.datasets.merge.merge import merge

COUNT = 4


@pytest.fixture(scope="module")
def dataset(tmp_path_factory):
    """A dataset of seven images in four parts, whose photographs have two licences."""
    folder = tmp_path_factory.mktemp("project")
    write_cutouts(folder / "cutouts")
    write_backgrounds(folder / "backgrounds", 3)
    write_annotated(folder / "annotated", [(10, 20, 60, 40)], count=3)
    path = folder / "annotated/instances.json"
    content = json.loads(path.read_text())
    content["licenses"] = [{"id": 5, "name": "a", "url": "b"}]
    content["images"][0]["license"] = 5
    content["categories"][0]["keypoints"] = ["tip"]
    path.write_text(json.dumps(content))
    backgrounds = [
        {"coco": "annotated/instances.json", "images": "annotated/images", "annotations": "keep"},
        {"folder": "backgrounds"},
    ]
    export = {"formats": ["coco", "coco_keypoints"], "annotation_parts": COUNT}
    out, _ = built(
        folder, splits={"train": 7, "val": 2}, backgrounds=backgrounds, export=export, report=False
    )
    return out


def part(out, number, count=COUNT):
    return out / f"annotations/instances_train-{number:05d}-of-{count:05d}.json"


def pattern(out):
    return out / f"annotations/instances_train-*-of-{COUNT:05d}.json"


@pytest.fixture
def apart(dataset, tmp_path):
    """The dataset with the parts of train alone."""
    out = tmp_path / "apart"
    shutil.copytree(dataset, out)
    (out / "annotations/instances_train.json").unlink()
    return out


def run(*words):
    return CliRunner().invoke(app, [str(word) for word in words])


def test_parts_hold_the_records_of_the_whole_file_with_their_ids(dataset):
    whole = annotations_of(dataset)
    parts = [json.loads(part(dataset, n).read_bytes()) for n in range(COUNT)]
    assert [len(each["images"]) for each in parts] == [1, 2, 2, 2]
    for name in ("images", "annotations"):
        assert [record for each in parts for record in each[name]] == whole[name]
    for each in parts:
        assert each["categories"] == whole["categories"]
        assert each["info"] == whole["info"]
        ids = {image["id"] for image in each["images"]}
        assert {a["image_id"] for a in each["annotations"]} <= ids
        assert {image["license"] for image in each["images"]} <= {
            license["id"] for license in each["licenses"]
        }
    assert parts[-1]["licenses"] == whole["licenses"]


def test_each_part_is_valid_and_read_by_pycocotools(dataset):
    for number in range(COUNT):
        assert not validate(part(dataset, number), exact=True).errors
        assert len(COCO(str(part(dataset, number))).imgs) in (1, 2)


def test_keypoints_are_in_parts_too(dataset):
    names = [f"person_keypoints_train-{n:05d}-of-00004.json" for n in range(COUNT)]
    parts = [json.loads((dataset / "annotations" / name).read_bytes()) for name in names]
    whole = annotations_of(dataset, kind="person_keypoints")
    assert [record for each in parts for record in each["annotations"]] == whole["annotations"]


def test_more_parts_than_images_are_there_and_empty(dataset, tmp_path):
    export = {"annotation_parts": 3}
    out, _ = built(
        dataset.parent, tmp_path / "small", splits={"train": 2}, export=export, report=False
    )
    parts = [json.loads(part(out, n, 3).read_bytes()) for n in range(3)]
    assert [len(each["images"]) for each in parts] == [0, 1, 1]
    assert not any(validate(part(out, n, 3)).errors for n in range(3))


def test_no_parts_are_written_by_default(dataset, tmp_path):
    out, _ = built(dataset.parent, tmp_path / "plain", splits={"train": 2}, report=False)
    assert [p.name for p in (out / "annotations").iterdir()] == ["instances_train.json"]


def test_the_folder_stands_for_the_whole_file_where_it_is_there(dataset):
    files = Layout(dataset).annotation_files()
    assert [path.name for path in files.values()] == ["instances_train.json", "instances_val.json"]


def test_the_folder_stands_for_the_parts_where_the_whole_file_is_not(apart):
    files = Layout(apart).annotation_files()
    assert files["train"] == pattern(apart)
    assert list(files) == ["train", "val"]
    assert annotation_files([apart])[0] == (pattern(apart), apart / "train")


def test_all_parts_that_are_named_are_one_file(dataset):
    parts = [part(dataset, number) for number in range(COUNT)]
    other = dataset / "annotations/instances_val.json"
    assert joined([*parts, other]) == [pattern(dataset), other]
    assert joined([dataset / "annotations/instances_train-*.json"]) == [pattern(dataset)]
    assert joined([parts[2]]) == [parts[2]]
    assert split_of(pattern(dataset)) == split_of(parts[2]) == "train"
    assert images_beside(pattern(dataset)) == dataset / "train"
    assert scenes_beside(parts[2]) == dataset / "scenes/train.jsonl"


@pytest.mark.parametrize("on_disk", [True, False])
def test_parts_are_read_as_the_whole_file(dataset, on_disk):
    parts = Document(pattern(dataset), on_disk=on_disk)
    whole = Document(dataset / "annotations/instances_train.json", on_disk=on_disk)
    assert {name: list(map(bytes, table)) for name, table in parts.tables.items()} == {
        name: list(map(bytes, table)) for name, table in whole.tables.items()
    }
    total = len(whole.tables["images"])
    for rows in (slice(2, 5), slice(0, 0), slice(1, None), slice(None, None, 2), slice(-3, -1)):
        assert list(parts.tables["images"][rows]) == list(whole.tables["images"][rows])
    assert parts.tables["images"][total - 1] == whole.tables["images"][total - 1]
    assert parts.member("info") == whole.member("info")


def test_commands_find_in_parts_what_is_in_the_whole_file(dataset, apart, tmp_path):
    whole = dataset / "annotations/instances_train.json"
    assert measure(read_columns(pattern(apart))) == measure(read_columns(whole))
    checked, known = validate(pattern(apart)), validate(whole)
    assert (checked.images, checked.annotations, checked.counts) == (
        *(known.images, known.annotations),
        known.counts,
    )
    assert open_split("train", pattern(apart), None).columns.images == 7
    assert len(read_dataset(str(pattern(apart))).annotations) == known.annotations
    merged = []
    for out, path in ((dataset, whole), (apart, pattern(apart))):
        merge([path], tmp_path / "m.json", root=out)
        content = json.loads((tmp_path / "m.json").read_bytes())
        merged.append({k: v for k, v in content.items() if k != "info"})
    assert merged[0] == merged[1]


@pytest.mark.parametrize(
    "command",
    ["stats", "merge", *(pytest.param(n, marks=pytest.mark.slow) for n in ("validate", "report"))],
)
def test_each_command_takes_parts_by_name_pattern_and_folder(apart, tmp_path, command):
    out = {"merge": ["-o", tmp_path / "m.json"], "report": ["-o", tmp_path / "r.html"]}
    more = [*out.get(command, []), *(["--overwrite"] if command in out else [])]
    parts = [part(apart, number) for number in range(COUNT)]
    folder = [] if command == "merge" else [[apart]]
    for named in (parts, [pattern(apart)], [apart / "annotations/instances_train-*"], *folder):
        result = run(command, *named, *more)
        assert result.exit_code == 0, result.output
    part(apart, 2).unlink()
    for named in (parts, [pattern(apart)], *folder):
        result = run(command, *named, *more)
        assert "00002-of-00004.json: is missing; 3 of 4 parts are there" in str(result.exception)
        assert isinstance(result.exception, CocosynthError)


def test_a_part_that_is_not_named_is_not_skipped(dataset):
    with pytest.raises(CocosynthError, match=r"00003-of-00004.json: is not named"):
        joined([part(dataset, 0), part(dataset, 1), part(dataset, 2)])


def test_parts_of_other_files_are_refused(apart):
    content = json.loads(part(apart, 1).read_bytes())
    content["categories"][0]["name"] = "other"
    part(apart, 1).write_text(json.dumps(content))
    for on_disk in (True, False):
        with pytest.raises(CocosynthError, match=r"00001-of-00004.json: its categories are not"):
            Document(pattern(apart), on_disk=on_disk)


def test_two_sets_of_parts_are_not_guessed_between(apart):
    shutil.copy(part(apart, 0), part(apart, 0, 2))
    shutil.copy(part(apart, 1), part(apart, 1, 2))
    with pytest.raises(CocosynthError, match="there are parts of .*, too"):
        Layout(apart).annotation_files()


def test_a_broken_part_is_named(apart):
    part(apart, 1).write_text("{")
    with pytest.raises(CocosynthError, match=r"00001-of-00004.json: cannot be read as JSON"):
        Document(pattern(apart), on_disk=True)
    part(apart, 1).write_text('{"images": [], "annotations": []}')
    with pytest.raises(CocosynthError, match=r"00001-of-00004.json: .*no list 'categories'"):
        Document(pattern(apart), on_disk=True)


def test_a_pattern_that_matches_nothing_is_said(tmp_path):
    with pytest.raises(CocosynthError, match="matches no file"):
        joined([tmp_path / "x-*.json"])
    assert parts_of(tmp_path / "x.json") is None


def test_training_code_is_not_given_parts(apart):
    result = run("snippet", "torchvision", apart)
    assert isinstance(result.exception, CocosynthError)
    assert "training code reads one file, not parts" in str(result.exception)


def test_a_split_cannot_be_called_like_a_part(dataset):
    with pytest.raises(CocosynthError, match="cannot name a folder of images"):
        built(dataset.parent, "odd", splits={"train-00000-of-00002": 1})


def test_a_part_that_goes_away_while_it_is_read_is_named(apart):
    document = Document(pattern(apart), on_disk=True)
    part(apart, 3).unlink()
    assert document.tables["images"][0]
    with pytest.raises(CocosynthError, match=r"00003-of-00004.json: cannot be read"):
        _ = document.tables["images"][6]
