"""A dataset that is split loses nothing, keeps together what belongs together, and is balanced."""

import json
import os
import subprocess
import sys
import tempfile
from collections import Counter, defaultdict
from fractions import Fraction
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pycocotools.coco import COCO
from small_builds import built, ready, write_annotated, write_backgrounds, write_cutouts

from cocosynth.check.validate import validate, validate_split
from cocosynth.core.errors import CocosynthError
from cocosynth.core.stratify import assign
from cocosynth.datasets.merge.merge import merge
from cocosynth.datasets.split.split import parse_parts, partition

HALVES = {"train": Fraction(1, 2), "val": Fraction(1, 2)}


def write(folder, images, objects=(), categories=("dog", "cat"), **tables):
    """Write a dataset of records alone; `objects` are pairs (image id, category id)."""
    content = {
        "info": {"by": "Zoë"},
        "images": [
            {"id": n, "file_name": f"{n}.png", "width": 9, "height": 9, **image}
            for n, image in enumerate(images, start=1)
        ],
        "annotations": [
            {"id": n, "image_id": i, "category_id": c, "bbox": [0, 0, 5, 1 + n / 1000],
             "area": 5 + n / 200, "iscrowd": 0, "note": "é"}
            for n, (i, c) in enumerate(objects, start=1)
        ],
        "categories": [{"id": n, "name": name} for n, name in enumerate(categories, start=1)],
        **tables,
    }  # fmt: skip
    (folder / "all.json").write_text(json.dumps(content, ensure_ascii=False))
    return folder / "all.json"


def split(path, parts=HALVES, **options):
    """Split a file beside itself; return the summary and the content of each part."""
    outputs = {name: path.parent / f"{name}.json" for name in parts}
    summary = partition(path, outputs, parts, **options)
    texts = {name: out.read_bytes() for name, out in outputs.items()}
    assert all(text.isascii() for text in texts.values())
    return summary, {name: json.loads(text) for name, text in texts.items()}


def groups_by_part(parts, group_of):
    found = defaultdict(set)
    for name, content in parts.items():
        for image in content["images"]:
            found[group_of(image)].add(name)
    return found


@settings(max_examples=40)
@given(
    st.integers(2, 12).flatmap(
        lambda n: st.tuples(
            st.just(n), st.lists(st.tuples(st.integers(1, n), st.integers(1, 2)), max_size=20)
        )
    ),
    st.integers(0, 99),
)
def test_every_record_is_in_one_part_as_it_was(drawn, seed):
    count, objects = drawn
    with tempfile.TemporaryDirectory() as folder:
        path = write(Path(folder), [{}] * count, objects, videos=[{"id": 1}])
        before = json.loads(path.read_bytes())
        _, parts = split(path, seed=seed)
    for table in ("images", "annotations"):
        together = [record for content in parts.values() for record in content[table]]
        assert sorted(together, key=lambda record: record["id"]) == before[table]
    for content in parts.values():
        assert list(content) == list(before)
        ids = {image["id"] for image in content["images"]}
        assert {a["image_id"] for a in content["annotations"]} <= ids
        for member in ("info", "categories", "videos"):
            assert content[member] == before[member]


def test_real_data_is_split_by_the_fractions_and_every_category_is_spread(real_coco, tmp_path):
    source = real_coco / "annotations/instances_train2017.json"
    (tmp_path / "all.json").write_bytes(source.read_bytes())
    summary, parts = split(tmp_path / "all.json", parse_parts("train=0.75,val=0.25"))
    images = len(COCO(str(source)).imgs)
    assert summary.images == {"train": images * 3 // 4, "val": images // 4}
    whole = COCO(str(source))
    for name in ("train", "val"):
        path = tmp_path / f"{name}.json"
        report = validate(path, images=real_coco / "train2017")
        assert report.errors == 0
        part = COCO(str(path))
        assert part.getCatIds() == whole.getCatIds()
        for image_id in part.imgs:
            assert part.loadAnns(part.getAnnIds(image_id)) == whole.loadAnns(
                whole.getAnnIds(image_id)
            )
    pair = [tmp_path / "train.json", tmp_path / "val.json"]
    assert validate_split(pair, images=real_coco / "train2017").errors == 0
    held = Counter(c for _, c in {(a["image_id"], a["category_id"]) for a in whole.anns.values()})
    names = {category["id"]: category["name"] for category in parts["val"]["categories"]}
    often = {names[category] for category, count in held.items() if count >= 8}
    assert often
    assert not often & {name for missing in summary.missing.values() for name in missing}


def test_images_of_one_photograph_stay_together(tmp_path):
    out, _ = built(tmp_path, splits={"train": 24, "val": 1}, objects_per_image=[1, 1],
                   foregrounds=[{"folder": "cutouts"}])  # fmt: skip
    path = tmp_path / "all.json"
    content = json.loads((out / "annotations/instances_train.json").read_bytes())
    for image in content["images"]:  # two that nothing connects
        which = image["id"] % 2
        image["sources"] = [
            {"dataset": "x", "file_name": f"{which}.png", "license": 1},
            {"dataset": "y", "file_name": f"{image['id']}.png", "license": 1},
        ]
    path.write_text(json.dumps(content))
    summary, parts = split(path)
    assert summary.groups == 2
    assert summary.shared == 0
    assert summary.images == {"train": 12, "val": 12}
    kept = groups_by_part(parts, lambda image: image["sources"][0]["file_name"])
    assert all(len(names) == 1 for names in kept.values())
    summary, _ = split(path, by="image")
    assert summary.groups == 24
    assert summary.shared == 2


def test_photographs_connect_over_several_images(tmp_path):
    chain = [("a", "b"), ("c",), ("b", "d"), ("c", "e"), ("d",)]
    images = [{"sources": [{"dataset": "x", "file_name": f} for f in names]} for names in chain]
    summary, parts = split(write(tmp_path, images))
    assert summary.groups == 2
    ids = {name: [image["id"] for image in content["images"]] for name, content in parts.items()}
    assert sorted(ids.values()) == [[1, 3, 5], [2, 4]]


def test_one_name_in_two_sources_is_two_photographs(tmp_path):
    images = [{"sources": [{"dataset": d, "file_name": "1.png"}]} for d in ("cutouts", "grounds")]
    assert split(write(tmp_path, images))[0].groups == 2


def test_a_real_image_stays_with_the_images_made_of_it_in_a_merged_file(tmp_path):
    write_annotated(tmp_path / "real", [(10, 10, 40, 40)], count=4)
    source = {"coco": "real/instances.json", "images": "real/images"}
    built(tmp_path, "synth", foregrounds=[source], backgrounds=[{**source, "annotations": "keep"}],
          splits={"train": 12}, objects_per_image=[0, 0],
          export={"image_format": "jpg"})  # fmt: skip
    merge(
        [tmp_path / "real/instances.json", tmp_path / "synth/annotations/instances_train.json"],
        tmp_path / "all.json",
        images=[tmp_path / "real/images", tmp_path / "synth/train"],
    )
    summary, parts = split(tmp_path / "all.json")
    assert summary.groups == 4

    def photograph(image):
        made = image.get("sources")
        return made[0]["file_name"] if made else Path(image["file_name"]).name

    kept = groups_by_part(parts, photograph)
    assert len(kept) == 4
    assert all(len(names) == 1 for names in kept.values())


def test_one_photograph_under_the_labels_of_two_builds_stays_together(tmp_path):
    write_cutouts(tmp_path / "cutouts")
    write_backgrounds(tmp_path / "bg", count=7)
    options = {"splits": {"train": 12}, "objects_per_image": [0, 0], "finish": [{"noise": {}}]}
    for name, label in (("one", "bg"), ("two", "./bg")):
        built(tmp_path, name, backgrounds=[{"folder": label}], seed=len(label), **options)
    files = [tmp_path / name / "annotations/instances_train.json" for name in ("one", "two")]
    merge(files, tmp_path / "all.json")
    content = json.loads((tmp_path / "all.json").read_bytes())
    labels = {made["dataset"] for image in content["images"] for made in image["sources"]}
    assert labels == {"bg", "./bg"}
    summary, parts = split(tmp_path / "all.json")
    assert summary.groups == 7
    kept = groups_by_part(parts, lambda image: image["sources"][0]["file_name"])
    assert len(kept) == 7
    assert all(len(names) == 1 for names in kept.values())
    assert summary.notes == []
    assert split(tmp_path / "all.json", by="image")[0].shared > 0


def test_hashes_of_the_manifest_go_into_the_parts_and_all_else_stays(tmp_path):
    out, _ = ready(tmp_path, splits={"train": 6})
    path = out / "annotations/instances_train.json"
    before = json.loads(path.read_bytes())
    outputs = {name: tmp_path / f"{name}.json" for name in HALVES}
    partition(path, outputs, HALVES, by="image")
    manifest = json.loads((out / "manifest.json").read_bytes())
    known = {(p["dataset"], p["file_name"]): p["sha256"] for p in manifest["photographs"]}
    after = [i for p in outputs.values() for i in json.loads(p.read_bytes())["images"]]
    for old, new in zip(before["images"], sorted(after, key=lambda i: i["id"]), strict=True):
        for made in old["sources"]:
            made["sha256"] = known[made["dataset"], made["file_name"]]
        assert new == old


def test_a_label_counts_where_no_hash_is_known_and_that_is_said(tmp_path):
    def made(dataset, content=None):
        known = {} if content is None else {"sha256": content * 64}
        return {"sources": [{"dataset": dataset, "file_name": "1.png", **known}]}

    images = [made("x", "a"), made("y", "a"), made("x", "b"), made("z"), made("./z/"), made("w")]
    summary, _ = split(write(tmp_path, images))
    assert summary.groups == 4  # a, b, z and w
    [note] = summary.notes
    assert "3 photographs behind its images have no sha256" in note
    assert split(write(tmp_path, [*images, made("x")]))[0].groups == 4 - 1  # may be a or b: both


def test_an_image_stays_with_what_is_made_of_its_bytes_under_another_name(here, tmp_path):
    write_annotated(tmp_path / "real", [(10, 10, 40, 40)], count=4)
    source = {"coco": "real/instances.json", "images": "real/images"}
    built(tmp_path, "synth", foregrounds=[source], backgrounds=[{**source, "annotations": "keep"}],
          splits={"train": 12}, objects_per_image=[0, 0],
          export={"image_format": "jpg"})  # fmt: skip
    content = json.loads((tmp_path / "real/instances.json").read_bytes())
    for image in content["images"]:  # the same files under other names
        name = f"copy-{image['id']}.png"
        (tmp_path / "real/images" / image["file_name"]).rename(tmp_path / "real/images" / name)
        image["file_name"] = name
    (tmp_path / "real/instances.json").write_text(json.dumps(content))
    merge(
        [tmp_path / "real/instances.json", tmp_path / "synth/annotations/instances_train.json"],
        tmp_path / "all.json",
        images=[tmp_path / "real/images", tmp_path / "synth/train"],
    )
    assert split(tmp_path / "all.json", images=tmp_path)[0].groups == 4
    summary, _ = split(tmp_path / "all.json")
    assert summary.groups == 8
    assert "4 images that are not composed have no file; only their names" in summary.notes[0]
    done = here("split", "all.json", "-o", "parts", "--parts", "a=0.5,b=0.5", "--images", ".")
    assert "16 images in 4 groups that stay together" in done.stderr
    done = here("split", "all.json", "-o", "more", "--parts", "a=0.5,b=0.5")
    assert "note: all.json: 4 images that are not composed have no file" in done.stderr


def test_two_images_of_the_same_bytes_stay_together(tmp_path):
    write_annotated(tmp_path / "real", [(10, 10, 40, 40)], count=4)
    images = tmp_path / "real/images"
    (images / "3.png").write_bytes((images / "0.png").read_bytes())
    outputs = {name: tmp_path / f"{name}.json" for name in HALVES}
    summary = partition(tmp_path / "real/instances.json", outputs, HALVES, images=images)
    assert summary.groups == 3


def test_what_validate_calls_an_error_is_refused_at_the_level_of_masks_too(tmp_path):
    write_annotated(tmp_path, [(10, 10, 40, 40)], count=2)
    content = json.loads((tmp_path / "instances.json").read_bytes())
    content["annotations"][1]["segmentation"] = [[90, 90, 99, 90, 99, 99]]
    (tmp_path / "all.json").write_text(json.dumps(content))
    with pytest.raises(CocosynthError, match=r"mask-outside-bbox.*--level pixels` lists all"):
        split(tmp_path / "all.json")
    with pytest.raises(CocosynthError, match="mask-outside-bbox"):
        merge([tmp_path / "all.json"], tmp_path / "out.json", images=[tmp_path / "images"])
    assert not (tmp_path / "out.json").exists()


def test_a_key_of_another_program_called_sources_is_not_ours(tmp_path):
    images = [{"sources": value} for value in ("camera", 5, None, [{"dataset": 1}], ["x"], {})]
    assert split(write(tmp_path, images))[0].groups == 6


def test_groups_by_a_key_stay_together_and_fractions_count_images(tmp_path):
    sizes = {"a": 50, "b": 20, "c": 10, "d": 10, "e": 5, "f": 5}
    images = [{"video_id": video} for video, size in sizes.items() for _ in range(size)]
    summary, parts = split(write(tmp_path, images), parse_parts("train=0.8,val=0.2"), by="group",
                           key="video_id")  # fmt: skip
    assert summary.images == {"train": 80, "val": 20}
    kept = groups_by_part(parts, lambda image: image["video_id"])
    assert all(len(names) == 1 for names in kept.values())


@pytest.mark.parametrize("pattern", [r"^cam(\d+)", r"^cam\d+"])
def test_groups_by_a_pattern_of_the_file_name(tmp_path, pattern):
    images = [{"file_name": f"cam{n % 3}/{n}.png"} for n in range(12)]
    summary, parts = split(write(tmp_path, images), by="group", pattern=pattern)
    assert summary.groups == 3
    kept = groups_by_part(parts, lambda image: image["file_name"][:4])
    assert all(len(names) == 1 for names in kept.values())


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"key": "video_id"}, "image 2 has no 'video_id'"),
        ({"pattern": "^1"}, "image 2 has no match of '\\^1' in 'file_name' '2.png'"),
        ({"pattern": "("}, "no regular expression"),
        ({"key": "list"}, "image 1 has no 'list'"),
    ],
)
def test_an_image_without_a_group_is_refused(tmp_path, options, words):
    path = write(tmp_path, [{"video_id": 1, "list": [1]}, {}])
    with pytest.raises(CocosynthError, match=words):
        split(path, by="group", **options)
    assert [p.name for p in tmp_path.iterdir()] == ["all.json"]


def test_categories_are_spread_by_the_fractions(tmp_path):
    rng = np.random.default_rng(0)
    objects = [(i, c) for i in range(1, 501) for c in (1, 2, 3) if rng.random() < (0.6, 0.2, 0.05)[
        c - 1]]  # fmt: skip
    path = write(tmp_path, [{}] * 500, objects, ("a", "b", "c"))
    _, parts = split(path, parse_parts("train=0.8,val=0.2"))
    for category in (1, 2, 3):
        counts = {
            name: sum(a["category_id"] == category for a in content["annotations"])
            for name, content in parts.items()
        }
        assert counts["val"] / sum(counts.values()) == pytest.approx(0.2, abs=0.02)
    empty = {
        name: len(c["images"]) - len({a["image_id"] for a in c["annotations"]})
        for name, c in parts.items()
    }
    assert empty["val"] / sum(empty.values()) == pytest.approx(0.2, abs=0.02)


def test_large_groups_count_by_their_size():
    groups = {n: {"dog": size, "cat": 1} for n, size in enumerate([60, 20, 5, 5, 5, 5])}
    sizes = {n: labels["dog"] for n, labels in groups.items()}
    given_to = assign(groups, {"train": 8, "val": 2}, np.random.default_rng(0), sizes=sizes)
    amount = Counter()
    for group, part in given_to.items():
        amount[part] += sizes[group]
    assert amount == {"train": 80, "val": 20}


def test_the_seed_settles_the_parts_whatever_the_process(tmp_path):
    images = [{"sources": [{"dataset": "x", "file_name": f"{n % 30}"}]} for n in range(60)]
    path = write(tmp_path, images, [(n + 1, n % 2 + 1) for n in range(60)])
    told = []
    for seed, hashing in ((0, "1"), (0, "2"), (1, "1")):
        subprocess.run(
            [sys.executable, "-m", "cocosynth", "split", path, "-o", tmp_path / "out", "--parts",
             "train=2/3,val=1/3", "--seed", str(seed), "--overwrite"],
            env=os.environ | {"PYTHONHASHSEED": hashing}, check=True, capture_output=True,
        )  # fmt: skip
        told.append((tmp_path / "out/val.json").read_bytes())
    assert told[0] == told[1] != told[2]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("train=0.8,val=0.1", "add up to 0.9"),
        ("train", "'train': give names"),
        ("train=1,train=0", "give names"),
        ("train=-1,val=2", "give names"),
        ("../x=1", "give names"),
        ("train=x", "give names"),
        ("", "give names"),
        ("80/10/5/5", "name the parts, as train=0.8,val=0.2"),
        ("80/10", "add up to 90; they must add up to 1, or to 100 as percent"),
        ("train=80,val=10", "add up to 90"),
        ("80//20", "give names"),
    ],
)
def test_parts_that_are_none_are_refused(text, words):
    with pytest.raises(CocosynthError, match=words):
        parse_parts(text)


@pytest.mark.parametrize(
    ("text", "parts"),
    [
        ("80/10/10", {"train": "4/5", "val": "1/10", "test": "1/10"}),
        ("80/20", {"train": "4/5", "val": "1/5"}),
        ("0.8/0.2", {"train": "4/5", "val": "1/5"}),
        ("80:20", {"train": "4/5", "val": "1/5"}),
        ("70, 30", {"train": "7/10", "val": "3/10"}),
        ("80%/20%", {"train": "4/5", "val": "1/5"}),
        ("train=80,val=20", {"train": "4/5", "val": "1/5"}),
        ("a=33.5 %,b=66.5 %", {"a": "67/200", "b": "133/200"}),
        ("train=2/3,val=1/3", {"train": "2/3", "val": "1/3"}),
    ],
)
def test_percent_and_shares_without_names_are_taken(text, parts):
    assert parse_parts(text) == {name: Fraction(share) for name, share in parts.items()}


def test_a_part_that_would_be_empty_is_refused(tmp_path):
    images = [{"video_id": 1}] * 5
    with pytest.raises(CocosynthError, match="val would have no image: the 5 images are 1 groups"):
        split(write(tmp_path, images), by="group", key="video_id")
    with pytest.raises(CocosynthError, match="would have no image"):
        split(write(tmp_path, []))
    assert [p.name for p in tmp_path.iterdir()] == ["all.json"]


def test_a_file_that_is_not_sound_is_refused_and_nothing_is_written(tmp_path):
    path = write(tmp_path, [{}, {}], [(3, 1)])
    with pytest.raises(CocosynthError, match=r"1 error, first .*no image has the id 3"):
        split(path)
    path.write_text(path.read_text().replace('"images"', '"images": [], "images"'))
    with pytest.raises(CocosynthError):
        split(path)
    assert [p.name for p in tmp_path.iterdir()] == ["all.json"]


@pytest.mark.parametrize(
    ("sizes", "shares", "images", "cause"),
    [
        ({"a": 90, "b": 10}, "train=0.8,val=0.2", (90, 10), ("train", "a", 90)),
        ({"a": 60, "b": 20, "c": 20}, "x=1/2,y=1/2", (60, 40), ("x", "a", 60)),
        ({"a": 8, "b": 2}, "train=0.8,val=0.2", (8, 2), None),
        ({"a": 3, "b": 3, "c": 3, "d": 1}, "x=0.65,y=0.35", (7, 3), None),  # as near as can be
    ],
)
def test_asked_and_got_fractions_and_the_group_between_them(
    here, tmp_path, sizes, shares, images, cause
):
    path = write(tmp_path, [{"video": name} for name, count in sizes.items() for _ in range(count)])
    parts = parse_parts(shares)
    summary, _ = split(path, parts, by="group", key="video")
    assert summary.asked == parts
    assert tuple(summary.images.values()) == images
    assert summary.got == {n: Fraction(k, sum(images)) for n, k in summary.images.items()}
    found = summary.cause
    assert (found and (found.part, found.group, found.images)) == cause
    done = here("split", "all.json", "-o", "new", "--parts", shares, "--key", "video")
    for name, share in parts.items():
        asked, got = float(share), float(summary.got[name])
        assert f"{name}: asked {asked:.4g}, got {got:.4g} of the images" in done.stderr
    if cause:
        text = f"the fractions differ because of the group '{cause[1]}': its {cause[2]} images"
        assert f"note: {text} stay together in {cause[0]}" in done.stderr
    else:
        assert "differ" not in done.stderr


def test_a_group_without_a_name_is_named_by_its_first_image(here, tmp_path):
    one = [{"sources": [{"dataset": "x", "file_name": "p.png"}]} for _ in range(9)]
    write(tmp_path, [{}, *one])
    done = here("split", "all.json", "-o", "new", "--parts", "train=0.5,val=0.5")
    assert "because of the group of '2.png': its 9 images stay together" in done.stderr


def test_single_images_are_shared_out_as_asked(tmp_path):
    summary, _ = split(write(tmp_path, [{}] * 11), by="image")
    assert sorted(summary.images.values()) == [5, 6]
    assert summary.cause is None


def test_the_command_tells_what_a_part_lacks_and_what_leaks(here, tmp_path):
    images = [{"sources": [{"dataset": "x", "file_name": "1.png"}]} for _ in range(4)]
    write(tmp_path, images, [(1, 1), (2, 2)])
    command = ("split", "all.json", "-o", "new/parts", "--parts", "train=0.5,val=0.5")
    done = here(*command, "--by", "image")
    assert (done.returncode, done.stdout) == (0, "split into train 2, val 2 images: new/parts\n")
    assert "has no annotation of" in done.stderr
    assert "1 photographs can be seen in several parts" in done.stderr
    again = here(*command, "--by", "image")
    assert again.returncode == 2
    assert "exists; --overwrite replaces it" in again.stderr
    refused = here(*command, "--overwrite")
    assert "4 images are 1 groups that stay together" in refused.stderr
    assert json.loads((tmp_path / "new/parts/val.json").read_bytes())["images"]  # still there


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["--by", "group"], "--by group needs --key or --pattern"),
        (["--by", "image", "--key", "x"], "--by group needs --key or --pattern, and they need it"),
        (["--parts", "train=0.5"], "must add up to 1"),
        (["--parts", "all=1", "-o", "."], "would overwrite what is read"),
        (["-o", "all.json"], "all.json"),
    ],
)
def test_a_mistake_on_the_command_line_is_one_line(here, tmp_path, arguments, words):
    write(tmp_path, [{}, {}])
    given_parts = [] if "--parts" in arguments else ["--parts", "train=0.5,val=0.5"]
    out = [] if "-o" in arguments else ["-o", "out"]
    done = here("split", "all.json", *arguments, *given_parts, *out)
    assert done.returncode == 2
    [line] = done.stderr.splitlines()
    assert line.startswith("cocosynth: error: ")
    assert words in line
