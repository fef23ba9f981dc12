"""What the validator says of image files, of hostile and of real ones, and of splits."""

from __future__ import annotations

import json
import os
import signal
import tracemalloc
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from pycocotools import mask as coco_mask

from cocosynth.check.fix import fix
from cocosynth.check.validate import json_report, text_report, validate, validate_split
from cocosynth.check.validate.findings import KEPT
from cocosynth.core.errors import CocosynthError, StoppedError
from cocosynth.core.executors import Processes, Serial

SCHEMAS = Path(__file__).parents[1] / "schemas"
REAL = os.environ.get("COCOSYNTH_REAL_COCO")
needs_real = pytest.mark.skipif(not REAL, reason="COCOSYNTH_REAL_COCO names no folder")


def _save(dataset, path):
    path.write_text(json.dumps(dataset))
    return path


def _counts(content, tmp_path, **options):
    path = tmp_path / "annotations.json"
    path.write_bytes(content if isinstance(content, bytes) else json.dumps(content).encode())
    return validate(path, **options).counts


# --- image files


def test_sound_images_have_no_problem(dataset, folder, tmp_path):
    report = validate(_save(dataset, tmp_path / "a.json"), images=folder, exact=True)
    assert (report.level, report.problems, report.notes) == ("pixels", (), ())


def test_a_missing_image_is_reported_with_the_number_of_its_annotations(dataset, folder, tmp_path):
    (folder / "0001.png").unlink()
    report = validate(_save(dataset, tmp_path / "a.json"), images=folder)
    assert report.counts == {"image-missing": 1}
    assert report.problems[0].where == "$.images[0].file_name"
    assert "2 annotations" in report.problems[0].message


@pytest.mark.parametrize("damage", [lambda b: b[: len(b) // 2], lambda b: b"text", lambda b: b""])
def test_a_damaged_image_is_reported(dataset, folder, tmp_path, damage):
    path = folder / "0001.png"
    path.write_bytes(damage(path.read_bytes()))
    report = validate(_save(dataset, tmp_path / "a.json"), images=folder)
    assert report.counts == {"image-unreadable": 1}


def test_an_image_of_many_bands_is_no_damage(dataset, folder, tmp_path):
    values = np.random.default_rng(0).integers(0, 4096, (30, 40, 6), dtype=np.uint16)
    tifffile.imwrite(folder / "x.tif", values, photometric="minisblack", planarconfig="contig")
    (folder / "x.tif").rename(folder / "0001.png")
    assert validate(_save(dataset, tmp_path / "a.json"), images=folder).counts == {}


def test_an_image_of_another_size_is_reported(dataset, folder, tmp_path):
    Image.new("RGB", (30, 40)).save(folder / "0001.png")
    report = validate(_save(dataset, tmp_path / "a.json"), images=folder)
    assert report.counts == {"image-size-mismatch": 1}
    assert "40 x 30, but the file is 30 x 40" in report.problems[0].message


@pytest.mark.parametrize(
    ("stored", "rule"), [((40, 30), "exif-rotation"), ((30, 40), "image-size-mismatch")]
)
def test_an_image_that_exif_turns_is_reported(dataset, folder, tmp_path, stored, rule):
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", stored).save(folder / "0001.png", exif=exif)
    report = validate(_save(dataset, tmp_path / "a.json"), images=folder)
    assert report.counts == {rule: 1}


def test_a_file_name_that_no_system_can_open_is_a_missing_image(dataset, folder, tmp_path):
    dataset["images"][0]["file_name"] = "a\0b" * 2000
    counts = _counts(dataset, tmp_path, images=folder)
    assert counts == {"image-missing": 1, "file-name-outside": 1}


@pytest.mark.parametrize("executor", [Serial(), Processes(2)])
@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("sub\\0001.png", "sub/0001.png"),
        ("images/0001.PNG", "0001.png"),
        ("0001.png", "a/0001.png"),
    ],
)
def test_an_image_of_another_name_is_found_and_reported(
    dataset, folder, tmp_path, executor, name, file
):
    (folder / file).parent.mkdir(exist_ok=True)
    (folder / "0001.png").rename(folder / file)
    dataset["images"][0]["file_name"] = name
    path = _save(dataset, tmp_path / "a.json")
    report = validate(path, images=folder, executor=executor)
    assert report.counts.pop("file-name-not-relative", 0) == name.count("\\")
    assert report.counts == {"image-name-differs": 1}
    assert report.errors == 0
    assert report.problems[-1].message == f"it is the file {file!r}"
    assert report.problems[-1].image == name
    (change,) = fix(path, tmp_path / "b.json", images=folder)
    assert (change.rule, change.where) == ("image-name-differs", "$.images[0].file_name")
    assert validate(tmp_path / "b.json", images=folder).problems == ()


@pytest.mark.parametrize("executor", [Serial(), Processes(2)])
def test_a_missing_image_is_reported_with_the_file_that_would_fit(
    dataset, folder, tmp_path, executor
):
    (folder / "train").mkdir()
    (folder / "0001.png").rename(tmp_path / "0001.png")
    report = validate(_save(dataset, tmp_path / "a.json"), images=folder, executor=executor)
    assert report.counts == {"image-missing": 1}
    assert report.problems[0].message == (
        f"no file '{folder}/0001.png'; '{tmp_path}/0001.png' would fit; it has 2 annotations"
    )
    assert fix(tmp_path / "a.json", tmp_path / "b.json", images=folder) == []


def test_processes_find_what_one_process_finds(dataset, folder, tmp_path):
    for i in range(3, 60):
        dataset["images"].append({**dataset["images"][0], "id": i, "file_name": f"{i}.png"})
    path = _save(dataset, tmp_path / "a.json")
    runs = (None, Serial(), Processes(2))
    alone, *others = (validate(path, images=folder, executor=run) for run in runs)
    assert others == [alone, alone]
    assert alone.counts["image-missing"] == 57


@dataclass(frozen=True)
class Deadly:
    """An executor whose workers die: as the system ends them where memory is short."""

    executor: Processes

    def __call__(self, task, items):
        return self.executor(kill_worker, items)


def kill_worker(batch):
    os.kill(os.getpid(), signal.SIGKILL)


def test_a_worker_that_dies_is_one_line_that_names_the_image(dataset, folder, tmp_path):
    path = _save(dataset, tmp_path / "a.json")
    with pytest.raises(StoppedError, match=r"of SIGKILL at image 0001.png; .*fewer --workers"):
        validate(path, images=folder, executor=Deadly(Processes(2)))


def test_without_images_the_pixels_level_checks_masks_and_says_so(dataset, tmp_path):
    dataset["annotations"][0]["area"] = 7
    report = validate(_save(dataset, tmp_path / "a.json"), level="pixels")
    assert report.counts == {"area-far-off": 1}
    assert "no image folder" in report.notes[0]


# --- tolerance


def test_exact_takes_the_smallest_difference_for_an_error(dataset, tmp_path):
    dataset["annotations"][0]["area"] += 0.5
    dataset["annotations"][2]["bbox"][0] += 0.5
    path = _save(dataset, tmp_path / "a.json")
    assert validate(path, level="pixels").counts == {}
    report = validate(path, level="pixels", exact=True)
    assert report.counts == {"area-differs": 1, "bbox-differs": 1}
    assert (report.errors, report.warnings) == (2, 0)


def test_a_box_a_little_off_the_image_passes_unless_exact(dataset, tmp_path):
    dataset["annotations"][1]["bbox"] = [28, 12, 12.5, 13]
    path = _save(dataset, tmp_path / "a.json")
    assert validate(path).counts == {}
    assert validate(path, exact=True).counts == {"bbox-outside-image": 1}


@needs_real
@pytest.mark.parametrize("split", ["train", "val"])
@pytest.mark.parametrize("kind", ["instances", "person_keypoints"])
def test_real_coco_files_have_no_error(split, kind):
    path = Path(REAL, "annotations", f"{kind}_{split}2017.json")
    report = validate(path, images=Path(REAL, f"{split}2017"))
    assert report.errors == 0, text_report(report)
    assert set(report.counts) <= {
        "area-differs", "bbox-differs", "image-without-annotations", "category-without-annotations",
    }  # fmt: skip


# --- the faults of other tools


def test_every_crowd_in_a_file_of_single_parts_looks_like_a_mark_for_parts(dataset, tmp_path):
    third = dataset["annotations"][2]
    many = [{**third, "id": i, "bbox": [3, 5, 12, 10 + i / 1000]} for i in range(10, 130)]
    crowd = json.loads((SCHEMAS / "valid" / "rle.json").read_text())["annotations"][3]
    dataset["annotations"] = [*many, crowd]
    dataset["images"].pop(0)
    counts = _counts(dataset, tmp_path)
    assert (counts["crowd-marks-parts"], counts["unknown-image"]) == (1, 1)


def test_categories_repeated_for_each_annotation_are_all_reported(dataset, tmp_path):
    dataset["categories"] *= 3
    assert _counts(dataset, tmp_path) == {"duplicate-id": 4, "duplicate-category-name": 4}


def test_a_swapped_rle_size_is_named(tmp_path):
    report = validate(SCHEMAS / "invalid" / "rle-size-mismatch.json")
    assert "height and width are swapped" in report.problems[0].message


def test_a_broken_image_record_is_not_an_unknown_image_too(dataset, tmp_path):
    dataset["images"][0]["width"] = "40"
    assert _counts(dataset, tmp_path) == {"size-form": 1}


def test_missing_tables_are_one_problem_each(tmp_path):
    assert _counts({}, tmp_path) == {"missing-key": 1}
    report = validate(tmp_path / "annotations.json", level="schema")
    assert report.problems[0].where == "$"


# --- reports


def test_counts_are_exact_beyond_the_problems_kept(dataset, tmp_path):
    dataset["annotations"] = [
        {**dataset["annotations"][0], "id": i, "image_id": 1 + i % 2, "area": "x"}
        for i in range(1, 5002)
    ]
    report = validate(_save(dataset, tmp_path / "a.json"))
    assert report.counts == {"area-form": 5001}
    assert len(report.problems) == KEPT
    assert "and 4996 more" in text_report(report)


def test_the_text_report_groups_by_rule_and_closes_with_one_line():
    report = validate(SCHEMAS / "invalid" / "bbox-form.json")
    first, second, _, last = text_report(report).splitlines()
    assert first.startswith("error bbox-form: ")
    assert second == (
        "  $.annotations[0].bbox: annotation 1 (apple) in 0001.png: found [5, 4, 20]; expected "
        "four numbers [x, y, width, height], width and height 0 or more"
    )
    assert last.endswith("1 error, 0 warnings in 2 images, 3 annotations; level references")


def test_what_has_no_annotation_id_is_named_by_its_category():
    report = validate(SCHEMAS / "invalid" / "category-id-zero.json")
    assert "  $.categories[0].id: apple: 0 is the background" in text_report(report)


def test_the_json_report_holds_counts_and_problems():
    record = json.loads(
        json_report(validate(SCHEMAS / "invalid" / "area-is-box.json", level="pixels"))
    )
    assert (record["errors"], record["warnings"]) == (1, 0)
    assert record["counts"] == {"area-is-box": 1}
    assert record["problems"][0]["where"] == "$.annotations[0].area"


def test_progress_ends_at_the_total(dataset, folder, tmp_path):
    seen = []

    def note(title, answers, total, size):
        done = 0
        for answer in answers:
            done += size(answer)
            yield answer
        seen.append((title, done, total))

    validate(_save(dataset, tmp_path / "a.json"), images=folder, progress=note)
    assert seen == [("checking a.json", 3, 3), ("checking images", 2, 2)]


# --- hostile files


@pytest.mark.parametrize(
    "content",
    [
        b"", b"  ", b"{", b"[]", b"3", b"null", b'"text"', b"\xff\xfe{\0}\0", b'{"images": [NaN]}',
        b'{"annotations": [{"area": 1e999}]}', b'{"images": [{"file_name": "\xff"}]}',
        b'{"images": [{"id": ' + b"1" * 6000 + b"}]}", b"[" * 100_000,
        b'{"images": ' + b"[" * 100_000 + b"]" * 100_000 + b"}",
        b'{"images": [' + b'{"a":' * 5000 + b"1" + b"}" * 5000 + b"]}",
        b'{"info": {"a": "\\ud800"}}',
    ],
)  # fmt: skip
def test_what_is_no_json_object_is_one_clear_line(content, tmp_path):
    path = tmp_path / "annotations.json"
    path.write_bytes(content)
    with pytest.raises(CocosynthError) as error:
        validate(path)
    assert str(error.value).startswith(f"{path}: ")
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("make", [lambda p: p / "none.json", lambda p: p])
def test_a_path_that_is_no_file_is_one_clear_line(make, tmp_path):
    with pytest.raises(CocosynthError, match=str(make(tmp_path))):
        validate(make(tmp_path))


def test_a_wrong_level_or_folder_is_one_clear_line(tmp_path):
    path = SCHEMAS / "valid" / "polygons.json"
    with pytest.raises(CocosynthError, match="one of schema, references, pixels"):
        validate(path, level="deep")
    with pytest.raises(CocosynthError, match="no such folder"):
        validate(path, images=tmp_path / "none")


HOSTILE = (
    None, True, 3, -1, 10**30, 10**300, 1e308, -1e308, 0.1, "", "text", "b''", "\0", [], {}, [[]],
    [None], [[None] * 6], [1e308] * 4, [10**300] * 4, [[10**300] * 6], [[1e308] * 6], ["a"] * 4,
    [[0, 0, 1e9, 0, 1e9, 1e9]], {"size": [100_000, 100_000], "counts": "0"},
    {"size": [30, 40], "counts": "o" * 5000}, {"size": [30, 40], "counts": [2**52] * 3},
    {"size": [30, 40], "counts": [10**300]}, {"size": [30, 40], "counts": ""},
    {"size": [30, 40], "counts": []}, {"size": [2**31, 2**31], "counts": [2**62]},
    {"size": [30, 40], "counts": "\N{SNOWMAN}"}, {"size": [1.0, 2.0], "counts": [1200]},
)  # fmt: skip


PLACES = (
    "images.id", "images.width", "images.file_name", "images.license", "categories.id",
    "categories.name", "categories.keypoints", "licenses.id", "info.year", "annotations.id",
    "annotations.image_id", "annotations.category_id", "annotations.bbox", "annotations.area",
    "annotations.iscrowd", "annotations.segmentation", "annotations.keypoints",
)  # fmt: skip


@pytest.mark.slow
@pytest.mark.parametrize("place", PLACES)
def test_no_value_whatever_raises(dataset, tmp_path, place):
    table, key = place.split(".")
    for value in HOSTILE:
        records = dataset[table] if isinstance(dataset[table], list) else [dataset[table]]
        changed = {**dataset, table: [{**records[0], key: value}, *records[1:]]}
        for content in (changed, {**dataset, table: value}):
            report = validate(_save(content, tmp_path / "a.json"), level="pixels")
            assert all(p.message and len(p.message) < 500 for p in report.problems)
            fix(tmp_path / "a.json", tmp_path / "b.json")


@pytest.mark.parametrize("side", [100_000, 2**26])
def test_masks_of_gigantic_images_are_not_decoded(dataset, tmp_path, side):
    dataset["images"][0].update(width=side, height=side)
    dataset["annotations"][0]["segmentation"] = {"size": [side, side], "counts": [side * side]}
    tracemalloc.start()
    report = validate(_save(dataset, tmp_path / "a.json"), level="pixels")
    assert report.counts == {"mask-empty": 1}  # the run lengths say so; polygons are not drawn
    assert any("1 masks were not checked: their images have more" in n for n in report.notes)
    assert tracemalloc.get_traced_memory()[1] < 20e6
    tracemalloc.stop()


def test_masks_of_large_images_are_never_unrolled(dataset, tmp_path):
    """Every form of a mask in 12 megapixels is measured in less memory than one canvas takes."""
    height, width = 3000, 4000
    dataset["images"][0].update(width=width, height=height)
    kept = {"image_id": dataset["images"][0]["id"], "area": 100 * 100, "iscrowd": 0}
    kept |= {"category_id": dataset["categories"][0]["id"]}
    dataset["annotations"] = []
    for number in range(1, 31):
        left = 120 * number
        counts = [left * height + 1500, *[100, height - 100] * 99, 100]
        counts.append(height * width - sum(counts))
        rle = {"size": [height, width], "counts": counts}
        packed = coco_mask.frPyObjects(rle, height, width)["counts"].decode()
        outline = [left, 1500, left + 100, 1500, left + 100, 1600, left, 1600]
        forms = ([outline], rle, {**rle, "counts": packed})
        dataset["annotations"].append(
            {"id": number, "segmentation": forms[number % 3], "bbox": [left, 1500, 100, 100]} | kept
        )
    path = _save(dataset, tmp_path / "a.json")
    tracemalloc.start()
    report = validate(path, level="pixels")
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert not report.errors
    assert peak < height * width
    dataset["annotations"][4]["bbox"][3] = 150
    dataset["annotations"][5]["bbox"][1] = 1400
    counted = validate(_save(dataset, path), level="pixels").counts
    assert (counted["bbox-differs"], counted["mask-outside-bbox"]) == (1, 1)


def test_a_polygon_of_a_hundred_thousand_points_is_read(dataset, tmp_path):
    angles = np.linspace(0, 2 * np.pi, 100_000)
    points = np.stack((20 + 9 * np.cos(angles), 15 + 9 * np.sin(angles)), axis=1)
    dataset["annotations"][2].update(segmentation=[points.ravel().tolist()], bbox=[11, 6, 18, 18])
    dataset["annotations"][2]["area"] = 254
    assert _counts(dataset, tmp_path, level="pixels") == {}
    dataset["annotations"][2]["segmentation"] = points.ravel().tolist()
    assert _counts(dataset, tmp_path, level="pixels") == {"segmentation-flat": 1}


def test_a_table_hidden_behind_another_of_its_name_is_reported(tmp_path):
    text = (SCHEMAS / "valid" / "polygons.json").read_text()
    hidden = text.replace('"annotations": [', '"annotations": [{"id": 77}], "annotations": [')
    assert _counts(hidden.encode(), tmp_path) == {"duplicate-key": 1}
    with pytest.raises(CocosynthError, match="twice"):
        fix(tmp_path / "annotations.json", tmp_path / "b.json")


# --- splits


def test_equal_images_under_other_names_are_leakage(dataset, folder, tmp_path):
    train = _save(dataset, tmp_path / "train.json")
    dataset["images"][0]["file_name"] = "other.png"
    dataset["images"].pop()
    (folder / "0001.png").rename(folder / "other.png")
    (folder / "0001.png").write_bytes((folder / "other.png").read_bytes())
    report = validate_split([train, _save(dataset, tmp_path / "val.json")], images=folder)
    assert report.counts == {"split-leakage": 1}
    assert report.problems[0].where == f"{tmp_path / 'val.json'}: $.images[0]"


def test_equal_names_in_other_folders_are_no_leakage(dataset, folder, tmp_path):
    other = tmp_path / "val"
    other.mkdir()
    for name in ("0001.png", "0002.png"):
        Image.new("RGB", (40, 30), f"#{name[3] * 6}").save(other / name)
    train, val = (_save(dataset, tmp_path / f"{name}.json") for name in ("train", "val"))
    assert validate_split([train, val], images=[folder, other]).counts == {}
    assert validate_split([train, val]).counts == {"split-shared-name": 2}


def test_image_folders_must_match_the_files(tmp_path):
    path = SCHEMAS / "valid" / "polygons.json"
    with pytest.raises(CocosynthError, match="one for each of the 2 files"):
        validate_split([path, path], images=[tmp_path])
    with pytest.raises(CocosynthError, match="no such folder"):
        validate_split([path, path], images=tmp_path / "none")
