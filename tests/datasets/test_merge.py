"""Merged datasets lose nothing, confuse nothing, and do not train on what is held out."""

import json
import shutil
import tempfile
from collections import Counter
from fractions import Fraction
from pathlib import Path
from zlib import crc32

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image
from pycocotools.coco import COCO
from small_builds import annotations_of, built, ready, write_annotated

from cocosynth.check.validate import validate
from cocosynth.coco.layout import images_beside
from cocosynth.core.errors import CocosynthError
from cocosynth.datasets.merge.merge import merge
from cocosynth.datasets.merge.ratio import parse_ratio
from cocosynth.datasets.split.split import partition

IMAGE = {"id": 1, "file_name": "1.png", "width": 40, "height": 30}
ANNOTATION = {"id": 4, "image_id": 1, "category_id": 1, "bbox": [1, 1, 5, 5], "area": 25}


def merged(out, *folders, **options):
    """Merge the datasets that `small_coco` wrote; return the summary and the content."""
    images = [folder / "images" for folder in folders]
    summary = merge([f / "instances.json" for f in folders], out, images=images, **options)
    content = out.read_bytes()
    assert content.isascii()
    return summary, json.loads(content)


def noise(path):
    """Write an image that no other path has."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(crc32(bytes(path))).integers(0, 256, (30, 40), dtype=np.uint8)
    Image.fromarray(pixels).save(path)


def dataset(folder, images, annotations=(), categories=("dog",), **tables):
    """Write a dataset of tiny images; images are names or records, and differ by their names."""
    records = []
    for number, image in enumerate(images, start=1):
        given = image if isinstance(image, dict) else {"file_name": image}
        records.append({"id": number, "width": 40, "height": 30, **given})
        noise(folder / "images" / records[-1]["file_name"])
    numbered = [
        {
            "id": number, "image_id": image_id, "category_id": category_id, "iscrowd": 0,
            "bbox": [number, 1, 5, 5], "area": 25,
            "segmentation": [[number, 1, number + 5, 1, number + 5, 6, number, 6]], **extra,
        }
        for number, (image_id, category_id, extra) in enumerate(annotations, start=1)
    ]  # fmt: skip
    listed = [c if isinstance(c, dict) else {"id": i, "name": c}
              for i, c in enumerate(categories, start=1)]  # fmt: skip
    content = {"images": records, "annotations": numbered, "categories": listed, **tables}
    (folder / "instances.json").write_text(json.dumps(content))
    return folder


def facts(content, prefix=""):
    """Count what a file says, in terms that do not depend on its ids."""
    names = {c["id"]: c["name"] for c in content["categories"]}
    images = {i["id"]: prefix + i["file_name"] for i in content["images"]}
    return Counter(
        (images[a["image_id"]], names[a["category_id"]], json.dumps(a["segmentation"]), a["area"])
        for a in content["annotations"]
    )


@st.composite
def datasets(draw):
    """Draw small datasets with ids from anywhere and categories in any order."""
    ids = st.integers(0, 2**40)
    found = []
    for _ in range(draw(st.integers(1, 3))):
        names = draw(st.lists(st.sampled_from("abcdé"), unique=True, min_size=1, max_size=4))
        category_ids = draw(st.lists(ids, unique=True, min_size=len(names), max_size=len(names)))
        image_ids = draw(st.lists(ids, unique=True, max_size=5))
        places = st.tuples(st.sampled_from(image_ids), st.sampled_from(category_ids))
        objects = draw(st.lists(places, max_size=8)) if image_ids else []
        found.append(
            {
                "images": [{"id": i, "file_name": f"{i}.png", "width": 9, "height": 9,
                            "by": "Zoë"} for i in image_ids],
                "annotations": [
                    {"id": n, "image_id": i, "category_id": c, "iscrowd": 0, "bbox": [0, 0, 5, n],
                     "area": 5 * n + 0.25, "segmentation": [[0, 0, 5, 0, 5, n, 0, n]],
                     "score": 1e-3}
                    for n, (i, c) in enumerate(objects, start=1)
                ],
                "categories": [
                    {"id": i, "name": n} for i, n in zip(category_ids, names, strict=True)
                ],
            }
        )  # fmt: skip
    return found


@settings(max_examples=40)
@given(datasets())
def test_every_annotation_is_there_once_with_its_image_and_category(found):
    with tempfile.TemporaryDirectory() as folder:
        here, expected = Path(folder), Counter()
        for number, content in enumerate(found):
            images = here / f"d{number}"
            images.mkdir()
            for image in content["images"][:1]:  # one is enough to say that the folder is right
                (images / image["file_name"]).write_bytes(b"%d" % number)
            (here / f"{number}.json").write_text(json.dumps(content))
            expected += facts(content, f"d{number}/" if len(found) > 1 else "")
        summary = merge(
            [here / f"{n}.json" for n in range(len(found))],
            here / "out.json",
            images=[here / f"d{n}" for n in range(len(found))],
        )
        content = json.loads((here / "out.json").read_bytes())
        assert facts(content) == expected
        assert sum(summary.annotations) == expected.total()
        assert {a["score"] for a in content["annotations"]} <= {1e-3}
        assert {i["by"] for i in content["images"]} <= {"Zoë"}
        for table in ("images", "annotations"):
            assert [r["id"] for r in content[table]] == [*range(1, len(content[table]) + 1)]
        assert validate(here / "out.json", level="references").errors == 0


def test_real_and_synthetic_become_one_file_that_is_valid_and_that_pycocotools_reads(
    real_coco, tmp_path, capsys
):
    (tmp_path / "coco").symlink_to(real_coco)
    source = {"coco": "coco/annotations/instances_train2017.json", "images": "coco/train2017"}
    built(
        tmp_path,
        "synth",
        foregrounds=[{**source, "categories": ["person", "dog"]}],
        backgrounds=[{**source, "annotations": "keep"}],
    )
    real = tmp_path / "coco/annotations/instances_train2017.json"
    synth = tmp_path / "synth/annotations/instances_train.json"
    held_out = [tmp_path / "coco/annotations/instances_val2017.json"]
    merge([real, synth], tmp_path / "train.json", held_out=held_out)
    assert validate(tmp_path / "train.json", images=tmp_path).errors == 0
    both, before, made = (COCO(str(path)) for path in (tmp_path / "train.json", real, synth))
    assert len(both.anns) == len(before.anns) + len(made.anns)
    assert both.getCatIds() == sorted(before.cats)
    for one, prefix in ((before, "coco/train2017/"), (made, "synth/train/")):
        ids = {image["file_name"]: image["id"] for image in both.dataset["images"]}
        for image in one.dataset["images"]:
            mine = both.loadAnns(both.getAnnIds(ids[prefix + image["file_name"]]))
            theirs = one.loadAnns(one.getAnnIds(image["id"]))
            assert [both.cats[a["category_id"]]["name"] for a in mine] == [
                one.cats[a["category_id"]]["name"] for a in theirs
            ]
            for a, b in zip(mine, theirs, strict=True):
                assert (both.annToMask(a) == one.annToMask(b)).all()


def test_the_first_file_keeps_its_category_ids_and_new_ones_go_where_there_is_room(tmp_path):
    a = dataset(tmp_path / "a", ["1.png"], [(1, 7, {})], [{"id": 7, "name": "dog"}])
    b = dataset(
        tmp_path / "b",
        ["1.png"],
        [(1, 7, {}), (1, 1, {}), (1, 3, {})],
        [{"id": 7, "name": "cat"}, {"id": 1, "name": "dog"}, {"id": 3, "name": "cow"}],
    )
    _, content = merged(tmp_path / "out.json", a, b)
    assert [(c["id"], c["name"]) for c in content["categories"]] == [
        (3, "cow"), (7, "dog"), (8, "cat"),
    ]  # fmt: skip
    assert [a["category_id"] for a in content["annotations"]] == [7, 8, 7, 3]


def test_categories_that_differ_beyond_their_name_are_told_and_the_first_counts(tmp_path):
    a = dataset(tmp_path / "a", ["1.png"], categories=[
        {"id": 1, "name": "dog", "supercategory": "animal"}])  # fmt: skip
    b = dataset(tmp_path / "b", ["1.png"], categories=[
        {"id": 1, "name": "dog", "supercategory": "pet", "color": "brown"},
        {"id": 2, "name": "Dog"}, {"id": 3, "name": "traffic_light"},
        {"id": 4, "name": "traffic light"}])  # fmt: skip
    summary, content = merged(tmp_path / "out.json", a, b)
    told = {"id": 1, "name": "dog", "supercategory": "animal", "color": "brown"}
    assert content["categories"][0] == told
    assert len(content["categories"]) == 4
    conflict, case, space = summary.notes
    assert "supercategory of 'dog' is \"animal\"" in conflict
    assert "'dog'" in case
    assert "'Dog'" in case
    assert "'traffic_light'" in space


def test_other_keypoints_under_one_name_are_refused(tmp_path):
    a = dataset(tmp_path / "a", ["1.png"], categories=[
        {"id": 1, "name": "dog", "keypoints": ["nose", "tail"]}])  # fmt: skip
    b = dataset(tmp_path / "b", ["1.png"], categories=[
        {"id": 1, "name": "dog", "keypoints": ["tail", "nose"]}])  # fmt: skip
    with pytest.raises(CocosynthError, match="keypoints of 'dog'.*rename the category"):
        merged(tmp_path / "out.json", a, b)
    assert not (tmp_path / "out.json").exists()


def test_licences_are_joined_by_name_and_address_and_nothing_else(tmp_path):
    by, nd = {"name": "BY", "url": "x"}, {"name": "ND", "url": "y"}
    a = dataset(
        tmp_path / "a",
        [{"file_name": "1.png", "license": 4}, {"file_name": "2.png", "license": None}],
        licenses=[{"id": 4, **by}, {"id": 9}],
    )
    b = dataset(
        tmp_path / "b",
        [
            {"file_name": "1.png", "license": 9},
            {"file_name": "2.png", "license": 1},
            {"file_name": "3.png", "license": 5},
            {"file_name": "4.png"},
        ],
        licenses=[{"id": 9, **by}, {"id": 1, **nd, "note": "ask"}, {"id": 2}],
    )
    summary, content = merged(tmp_path / "out.json", a, b)
    assert content["licenses"] == [
        {"id": 1, **by}, {"id": 2}, {"id": 3, **nd, "note": "ask"}, {"id": 4},
    ]  # fmt: skip
    assert [i.get("license", "absent") for i in content["images"]] == [
        1, None, 1, 3, None, "absent",
    ]  # fmt: skip
    assert "1 images name a licence that is not listed" in summary.notes[0]


def test_the_licences_of_sources_are_renumbered_too(tmp_path):
    terms = {"foregrounds": [{"folder": "cutouts", "license": "CC0", "license_url": "x"}]}
    built(tmp_path, "one", **terms)
    a = dataset(tmp_path / "a", ["1.png"], licenses=[{"id": 1, "name": "BY", "url": "x"}])
    one = tmp_path / "one/annotations/instances_train.json"
    merge([a / "instances.json", one], tmp_path / "out.json",
          images=[a / "images", tmp_path / "one/train"])  # fmt: skip
    content = json.loads((tmp_path / "out.json").read_bytes())
    before, after = annotations_of(tmp_path / "one"), content
    names = [{r["id"]: r["name"] for r in c["licenses"]} for c in (before, after)]
    for old, new in zip(before["images"], after["images"][1:], strict=True):
        for key in ("sources",):
            told = [[names[0][s["license"]] for s in old[key]],
                    [names[1][s["license"]] for s in new[key]]]  # fmt: skip
            assert told[0] == told[1]
        assert names[0][old["license"]] == names[1][new["license"]]


@pytest.mark.parametrize("license", [[], {}, "1", [[1]], True, 1.5])
def test_a_licence_that_is_no_id_is_one_line_or_null(tmp_path, license, here):
    a = dataset(tmp_path / "a", [{"file_name": "1.png", "license": license}])
    done = here("merge", a / "instances.json", "--images", a / "images", "-o", "m.json")
    assert done.returncode == 2
    assert "$.images[0].license" in done.stderr
    sources = [{"dataset": "x", "file_name": "y", "license": license}]
    b = dataset(tmp_path / "b", [{"file_name": "1.png", "sources": sources}])
    _, content = merged(tmp_path / "out.json", b)
    assert content["images"][0]["sources"][0]["license"] is None


def test_what_stands_beside_the_tables_is_kept_where_the_files_agree(tmp_path):
    a = dataset(tmp_path / "a", ["1.png"], type="instances", videos=[{"id": 1}], tags=["é"])
    b = dataset(tmp_path / "b", ["1.png"], type="instances", videos=[{"id": 1, "n": "b"}])
    summary, content = merged(tmp_path / "out.json", a, b)
    assert content["type"] == "instances"
    assert content["tags"] == ["é"]
    assert "videos" not in content
    assert "'videos' is skipped" in summary.notes[0]


def test_ids_that_nobody_here_knows_are_told(tmp_path):
    extra = {"track_id": 5}
    a = dataset(tmp_path / "a", [{"file_name": "1.png", "video_id": 1}], [(1, 1, extra)])
    b = dataset(tmp_path / "b", [{"file_name": "1.png", "video_id": 1}], [(1, 1, {})])
    summary, content = merged(tmp_path / "out.json", a, b)
    assert content["annotations"][0]["track_id"] == 5
    [note] = summary.notes
    assert note.startswith("'video_id' is in ")


def test_lists_of_categories_in_images_of_lvis_are_renumbered(tmp_path):
    a = dataset(tmp_path / "a", ["1.png"], categories=["dog"])
    image = {"file_name": "1.png", "neg_category_ids": [2, 1], "not_exhaustive_category_ids": []}
    b = dataset(tmp_path / "b", [image], categories=["cat", "dog"])
    _, content = merged(tmp_path / "out.json", a, b)
    names = {c["id"]: c["name"] for c in content["categories"]}
    assert [names[i] for i in content["images"][1]["neg_category_ids"]] == ["dog", "cat"]
    assert content["images"][1]["not_exhaustive_category_ids"] == []


def test_polygons_beside_run_lengths_are_told(tmp_path):
    def runs(left):
        columns = [30 * left + 1, 5, *[25, 5] * 4]
        return {"segmentation": {"size": [30, 40], "counts": [*columns, 1200 - sum(columns)]}}

    a = dataset(tmp_path / "a", ["1.png"], [(1, 1, {}), (1, 1, {**runs(2), "iscrowd": 1})])
    b = dataset(tmp_path / "b", ["1.png"], [(1, 1, {})])
    assert not merged(tmp_path / "out.json", a, b)[0].notes
    b = dataset(tmp_path / "b", ["1.png"], [(1, 1, runs(1))])
    [note] = merged(tmp_path / "out.json", a, b)[0].notes
    assert "INPUT.MASK_FORMAT" in note


def test_file_names_start_from_the_deepest_folder_that_holds_all(tmp_path):
    a = dataset(tmp_path / "x/a", ["1.png"])
    b = dataset(tmp_path / "x/b", ["sub/1.png"])
    summary, content = merged(tmp_path / "out.json", a, b)
    assert summary.root == tmp_path / "x"
    assert [i["file_name"] for i in content["images"]] == ["a/images/1.png", "b/images/sub/1.png"]
    _, content = merged(tmp_path / "out.json", a, b, root=tmp_path)
    assert content["images"][0]["file_name"] == "x/a/images/1.png"
    assert all((tmp_path / image["file_name"]).is_file() for image in content["images"])
    with pytest.raises(CocosynthError, match="not below the image root .*put a link"):
        merged(tmp_path / "out.json", a, b, root=tmp_path / "x/a")


def test_one_folder_for_all_leaves_the_names_as_they_are(tmp_path):
    a = dataset(tmp_path / "a", ["1.png", "2.png"])
    b = dataset(tmp_path / "a/other", ["3.png"])
    shutil.copy(b / "images/3.png", a / "images")
    paths = [a / "instances.json", b / "instances.json"]
    merge(paths, tmp_path / "out.json", images=[a / "images"] * 2)
    content = json.loads((tmp_path / "out.json").read_bytes())
    assert [i["file_name"] for i in content["images"]] == ["1.png", "2.png", "3.png"]


def test_a_file_of_another_name_is_found_and_the_name_it_has_is_written(tmp_path):
    a = dataset(tmp_path / "a", ["sub/1.png", "2.png"], [(1, 1, {}), (2, 1, {})])
    b = dataset(tmp_path / "b", ["3.png"], [(1, 1, {})])
    content = json.loads((a / "instances.json").read_bytes())
    content["images"][0]["file_name"] = "sub\\1.PNG"
    content["images"][1]["file_name"] = "images/2.png"
    (a / "instances.json").write_text(json.dumps(content))
    summary, content = merged(tmp_path / "out.json", a, b)
    names = [image["file_name"] for image in content["images"]]
    assert names == ["a/images/sub/1.png", "a/images/2.png", "b/images/3.png"]
    assert validate(tmp_path / "out.json", images=tmp_path).counts == {}
    assert summary.notes == [
        f"{a / 'instances.json'}: 2 images have a file of another name, which is written: "
        "'sub\\\\1.PNG' is 'sub/1.png'"
    ]


def test_a_file_of_another_name_is_known_to_be_held_out(tmp_path):
    a = dataset(tmp_path / "a", ["sub/1.png"], [(1, 1, {})])
    content = json.loads((a / "instances.json").read_bytes())
    content["images"][0]["file_name"] = "sub\\1.png"
    (a / "instances.json").write_text(json.dumps(content))
    b = dataset(tmp_path / "b", ["x.png"], [(1, 1, {})])
    shutil.copy(a / "images/sub/1.png", b / "images/x.png")
    with pytest.raises(CocosynthError, match="1 of its 1 images are in an earlier file"):
        merged(tmp_path / "out.json", a, b)


def test_an_image_folder_that_holds_none_of_the_files_is_named_with_one_that_would(tmp_path):
    a = dataset(tmp_path / "a", ["1.png"], [(1, 1, {})])
    (a / "images/train").mkdir()
    with pytest.raises(CocosynthError) as told:
        merge([a / "instances.json"], tmp_path / "out.json", images=[a / "images/train"])
    assert str(told.value) == (
        f"{a}/images/train: holds none of the 1 images of {a}/instances.json: no file "
        f"'{a}/images/train/1.png'; '{a}/images/1.png' would fit; give the folder that file names "
        "start from as --images"
    )


@pytest.mark.parametrize("name", ["instances_train.json", "person_keypoints_train.json"])
def test_the_folder_beside_the_file_is_found_in_the_layout_of_coco(tmp_path, name):
    (tmp_path / "train").mkdir()
    assert images_beside(tmp_path / "annotations" / name) == tmp_path / "train"
    assert images_beside(tmp_path / "annotations/instances_val.json") is None
    assert images_beside(tmp_path / "labels" / name) is None
    assert images_beside(tmp_path / "annotations/train.json") is None


def test_an_image_that_two_files_have_is_refused_or_kept_once(tmp_path):
    a = dataset(tmp_path / "a", ["1.png", "2.png"], [(1, 1, {})])
    b = dataset(tmp_path / "b", ["x.png", "y.png"], [(1, 1, {}), (2, 1, {})])
    shutil.copy(a / "images/2.png", b / "images/x.png")
    with pytest.raises(CocosynthError, match="1 of its 2 images.*'x.png'.*--drop-duplicates"):
        merged(tmp_path / "out.json", a, b)
    summary, content = merged(tmp_path / "out.json", a, b, drop_duplicates=True)
    assert [Path(i["file_name"]).name for i in content["images"]] == ["1.png", "2.png", "y.png"]
    assert summary.annotations == [1, 1]
    assert "skipped 1 images" in summary.notes[0]
    with pytest.raises(CocosynthError, match="2 of its 2 images"):
        merged(tmp_path / "out.json", a, a)


def test_what_is_held_out_is_refused_whatever_its_name(tmp_path):
    a = dataset(tmp_path / "a", ["1.png", "2.png"])
    v = dataset(tmp_path / "v", ["1.png", "x.png"])
    test = {"held_out": [v / "instances.json"], "held_out_images": [v / "images"]}
    assert merged(tmp_path / "out.json", a, **test)[0].images == [(2, 2)]  # equal names are not
    shutil.copy(a / "images/2.png", v / "images/x.png")
    with pytest.raises(CocosynthError, match="1 of its 2 .*'2.png': it has the bytes of 'x.png'"):
        merged(tmp_path / "out.json", a, **test)
    summary, content = merged(tmp_path / "out.json", a, **test, drop_leaks=True)
    assert [i["file_name"] for i in content["images"]] == ["1.png"]
    assert "skipped 1 images" in summary.notes[0]


def test_without_files_names_are_compared_and_the_way_out_is_told(tmp_path):
    a = dataset(tmp_path / "a", ["1.png", "2.png"])
    v = dataset(tmp_path / "v", ["9.png", "sub/2.png"])
    with pytest.raises(CocosynthError, match="has the name of 'sub/2.png'.*--held-out-images"):
        merged(tmp_path / "out.json", a, held_out=[v / "instances.json"])


@pytest.fixture
def synthetic(tmp_path):
    """A dataset built from four photographs, and the real one they are in."""
    write_annotated(tmp_path / "real", [(10, 10, 40, 40)], count=4)
    source = {"coco": "real/instances.json", "images": "real/images"}
    built(tmp_path, "synth", foregrounds=[source], backgrounds=[{**source, "annotations": "keep"}])
    a = dataset(tmp_path / "other", ["other.png"], categories=["disk"])
    return {
        "paths": [a / "instances.json", tmp_path / "synth/annotations/instances_train.json"],
        "out": tmp_path / "out.json",
        "images": [a / "images", tmp_path / "synth/train"],
        "held_out": [tmp_path / "real/instances.json"],
    }


def test_images_made_of_photographs_held_out_are_refused(synthetic, tmp_path):
    copies = tmp_path / "copies"  # under other names: the manifest knows their bytes
    copies.mkdir()
    content = json.loads((tmp_path / "real/instances.json").read_bytes())
    for image in content["images"]:
        shutil.copy(tmp_path / "real/images" / image["file_name"], copies / f"c{image['id']}.png")
        image["file_name"] = f"c{image['id']}.png"
    (tmp_path / "val.json").write_text(json.dumps(content))
    test = synthetic | {"held_out": [tmp_path / "val.json"], "held_out_images": [copies]}
    with pytest.raises(CocosynthError, match=r"6 of its 6 .*is made of '\d.png', which has the by"):
        merge(**test)
    summary = merge(**test, drop_leaks=True)
    assert summary.images == [(1, 1), (0, 6)]


def test_a_photograph_held_out_is_known_by_name_where_its_file_is_not_there(synthetic, tmp_path):
    with pytest.raises(CocosynthError, match="which has the name of"):
        merge(**synthetic)
    shutil.move(tmp_path / "synth/manifest.json", tmp_path / "elsewhere.json")
    with pytest.raises(CocosynthError, match="which has the name of"):
        merge(**synthetic, held_out_images=[tmp_path / "real/images"])


def test_real_photographs_are_refused_where_a_synthetic_test_set_shows_them(synthetic, tmp_path):
    with pytest.raises(CocosynthError, match=r"has the bytes of '\d.png', of which '0+1.png' is"):
        merge(
            [tmp_path / "real/instances.json"],
            tmp_path / "out.json",
            images=[tmp_path / "real/images"],
            held_out=[tmp_path / "synth/annotations/instances_train.json"],
        )


def test_a_file_that_was_merged_split_or_linked_still_knows_its_photographs(synthetic, tmp_path):
    copies = tmp_path / "copies"  # held out under names of their own: only bytes tell them
    copies.mkdir()
    content = json.loads((tmp_path / "real/instances.json").read_bytes())
    for image in content["images"]:
        shutil.copy(tmp_path / "real/images" / image["file_name"], copies / f"c{image['id']}.png")
        image["file_name"] = f"c{image['id']}.png"
    (tmp_path / "val.json").write_text(json.dumps(content))
    test = {"held_out": [tmp_path / "val.json"], "held_out_images": [copies]}
    made, images = synthetic["paths"][1], tmp_path / "synth/train"
    merge([made], tmp_path / "merged.json", images=[images])
    parts = {"a": tmp_path / "new/a.json", "b": tmp_path / "new/b.json"}
    (tmp_path / "new").mkdir()
    partition(made, parts, {"a": Fraction(1, 2), "b": Fraction(1, 2)}, by="image")
    (tmp_path / "link.json").symlink_to(made)
    for path in (tmp_path / "merged.json", parts["a"], parts["b"], tmp_path / "link.json"):
        with pytest.raises(CocosynthError, match="which has the bytes of 'c"):
            merge([path], tmp_path / "out.json", images=[images], **test)


def test_photographs_without_a_hash_are_said_to_be_compared_by_name(synthetic, tmp_path):
    made = synthetic["paths"][1]
    shutil.copy(made, tmp_path / "copy.json")  # its manifest is not above it
    test = dataset(tmp_path / "test", ["t.png"], categories=["disk"])
    summary = merge(
        [tmp_path / "copy.json"], tmp_path / "out.json", images=[tmp_path / "synth/train"],
        held_out=[test / "instances.json"], held_out_images=[test / "images"],
    )  # fmt: skip
    note = summary.notes[0]
    assert "3 photographs behind its images have no sha256" in note
    assert "only their names were compared" in note


def test_two_splits_of_one_build_do_not_leak(tmp_path):
    out, _ = ready(tmp_path)
    annotations = out / "annotations"
    summary = merge(
        [annotations / "instances_train.json"],
        tmp_path / "out.json",
        held_out=[annotations / "instances_val.json"],
    )
    assert summary.images == [(6, 6)]


def test_a_category_that_the_test_set_knows_by_another_id_is_told(tmp_path):
    a = dataset(tmp_path / "a", ["1.png"], categories=["cat", "dog"])
    v = dataset(tmp_path / "v", ["2.png"], categories=["dog", "cat"])
    test = {"held_out": [v / "instances.json"], "held_out_images": [v / "images"]}
    summary, _ = merged(tmp_path / "out.json", a, **test)
    assert "'cat' has the id 1 here and 2 in" in summary.notes[0]


@pytest.mark.parametrize(
    ("ratio", "taken"),
    [("1:2", [(4, 10), (8, 8)]), ("2:1", [(10, 10), (5, 8)]), ("1:0.3", [(10, 10), (3, 8)])],
)
def test_a_ratio_takes_as_many_images_as_it_can(tmp_path, ratio, taken):
    a = dataset(tmp_path / "a", [f"{n}.png" for n in range(10)], [(n + 1, 1, {}) for n in range(9)])
    b = dataset(tmp_path / "b", [f"{n}.png" for n in range(8)], [(n + 1, 1, {}) for n in range(8)])
    summary, content = merged(tmp_path / "out.json", a, b, ratio=parse_ratio(ratio), seed=5)
    assert summary.images == taken
    assert Counter(i["file_name"][0] for i in content["images"]) == {
        "a": taken[0][0], "b": taken[1][0],
    }  # fmt: skip
    assert summary.annotations == [
        sum(a["image_id"] <= taken[0][0] for a in content["annotations"]),
        sum(a["image_id"] > taken[0][0] for a in content["annotations"]),
    ]
    assert content["info"]["seed"] == 5


def test_a_side_or_a_category_that_a_ratio_empties_is_said(tmp_path):
    objects = [(n + 1, 1 + (n == 3), {}) for n in range(4)]
    a = dataset(tmp_path / "a", [f"{n}.png" for n in range(4)], objects, ["dog", "cat"])
    b = dataset(tmp_path / "b", ["1.png"], [(1, 1, {})])
    summary, content = merged(tmp_path / "out.json", a, b, ratio=parse_ratio("0.25:1"))
    assert summary.images == [(0, 4), (1, 1)]
    assert f"{a / 'instances.json'}: none of its 4 images is in the merged file" in summary.notes
    assert summary.notes[-1] == (
        "categories: none of the annotations of 'cat' (1) is in the merged file: their images were "
        "not taken"
    )
    assert [c["name"] for c in content["categories"]] == ["dog", "cat"]
    assert merged(tmp_path / "out.json", a, b)[0].notes == []


@pytest.mark.parametrize(("largest", "given"), [(2**52, 1), (2**52 - 1, 2**52), (5, 6)])
def test_a_category_gets_an_id_that_every_reader_accepts(tmp_path, largest, given):
    names = [{"id": largest, "name": "dog"}]
    a = dataset(tmp_path / "a", ["1.png"], [(1, largest, {})], names)
    b = dataset(tmp_path / "b", ["1.png"], [(1, largest, {})], [{**names[0], "name": "cat"}])
    _, content = merged(tmp_path / "out.json", a, b)
    ids = {category["name"]: category["id"] for category in content["categories"]}
    assert ids == {"dog": largest, "cat": given}
    assert validate(tmp_path / "out.json").errors == 0


def test_the_seed_settles_which_images_and_a_smaller_share_is_part_of_a_larger(tmp_path):
    a = dataset(tmp_path / "a", [f"{n}.png" for n in range(20)])
    b = dataset(tmp_path / "b", [f"{n}.png" for n in range(20)])

    def names(ratio, seed):
        _, content = merged(tmp_path / "o.json", a, b, ratio=parse_ratio(ratio), seed=seed)
        return {image["file_name"] for image in content["images"]}

    assert names("1:0.5", 0) == names("1:0.5", 0) != names("1:0.5", 1)
    assert names("1:0.25", 0) < names("1:0.5", 0)


@pytest.mark.parametrize("ratio", ["", "1:", "1:0", "1:-2", "a:b", "1:1/0"])
def test_a_ratio_that_is_none_is_refused(ratio):
    with pytest.raises(CocosynthError, match="--ratio: give a number above 0"):
        parse_ratio(ratio)


def test_the_same_files_elsewhere_give_the_same_bytes(tmp_path):
    a = dataset(tmp_path / "x/a", ["1.png", "2.png"], [(1, 1, {"note": "é"})])
    b = dataset(tmp_path / "x/b", ["1.png"], [(1, 1, {})])
    merged(tmp_path / "x/out.json", a, b)
    shutil.copytree(tmp_path / "x", tmp_path / "y/z")
    merged(tmp_path / "y/z/out.json", tmp_path / "y/z/a", tmp_path / "y/z/b")
    assert (tmp_path / "x/out.json").read_bytes() == (tmp_path / "y/z/out.json").read_bytes()


def test_info_names_what_was_merged_and_keeps_what_it_said(tmp_path):
    a = dataset(tmp_path / "a", ["1.png"], info={"year": 2017})
    b = dataset(tmp_path / "b", ["1.png"])
    _, content = merged(tmp_path / "out.json", a, b)
    told = content["info"]["merged"]
    assert [(part["file"], part["images"], part["info"]) for part in told] == [
        ("instances.json", 1, {"year": 2017}), ("instances.json", 1, {}),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        ({"images": None}, "'images' is missing"),
        ({"annotations": {}}, "'annotations' is not a list"),
        ({"images": [IMAGE, IMAGE | {"file_name": "2.png"}]}, "1 is the id of an earlier record"),
        ({"images": [IMAGE, IMAGE | {"id": 2}]}, r"'1.png' is the file of \$.images\[0\] too"),
        ({"images": [{"id": 1, "file_name": "../1.png"}]}, "leaves the image folder"),
        ({"images": [{"id": 1, "file_name": "/1.png"}]}, "leaves the image folder"),
        (
            {"images": [{"id": "1", "file_name": "1.png"}]},
            r"\$.images\[0\].id: expected an integer",
        ),
        ({"images": [{"id": 1, "file_name": "no.png"}]}, "holds none of the 1 images.*--images"),
        ({"categories": [{"id": 1, "name": "x"}] * 2}, "1 is the id of an earlier record too"),
        ({"categories": [{"id": 1}]}, r"\$.categories\[0\]: found no name; expected id and name"),
        ({"annotations": [ANNOTATION | {"image_id": 9}]}, "no image has the id 9"),
        ({"annotations": [ANNOTATION | {"category_id": 9}]}, "no category has the id 9"),
        ({"annotations": [{"id": 4, "image_id": 1}]}, r"annotations\[0\]: found no category_id"),
        ({"annotations": [ANNOTATION | {"bbox": [9, 9, 40, 9]}]}, "1 error, .*bbox-outside-image"),
    ],
)
def test_a_file_that_cannot_be_merged_is_one_line_and_nothing_is_written(tmp_path, damage, words):
    a = dataset(tmp_path / "a", ["1.png"], [(1, 1, {})])
    b = dataset(tmp_path / "b", ["1.png"], [(1, 1, {})])
    content = json.loads((b / "instances.json").read_bytes()) | damage
    content = {key: value for key, value in content.items() if value is not None}
    (b / "instances.json").write_text(json.dumps(content))
    with pytest.raises(CocosynthError, match=words) as told:
        merged(tmp_path / "out.json", a, b)
    assert str(b / "instances.json") in str(told.value)
    assert not [path for path in tmp_path.iterdir() if "out.json" in path.name]


@pytest.mark.parametrize(
    ("old", "new"), [('"bbox"', '"area": 1, "bbox"'), ('"categories"', '"images": [], "images"')]
)
def test_a_key_that_is_there_twice_is_refused(tmp_path, old, new):
    a = dataset(tmp_path / "a", ["1.png"], [(1, 1, {})])
    text = (a / "instances.json").read_text()
    (a / "instances.json").write_text(text.replace(old, new, 1))
    with pytest.raises(CocosynthError):
        merged(tmp_path / "out.json", a)
    assert not (tmp_path / "out.json").exists()


def test_the_command_tells_what_it_took_and_where_names_start(here, tmp_path):
    dataset(tmp_path / "a", ["1.png"], [(1, 1, {})])
    dataset(tmp_path / "b", ["1.png", "2.png"], [(1, 1, {})])
    command = ("merge", "a/instances.json", "b/instances.json", "-o", "new/train.json",
               "--images", "a/images", "--images", "b/images", "--ratio", "1:1")  # fmt: skip
    done = here(*command)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("merged 2 images with ")
    assert done.stdout.endswith(f"new/train.json; file names start from {tmp_path}\n")
    assert "b/instances.json: 1 of 2 images" in done.stderr
    again = here(*command)
    assert again.returncode == 2
    assert "exists; --overwrite replaces it" in again.stderr
    assert here(*command, "--overwrite").returncode == 0


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["-o", "a/instances.json", "--overwrite"], "would overwrite what is read"),
        (["-o", "a"], "is a folder"),
        (["-o", "o.json", "--ratio", "1:2:3"], "has 3 terms for 1 files"),
        (["-o", "o.json", "--held-out", "b.json"], "b.json: does not exist"),
        (["-o", "o.json", "--images", "x"], "x: no such folder"),
        (["-o", "o.json", "--images", "a", "--images", "b"], "give --images once, or once for"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_line(here, tmp_path, arguments, words):
    dataset(tmp_path / "a", ["1.png"])
    images = [] if "--images" in arguments else ["--images", "a/images"]
    done = here("merge", "a/instances.json", *arguments, *images)
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert line.startswith("cocosynth: error: ")
    assert words in line


def test_images_in_no_known_place_are_asked_for(here, tmp_path):
    dataset(tmp_path / "a", ["1.png"])
    done = here("merge", "a/instances.json", "-o", "o.json")
    assert done.returncode == 2
    assert "where are its images?" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["a"]


def test_one_image_folder_is_enough_to_validate_several_files(here, tmp_path):
    dataset(tmp_path / "a", ["1.png"], [(1, 1, {})])
    shutil.copy(tmp_path / "a/instances.json", tmp_path / "b.json")
    done = here("validate", "a/instances.json", "b.json", "--images", "a/images")
    assert done.returncode == 1
    assert "split-leakage" in done.stdout
